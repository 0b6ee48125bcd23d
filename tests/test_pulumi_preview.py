"""What becomes of a preview: the stack that the update would leave, judged before there is one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from policies.unknown import UnknownValue
from scanners.sources import pulumi_preview
from tests.command import STATES, Ran, resource, stackproof

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from scanners.sources.source import SourceStack

RDS = "rds-storage-encrypted"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "[secret]"}
DATABASE = "aws:rds/instance:Instance"
DEFAULT = "urn:pulumi:prod::shop::pulumi:providers:aws::default_7_51_1::7c1e"
STATE_OF_EVENTS = ("type", "urn", "custom", "delete", "id", "parent", "external", "inputs", "outputs", "provider")


def step(op: str, new: dict[str, Any] | None, old: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a step as a document carries it."""
    states = {"oldState": old, "newState": new}
    urn = (new or old or {})["urn"]
    return {"op": op, "urn": urn, **{name: state for name, state in states.items() if state}, "detailedDiff": None}


def document(*steps: dict[str, Any], **fields: Any) -> dict[str, Any]:  # noqa: ANN401  (JSON)
    changes: dict[str, int] = {}
    for item in steps:
        changes[item["op"]] = changes.get(item["op"], 0) + 1
    return {"config": {"aws:region": "us-east-1"}, "steps": list(steps), "duration": 1, "changeSummary": changes} | fields


def events(
    *steps: dict[str, Any], summary: dict[str, Any] | None = None, config: dict[str, str] | None = None
) -> list[dict[str, Any]]:
    """Return the events of a preview, with an event before and one after each step."""
    found: list[dict[str, Any]] = [{"preludeEvent": {"config": config or {"aws:region": "us-east-1"}}}]
    for item in steps:
        metadata = {
            "op": item["op"], "urn": item["urn"], "type": "", "old": of_events(item.get("oldState")),
            "new": of_events(item.get("newState")), "detailedDiff": None, "provider": "",
        }  # fmt: skip
        found += [{name: {"metadata": metadata, "planning": True}} for name in ("resourcePreEvent", "resOutputsEvent")]
    found.append({"summaryEvent": {"maybeCorrupt": False, "isPreview": True, "result": "succeeded"} | (summary or {})})
    return [*found, {"cancelEvent": {}}]


def of_events(state: dict[str, Any] | None) -> dict[str, Any] | None:
    fields = {"id": "", "parent": "", "provider": "", "inputs": {}, "outputs": {}}
    return state and fields | {name: state[name] for name in STATE_OF_EVENTS if name in state}


def lines(found: list[Any]) -> bytes:
    stamped = (
        {"sequence": number, "timestamp": 1_790_000_000} | event if isinstance(event, dict) else event
        for number, event in enumerate(found)
    )
    return b"".join(json.dumps(event).encode() + b"\n" for event in stamped)


def scan(content: object, *arguments: str) -> Ran:
    data = lines(content) if isinstance(content, list) else json.dumps(content, indent=4).encode()
    return stackproof("scan", "-", "-f", "json", "--show", "failed,undecided,passed", *arguments, given=data)


def read(content: object) -> SourceStack:
    data = lines(content) if isinstance(content, list) else json.dumps(content).encode()
    source = pulumi_preview.read("preview.json", data)
    assert source
    return source


def outcomes(ran: Ran) -> dict[str, str]:
    return {result["name"]: result["status"] for result in ran.report["results"]}


def database(name: str, /, **inputs: object) -> dict[str, Any]:
    return {key: value for key, value in resource(DATABASE, name, inputs=inputs).items() if key != "id"}


ROOT = resource("pulumi:pulumi:Stack", "shop-prod")
GOOD, BAD = database("db", storageEncrypted=True), database("db", storageEncrypted=False)
GOOD_BEFORE, BAD_BEFORE = ({**state, "id": "db-1"} for state in (GOOD, BAD))
FORMS = pytest.mark.parametrize("form", [document, events], ids=["document", "events"])


