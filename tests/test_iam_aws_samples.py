"""AWS's own samples of CheckNoNewAccess are answered as AWS labels them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from policies.iam_analysis.access import Effective, Verdict, wider
from policies.iam_analysis.model import document_of
from policies.iam_analysis.search import Formula, Search
from policies.iam_analysis.witness import replayed

FILE = Path(__file__).parent / "aws_samples" / "check_no_new_access.json"
SAMPLES: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8").replace("<ACCOUNT ID>", "111111111111"))["samples"]
EXPECTED = {"PASS": Verdict.NO, "FAIL": Verdict.YES}

MISLABELLED = {
    "identity-policies/check-access-to-sensitive-resource/ec2-network-acl.md: "
    "grants access to use the DeleteNetworkAclEntry action on the sensitive network ACL": (
        "the reference denies the network ACL acl-sensitive, the candidate names acl-123456: it is not the sensitive one"
    )
}
"""Samples whose label says something else than their policies, with the reason."""


def effective(policy: dict[str, Any]) -> Effective:
    document = document_of(policy)
    assert not document.holes
    return Effective([document])


PAIRS = {
    f"{sample['file']}: {candidate['title']}": (sample["reference"], candidate)
    for sample in SAMPLES
    for candidate in sample["candidates"]
}


@pytest.mark.parametrize("name", PAIRS, ids=list(PAIRS))
def test_a_sample_is_answered_as_labelled(name: str) -> None:
    reference, candidate = PAIRS[name]
    new, known = effective(candidate["policy"]), effective(reference)
    answer = wider(new, known)
    labelled = EXPECTED[candidate["expected"]]
    assert (answer.verdict is labelled) is (name not in MISLABELLED)
    if answer.witness:
        statements = (*new.most.search.statements, *known.most.search.statements)
        formula = new.most.formula._replace(unless=_moved(known.most.formula, len(new.most.search.statements)))
        assert not replayed(Search(statements), formula, answer.witness).approximate


def _moved(formula: Formula, places: int) -> Formula:
    return Formula(tuple(group << places for group in formula.groups), formula.deny << places)


def test_every_sample_has_a_name_of_its_own() -> None:
    assert len(PAIRS) == sum(len(sample["candidates"]) for sample in SAMPLES)
    assert set(MISLABELLED) <= set(PAIRS)
