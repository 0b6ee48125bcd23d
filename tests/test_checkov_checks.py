"""Our rules inside Checkov say what they say elsewhere."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from policies import configuration
from policies.catalog import builtin_rules
from policies.evaluate import Outcome, judge
from policies.examples import stack_of
from policies.exemptions import check_id
from policies.rule import Scope
from tests.command import stackproof
from tests.terraform_of import CannotExpressError, terraform_of

if TYPE_CHECKING:
    from policies.rule import Example, Rule

ROOT = Path(__file__).parents[1]
IN_CHECKOV = {"PASSED": Outcome.PASSED, "FAILED": Outcome.FAILED, "UNKNOWN": Outcome.UNDECIDED}

NOT_THE_SAME = {"efs-file-system-denies-clients-without-tls-fails-1"}
"""Examples that are another thing in Terraform: a document without anything in it becomes a block."""


PROGRAM = {
    "main.tf": """
        provider "aws" {
          region = "eu-west-1"
          default_tags {
            tags = { Owner = "web" }
          }
        }

        resource "aws_kms_key" "data" {
          enable_key_rotation = true
        }

        resource "aws_s3_bucket" "assets" {
          bucket = "acme-assets"
          #checkov:skip=STACKPROOF_S3_BUCKET_TAKES_OVER:no such check
          #checkov:skip=STACKPROOF_REQUIRED_TAGS:the bill goes to the landlord
        }

        resource "aws_s3_bucket_public_access_block" "assets" {
          bucket                  = aws_s3_bucket.assets.id
          block_public_acls       = true
          block_public_policy     = true
          ignore_public_acls      = true
          restrict_public_buckets = true
        }

        resource "aws_s3_bucket_policy" "assets" {
          bucket = aws_s3_bucket.assets.id
          policy = jsonencode({
            Version = "2012-10-17"
            Statement = [{
              Effect    = "Deny"
              Principal = "*"
              Action    = "s3:*"
              Resource  = ["arn:aws:s3:::acme-assets", "arn:aws:s3:::acme-assets/*"]
              Condition = { Bool = { "aws:SecureTransport" = "false" } }
            }]
          })
        }

        resource "aws_s3_bucket" "open" {
          bucket = "acme-open"
        }

        resource "aws_s3_bucket_public_access_block" "none" {
          count                   = 0
          bucket                  = aws_s3_bucket.open.id
          block_public_acls       = true
          block_public_policy     = true
          ignore_public_acls      = true
          restrict_public_buckets = true
        }

        resource "aws_sqs_queue" "work" {
          count             = 2
          name              = "work-${count.index}"
          kms_master_key_id = aws_kms_key.data.arn
        }

        resource "aws_sqs_queue" "none" {
          count                   = 0
          sqs_managed_sse_enabled = false
        }

        resource "aws_dynamodb_table" "facts" {
          for_each = toset(["orders", "users"])
          name     = each.key
          hash_key = "id"
          server_side_encryption {
            enabled = true
          }
        }

        data "aws_iam_policy_document" "everything" {
          statement {
            actions   = ["*"]
            resources = ["*"]
          }
        }

        resource "aws_iam_role" "release" {
          name               = "release"
          assume_role_policy = jsonencode({
            Version   = "2012-10-17"
            Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
          })
        }

        resource "aws_iam_role_policy" "release" {
          role   = aws_iam_role.release.name
          policy = data.aws_iam_policy_document.everything.json
        }

        resource "aws_lambda_function" "job" {
          function_name = "job"
          role          = aws_iam_role.release.arn
          environment {
            variables = { DB_PASSWORD = "correct-horse-battery" }
          }
        }

        module "app" {
          source   = "./modules/app"
          for_each = toset(["blue", "green"])
          name     = each.key
        }
    """,
    "modules/app/main.tf": """
        variable "name" {}

        resource "aws_ebs_volume" "disk" {
          availability_zone = "eu-west-1a"
          size              = 10
          encrypted         = var.name == "blue"
        }

        resource "aws_db_instance" "db" {
          storage_encrypted = false
          engine            = "postgres"
          instance_class    = "db.t4g.micro"
        }
    """,
}
PLANNED = {
    "aws_s3_bucket.logs": {"bucket": "acme-logs", "tags": None},
    'aws_ebs_volume.disk["a"]': {"encrypted": False, "size": 10, "tags": {"Owner": "web"}},
    "aws_sqs_queue.work[0]": {"name": "work", "sqs_managed_sse_enabled": True, "kms_master_key_id": None},
    "module.db[0].aws_db_instance.main": {"storage_encrypted": True, "replicate_source_db": None},
}
SETTINGS = """
extends: [all]
exemptions:
- rule: s3-*
  resource: "*::aws_s3_bucket.open"
  reason: a website
  owner: web
  expires: 2999-12-31
