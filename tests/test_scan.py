"""What a user of `stackproof scan` sees: sources, options, reports and exit codes."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from scanners.stored_report import report_in
from scanners.writers import BRIEF
from tests.command import EXAMPLES, STATES, resource, stackproof, state, with_twice_wrong

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

ROOT = Path(__file__).parents[1]
SARIF_SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-schema-2.1.0.json").read_text())
REPORT_SCHEMA = json.loads((ROOT / "docs" / "report.schema.json").read_text())
RDS = "rds-storage-encrypted"
OUTCOMES = ("failed", "undecided", "exempt", "passed", "broken")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Return a state with a database that fails, one that passes and one that cannot be decided."""
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:abc"}
    file = tmp_path / "shop.json"
    file.write_bytes(
        state(
            resource(
                "aws:rds/instance:Instance",
                "plain",
                sourcePosition="project:///../lib/python3.11/site-packages/pulumi/resource.py#12",
                stackTrace=[
                    {"sourcePosition": "project:///.venv/lib/x.py#1"},
                    {},
                    {"sourcePosition": "project:///infra/db.py#41"},
                    {"sourcePosition": "project:///__main__.py#3"},
                ],
            ),
            resource("aws:rds/instance:Instance", "good", inputs={"storageEncrypted": True}),
            resource("aws:rds/instance:Instance", "hidden", inputs={"storageEncrypted": secret}),
            resource("aws:rds/instance:Instance", "gone", delete=True),
            resource("aws:rds/instance:Instance", "foreign", external=True),
            resource("aws:ec2/eip:Eip", "address"),
        )
    )
    return file


def outcomes(report: Any) -> dict[str, str]:  # noqa: ANN401  (JSON)
    return {result["name"]: result["status"] for result in report["results"]}


def test_the_report_says_what_came_of_each_resource(shop: Path) -> None:
    ran = stackproof("scan", shop, "-f", "json", "--rule", RDS, "--show", ",".join(OUTCOMES))
    assert ran.exit_code == 1
    assert ran.err == ""
    assert outcomes(ran.report) == {"plain": "failed", "good": "passed", "hidden": "undecided"}
    failed = next(result for result in ran.report["results"] if result["name"] == "plain")
    assert failed["location"] == {"file": "infra/db.py", "line": 41}
    assert failed["fix"] == {"set": {"storageEncrypted": True}, "replaces": True}
    summary = ran.report["summary"]
    assert {name: summary[name] for name in OUTCOMES} == {"failed": 1, "undecided": 1, "exempt": 0, "passed": 1, "broken": 0}
    assert summary["resources"] == 5
    assert summary["unjudged"] == {"resources": 2, "types": {"aws:ec2/eip:Eip": 1, "aws:rds/instance:Instance": 1}, "alike": {}}


@pytest.mark.parametrize("format_", ["text", "json", "sarif"])
def test_reports_look_as_agreed(format_: str, shop: Path, snapshot: SnapshotAssertion) -> None:
    ran = stackproof("scan", shop, "-f", format_, "--rule", RDS, "--show", "failed,undecided,passed")
    assert ran.timeless.replace(str(shop), "shop.json") == snapshot


@pytest.mark.parametrize("file", sorted(STATES.glob("*.json")), ids=lambda file: file.stem)
def test_real_exports_are_judged_completely_and_reported_validly(file: Path) -> None:
    ran = stackproof("scan", file, "-f", "json", "--show", ",".join(OUTCOMES), "--config", EXAMPLES / "stackproof.yaml")
    assert ran.exit_code in (0, 1)
    assert ran.report["summary"]["broken"] == 0
    jsonschema.validate(ran.report, REPORT_SCHEMA)
    assert report_in(ran.out.encode()).summary.complete
    keys = [(item["stack"], item["urn"], item["rule"], item["path"], item["message"]) for item in ran.report["results"]]
    assert keys == sorted(keys)
    again = stackproof("scan", file, "-f", "json", "--show", ",".join(OUTCOMES), "--config", EXAMPLES / "stackproof.yaml")
    assert again.timeless == ran.timeless
    sarif = stackproof("scan", file, "-f", "sarif", "--config", EXAMPLES / "stackproof.yaml")
    jsonschema.validate(json.loads(sarif.out), SARIF_SCHEMA)
    assert stackproof("scan", file).exit_code in (0, 1)


def test_results_carry_the_line_of_the_program_where_the_state_has_one() -> None:
    report = stackproof("scan", STATES / "wordpress-fargate-rds.json", "-f", "json").report
    located = {result["name"]: result["location"] for result in report["results"]}
    assert located["wp-example-be-rds"] == {"file": "backend.py", "line": 53}