@FORMS
def test_a_preview_is_judged_as_what_the_update_would_leave(form: Any) -> None:  # noqa: ANN401  (a function of steps)
    steps = [
        step("create", database("plain")),
        step("create", database("good", storageEncrypted=True)),
        step("create", database("later", storageEncrypted=UNKNOWN)),
        step("create", database("hidden", storageEncrypted="[secret]" if form is document else SECRET)),
        step("update", database("mended", storageEncrypted=True), database("mended")),
        step("delete", None, database("gone")),
    ]
    ran = scan(form(*steps), "--rule", RDS)
    assert (ran.exit_code, ran.err) == (1, "")
    assert outcomes(ran) == {
        "plain": "failed", "good": "passed", "later": "undecided", "hidden": "undecided", "mended": "passed",
    }  # fmt: skip
    (source,) = ran.report["sources"]
    assert (source["kind"], source["stack"], source["project"], source["error"]) == ("preview", "prod", "shop", "")


REPLACED = BAD_BEFORE | {"delete": True}


@FORMS
@pytest.mark.parametrize(
    ("steps", "status"),
    [
        ([step("replace", GOOD, REPLACED)], "passed"),
        (
            [
                step("create-replacement", GOOD, BAD_BEFORE),
                step("replace", GOOD, REPLACED),
                step("delete-replaced", None, REPLACED),
            ],
            "passed",
        ),
        (
            [
                step("delete-replaced", None, BAD_BEFORE),
                step("replace", GOOD, BAD_BEFORE),
                step("create-replacement", GOOD, BAD_BEFORE),
            ],
            "passed",
        ),
        ([step("import", GOOD)], "passed"),
        ([step("import-replacement", GOOD, BAD_BEFORE), step("discard-replaced", None, BAD_BEFORE)], "passed"),
        ([step("same", GOOD, GOOD_BEFORE), step("delete", None, REPLACED)], "passed"),
        ([step("same", BAD, BAD)], None),
        ([step("refresh", BAD_BEFORE, BAD_BEFORE), step("update", GOOD, BAD_BEFORE)], "passed"),
        ([step("refresh", BAD_BEFORE, BAD_BEFORE), step("same", GOOD, GOOD_BEFORE)], "passed"),
        ([step("refresh", BAD_BEFORE, BAD_BEFORE), step("delete", None, BAD_BEFORE)], None),
        ([step("refresh", REPLACED, REPLACED), step("delete", None, REPLACED)], None),
        ([step("refresh", REPLACED, REPLACED), step("same", GOOD, GOOD_BEFORE)], "passed"),
        ([step("read", GOOD | {"external": True, "outputs": {"storageEncrypted": True}})], None),
        ([step("discard", None, GOOD | {"external": True})], None),
        ([step("a-step-of-tomorrow", GOOD)], "passed"),
    ],
    ids=lambda value: "-".join(item["op"] for item in value) if isinstance(value, list) else str(value),
)
def test_the_last_word_on_a_resource_counts(form: Any, steps: list[dict[str, Any]], status: str | None) -> None:  # noqa: ANN401
    ran = scan(form(*steps), "--rule", RDS)
    assert outcomes(ran) == ({"db": status} if status else {})
    assert ran.exit_code == 0


def test_a_component_that_stays_is_there_without_an_id() -> None:
    component = {
        "urn": "urn:pulumi:prod::shop::acme:app:App::app",
        "type": "acme:app:App",
        "custom": False,
        "inputs": {"size": 3},
    }
    for form in (document, events):
        (found,) = read(form(step("same", component, component))).stack.resources
        assert found.values == {"size": 3}


def test_a_resource_is_what_a_refresh_found_where_the_preview_says_it() -> None:
    found = events(step("refresh", BAD_BEFORE, BAD_BEFORE))
    after = found[2]["resOutputsEvent"]["metadata"]
    after["new"] = of_events(GOOD_BEFORE)
    assert outcomes(scan(found, "--rule", RDS)) == {"db": "passed"}
    after["new"] = None
    assert outcomes(scan(found, "--rule", RDS)) == {}


@pytest.mark.parametrize(
    ("others", "changes", "kind"),
    [
        ([step("same", ROOT, ROOT)], {"same": 2}, "preview of changes"),
        ([step("same", ROOT, ROOT)], {"same": 1}, "preview"),
        ([], {"same": 1}, "preview of changes"),
        ([], {"update": 1}, "preview of changes"),
    ],
    ids=["without-sames", "gone", "refresh", "refresh-of-changes"],
)
def test_a_document_shows_of_a_refresh_what_was_there_before_it(
    others: list[dict[str, Any]], changes: dict[str, int], kind: str
) -> None:
    ran = scan(document(step("refresh", BAD_BEFORE, BAD_BEFORE), *others, changeSummary=changes), "--rule", RDS)
    assert outcomes(ran) == {}
    assert [source["kind"] for source in ran.report["sources"]] == [kind]