"""


def plan() -> dict[str, Any]:
    """Return what `terraform show -json` says of a plan, as far as it is read."""
    resources: list[dict[str, Any]] = [
        {
            "address": address,
            "mode": "managed",
            "type": type_,
            "name": name,
            "provider_name": "registry.terraform.io/hashicorp/aws",
            "values": values,
        }
        for address, values in PLANNED.items()
        for type_, name in [re.sub(r"\[.*?\]", "", address).split(".")[-2:]]
    ]
    inner = [resource for resource in resources if resource["address"].startswith("module.")]
    root = [resource for resource in resources if resource not in inner]
    modules = [{"address": "module.db[0]", "resources": inner}]
    return {
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "planned_values": {"root_module": {"resources": root, "child_modules": modules}},
        "resource_changes": [
            {**resource, "change": {"actions": ["create"], "before": None, "after": resource["values"], "after_unknown": {}}}
            for resource in resources
        ],
        "configuration": {"root_module": {}},
    }


class Both(NamedTuple):
    """What Checkov reports of source and of a plan with our checks, and what a scan of its report says: by framework."""

    records: list[tuple[str, dict[str, Any]]]
    results: list[tuple[str, dict[str, Any]]]
    err: str

    def in_checkov(self) -> dict[tuple[str, str, str], str]:
        return {
            (framework, record["check_id"], record["resource"]): record["check_result"]["result"]
            for framework, record in self.records
        }

    def scanned(self) -> dict[tuple[str, str, str], str]:
        return {(framework, check_id(result["rule"]), result["name"]): result["status"] for framework, result in self.results}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Both:
    root = tmp_path_factory.mktemp("program")
    program, settings = root / "live", root / "stackproof.yaml"
    for name, text in PROGRAM.items():
        (program / name).parent.mkdir(parents=True, exist_ok=True)
        (program / name).write_text(dedent(text))
    (program / "plan.json").write_text(json.dumps(plan(), indent=2))
    settings.write_text(SETTINGS)
    assert stackproof("checkov-checks", root / "checks", "--config", settings).exit_code == 0
    settings.rename(root / "moved.yaml")  # the checks need nothing beside them
    command = [sys.executable, "-m", "checkov.main", "--directory", str(program), "--external-checks-dir", str(root / "checks")]
    options = ["--framework", "terraform", "terraform_plan", "--skip-download", "--output", "json"]
    ran = subprocess.run([*command, *options], check=False, capture_output=True, text=True, cwd=root, timeout=120)
    assert ran.returncode == 1, ran.stderr
    report = root / "report.json"
    report.write_text(ran.stdout)
    shown = "failed,passed,undecided,exempt,broken"
    scanned = stackproof("scan", report, "--config", root / "moved.yaml", "--show", shown, "-f", "json")
    records = [
        (found["check_type"], record)
        for found in json.loads(ran.stdout)
        for name in ("passed_checks", "failed_checks", "skipped_checks")
        for record in found["results"][name]
        if record["check_id"].startswith("STACKPROOF_")
    ]
    results = [(result["urn"].split("::")[1], result) for result in scanned.report["results"]]
    return Both(records, results, ran.stderr)


OURS = {"PASSED": "passed", "FAILED": "failed", "SKIPPED": "exempt"}
OF_ONE = {check_id(rule.id) for rule in builtin_rules().values() if rule.scope is Scope.RESOURCE}


def test_checkov_and_a_scan_of_its_report_say_the_same(both: Both) -> None:
    in_checkov, scanned = both.in_checkov(), both.scanned()
    wrong = []
    for key in sorted(in_checkov.keys() | scanned.keys()):
        here, there = OURS.get(in_checkov.get(key, ""), "undecided"), scanned.get(key)
        if key in NOT_ASKED or here == there:
            continue
        if key[1] in OF_ONE or (here != "undecided" and there not in {"undecided", "exempt"}):  # a report does not show all
            wrong.append(f"{' '.join(key)}: {here}, by its report {there}")
    assert wrong == []


NOT_ASKED = {("terraform", "STACKPROOF_REQUIRED_TAGS", "aws_s3_bucket.assets")}  # by a comment of Checkov's
SAID = {
    ("terraform", "s3-bucket-has-public-access-block", "aws_s3_bucket.assets"): "PASSED",
    ("terraform", "s3-bucket-has-public-access-block", "aws_s3_bucket.open"): "SKIPPED",
    ("terraform", "s3-bucket-denies-plain-http", "aws_s3_bucket.assets"): "PASSED",
    ("terraform", "s3-bucket-denies-plain-http", "aws_s3_bucket.open"): "SKIPPED",
    ("terraform", "required-tags", "aws_s3_bucket.assets"): "SKIPPED",
    ("terraform", "iam-policy-not-full-admin", "aws_iam_role_policy.release"): "FAILED",
    ("terraform", "sqs-queue-encrypted", "aws_sqs_queue.work[0]"): "PASSED",
    ("terraform", "sqs-queue-encrypted", "aws_sqs_queue.work[1]"): "PASSED",
    ("terraform", "sqs-queue-encrypted", "aws_sqs_queue.none"): None,
    ("terraform", "dynamodb-table-encrypted-with-customer-key", 'aws_dynamodb_table.facts["users"]'): "FAILED",
    ("terraform", "rds-storage-encrypted", 'module.app["blue"].aws_db_instance.db'): "FAILED",
    ("terraform", "rds-storage-encrypted", 'module.app["green"].aws_db_instance.db'): "FAILED",
    ("terraform", "ebs-volume-encrypted", 'module.app["green"].aws_ebs_volume.disk'): None,
    ("terraform", "provider-without-access-keys", "aws.default"): "PASSED",
    ("terraform_plan", "ebs-volume-encrypted", 'aws_ebs_volume.disk["a"]'): "FAILED",
    ("terraform_plan", "sqs-queue-encrypted", "aws_sqs_queue.work[0]"): "PASSED",
    ("terraform_plan", "rds-storage-encrypted", "module.db[0].aws_db_instance.main"): "PASSED",
}
"""Verdicts by framework, rule and address; None where Checkov lists none."""


def test_checks_know_modules_instances_and_related_resources(both: Both) -> None:
    in_checkov = both.in_checkov()
    assert {key: in_checkov.get((key[0], check_id(key[1]), key[2])) for key in SAID} == SAID


def record(both: Both, rule: str, address: str) -> dict[str, Any]:
    return next(found for _, found in both.records if (found["check_id"], found["resource"]) == (check_id(rule), address))


def test_a_failure_says_why_and_where_in_terraform(both: Both) -> None:
    found = record(both, "dynamodb-table-encrypted-with-customer-key", 'aws_dynamodb_table.facts["users"]')
    assert found["details"] == ["server_side_encryption[0].kms_key_arn is not set"]
    assert found["check_result"]["evaluated_keys"] == ["server_side_encryption/[0]/kms_key_arn"]
    rule = builtin_rules()["dynamodb-table-encrypted-with-customer-key"]
    assert (found["check_name"], found["severity"]) == (rule.title.rstrip("."), rule.severity.value.upper())


def test_an_exemption_and_a_comment_skip_a_check_with_their_reason(both: Both) -> None:
    skipped = {record["check_result"]["suppress_comment"] for _, record in both.records if record["resource"].endswith(".open")
               and record["check_result"]["result"] == "SKIPPED"}  # fmt: skip
    assert skipped == {"a website"}
    found = record(both, "required-tags", "aws_s3_bucket.assets")
    assert found["check_result"]["suppress_comment"] == "the bill goes to the landlord"


def test_a_secret_that_a_check_finds_is_not_printed(both: Both) -> None:
    found = record(both, "lambda-environment-free-of-secrets", "aws_lambda_function.job")
    assert found["check_result"]["result"] == "FAILED"
    assert "DB_PASSWORD" in json.dumps(found["code_block"])
    assert "correct-horse" not in json.dumps(found)


def test_what_stays_open_is_counted(both: Both) -> None:
    asked = {(framework, rule, name) for (framework, rule, name), said in both.scanned().items() if said == "undecided"}
    assert asked
    counted = re.findall(r"stackproof: (\d+) answers of \d+ checks hang on values that are not known", both.err)
    assert len(counted) == 2, both.err  # one for each framework, which Checkov runs in processes of their own
    assert all(0 < int(count) <= len(asked) for count in counted)


BUCKET = """
resource "aws_s3_bucket" "b" {
  bucket = "b"
}
"""
OWN_RULE = """
from policies.rule import Severity, Violation, rule


