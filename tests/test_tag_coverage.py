"""Tag coverage: which resources carry which keys; the owner of a result; and how the HTML report shows both."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from policies import configuration
from policies.configuration import ConfigurationError
from tests.command import Ran, resource, stackproof, state
from tests.html_tables import Page

if TYPE_CHECKING:
    from pathlib import Path

COMPUTED = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
CANARY = "canary-9b2e"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": f'"{CANARY}"'}
BUCKET, QUEUE, ADDRESS = "aws:s3/bucket:Bucket", "aws:sqs/queue:Queue", "aws:ec2/eip:Eip"
PROVIDER = "urn:pulumi:prod::shop::pulumi:providers:aws::tagging"
ALL_TAGGABLE = "extends: []\nrules: {required-tags: {}, tag-values-filled-in: {}, s3-bucket-policy-not-public: {}}"
"""Rules that look at every type that takes tags, and one that looks at another."""

KEY = "AKIA" + "IOSFODNN7EXAMPLE"


def tagged(type_: str, name: str, tags: object = None, **fields: Any) -> dict[str, Any]:  # noqa: ANN401  (JSON)
    return resource(type_, name, inputs={} if tags is None else {"tags": tags}, **fields)


def with_defaults(default: object) -> dict[str, Any]:
    inputs = {"defaultTags": default if isinstance(default, dict) else json.dumps({"tags": {"CostCenter": default}})}
    return {"urn": PROVIDER, "type": "pulumi:providers:aws", "id": "p", "inputs": inputs}


RESOURCES = (
    with_defaults("4711"),
    tagged(BUCKET, "bare"),
    tagged(BUCKET, "owned", {"Owner": "platform"}),
    tagged(BUCKET, "inheriting", {"Owner": "data"}, provider=f"{PROVIDER}::p"),
    tagged(BUCKET, "in-another-case", {"owner": "platform", "costcenter": "1"}),
    tagged(BUCKET, "with-secret", {"Owner": SECRET, "CostCenter": COMPUTED}),
    tagged(BUCKET, "empty-value", {"Owner": ""}),
    tagged(BUCKET, "not-known", COMPUTED),
    tagged(BUCKET, "malformed", ["Owner"]),
    tagged(BUCKET, "half-known", {"Owner": "x"}, provider="urn:pulumi:prod::shop::pulumi:providers:aws::hidden::p"),
    {"urn": "urn:pulumi:prod::shop::pulumi:providers:aws::hidden", "type": "pulumi:providers:aws", "id": "p",
     "inputs": {"defaultTags": SECRET}},
    tagged(BUCKET, "only-read", external=True),
    tagged(ADDRESS, "address", {"CostCenter": "1"}),
    resource("aws:s3/bucketPolicy:BucketPolicy", "takes-no-tags", inputs={"bucket": "b"}),
    resource("aws-native:iam:ManagedPolicy", "cannot-be-tagged-there", inputs={"policyDocument": {}}),
    {**tagged(QUEUE, "elsewhere"), "urn": f"urn:pulumi:prod::billing::{QUEUE}::elsewhere"},
)  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file: Path = tmp_path_factory.mktemp("tags") / "shop.json"
    file.write_bytes(state(*RESOURCES))
    return file


def scanned(file: Path, settings: str, *options: str) -> Ran:
    config = file.with_name("stackproof.yaml")
    config.write_text(settings)
    return stackproof("scan", file, "--config", config, "-f", "json", "--fail-on", "never", *options)


def coverage(ran: Ran) -> dict[tuple[str, str], tuple[int, int, int]]:
    """Return how many carry a key, lack it and cannot be told, by type and key."""
    rows = ran.report["tag_coverage"]
    assert all(row["resources"] == row["tagged"] + row["missing"] + row["undecided"] for row in rows)
    return {(row["type"], row["key"]): (row["tagged"], row["missing"], row["undecided"]) for row in rows}


def test_a_key_counts_where_it_is_certain(shop: Path) -> None:
    assert coverage(scanned(shop, ALL_TAGGABLE)) == {
        # not known: `not-known`, `malformed`; whether `half-known` inherits a cost center
        (BUCKET, "Owner"): (5, 2, 2),
        (BUCKET, "CostCenter"): (2, 4, 3),
        (ADDRESS, "Owner"): (0, 1, 0),
        (ADDRESS, "CostCenter"): (1, 0, 0),
        (QUEUE, "Owner"): (0, 1, 0),
        (QUEUE, "CostCenter"): (0, 1, 0),
    }


def test_types_that_no_rule_looks_at_are_counted_too(shop: Path) -> None:
    rule = "rules: {sqs-queue-encrypted: {}}\nextends: []"
    assert coverage(scanned(shop, rule)) == coverage(scanned(shop, ALL_TAGGABLE))


def test_rows_name_stack_and_project_and_who_asks_for_the_key(shop: Path) -> None:
    rows = scanned(shop, "extends: []\nrules: {required-tags: {keys: [Owner], for-types: {'aws:sqs/*': [Tier]}}}").report
    queue = [row for row in rows["tag_coverage"] if row["type"] == QUEUE]
    assert [(row["stack"], row["key"], row["purpose"], row["required"]) for row in queue] == [
        ("prod", "CostCenter", "cost", False),
        ("prod", "Owner", "owner", True),
        ("prod", "Tier", "required", True),
    ]
    assert {row["project"] for row in rows["tag_coverage"]} == {"shop"}  # the first resource's: a state is one stack


def test_a_tag_policy_requires_its_keys_of_its_types(shop: Path) -> None:
    found = coverage(scanned(shop, f"extends: []\nrules: {{tags-follow-tag-policy: {{required-for: {{Tier: ['{QUEUE}']}}}}}}"))
    assert found[QUEUE, "Tier"] == (0, 1, 0)
    assert (BUCKET, "Tier") not in found


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("extends: []\nrules: {sqs-queue-encrypted: {}}", {"CostCenter": "cost", "Owner": "owner"}),
        (
            "rules: {required-tags: {keys: [acme:cost-center, team, Tier]}}",
            {"CostCenter": "cost", "team": "owner", "acme:cost-center": "required", "Tier": "required"},
        ),
        ("rules: {required-tags: {keys: [cost-center, Tier]}}", {"cost-center": "cost", "Owner": "owner", "Tier": "required"}),
        ("reports: {cost-tags: [Project, Budget], owner-tags: []}", {"Project": "cost", "Budget": "cost"}),
        ("reports: {cost-tags: [Team], owner-tags: [Team]}", {"Team": "cost"}),
    ],
)
def test_keys_come_from_the_configuration_then_from_rules_then_by_default(
    settings: str, expected: dict[str, str], shop: Path
) -> None:
    rows = scanned(shop, settings).report["tag_coverage"]
    assert {row["key"]: row["purpose"] for row in rows} == expected


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("reports: [Owner]\n", 1, "reports is a map, such as {owner-tags:"),
        ("rules: {}\nreports:\n  owner-tag: [Owner]\n", 3, "did you mean owner-tags?"),
        ("reports:\n  cost-tags: CostCenter\n", 2, "cost-tags: "),
        ("reports:\n  cost-tags:\n    - CostCenter\n    - ''\n", 4, "a tag key has 1 to 128 characters"),
    ],
)
def test_what_is_wrong_with_the_keys_is_told_with_its_line(text: str, line: int, told: str, tmp_path: Path) -> None:
    file = tmp_path / "stackproof.yaml"
    file.write_text(text)
    with pytest.raises(ConfigurationError) as error:
        configuration.load(file)
    assert f"{file}:{line}: " in str(error.value)
    assert told in str(error.value)


OWNERS = {
    "plain": ({"Owner": " platform "}, "platform"),
    "second-key": ({"Owner": "", "Team": "data"}, "data"),
    "secret": ({"Owner": SECRET, "Team": "data"}, "data"),
    "secret-alone": ({"Owner": SECRET}, ""),
    "computed": ({"Owner": COMPUTED}, ""),
    "number": ({"Owner": 7}, ""),
    "unknown": (COMPUTED, ""),
    "long": ({"Owner": "x" * 101}, "x" * 99 + "…"),
    "escapes": ({"Owner": "a\x1b[31m\u202eb"}, "a\\x1b[31m\\u202eb"),
    "credential": ({"Owner": KEY}, ""),
}


def test_a_result_names_the_owner_that_a_tag_tells_as_plain_text(tmp_path: Path) -> None:
    file = tmp_path / "owners.json"
    merged = {"tags": {"Owner": SECRET}, "tagsAll": {"Owner": CANARY}}  # the provider loses the mark where it merges
    file.write_bytes(
        state(
            *(tagged(QUEUE, name, tags) for name, (tags, _) in OWNERS.items()),
            resource(QUEUE, "merged", inputs=merged),
            tagged(QUEUE, "inherited", provider=f"{PROVIDER}::p"),
            {**with_defaults({"tags": {"Owner": "everyone"}}), "urn": PROVIDER},
            resource("aws:s3/bucketPolicy:BucketPolicy", "takes-no-tags", inputs={"bucket": "b", "tags": {"Owner": "x"}}),
        )
    )
    told = {format_: tmp_path / format_ for format_ in ("html", "sarif")}
    outputs = [word for format_, path in told.items() for word in ("-o", f"{format_}={path}")]
    ran = scanned(
        file, f"{ALL_TAGGABLE}\nreports: {{owner-tags: [Owner, Team]}}", "--show", "failed,undecided,passed", *outputs
    )
    owners = {result["name"]: result["owner"] for result in ran.report["results"]}
    expected = {name: owner for name, (_, owner) in OWNERS.items()}
    assert owners == {**expected, "merged": "", "inherited": "everyone", "takes-no-tags": ""}
    for text in (ran.out, *(path.read_text() for path in told.values())):
        assert CANARY not in text
        assert KEY not in text


def test_the_page_says_where_cost_keys_are_missing(shop: Path, tmp_path: Path) -> None:
    hostile = "<b>Tier</b>"
    settings = f"extends: []\nrules: {{required-tags: {{keys: [Owner, '{hostile}']}}}}\nreports: {{cost-tags: [CostCenter]}}"
    scanned(shop, settings, "-o", f"html={tmp_path / 'page.html'}")
    page = Page((tmp_path / "page.html").read_text())
    assert "CostCenter is missing on 5 of 11 resources that take tags; 3 are undecided." in page.text
    assert page.tables["Tag keys over all stacks"] == [
        ["Key", "For", "Carried by", "Missing", "Undecided", "Resources"],
        ["CostCenter", "cost", "27\xa0%  3 of 11, 3 undecided", "5", "3", "11"],
        ["Owner", "owner, and a rule", "45\xa0%  5 of 11, 2 undecided", "4", "2", "11"],
        [hostile, "a rule", "0\xa0%  0 of 11, 3 undecided", "8", "3", "11"],
    ]
    assert [row[:4] for row in page.tables["Where cost keys are missing"]] == [
        ["Key", "Stack", "Type", "Missing"],
        ["CostCenter", "shop/prod", BUCKET, "4"],
        ["CostCenter", "shop/prod", QUEUE, "1"],
    ]
    types = page.tables["Tags of shop/prod by type"]
    assert [row[0] for row in types] == ["Type", "All types", BUCKET, QUEUE, ADDRESS]
    assert types[4] == [ADDRESS, "1", "100\xa0%  1 of 1", "0\xa0%  0 of 1", "0\xa0%  0 of 1"]


def test_what_does_not_fit_the_page_is_told(tmp_path: Path) -> None:
    keys = [f"Key{number:02}" for number in range(12)]
    files = []
    for number in range(27):
        file = tmp_path / f"{number}.json"
        queue = {**tagged(QUEUE, "queue"), "urn": f"urn:pulumi:prod::project-{number:02}::{QUEUE}::queue"}
        file.write_bytes(state(queue))
        files.append(file)
    config = tmp_path / "stackproof.yaml"
    config.write_text(f"extends: []\nrules: {{required-tags: {{keys: [{', '.join(keys)}]}}}}")
    ran = stackproof("scan", *files, "--config", config, "-f", "html", "--fail-on", "never")
    page = Page(ran.out)
    assert len(page.tables["Tag keys over all stacks"]) == 1 + 8
    for told in ("6 more keys are counted", "15 more places stand", "2 more stacks miss less"):
        assert told in page.text
    assert "Tags of project-24/prod by type" in page.tables
    assert "Tags of project-25/prod by type" not in page.tables


def test_without_resources_that_take_tags_there_is_no_part_on_them(tmp_path: Path) -> None:
    file = tmp_path / "empty.json"
    file.write_bytes(state(resource("aws:s3/bucketPolicy:BucketPolicy", "policy", inputs={"bucket": "b"})))
    assert "tags" not in Page(stackproof("scan", file, "-f", "html").out).ids