@pytest.mark.parametrize(
    ("fail_on", "exit_code"),
    [("never", 0), ("advisory", 1), ("mandatory", 1), ("low", 1), ("medium", 1), ("high", 1), ("critical", 0)],
)
def test_fail_on_decides_on_the_exit_code(fail_on: str, exit_code: int, shop: Path) -> None:
    assert stackproof("scan", shop, "--rule", RDS, "--fail-on", fail_on).exit_code == exit_code


def test_an_advisory_violation_passes_by_default_and_fails_on_request(shop: Path, tmp_path: Path) -> None:
    config = tmp_path / "soft.yaml"
    config.write_text("rules: {all: {level: advisory}}\n")
    assert stackproof("scan", shop, "--rule", RDS, "--config", config).exit_code == 0
    assert stackproof("scan", shop, "--rule", RDS, "--config", config, "--fail-on", "advisory").exit_code == 1
    assert stackproof("scan", shop, "--rule", RDS, "--config", config, "--fail-on", "high").exit_code == 1


def deployment(content: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(content)["deployment"]
    return found


def test_every_kind_of_source_gives_the_same_answers(shop: Path, tmp_path: Path) -> None:
    content = shop.read_bytes()
    directory = tmp_path / "many"
    (directory / "deep").mkdir(parents=True)
    (directory / "deep" / "shop.json").write_bytes(content)
    packed = tmp_path / "shop.json.gz"
    packed.write_bytes(gzip.compress(content))
    newer = tmp_path / "v4.json"
    newer.write_bytes(content.replace(b'"version": 3', b'"version": 4'))
    backend = tmp_path / "backend" / ".pulumi"
    checkpoint = {"version": 3, "checkpoint": {"stack": "organization/shop/prod", "latest": deployment(content)}}
    for place in ("stacks/shop/prod.json", "history/shop/prod/prod-1.checkpoint.json", "backups/shop/prod.json"):
        (backend / place).parent.mkdir(parents=True)
        (backend / place).write_text(json.dumps(checkpoint))
    wanted = outcomes(stackproof("scan", shop, "-f", "json", "--rule", RDS).report)
    for source in (packed, newer, directory, f"{tmp_path}/many/*/*.json", tmp_path / "backend", backend, backend / "stacks"):
        ran = stackproof("scan", source, "-f", "json", "--rule", RDS)
        assert (outcomes(ran.report), ran.exit_code, len(ran.report["sources"])) == (wanted, 1, 1), source
    for given in (content, gzip.compress(content), b"\xef\xbb\xbf" + content):
        assert outcomes(stackproof("scan", "-", "-f", "json", "--rule", RDS, given=given).report) == wanted


def test_types_of_older_providers_are_judged_under_their_current_name(tmp_path: Path) -> None:
    old = tmp_path / "old.json"
    old.write_bytes(
        state(resource("aws:elasticloadbalancingv2/listener:Listener", "web", inputs={"port": 80, "protocol": "HTTP"}))
    )
    (result,) = stackproof("scan", old, "-f", "json", "--rule", "lb-listener-uses-tls").report["results"]
    assert (result["status"], result["type"]) == ("failed", "aws:lb/listener:Listener")
    assert "aws:elasticloadbalancingv2/listener:Listener" in result["urn"]


def test_an_empty_stack_is_clean(tmp_path: Path) -> None:
    empty = tmp_path / "empty.json"
    for content in (
        {"version": 3, "deployment": {"manifest": {}}},
        {"version": 3, "checkpoint": {"stack": "organization/a/b", "latest": None}},
    ):
        empty.write_text(json.dumps(content))
        ran = stackproof("scan", empty, "-f", "json")
        assert (ran.exit_code, ran.report["summary"]["resources"]) == (0, 0)


def test_outputs_show_what_the_provider_recorded(tmp_path: Path) -> None:
    drifted = tmp_path / "drifted.json"
    drifted.write_bytes(state(resource(inputs={"storageEncrypted": True}, outputs={"storageEncrypted": False})))
    assert stackproof("scan", drifted, "--rule", RDS).exit_code == 0
    assert stackproof("scan", drifted, "--rule", RDS, "--view", "outputs").exit_code == 1


def test_reports_are_written_to_files_beside_standard_output(shop: Path, tmp_path: Path) -> None:
    ran = stackproof("scan", shop, "--rule", RDS, "-o", f"json={tmp_path}/r.json", "-o", f"sarif={tmp_path}/r.sarif")
    assert "1 failed" in ran.out
    assert json.loads((tmp_path / "r.json").read_text())["summary"]["failed"] == 1
    assert json.loads((tmp_path / "r.sarif").read_text())["version"] == "2.1.0"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["r.json", "r.sarif", "shop.json"]


@pytest.mark.parametrize("format_", sorted(BRIEF))
def test_what_a_format_says_does_not_hang_on_the_formats_beside_it(format_: str, tmp_path: Path) -> None:
    file, beside = tmp_path / "shop.json", tmp_path / "report.json"
    tags = {"Owner": "payments"}
    instance = resource(
        sourcePosition="project:///db.py#3", inputs={"tags": tags}, aliases=["urn:pulumi:prod::shop::a:b:C::old"]
    )
    file.write_bytes(state(instance))
    alone = stackproof("scan", file, "-f", format_)
    assert stackproof("scan", file, "-f", format_, "-o", f"json={beside}") == alone
    (result,) = (item for item in json.loads(beside.read_text())["results"] if item["rule"] == RDS)
    assert all(result[name] for name in ("fingerprint", "aliases", "mark", "owner", "evidence"))


def test_a_report_that_cannot_be_written_leaves_the_old_one(shop: Path, tmp_path: Path) -> None:
    ran = stackproof("scan", shop, "-o", f"json={tmp_path}/none/r.json")
    assert ran.exit_code == 2
    assert f"{tmp_path}/none/r.json: cannot be written" in ran.err


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["--rule", "rds-storage-encryption"], "did you mean rds-storage-encrypted?"),
        (["--show", "failures"], "did you mean failed?"),
        (["-o", "jsn=x"], "did you mean json?"),
        (["-o", "x.json"], "is not FORMAT=PATH"),
        (["--form", "json"], "unrecognized arguments: --form"),
        (["--fail-on", "often"], "never"),
        (["--config", "nowhere.yaml"], "nowhere.yaml: cannot be read"),
    ],
)
def test_wrong_usage_names_the_nearest_right_one(arguments: list[str], hint: str, shop: Path) -> None:
    ran = stackproof("scan", shop, *arguments)
    assert ran.exit_code == 2
    assert hint in ran.err
    assert ran.out == ""