BUCKET, BLOCK = "aws:s3/bucket:Bucket", "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ALL_BLOCKED = dict.fromkeys(("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True)
PUBLIC = "s3-bucket-has-public-access-block"


def test_a_document_without_what_stays_the_same_is_a_part_of_the_stack() -> None:
    bucket = step("create", resource(BUCKET, "logs"))
    root = step("same", ROOT, ROOT)
    whole = scan(document(root, bucket), "--rule", PUBLIC)
    assert outcomes(whole) == {"logs": "failed"}
    partly = scan(document(root, bucket, changeSummary={"create": 1, "same": 3}), "--rule", PUBLIC)
    assert outcomes(partly) == {"logs": "undecided"}
    assert [source["kind"] for source in partly.report["sources"]] == ["preview of changes"]
    assert partly.report["summary"]["complete"] is True
    told = scan(document(root, bucket, changeSummary={"create": 1, "same": 3}), "-f", "text").out
    assert "- shows what changes only; `pulumi preview --json --show-sames` shows all." in told
    assert "--show-sames" not in scan(document(root, bucket), "-f", "text").out


def test_what_is_not_made_counts_as_what_stays_the_same() -> None:
    ran = scan(document(step("same", ROOT, ROOT), step("same", BAD, BAD)), "--rule", RDS)
    assert [source["kind"] for source in ran.report["sources"]] == ["preview"]
    assert ran.report["summary"]["resources"] == 1


def test_a_document_has_the_edges_between_resources_and_events_have_none() -> None:
    bucket = resource(BUCKET, "logs", id="")
    block = resource(BLOCK, "block", inputs=ALL_BLOCKED | {"bucket": UNKNOWN}, propertyDependencies={"bucket": [bucket["urn"]]})
    steps = [step("create", bucket), step("create", block)]
    assert outcomes(scan(document(*steps), "--rule", PUBLIC))["logs"] == "passed"
    assert outcomes(scan(events(*steps), "--rule", PUBLIC))["logs"] == "undecided"


@pytest.mark.parametrize("op", ["same", "update"])
def test_a_resource_that_stays_is_known_by_the_name_it_has(op: str) -> None:
    before = resource(BUCKET, "logs", id="logs-7e1", outputs={"arn": "arn:aws:s3:::logs-7e1"})
    after = {name: value for name, value in before.items() if name not in {"id", "outputs"}}
    for name in ("logs-7e1", "arn:aws:s3:::logs-7e1"):
        made = step("create", resource(BLOCK, "block", inputs=ALL_BLOCKED | {"bucket": name}))
        assert outcomes(scan(document(step(op, after, before), made), "--rule", PUBLIC)) == {"logs": "passed"}
        assert outcomes(scan(document(step("replace", after, before), made), "--rule", PUBLIC)) == {"logs": "failed"}


def test_what_is_read_is_not_known_before_it_is_read() -> None:
    key = {"external": True, "id": "alias/x"}
    (found,) = read(document(step("read", resource("aws:kms/key:Key", "key", **key)))).stack.resources
    with pytest.raises(UnknownValue):
        found.flag("enableKeyRotation")
    outputs = {"enableKeyRotation": True}
    (found,) = read(events(step("read", resource("aws:kms/key:Key", "key", outputs=outputs, **key)))).stack.resources
    assert found.flag("enableKeyRotation") is True


def tagged(provider: str) -> dict[str, Any]:
    return resource(BUCKET, "logs", inputs={"tags": {"Owner": "shop"}}, provider=provider)


