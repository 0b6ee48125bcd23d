"""The reference policy of a configuration: a file, or a document in the configuration itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command import Ran, stackproof
from tests.iam_states import of, policy_of, role, statement

RULE = "iam-policy-within-reference"
SAMPLES = json.loads((Path(__file__).parent / "aws_samples" / "check_no_new_access.json").read_text())["samples"]
STATE = of(
    role("app"), policy_of("app", statement("s3:GetObject")), policy_of("app", statement("ec2:RunInstances"), name="more")
)


def scan(directory: Path, configured: str, state: bytes = STATE) -> Ran:
    (directory / "stackproof.yaml").write_text(configured)
    return stackproof("scan", "-", "-f", "json", "--config", directory / "stackproof.yaml", given=state)


def failed(ran: Ran) -> list[str]:
    return [item["name"] for item in ran.report["results"] if item["rule"] == RULE and item["status"] == "failed"]


@pytest.mark.parametrize(
    "configured",
    [
        "extends: []\nreference-policy: reference.json\n",
        (
            "extends: []\nrules:\n  iam-policy-within-reference:\n"
            "    reference: {Statement: {Effect: Allow, Action: 's3:*', Resource: '*'}}\n"
        ),
    ],
    ids=["file", "in-the-configuration"],
)
def test_identity_policies_are_held_within_it(configured: str, tmp_path: Path) -> None:
    (tmp_path / "reference.json").write_text(json.dumps({"Statement": [statement("s3:*")]}))
    ran = scan(tmp_path, configured)
    assert ran.exit_code == 1, ran.err
    assert failed(ran) == ["more"]
    assert "ec2:RunInstances" in ran.out


def test_without_one_nothing_is_judged() -> None:
    ran = stackproof("scan", "-", "-f", "json", "--rules", RULE, given=STATE)
    assert failed(ran) == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read"),
        ("{", "not valid JSON"),
        ('{"Statement": {"Effect": "Allow", "Actoin": "s3:*", "Resource": "*"}}', "an element that IAM does not have"),
    ],
)
def test_a_file_that_is_no_policy_is_an_error_with_its_line(content: str | None, told: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "reference.json").write_text(content)
    ran = scan(tmp_path, "extends: []\nreference-policy: reference.json\n")
    assert (ran.exit_code, ran.out) == (2, "")
    assert "stackproof.yaml:2: " in ran.err
    assert told in ran.err


def test_a_list_of_files_is_refused(tmp_path: Path) -> None:
    ran = scan(tmp_path, "reference-policy: [a.json, b.json]\n")
    assert ran.exit_code == 2
    assert "a reference policy is a file name" in ran.err


@pytest.mark.parametrize(
    "sample",
    [one for one in SAMPLES if one["file"].startswith("identity-policies/") and "acl" not in one["file"]][
        :10
    ],  # a typing error
    ids=lambda item: Path(item["file"]).stem,
)
def test_aws_samples_of_references_are_judged_as_aws_says(sample: dict[str, object], tmp_path: Path) -> None:
    (tmp_path / "reference.json").write_text(json.dumps(sample["reference"]))
    candidates: list[dict[str, object]] = sample["candidates"]  # type: ignore[assignment]
    parts = [role("app")]
    for number, candidate in enumerate(candidates):
        policy = policy_of("app", name=str(number))
        policy["inputs"]["policy"] = json.dumps(candidate["policy"])
        parts.append(policy)
    ran = scan(tmp_path, "extends: []\nreference-policy: reference.json\n", of(parts))
    wanted = {str(number) for number, candidate in enumerate(candidates) if candidate["expected"] == "FAIL"}
    assert set(failed(ran)) == wanted