def test_a_terminal_gets_the_same_words_in_colour(shop: Path) -> None:
    import pty  # noqa: PLC0415  (not on every platform)

    controller, terminal = pty.openpty()
    command = [sys.executable, "-m", "scanners.command_line", "scan", str(shop), "--rule", RDS]
    done = subprocess.run(
        command, stdout=terminal, stderr=subprocess.PIPE, check=False, env={**os.environ, "TERM": "xterm", "COLUMNS": "200"}
    )
    os.close(terminal)
    shown = b""
    while chunk := _read(controller):
        shown += chunk
    assert done.returncode == 1
    assert b"\x1b[" in shown
    assert RDS.encode() in shown
    assert b"infra/db.py:41" in shown


def _read(controller: int) -> bytes:
    try:
        return os.read(controller, 65536)
    except OSError:  # Linux says so when the other side is closed
        return b""


def test_rules_are_listed_and_explained() -> None:
    listed = stackproof("rules")
    assert any(line.split()[:3] == [RDS, "high", "mandatory"] for line in listed.out.splitlines())
    explained = stackproof("explain", RDS)
    assert "RDS instances encrypt their storage." in explained.out
    assert "CIS AWS 2.2.1" in explained.out
    wrong = stackproof("explain", "rds-storage-encryptd")
    assert (wrong.exit_code, "did you mean rds-storage-encrypted?" in wrong.err) == (2, True)


def test_a_rule_that_is_disabled_cannot_be_asked_for(shop: Path, tmp_path: Path) -> None:
    config = tmp_path / "off.yaml"
    config.write_text(f"rules: {{{RDS}: {{level: disabled}}}}\n")
    ran = stackproof("scan", shop, "--config", config, "--rule", RDS)
    assert (ran.exit_code, ran.err) == (2, f"stackproof: --rules: '{RDS}' is disabled by {config}\n")
    assert stackproof("scan", shop, "--config", config, "--rules", "rds-*").exit_code in (0, 1)