@FORMS
@pytest.mark.parametrize(
    ("provider", "config", "status"),
    [
        (DEFAULT, {"aws:defaultTags": '{"tags": {"Team": "web"}}'}, "passed"),
        (DEFAULT, {"aws:region": "us-east-1", "other:defaultTags": '{"tags": {"Team": "web"}}'}, "failed"),
        (DEFAULT, {"aws:defaultTags": "[secret]"}, "undecided"),
        (DEFAULT.replace("default_7_51_1", "east"), {"aws:region": "us-east-1"}, "undecided"),
        (DEFAULT.replace("default_7_51_1", "default-east"), {"aws:region": "us-east-1"}, "undecided"),
    ],
)
def test_a_provider_that_is_not_shown_is_known_by_the_configuration_if_it_is_the_default(
    form: Any,  # noqa: ANN401  (a function of steps)
    provider: str,
    config: dict[str, str],
    status: str,
    tmp_path: Path,
) -> None:
    file = tmp_path / "stackproof.yaml"
    file.write_text("rules: {required-tags: {keys: [Team]}}")
    made = step("create", tagged(provider))
    assert outcomes(scan(form(made, config=config), "--rule", "required-tags", "--config", str(file))) == {"logs": status}


def test_the_region_of_a_default_provider_may_come_from_the_environment() -> None:
    made = step("create", tagged(DEFAULT))
    provider, _ = read(document(made, config={"aws:region": "eu-west-1"})).stack.resources
    assert provider.text("region") == "eu-west-1"
    provider, _ = read(document(made, config={})).stack.resources
    with pytest.raises(UnknownValue):
        provider.text("region")


def test_a_text_with_a_mask_in_it_is_a_secret_in_events() -> None:
    principal = "arn:aws:iam::[secret]:root"
    made = step("create", resource(BUCKET, "logs", inputs={"bucket": principal, "tags": {"a": [principal]}, "acl": "private"}))
    (found,) = read(events(made)).stack.resources
    assert found.values == {"bucket": "[secret]", "tags": {"a": ["[secret]"]}, "acl": "private"}
    (found,) = read(document(made)).stack.resources
    assert found.values["bucket"] == principal


def test_the_line_of_the_program_is_that_of_the_new_state() -> None:
    frames = [{"sourcePosition": "project:///.venv/x.py#1"}, {"sourcePosition": "project:///db.py#41"}]
    new = database("db") | {"stackTrace": frames}
    ran = scan(document(step("update", new, database("db") | {"outputs": {"arn": "a"}})), "--rule", RDS)
    assert ran.report["results"][0]["location"] == {"file": "db.py", "line": 41}


ERROR = {"urn": BAD["urn"], "message": "a password: hunter2", "severity": "error"}
WARNING = ERROR | {"severity": "warning"}
FAILED = {"summaryEvent": {"result": "failed"}}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (document(step("create", GOOD), diagnostics=[ERROR]), f"pulumi reports an error of {BAD['urn']};"),
        (document(step("create", GOOD), diagnostics=[ERROR, ERROR, ERROR | {"urn": ""}]), "and 1 more"),
        ({"steps": [step("create", GOOD)]}, "there is no changeSummary"),
        ({"config": {}, "diagnostics": [{"message": "no program", "severity": "error"}]}, "pulumi reports an error;"),
        (document(step("create", None, GOOD)), "$.steps[0]: a step without a new state; "),
        (document(step("create", None, GOOD), step("update", None, GOOD)), "without a new state, and 1 more; "),
        (events(step("create", GOOD))[:-2], "the events end before their summary"),
        (events(step("create", GOOD), summary={"result": "failed"}), "the preview failed"),
        (events(step("create", GOOD), summary={"result": "canceled"}), "the preview was canceled"),
        ([*events(step("create", GOOD)), {"diagnosticEvent": ERROR}], f"an error of {BAD['urn']}"),
        ([*events(step("create", GOOD)), {"errorEvent": {"error": "panic"}}], "an error;"),
        (
            [*events(), {"resOpFailedEvent": {"metadata": {"op": "create", "urn": BAD["urn"]}, "planning": True}}],
            f"an error of {BAD['urn']}",
        ),
        ({"steps": [], "changeSummary": {"create": 1}, "diagnostics": [WARNING]}, None),
        ([*events(step("create", GOOD)), {"diagnosticEvent": WARNING}], None),
        ([{"diagnosticEvent": ERROR}, *events(step("create", GOOD))], None),
        ([{"diagnosticEvent": ERROR}, *events(step("create", GOOD), summary={"result": ""})], f"an error of {BAD['urn']}"),
        (
            [{"diagnosticEvent": ERROR}, *events(step("create", GOOD), summary={"result": "failed"})],
            f"an error of {BAD['urn']}",
        ),
        (events(step("create", GOOD), summary={"result": ""}), None),
    ],
)
def test_a_preview_that_failed_is_never_a_clean_result(content: object, told: str | None) -> None:
    ran = scan(content, "--rule", RDS)
    assert ran.exit_code == (4 if told else 0)
    assert (told or "") in ran.err
    assert "hunter2" not in ran.out + ran.err
    assert read(content).stack.complete is (told is None)


