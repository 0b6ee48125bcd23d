"""`stackproof export`: what is written, what is told, how it ends; and what Checkov says of the plans that are written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from scanners.exports.terraform_plan import plan_of
from scanners.sources import files
from tests.command import EXAMPLES, STATES, resource, stackproof, state
from tests.round_trip import shown
from tests.test_pulumi_preview import ROOT, document, events, lines, previewed, step
from tests.test_terraform_plan import (
    BLOCK,
    BUCKET,
    CANARY,
    EXPORT,
    OUTSIDE,
    UNKNOWN,
    changes,
    examples,
    provider_of,
    secret,
)

if TYPE_CHECKING:
    from pathlib import Path

    from checkov.common.output.record import Record

    from scanners.exports.terraform_plan import Plan

DATABASE = "aws:rds/instance:Instance"
DB = resource(DATABASE, "db", inputs={"storageEncrypted": False, "password": secret()})


def addresses(text: str) -> list[str]:
    return [item["address"] for item in json.loads(text)["planned_values"]["root_module"]["resources"]]


def test_a_plan_is_written_to_standard_output_or_to_a_file(tmp_path: Path) -> None:
    source, file = tmp_path / "state.json", tmp_path / "plan.json"
    source.write_bytes(state(DB))
    shown_ = stackproof("export", source, "--to", "terraform-plan")
    written = stackproof("export", source, "--to", "terraform-plan", "-o", file)
    assert (shown_.exit_code, written.exit_code, written.out) == (0, 0, "")
    assert addresses(shown_.out) == ["aws_db_instance.db"]
    assert file.read_text() == shown_.out == stackproof(*EXPORT, given=state(DB)).out
    assert CANARY not in shown_.out + shown_.err


def test_what_terraform_has_no_type_for_is_told_by_type() -> None:
    foreign = [resource("random:index/randomPassword:RandomPassword", f"word{number}") for number in range(5)]
    read = resource("aws:ec2/vpc:Vpc", "found", external=True, outputs={"cidrBlock": "10.0.0.0/16"})
    ran = stackproof(*EXPORT, given=state(*foreign, resource("app:index:Site", "site\x1b[31m"), read, DB))
    assert ran.exit_code == 0
    assert addresses(ran.out) == ["aws_db_instance.db"]
    assert ran.err.splitlines() == [
        f"stackproof: left out: {foreign[0]['type']}: word0, word1, word2 and 2 more: Terraform has no such type",
        "stackproof: left out: app:index:Site: site\\x1b[31m: Terraform has no such type",
        "stackproof: left out: aws:ec2/vpc:Vpc: found: the program only reads it",
    ]


def test_a_source_that_cannot_be_read_whole_is_incomplete_and_its_plan_is_written() -> None:
    broken = resource("aws:sns/topic:Topic", "broken") | {"inputs": [CANARY]}
    ran = stackproof(*EXPORT, given=state(DB, broken))
    assert (ran.exit_code, addresses(ran.out)) == (4, ["aws_db_instance.db"])
    why = "its properties cannot be read (inputs: expected an object)"
    assert ran.err == f"stackproof: left out: aws:sns/topic:Topic: broken: {why}\n"
    ran = stackproof(*EXPORT, given=state(DB, resource(DATABASE, "other") | {"urn": "nonsense"}))
    assert (ran.exit_code, addresses(ran.out)) == (4, ["aws_db_instance.db"])
    assert ran.err == "stackproof: -: $.deployment.resources[1]: not a URN; the resource is not judged\n"


@pytest.mark.parametrize("form", [document, events], ids=["document", "events"])
def test_a_preview_becomes_a_plan_of_what_the_update_would_leave(form: Any) -> None:  # noqa: ANN401  (a function of steps)
    urn = resource(BUCKET, "new")["urn"]
    made = resource(BUCKET, "new", inputs={"bucket": UNKNOWN, "forceDestroy": True}) | {"id": ""}
    of_it = resource(BLOCK, "of-it", inputs={"bucket": UNKNOWN}, propertyDependencies={"bucket": [urn]}) | {"id": ""}
    gone = resource("aws:sns/topic:Topic", "gone")
    steps = [step("same", ROOT, ROOT), step("same", DB, DB), step("create", made), step("create", of_it)]
    content = form(*steps, step("delete", None, gone))
    ran = stackproof(*EXPORT, given=lines(content) if isinstance(content, list) else json.dumps(content).encode())
    assert ran.exit_code == 0, ran.err
    written = json.loads(ran.out)
    assert addresses(ran.out) == ["aws_db_instance.db", "aws_s3_bucket.new", "aws_s3_bucket_public_access_block.of-it"]
    change = written["resource_changes"][1]["change"]
    assert (change["after"], change["after_unknown"]) == ({"force_destroy": True}, {"bucket": True})
    expressions = written["configuration"]["root_module"]["resources"][2]["expressions"]
    edge = ["aws_s3_bucket.new.bucket", "aws_s3_bucket.new"] if form is document else OUTSIDE  # events have no edges
    assert expressions == {"bucket": {"references": edge}}
    assert ("does not show which resource refers to which" in ran.err) is (form is events)


@pytest.mark.parametrize("file", sorted(STATES.glob("*.json")), ids=lambda file: file.stem)
def test_the_plan_of_a_preview_without_changes_is_that_of_the_state(file: Path) -> None:
    preview = document(*previewed(json.loads(file.read_text()), "same"))
    assert stackproof(*EXPORT, given=json.dumps(preview).encode()).out == stackproof(*EXPORT, given=file.read_bytes()).out


def test_a_preview_of_changes_or_that_failed_is_told() -> None:
    some = stackproof(
        *EXPORT,
        given=json.dumps(
            document(step("create", DB | {"propertyDependencies": {"password": []}}), changeSummary={"same": 3})
        ).encode(),
    )
    assert some.exit_code == 0
    assert some.err == "stackproof: - shows what changes only; `pulumi preview --json --show-sames` shows all\n"
    failed = stackproof(*EXPORT, given=lines(events(step("create", DB), summary={"result": "failed"})))
    assert (failed.exit_code, addresses(failed.out)) == (4, ["aws_db_instance.db"])
    assert "the preview failed" in failed.err


def test_wrong_usage_is_told_and_writes_nothing(tmp_path: Path) -> None:
    source = tmp_path / "a.json"
    source.write_bytes(state(DB))
    before = source.read_bytes()
    report = EXAMPLES / "checkov" / "terraform.json"
    cases = {
        ("--to", "terafrom-plan"): "there is no format 'terafrom-plan'; did you mean terraform-plan?",
        ("--to", "terraform-plan", "-o", str(source)): "is the source already",
        ("--to", "terraform-plan", "-o", str(tmp_path / "none" / "plan.json")): "cannot be written",
        (): "--to",
    }
    for words, told in cases.items():
        ran = stackproof("export", source, *words)
        assert (ran.exit_code, ran.out) == (2, ""), words
        assert told in ran.err
    ran = stackproof("export", report, "--to", "terraform-plan")
    assert (ran.exit_code, ran.out) == (2, "")
    assert "is a report of Checkov" in ran.err
    (tmp_path / "b.json").write_bytes(before)
    ran = stackproof("export", tmp_path, "--to", "terraform-plan")
    assert (ran.exit_code, ran.out) == (2, "")
    assert f"stands for 2 files, and a document holds one stack; name one, such as {source}" in ran.err
    assert source.read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.json", "b.json"]
    ran = stackproof(*EXPORT, given=b"{")
    assert (ran.exit_code, ran.out) == (4, "")
    assert "not valid JSON" in ran.err


class Judged(NamedTuple):
    """What Checkov says of some plans, each by the name of its file."""

    plans: dict[str, Plan]
    records: dict[str, list[Record]]
    parsing_errors: list[str]

    def verdicts(self, file: str, check: str) -> dict[str, str]:
        found: list[Any] = [item for item in self.records[file] if item.check_id == check]
        return {item.resource: item.check_result["result"].value for item in found}


def cases() -> bytes:
    """Return a state of which each resource shows something of how Checkov reads a plan."""
    data, other = (resource(BUCKET, name, inputs={"bucket": f"{name}-1"}) | {"id": f"{name}-1"} for name in ("data", "other"))
    closed = {f"{verb}Public{what}": True for verb, what in (("block", "Acls"), ("block", "Policy"), ("ignore", "Acls"))}
    block = resource(
        BLOCK,
        "data-access",
        inputs={"bucket": "data-1", **closed, "restrictPublicBuckets": True},
        propertyDependencies={"bucket": [data["urn"]]},
    )
    later = resource(
        DATABASE, "later", inputs={"storageEncrypted": UNKNOWN, "publiclyAccessible": secret(), "multiAz": UNKNOWN}
    )
    cache = resource(
        "aws:elasticache/replicationGroup:ReplicationGroup",
        "cache",
        inputs={"transitEncryptionEnabled": True, "authToken": secret(), "atRestEncryptionEnabled": False},
    )
    providers = [provider_of("default_7_51_1", region="eu-west-1", accessKey=CANARY), provider_of("far", region="us-east-1")]
    open_ = resource(DATABASE, "open", inputs={"storageEncrypted": False, "publiclyAccessible": True})
    return state(*providers, data, other, block, later, cache, open_, resource("aws:sns/topic:Topic", "nothing-set"))


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    from checkov.runner_filter import RunnerFilter  # noqa: PLC0415  (late: it takes seconds)
    from checkov.terraform.plan_runner import Runner  # noqa: PLC0415

    directory = tmp_path_factory.mktemp("plans")
    (directory / "cases").write_bytes(cases())
    first_ones = (item for item in examples() if item["urn"].split("::")[1].endswith("-0"))
    (directory / "rules").write_bytes(state(*first_ones))
    plans = {}
    for file in (directory / "cases", directory / "rules", *sorted(STATES.glob("*.json"))):
        (source,) = files.load(str(file))
        plans[file.stem] = plan = plan_of(source.stack)
        (directory / f"{file.stem}.json").write_text("".join(plan.text()))
    written = [str(directory / f"{name}.json") for name in plans]
    report: Any = Runner().run(files=written, runner_filter=RunnerFilter(framework=["terraform_plan"]))
    records: dict[str, list[Record]] = {name: [] for name in plans}
    for record in (*report.passed_checks, *report.failed_checks, *report.skipped_checks):
        records[record.file_path.strip("/").removesuffix(".json")].append(record)
    return Judged(plans, records, report.parsing_errors)


def test_checkov_reads_every_plan_and_names_its_resources(judged: Judged) -> None:
    assert judged.parsing_errors == []
    assert [name for name, found in judged.records.items() if not found] == []
    assert {
        name: {item.resource for item in found} - set(judged.plans[name].urns) for name, found in judged.records.items()
    } == {name: set() for name in judged.plans}
    code = {item.address: (item.line, item.code) for item in shown(judged.plans["rules"])}
    assert {
        item.resource
        for item in judged.records["rules"]
        if not item.resource.startswith("aws.")  # providers, of which a plan has no code
        and (item.file_line_range[0] + 1, "".join(text for _, text in item.code_block)) != code[item.resource]
    } == set()


def test_checkov_follows_references_and_leaves_open_what_is_not_known(judged: Judged) -> None:
    assert judged.verdicts("cases", "CKV2_AWS_6") == {"aws_s3_bucket.data": "PASSED", "aws_s3_bucket.other": "FAILED"}
    assert judged.verdicts("cases", "CKV_AWS_16") == {"aws_db_instance.open": "FAILED"}  # encrypted: unknown of the other
    assert judged.verdicts("cases", "CKV_AWS_17") == {"aws_db_instance.open": "FAILED"}  # public: a secret of the other
    assert judged.verdicts("cases", "CKV_AWS_157") == {"aws_db_instance.open": "FAILED"}  # several zones
    assert judged.verdicts("cases", "CKV_AWS_31") == {"aws_elasticache_replication_group.cache": "PASSED"}  # a secret is set
    assert judged.verdicts("cases", "CKV_AWS_29") == {"aws_elasticache_replication_group.cache": "FAILED"}
    assert judged.verdicts("cases", "CKV_AWS_26") == {"aws_sns_topic.nothing-set": "FAILED"}
    assert judged.verdicts("cases", "CKV_AWS_41") == {"aws.default": "PASSED", "aws.far": "PASSED"}
    assert changes(judged.plans["cases"])["later"]["after"] == {}