@rule(applies_to=("aws:s3/bucket:Bucket",), severity=Severity.LOW, remedy="Name it.", passes=(), fails=({},))
def bucket_of_acme(bucket):
    \"\"\"Buckets begin with acme.\"\"\"
    if not bucket.text("bucket").startswith("acme-"):
        yield Violation("the name does not begin with acme-", at="bucket")
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Checks of a rule of the user's own and of two of ours, written from a configuration that is gone."""
    root = tmp_path_factory.mktemp("own")
    (root / "json.py").write_text(OWN_RULE)  # the name of a module that Checkov imports
    (root / "stackproof.yaml").write_text("rule-modules: [json.py]\n")
    rules = "bucket-of-acme,s3-bucket-has-public-access-block"
    ran = stackproof("checkov-checks", root / "checks", "--config", root / "stackproof.yaml", "--rules", rules)
    assert (ran.exit_code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        f"{root}/checks: 2 checks. To run them:",
        f"checkov --directory . --external-checks-dir {root}/checks",
    ]
    (root / "json.py").unlink()
    (root / "stackproof.yaml").unlink()
    return root / "checks"


PROGRAMS: dict[str, dict[str, str]] = {
    "whole": {},
    "unreadable": {"more.tf": 'resource "aws_s3_bucket_public_access_block" "b" {\n  bucket = "b"\n  broken = = \n}\n'},
    "incomplete": {"main2.tf": 'module "more" {\n  source = "./not-there"\n  bucket = aws_s3_bucket.b.id\n}\n'},
}
"""A bucket and what else stands in its directory: nothing, a file that cannot be read, a module that is missing."""