WRONG = {
    "steps-no-list": ({"steps": {}, "changeSummary": {}}, "$.steps: expected array"),
    "a-step-no-object": ({"steps": [1]}, "$.steps[0]: expected object"),
    "a-step-without-op": ({"steps": [{"urn": "u"}]}, "$.steps[0]: object missing required field op"),
    "a-state-no-object": (document(step("create", GOOD) | {"newState": [1]}), "$.steps[0], new state: $: expected object"),
    "a-type-no-text": (document(step("create", GOOD | {"type": 1})), "$.steps[0], new state: $.type: expected str"),
    "an-old-id-no-text": (document(step("same", GOOD, GOOD | {"id": 1})), "$.steps[0], old state: $.id: expected str"),
    "a-config-no-text": (document(config={"aws:region": 1}, steps=[]), "$.config[...]: expected str"),
    "a-count-no-number": (document(step("create", GOOD), changeSummary={"same": "1"}), "$.changeSummary[...]: expected int"),
    "an-event-no-object": ([*events(), {"resourcePreEvent": 1}], "line 4: $.resourcePreEvent: expected object"),
    "an-event-with-a-wrong-state": (events(step("create", GOOD | {"type": 1})), "line 2, new state: $.type: expected str"),
    "an-update": (
        [{"preludeEvent": {"config": {}}}, {"resourcePreEvent": {"metadata": {"op": "create", "new": GOOD}}}],
        "line 2: an event of an update, not of a preview; export the stack",
    ),
    "a-urn-that-is-none": (document({"op": "create", "urn": "x", "newState": GOOD | {"urn": "x"}}), "$.steps[0]: not a URN"),
    "a-urn-twice": (
        document(step("create", GOOD), step("create", GOOD) | {"urn": "x"}),
        "$.steps[1]: the URN urn:pulumi:prod::shop::aws:rds/instance:Instance::db stands twice",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("content", "told"), WRONG.values(), ids=WRONG)
def test_what_is_no_preview_is_told_with_its_place(content: object, told: str) -> None:
    ran = scan(content)
    assert ran.exit_code == 4
    assert told in ran.err.replace("`", "")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (lines(events(step("create", GOOD)))[:-40], "line 5: not valid JSON"),
        (lines(events()) + b"[1]\n", "line 4: $: expected object, got array"),
        (lines(events()) + b'{"sequence": ' + b"[" * 3000, "line 4: not valid JSON"),
        (lines(events()) + b'{"stdoutEvent": {"message": "\xff"}}\n', "not UTF-8"),
        (b'{"steps": [{"op": "create", "newState": ' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}]}", "nested deeper than"),
        (json.dumps(document(step("create", GOOD))).encode()[:-9], "not valid JSON"),
    ],
)  # fmt: skip
def test_a_preview_that_is_cut_off_or_no_json_is_told_with_its_place(data: bytes, told: str) -> None:
    ran = stackproof("scan", "-", given=data)
    assert ran.exit_code == 4
    assert told in ran.err


ODD: list[Any] = [None, True, -1, 1e308, 2**70, "", "x", "[secret]", UNKNOWN, "\ud800", [], {}, [[]], {"": None}, SECRET]


def with_each_value_odd(value: Any) -> Iterator[Any]:  # noqa: ANN401  (JSON)
    """Yield JSON with one value of it, each in turn, replaced by each odd one."""
    yield from ODD
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            for other in with_each_value_odd(value[key]):
                changed = value.copy()
                changed[key] = other
                yield changed


