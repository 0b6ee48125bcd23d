"""`stackproof scan --with-checkov`: Checkov's findings beside those of the rules, on the same resources and lines."""

from __future__ import annotations

import copy
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from policies.catalog import builtin_rules
from scanners.checkov_run import Checkov, Options
from scanners.exports.terraform_plan import plan_of
from scanners.sources import files
from tests.command import EXAMPLES, Ran, resource, stackproof, state
from tests.test_example_programs import exported

pytestmark = pytest.mark.xdist_group("checkov")
PROGRAM = "violating-program"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": '"the-secret"'}
ALL = "failed,undecided,exempt,passed,broken"
DATABASE = "aws:rds/instance:Instance"
RDS_CHECK = "checks.resource.aws.RDSEncryption.check.scan_resource_conf"
URN = f"urn:pulumi:prod::shop::{DATABASE}::db"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the stack of the violating program, with the line of each resource, and a secret."""
    file = exported(PROGRAM, tmp_path_factory.mktemp("stack"))
    content = json.loads(file.read_text())
    for item in content["deployment"]["resources"]:
        item["stackTrace"] = [{"sourcePosition": f"project:///__main__.py#{line_of(item['urn'])}"}]
        if item["type"] == DATABASE:
            item["inputs"]["password"] = SECRET
    file.write_text(json.dumps(content))
    return file


def line_of(urn: str) -> int:
    name = urn.rpartition("::")[2]
    program = (EXAMPLES / PROGRAM / "__main__.py").read_text()
    return program[: program.index(f'"{name}"')].count("\n") + 1


@pytest.fixture(scope="module")
def merged(stack: Path) -> Ran:
    return stackproof("scan", stack, "--with-checkov", "-f", "json", "--show", ALL)


def own(ran: Ran) -> list[tuple[str, str, str]]:
    return [(item["rule"], item["urn"], item["status"]) for item in ran.report["results"]]


def test_the_rules_say_what_they_say_without_checkov(merged: Ran, stack: Path) -> None:
    assert own(merged) == own(stackproof("scan", stack, "-f", "json", "--show", ALL))
    assert merged.exit_code == 1
    assert merged.report["summary"]["complete"]


def test_nothing_is_counted_twice(merged: Ran, stack: Path) -> None:
    answered = {(verdict["check"], item["urn"]) for item in merged.report["results"] for verdict in item["checkov_verdicts"]}
    only = [(item["check"], item["urn"]) for item in merged.report["checkov_findings"]]
    assert len(only) == len(set(only))
    assert answered & set(only) == set()
    said = Checkov(Options()).judge(plan_of(files.load(str(stack))[0].stack)).records
    failed = {(item.check, item.urn) for item in said if item.verdict == "failed"}
    assert failed - answered == set(only)
    assert merged.report["summary"]["checkov"]["failed"] == len(only)


def test_what_both_say_is_a_result_of_the_rule(merged: Ran) -> None:
    (both,) = (item for item in merged.report["results"] if (item["rule"], item["name"]) == ("rds-storage-encrypted", "orders"))
    assert both["checkov_verdicts"] == [{"check": "CKV_AWS_16", "verdict": "failed", "agrees": True}]


def test_a_finding_is_on_the_resource_and_the_line_of_the_program(merged: Ran) -> None:
    found = merged.report["checkov_findings"]
    assert {"CKV_AWS_157", "CKV_AWS_129"} <= {item["check"] for item in found if item["urn"].endswith("::orders")}
    assert {item["urn"]: item["location"] for item in found} == {
        item["urn"]: {"file": "__main__.py", "line": line_of(item["urn"])} for item in found
    }
    assert {item["framework"] for item in found} == {"terraform_plan"}


def test_a_finding_has_the_severity_and_the_controls_of_the_rules_that_carry_it(merged: Ran) -> None:
    rules = builtin_rules()
    for item in merged.report["checkov_findings"]:
        carrying = [rule for rule in rules.values() if item["check"] in rule.checkov]
        assert item["rules"] == [rule.id for rule in carrying]
        assert item["controls"] == sorted({str(control) for rule in carrying for control in rule.controls})
        assert item["severity"] == max((rule.severity for rule in carrying), key=lambda found: found.rank, default="")
    assert {item["severity"] for item in merged.report["checkov_findings"]} > {"", "low", "medium"}


def test_no_format_shows_a_secret_or_where_the_plan_was(stack: Path) -> None:
    for format_ in ("text", "json", "sarif"):
        ran = stackproof("scan", stack, "--with-checkov", "-f", format_)
        assert "CKV_AWS_157" in ran.out
        for told in (ran.out, ran.err):
            assert "the-secret" not in told
            assert "plan.json" not in told
            assert tempfile.gettempdir() not in told.replace(str(stack), "")


@pytest.mark.parametrize(("level", "skipped", "exit_code"), [("advisory", "", 0), ("mandatory", "", 1), ("mandatory", "*9", 0)])
def test_a_level_an_exemption_and_the_choice_of_checks_hold_for_what_checkov_finds(
    level: str, skipped: str, exit_code: int, stack: Path, tmp_path: Path
) -> None:
    config = tmp_path / "stackproof.yaml"
    exemption = "{rule: CKV_AWS_157, resource: '*::orders', reason: one is enough}"
    config.write_text(f"checkov: {{level: {level}}}\nexemptions: [{exemption}]\n")
    options = ["--rule", "acm-certificate-not-exportable"]  # for which nothing is there
    options += ["--with-checkov", "--checkov-check", "CKV_AWS_157, CKV_AWS_226", "--checkov-check", "CKV_AWS_1?9"]
    options += ["--checkov-skip-check", f"CKV_AWS_22?,CKV_AWS_{skipped}"] if skipped else []
    ran = stackproof("scan", stack, "-f", "json", "--config", config, *options)
    statuses = {item["check"]: item["status"] for item in ran.report["checkov_findings"] if item["urn"].endswith("::orders")}
    assert statuses == {"CKV_AWS_157": "exempt"} | ({} if skipped else {"CKV_AWS_129": "failed", "CKV_AWS_226": "failed"})
    assert ran.exit_code == exit_code


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--checkov-check", "CKV_AWS_16"], "--checkov-external-checks go with --with-checkov"),
        (["--with-checkov", "--checkov-check", ","], "the id of a check is missing"),
        (["--with-checkov", "--checkov-check", "CKV_AWS_16,CKV_AWZ_18"], "no check 'CKV_AWZ_18' of Terraform; did you mean"),
        (["--with-checkov", "--checkov-skip-check", "CKV_NOPE_*"], "--checkov-skip-check: Checkov has no check 'CKV_NOPE_*'"),
        (["--with-checkov", "--checkov-check", "HIGH"], "is a severity, which only Checkov's platform knows"),
        (["--with-checkov", "--checkov-check", "CKV_AWS_16", "--checkov-skip-check", "CKV_AWS_16"], "is a --checkov-check too"),
        (["--with-checkov", "--checkov-external-checks", "nowhere"], "--checkov-external-checks: nowhere is not a directory"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_judged(options: list[str], message: str, stack: Path) -> None:
    ran = stackproof("scan", stack, *options)
    assert (ran.exit_code, ran.out) == (2, "")
    assert message in ran.err


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("broken.py", "import json\nnot_there.at_all()\n", "broken.py: NameError: name 'not_there' is not defined"),
        ("stops.py", "raise SystemExit('enough')\n", "stops.py: SystemExit: enough"),
        ("odd.yaml", "a: [\n", "odd.yaml: ParserError"),
        ("odd.json", "{", "odd.json: JSONDecodeError"),
        ("fields.yaml", "metadata: {id: CUSTOM_1}\n", "fields.yaml is missing required fields"),
        ("note.txt", "", "holds no checks; Checkov takes .yaml and .json files, and .py files beside an __init__.py"),
    ],
)
def test_a_check_that_cannot_be_loaded_is_named(name: str, text: str, message: str, stack: Path, tmp_path: Path) -> None:
    (tmp_path / "__init__.py").touch()
    (tmp_path / name).write_text(text)
    ran = stackproof("scan", stack, "--with-checkov", "--checkov-external-checks", tmp_path)
    assert (ran.exit_code, ran.out) == (2, "")
    assert message in ran.err
    assert str(tmp_path) in ran.err


@pytest.fixture
def database(tmp_path: Path) -> Path:
    file = tmp_path / "state.json"
    file.write_bytes(state(resource(DATABASE, "db", inputs={"password": SECRET}), resource("aws:ec2/eip:Eip", "address")))
    return file


def boom(*_: object, **__: object) -> None:
    raise TypeError("the-secret")


def leave(*_: object, **__: object) -> None:
    raise SystemExit("the-secret")


@pytest.mark.parametrize(
    ("place", "crash", "problem"),
    [
        ("plan_runner.Runner.check_tf_definition", boom, "Checkov crashed, and judged nothing: TypeError at "),
        ("context_parsers.tf_plan.cfn_yaml.load", boom, "Checkov could not read the plan"),
        (RDS_CHECK, boom, f"CKV_AWS_16 crashed on {URN}; --checkov-skip-check CKV_AWS_16 leaves it out"),
        (RDS_CHECK, leave, "Checkov crashed, and judged nothing: SystemExit at "),
    ],
)
def test_what_checkov_does_not_judge_makes_the_run_incomplete(
    place: str, crash: object, problem: str, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stackproof("scan", database, "--with-checkov")
    monkeypatch.setattr(f"checkov.terraform.{place}", crash)
    ran = stackproof("scan", database, "--with-checkov", "-f", "json", "--rule", "rds-storage-encrypted")
    assert ran.exit_code == 4
    assert f"stackproof: {database}: {problem}" in ran.err
    assert problem in ran.report["sources"][0]["error"]
    assert own(ran) == [("rds-storage-encrypted", URN, "failed")]
    assert "the-secret" not in ran.err + ran.out


def test_a_graph_check_that_crashes_and_a_resource_that_is_passed_over_are_told(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from checkov.common.checks_infra.registry import get_graph_checks_registry  # noqa: PLC0415  (seconds; only here)
    from checkov.terraform import plan_parser  # noqa: PLC0415

    stackproof("scan", database, "--with-checkov")
    check = next(item for item in get_graph_checks_registry("terraform").checks if item.id == "CKV2_AWS_60")
    monkeypatch.setattr(check, "run", boom)
    read: Any = plan_parser.parse_tf_plan

    def without_databases(*arguments: Any) -> Any:  # noqa: ANN401  (Checkov's)
        definitions, lines = read(*arguments)
        definitions["resource"] = [item for item in definitions["resource"] if "aws_db_instance" not in item]
        return definitions, lines

    monkeypatch.setattr("checkov.terraform.plan_utils.parse_tf_plan", without_databases)
    ran = stackproof("scan", database, "--with-checkov")
    assert ran.exit_code == 4
    assert f"Checkov passed over {URN}; CKV2_AWS_60 crashed; --checkov-skip-check CKV2_AWS_60 leaves it out" in ran.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_leaves_no_plan_behind(
    number: signal.Signals, database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stackproof("scan", database, "--with-checkov")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    seen = []

    def interrupt(*_: object, files: list[str], **__: object) -> None:
        seen.append(stat_of(files[0]))
        signal.raise_signal(number)

    monkeypatch.setattr("checkov.terraform.plan_runner.Runner.run", interrupt)
    ran = stackproof("scan", database, "--with-checkov")
    assert (ran.exit_code, ran.err) == (130, "stackproof: interrupted\n")
    assert seen == [0o700]
    assert list((tmp_path / "temporary").iterdir()) == []


def stat_of(file: str) -> int:
    """Return who may look into the directory of a file."""
    return Path(file).parent.stat().st_mode & 0o777


def test_a_report_of_checkov_is_only_read() -> None:
    report = EXAMPLES / "checkov" / "terraform.json"
    assert stackproof("scan", report, "--with-checkov", "-f", "json") == stackproof("scan", report, "-f", "json")


def test_a_preview_is_judged_before_the_change_is_made(tmp_path: Path) -> None:
    new = resource(DATABASE, "db", inputs={"storageEncrypted": True, "multiAz": False})
    file = tmp_path / "preview.json"
    file.write_text(json.dumps({"config": {}, "steps": [{"op": "create", "urn": new["urn"], "newState": new}]}))
    ran = stackproof("scan", file, "--with-checkov", "--checkov-check", "CKV_AWS_157", "-f", "json")
    assert [(item["check"], item["urn"], item["status"]) for item in ran.report["checkov_findings"]] == [
        ("CKV_AWS_157", URN, "failed")
    ]


def test_what_hangs_on_a_value_that_is_not_known_is_undecided(tmp_path: Path) -> None:
    access = "aws:efs/accessPoint:AccessPoint"
    later = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    points = (
        resource(access, "absent", inputs={"fileSystemId": later}),
        resource(access, "later", inputs={"fileSystemId": later, "posixUser": later}),
        resource(access, "wrong", inputs={"fileSystemId": later, "posixUser": {"uid": later}}),
    )
    steps = [{"op": "create", "urn": point["urn"], "newState": point} for point in points]
    file = tmp_path / "preview.json"
    file.write_text(json.dumps({"changeSummary": {"create": 3}, "steps": steps}))
    ran = stackproof("scan", file, "--with-checkov", "--checkov-check", "CKV_AWS_330", "-f", "json")
    found = {item["urn"].rpartition("::")[2]: (item["verdict"], item["status"]) for item in ran.report["checkov_findings"]}
    assert found == {"absent": ("failed", "failed"), "later": ("unknown", "undecided"), "wrong": ("failed", "failed")}
    assert "does not show which resource refers to which" in ran.err


def test_what_may_be_there_and_is_not_shown_is_undecided(tmp_path: Path) -> None:
    bucket = resource("aws:s3/bucket:Bucket", "data", inputs={"bucket": "data"})
    block = resource("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "data", inputs={"bucket": "data"})
    block["propertyDependencies"] = {"bucket": [bucket["urn"]]}
    found = {}
    for sames in (1, 0):
        document = {
            "changeSummary": {"create": 1, "same": 1},
            "steps": [{"op": "create", "urn": bucket["urn"], "newState": bucket}],
        }
        if sames:
            document["steps"].append({"op": "same", "urn": block["urn"], "oldState": block, "newState": block})  # type: ignore[attr-defined]
        file = tmp_path / f"{sames}.json"
        file.write_text(json.dumps(document))
        ran = stackproof("scan", file, "--with-checkov", "--checkov-check", "CKV2_AWS_6,CKV2_AWS_61,CKV2_AWS_62", "-f", "json")
        found[sames] = {item["check"]: item["status"] for item in ran.report["checkov_findings"]}
    assert found[1] == {"CKV2_AWS_6": "failed", "CKV2_AWS_61": "failed", "CKV2_AWS_62": "failed"}
    assert found[0] == dict.fromkeys(found[1], "undecided")


def test_what_checkov_says_of_a_provider_is_on_the_provider(tmp_path: Path) -> None:
    provider = resource("pulumi:providers:aws", "main", inputs={"region": "eu-west-1", "accessKey": "AKIA" + "Q" * 16})
    file = tmp_path / "state.json"
    file.write_bytes(state(provider, resource(DATABASE, "db", provider=f"{provider['urn']}::{provider['id']}")))
    ran = stackproof("scan", file, "--with-checkov", "-f", "json", "--rule", "provider-without-access-keys")
    (result,) = ran.report["results"]
    assert result["urn"] == provider["urn"]
    assert [verdict["check"] for verdict in result["checkov_verdicts"]] == ["CKV_AWS_41"]


def test_an_empty_stack_is_clean(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.write_bytes(state())
    ran = stackproof("scan", file, "--with-checkov", "-f", "json")
    assert (ran.exit_code, ran.err, ran.report["summary"]["checkov"]["failed"]) == (0, "", 0)


def test_types_that_terraform_has_not_are_told_once_by_counts(tmp_path: Path) -> None:
    for number in (1, 2):
        own_types = (resource("my:own:Thing", f"a{number}"), resource("my:own:Thing", "b"), resource(DATABASE, "db"))
        (tmp_path / f"{number}.json").write_bytes(state(*own_types))
    ran = stackproof("scan", tmp_path, "--with-checkov")
    assert ran.err == "stackproof: Checkov does not judge 4 resources: no twin in Terraform's AWS provider (my:own:Thing 4)\n"


EXTERNAL = """
import logging
from checkov.common.bridgecrew.severities import get_severity
from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.terraform.checks.resource.base_resource_check import BaseResourceCheck