@pytest.fixture(scope="module")
def listed(own: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """What Checkov lists of our checks in each program, run as a library, one after the other."""
    root = tmp_path_factory.mktemp("programs")
    for name, files in PROGRAMS.items():
        (root / name).mkdir()
        for file, text in {"main.tf": BUCKET, **files}.items():
            (root / name / file).write_text(text)
    code = (
        "import json, sys; from checkov.terraform.runner import Runner; from checkov.runner_filter import RunnerFilter\n"
        "for program in sys.argv[2:]:\n"
        "    report = Runner().run(program, [sys.argv[1]], runner_filter=RunnerFilter(framework=['terraform']))\n"
        "    found = {r.check_id: r.check_result['result'].value for r in report.passed_checks + report.failed_checks}\n"
        "    print(json.dumps({id_: result for id_, result in found.items() if id_.startswith('STACKPROOF_')}))"
    )
    command = [sys.executable, "-c", code, str(own), *(str(root / name) for name in PROGRAMS)]
    ran = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    return dict(zip(PROGRAMS, map(json.loads, ran.stdout.splitlines()[-len(PROGRAMS) :]), strict=True))


def test_rules_of_the_user_run_in_checkov_too(listed: dict[str, dict[str, str]]) -> None:
    assert listed["whole"] == {
        "STACKPROOF_BUCKET_OF_ACME": "FAILED",
        "STACKPROOF_S3_BUCKET_HAS_PUBLIC_ACCESS_BLOCK": "FAILED",
    }


@pytest.mark.parametrize("name", ["unreadable", "incomplete"])
def test_where_checkov_does_not_see_all_nothing_is_said_of_what_is_missing(
    listed: dict[str, dict[str, str]], name: str
) -> None:
    assert listed[name] == {"STACKPROOF_BUCKET_OF_ACME": "FAILED"}


def test_without_stackproof_checkov_tells_what_is_missing(own: Path, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(BUCKET)
    (tmp_path / "scanners.py").write_text("")  # stands before the package on Python's path
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); sys.argv = ['', {str(own)!r}]\n"
    code += "from checkov.terraform.checks.resource.registry import resource_registry as r; r.load_external_checks(sys.argv[1])"
    ran = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=120)
    assert "stackproof is missing: install stackproof[checkov]==" in ran.stderr