@FORMS
def test_no_value_in_a_preview_crashes_the_scan(form: Any) -> None:  # noqa: ANN401  (a function of steps)
    made = database("db", storageEncrypted=True, tags={"a": "b"})
    whole = form(step("update", made | {"parent": ROOT["urn"], "provider": DEFAULT}, made | {"id": "db-1"}))
    for content in with_each_value_odd(whole):
        ran = scan(content, "--rules", f"{RDS},*-tags")
        assert ran.report["summary"]["broken"] == 0
        assert ran.report["summary"]["complete"] == (ran.exit_code != 4) == (not ran.err)


def test_inputs_that_are_too_deep_leave_their_resource_undecided() -> None:
    deep: Any = "[secret]"
    for _ in range(300):
        deep = [deep]
    for form in (document, events):
        ran = scan(form(step("create", database("db", storageEncrypted=True, x=deep))), "--rule", RDS)
        assert outcomes(ran) == {"db": "undecided"}


def test_blank_lines_and_line_ends_of_windows_change_nothing(tmp_path: Path) -> None:
    file = tmp_path / "preview.json"
    file.write_bytes(b"\xef\xbb\xbf\r\n" + lines(events(step("create", BAD))).replace(b"\n", b"\r\n\r\n"))
    assert stackproof("scan", file, "--rule", RDS).exit_code == 1


def test_outputs_are_not_there_to_be_judged() -> None:
    ran = scan(document(step("create", GOOD)), "--view", "outputs")
    assert ran.exit_code == 4
    assert "leave out --view outputs" in ran.err


def test_a_preview_that_removes_everything_leaves_nothing_to_judge() -> None:
    ran = scan(document(step("delete", None, GOOD)))
    assert (ran.exit_code, ran.report["summary"]["resources"]) == (0, 0)
    assert ran.report["sources"][0]["stack"] == "prod"


def verdicts(ran: Ran) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for result in ran.report["results"]:
        found.setdefault((result["urn"], result["rule"]), set()).add(result["status"])
    return found


def previewed(state: dict[str, Any], op: str) -> list[dict[str, Any]]:
    """Return the steps that lead to the resources of a state, which either stay the same or are all created.

    Default providers are not shown; ids and outputs are not known yet, and neither is what comes from them.
    """
    steps = []
    for old in state["deployment"]["resources"]:
        if "::pulumi:providers:" in old["urn"] and old["urn"].rpartition("::")[2].startswith("default"):
            continue
        new = {name: value for name, value in old.items() if name not in {"id", "outputs"}}
        if op == "create":
            later = [name for name, urns in old.get("propertyDependencies", {}).items() if urns]
            new["inputs"] = old.get("inputs", {}) | dict.fromkeys(set(later) & set(old.get("inputs", {})), UNKNOWN)
        steps.append(step(op, new, old if op == "same" else None))
    return steps


ALL = ("--rules", "all", "--show", "failed,undecided,passed,broken")
EXPORTS = pytest.mark.parametrize("file", sorted(STATES.glob("*.json")), ids=lambda file: file.stem)


@FORMS
@pytest.mark.parametrize("op", ["same", "create"])
@EXPORTS
def test_a_preview_is_judged_as_the_export_that_follows_it(form: Any, op: str, file: Path) -> None:  # noqa: ANN401
    exported = verdicts(stackproof("scan", file, "-f", "json", *ALL))
    ran = scan(form(*previewed(json.loads(file.read_text()), op)), *ALL)
    assert ran.exit_code == 1
    preview = verdicts(ran)
    assert preview.keys() == exported.keys()
    decided = {key: statuses for key, statuses in preview.items() if "undecided" not in statuses}
    assert decided == {key: exported[key] for key in decided}
    assert {"failed"} in decided.values()
    if op == "same" and form is document:
        assert preview == exported


@EXPORTS
def test_what_a_preview_of_changes_decides_stays_so_when_all_is_shown(file: Path) -> None:
    exported = verdicts(stackproof("scan", file, "-f", "json", *ALL))
    steps = previewed(json.loads(file.read_text()), "same")
    for shown in (steps[::2], steps[1::2]):
        ran = scan(document(*shown, changeSummary={"same": len(steps)}), *ALL)
        assert [source["kind"] for source in ran.report["sources"]] == ["preview of changes"]
        decided = {key: statuses for key, statuses in verdicts(ran).items() if "undecided" not in statuses}
        assert decided == {key: exported[key] for key in decided}
        assert {"failed"} in decided.values()