class Named(BaseResourceCheck):
    def __init__(self):
        super().__init__("Databases are called so", "ACME_DB_1", [CheckCategories.GENERAL_SECURITY], ["aws_db_instance"])
        self.severity = get_severity("moderate")

    def scan_resource_conf(self, conf):
        print("printed", conf)
        logging.error("logged %s", conf)
        return CheckResult.FAILED

check = Named()
"""
ALONE = """
import socket, sys

def refuse(*_, **__):
    raise SystemExit("there is no network here")

socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
from scanners.main import main
sys.exit(main())
"""
HOSTILE = {
    "BC_API_KEY": "12345678-1234-1234-1234-123456789012", "PRISMA_API_URL": "https://example.invalid", "LOG_LEVEL": "DEBUG",
    "EVAL_TF_PLAN_AFTER_UNKNOWN": "1", "CHECKOV_GRAPH_FRAMEWORK": "NETWORKX", "CHECKOV_MAX_IAC_FILE_SIZE": "10",
    "CKV_CHECK": "CKV_AWS_16", "CKV_SKIP_CHECK": "CKV_AWS_157", "HTTPS_PROXY": "http://example.invalid",
}  # fmt: skip


def test_nothing_around_checkov_changes_what_it_says(merged: Ran, stack: Path, tmp_path: Path) -> None:
    checks = tmp_path / "checks"
    checks.mkdir()
    (checks / "__init__.py").touch()
    (checks / "named.py").write_text(EXTERNAL)
    (tmp_path / ".checkov.yaml").write_text("skip-check: [CKV_AWS_157]\nsoft-fail: true\n")
    command = [sys.executable, "-c", ALONE, "scan", str(stack), "--with-checkov", "--checkov-external-checks", "checks"]
    environment = {**os.environ, **HOSTILE, "PYTHONPATH": os.pathsep.join(sys.path)}
    ran = subprocess.run(
        [*command, "-f", "json", "--show", ALL], capture_output=True, text=True, check=False, cwd=tmp_path, env=environment
    )
    assert (ran.returncode, "logged" in ran.stderr, "printed" in ran.stderr) == (1, False, False)
    found = json.loads(ran.stdout)
    (named,) = (item for item in found["checkov_findings"] if item["check"] == "ACME_DB_1")
    assert (named["urn"].rpartition("::")[2], named["title"], named["severity"]) == (
        "orders",
        "Databases are called so",
        "medium",
    )
    wanted = copy.deepcopy(merged.report)
    for report in (found, wanted):
        report["checkov_findings"] = [item for item in report["checkov_findings"] if item["check"] != "ACME_DB_1"]
        del report["summary"]["checkov"], report["run"]
    assert found == wanted


def test_checkov_says_what_its_own_command_says(stack: Path, tmp_path: Path) -> None:
    plan = plan_of(files.load(str(stack))[0].stack)
    file = tmp_path / "plan.json"
    file.write_text("".join(plan.text()))
    command = [str(Path(sys.executable).with_name("checkov")), "-f", str(file), "--framework", "terraform_plan", "-o", "json"]
    ran = subprocess.run([*command, "--skip-download", "--soft-fail"], capture_output=True, check=True, cwd=tmp_path)
    theirs = {
        (item["check_id"], item["resource"], verdict)
        for verdict in ("passed", "failed", "skipped")
        for item in json.loads(ran.stdout)["results"][f"{verdict}_checks"]
    }
    answer = Checkov(Options()).judge(plan)
    assert answer.problems == []
    assert {(item.check, item.resource, item.verdict) for item in answer.records} == theirs
    assert {plan.urns.get(item.resource) for item in answer.records} == {item.urn for item in answer.records}


def test_where_checkov_is_not_installed_the_way_out_is_told(database: Path) -> None:
    code = "import sys\nsys.modules['checkov'] = None\nfrom scanners.main import main\nsys.exit(main())"
    command = [sys.executable, "-c", code, "scan", str(database)]
    ran = subprocess.run([*command, "--with-checkov"], capture_output=True, text=True, check=False)
    told = 'stackproof: Checkov is not installed: pip install "stackproof[checkov]"\n'
    assert (ran.returncode, ran.stdout, ran.stderr) == (2, "", told)
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1


def test_the_text_lists_what_only_checkov_finds(stack: Path) -> None:
    out = stackproof("scan", stack, "--with-checkov", "--checkov-check", "CKV_AWS_157").out
    urn = next(line for line in out.splitlines() if line.startswith("urn:") and "::orders  __main__.py:" in line)
    assert int(urn.rpartition(":")[2]) == line_of("::orders")
    assert re.search(r"\n  failed    advisory  CKV_AWS_157  Ensure that RDS instances have Multi-AZ enabled\n", out)
    assert "\nOnly Checkov: 1 failed (1 advisory), 0 undecided, 0 exempt\n" in out