def test_what_was_written_is_replaced_and_nothing_else(tmp_path: Path) -> None:
    directory = tmp_path / "checks"
    assert stackproof("checkov-checks", directory, "--rules", "sqs-*", "--config", "/dev/null").exit_code == 0
    assert stackproof("checkov-checks", directory, "--rules", "rds-storage-encrypted", "--config", "/dev/null").exit_code == 0
    assert "sqs-" not in (directory / "stackproof.conf").read_text()
    (directory / "mine.py").write_text("")
    before = {path.name: path.read_bytes() for path in directory.iterdir()}
    ran = stackproof("checkov-checks", directory, "--rules", "all", "--config", "/dev/null")
    assert (ran.exit_code, ran.out) == (2, "")
    assert "holds mine.py, which this command has not written" in ran.err
    assert {path.name: path.read_bytes() for path in directory.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["checks"]


@pytest.mark.parametrize("name", ["main.tf", "stackproof_checks.py"])
def test_a_directory_of_somebody_else_is_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    ran = stackproof("checkov-checks", tmp_path, "--rules", "all", "--config", "/dev/null")
    assert (ran.exit_code, ran.out) == (2, "")
    assert "is not empty, and not written by this command" in ran.err
    assert (tmp_path / name).read_text() == "mine"


def test_a_file_and_an_unknown_rule_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for words, message in (
        (("file",), "is no directory"),
        (("new", "--rules", "no-such-rule"), "there is no rule or rule set"),
        (("file/below",), "cannot be written"),
    ):
        ran = stackproof("checkov-checks", tmp_path / words[0], *words[1:], "--config", "/dev/null")
        assert (ran.exit_code, ran.out) == (2, "")
        assert message in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_configuration_beside_the_checks_keeps_settings_and_exemptions(tmp_path: Path) -> None:
    (tmp_path / "tags.json").write_text(json.dumps({"tags": {"team": {"tag_key": {"@@assign": "Team"}}}}))
    given = tmp_path / "stackproof.yaml"
    given.write_text(
        "tag-policy: tags.json\nrules:\n  all: {level: advisory}\n  required-tags: {keys: ['on', Ö]}\n"
        "exemptions:\n- {rule: required-tags, resource: '*', reason: why, expires: 2030-01-01}\n"
    )
    assert stackproof("checkov-checks", tmp_path / "checks", "--config", given).exit_code == 0
    mine, theirs = configuration.load(given), configuration.load(tmp_path / "checks" / "stackproof.conf")
    assert theirs.exemptions == mine.exemptions
    assert [(item.rule.id, item.level, item.parameters) for item in theirs.settings.active] == [
        (item.rule.id, item.level, item.parameters) for item in mine.settings.active
    ]


@pytest.fixture(scope="module")
def checks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a check for each rule."""
    directory = tmp_path_factory.mktemp("checks") / "all"
    ran = stackproof("checkov-checks", directory, "--rules", "all", "--config", "/dev/null")
    assert (ran.exit_code, ran.err) == (0, "")
    return directory


def wanted(rule: Rule, example: Example) -> set[Outcome]:
    """Return what may be said of an example before anything of it is made."""
    stack, subject = stack_of(example, references_known=False)
    findings = judge(rule, subject, stack, rule.parameters() if rule.parameters else None)
    outcome = findings[0].outcome if findings else Outcome.PASSED
    if rule.judges_secrecy and outcome is Outcome.PASSED:
        return {outcome, Outcome.UNDECIDED}  # Terraform has no secrets in a program
    return {outcome}


def test_every_example_is_judged_in_checkov_as_it_says(checks: Path, tmp_path: Path) -> None:
    given: list[tuple[str, str, str]] = []
    expected: list[set[Outcome]] = []
    for rule in builtin_rules().values():
        for kind in ("passes", "fails", "undecided"):
            for index, example in enumerate(getattr(rule, kind)):
                name = f"{rule.id}-{kind}-{index}"
                if example.parameters is not None or name in NOT_THE_SAME:
                    continue
                try:
                    terraform = terraform_of(example)
                except CannotExpressError:
                    continue
                directory = tmp_path / name
                directory.mkdir()
                (directory / "main.tf").write_text(terraform.text)
                given.append((directory.name, check_id(rule.id), terraform.address))
                expected.append(wanted(rule, example))
    (tmp_path / "examples.json").write_text(json.dumps(given))
    command = [sys.executable, "-m", "tests.checkov_examples", str(checks), str(tmp_path)]
    ran = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT, timeout=300)
    answers = [IN_CHECKOV[answer] for answer in json.loads(ran.stdout)]
    wrong = [
        f"{directory}: {answer}, not {'or '.join(outcomes)}"
        for (directory, _, _), answer, outcomes in zip(given, answers, expected, strict=True)
        if answer not in outcomes
    ]
    assert wrong == []
    assert {id_ for _, id_, _ in given} == {check_id(rule) for rule in builtin_rules()}