def test_a_file_is_judged_once_and_the_order_of_sources_does_not_matter(shop: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_bytes(state(resource()))
    (tmp_path / "link.json").symlink_to(shop)
    once = stackproof("scan", other, shop, "-f", "json").timeless
    assert stackproof("scan", shop, other, shop, tmp_path / "." / "shop.json", "-f", "json").timeless == once
    linked = stackproof("scan", tmp_path, "-f", "json").report
    assert [Path(source["path"]).name for source in linked["sources"]] == ["link.json", "other.json"]
    assert len(stackproof("scan", "-", "-", "-f", "json", given=shop.read_bytes()).report["sources"]) == 1


def test_outputs_never_overwrite_a_source_or_each_other(shop: Path, tmp_path: Path) -> None:
    before = shop.read_bytes()
    (tmp_path / "link.json").symlink_to(shop)
    for outputs in ([f"json={shop}"], [f"json={tmp_path}/link.json"], [f"json={tmp_path}/r", f"sarif={tmp_path}/./r"]):
        ran = stackproof("scan", shop, *(word for output in outputs for word in ("-o", output)))
        assert (ran.exit_code, ran.out) == (2, "")
        assert "already" in ran.err
    assert shop.read_bytes() == before


def test_what_is_no_plain_file_is_written_to_and_not_replaced(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(["cat", tmp_path / "pipe"], stdout=subprocess.PIPE) as reader:
        assert stackproof("scan", shop, "-o", f"json={tmp_path}/link", "-o", f"json={tmp_path}/pipe").exit_code == 1
        received, _ = reader.communicate(timeout=30)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "pipe").is_fifo()
    assert json.loads(received) == json.loads((tmp_path / "real").read_text())
    assert stackproof("scan", shop, "-o", f"json={tmp_path}").exit_code == 2


@pytest.mark.parametrize(
    ("redirection", "exit_code", "said"),
    [
        (">/dev/full", 4, b"stackproof: standard output: No space left on device\n"),
        (">&-", 4, b"stackproof: standard output is closed\n"),
        ("2>/dev/full >&-", 4, b""),
        ("2>/dev/full >/dev/full", 4, b""),
        ("2>&-", 1, b""),
    ],
)
def test_a_report_that_nobody_gets_makes_the_run_incomplete(redirection: str, exit_code: int, said: bytes) -> None:
    program = f"{sys.executable} -m scanners.command_line scan {STATES} -f json"
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    ran = subprocess.run(["sh", "-c", f"{program} {redirection}"], capture_output=True, check=False, cwd=ROOT, env=buffered)
    assert (ran.returncode, ran.stderr) == (exit_code, said)


def test_a_reader_that_has_gone_makes_the_run_incomplete() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "scanners.command_line", "scan", str(STATES), "-f", "json"]
    ran = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False, cwd=ROOT)
    os.close(writing)
    assert (ran.returncode, ran.stderr) == (4, b"")


def test_the_fingerprints_of_a_report_are_unique_and_do_not_hang_on_order(tmp_path: Path) -> None:
    statements = [{"Effect": "Allow", "Action": action, "Resource": "*"} for action in (["s3:*", "ec2:*", "sqs:*"], "iam:*")]
    file = tmp_path / "state.json"
    seen = []
    for order in (1, -1):
        statements[0]["Action"] = statements[0]["Action"][::order]
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        file.write_bytes(state(resource("aws:iam/policy:Policy", "p", inputs={"policy": policy})))
        report = stackproof("scan", file, "-f", "json", "--show", ",".join(OUTCOMES)).report
        seen.append({(item["rule"], item["path"], item["fingerprint"]) for item in report["results"]})
        assert len({item["fingerprint"] for item in report["results"]}) == len(report["results"])
    assert seen[0] == seen[1]


def test_several_results_at_one_place_have_fingerprints_of_their_own(tmp_path: Path) -> None:
    config = with_twice_wrong(tmp_path)
    file = tmp_path / "state.json"
    seen = []
    for order in (["a", "b"], ["b", "a"], ["a"]):
        file.write_bytes(state(resource(inputs={"order": order})))
        report = stackproof("scan", file, "-f", "json", "--config", config, "--rule", "twice-wrong").report
        seen.append({item["message"]: item["fingerprint"] for item in report["results"]})
    assert len(set(seen[0].values())) == 2
    assert seen[0] == seen[1]
    assert seen[2] == {"a": seen[0]["a"]}


def test_a_scan_without_a_rule_is_refused(shop: Path, tmp_path: Path) -> None:
    config = tmp_path / "nothing.yaml"
    config.write_text("extends: []\n")
    ran = stackproof("scan", shop, "--config", config)
    assert (ran.exit_code, ran.out) == (2, "")
    assert ran.err.startswith(f"stackproof: no rule is switched on by {config}; ")


def test_a_message_holds_no_terminal_escapes(tmp_path: Path) -> None:
    file = tmp_path / "shop.json"
    file.write_bytes(state(resource("aws:s3/bucket:Bucket", "logs", inputs={"tags": {"aws:\u001b[31mred\n": "x"}})))
    (result,) = stackproof("scan", file, "--rules", "tag-keys-without-reserved-prefix", "-f", "json").report["results"]
    assert "\u001b" not in result["message"]
    assert "aws:\\x1b[31mred\\n" in result["message"]
