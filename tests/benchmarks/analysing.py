"""Speed of the analysis of IAM policies by itself; each in a process of its own, which has not seen a policy yet."""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
import time
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.limits import ROLES, Measured, Row
from tests.benchmarks.processes import fastest, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource

ROOT = Path(__file__).parents[2]
_SAMPLES = ROOT / "tests" / "aws_samples" / "check_no_new_access.json"
_ACCOUNT = "111122223333"
_SERVICES = ("lambda", "ec2", "ecs-tasks", "codebuild", "states")
_MANAGED = ("ReadOnlyAccess", "AWSLambda_FullAccess", "service-role/AWSLambdaBasicExecutionRole", "AmazonS3ReadOnlyAccess")
_EVERY = 4  # of AWS's managed policies: each of these with the next


def measured(rounds: int) -> Iterator[Measured]:
    nothing = partial(run, sys.executable, "-c", "pass")
    works = {
        Row.STATEMENTS: statement_pairs,
        Row.POLICIES: policy_pairs,
        Row.MANAGED: managed_policies_and_paths,
        Row.CHAINS: chains_of_roles,
    }
    *seconds, reference = fastest(rounds, *(partial(_alone, work.__name__) for work in works.values()), nothing)
    for row, amount in zip(works, seconds, strict=True):
        yield Measured(row, amount, reference)


def _alone(name: str) -> float:
    """Return the seconds that one of the functions below measures, in a process of its own."""
    code = f"from tests.benchmarks.analysing import {name}; print({name}())"
    return float(subprocess.run((sys.executable, "-c", code), check=True, capture_output=True, cwd=ROOT).stdout)


def statement_pairs() -> float:
    """Return the median time for a statement of a policy and one of another, in AWS's samples and managed policies."""
    return statistics.median(seconds / pairs for seconds, pairs in _comparisons())


def policy_pairs() -> float:
    """Return the time that 95 of 100 pairs of policies stay below."""
    return statistics.quantiles((seconds for seconds, _ in _comparisons()), n=20)[-1]


def _comparisons() -> Iterator[tuple[float, int]]:
    """Yield for pairs of policies the seconds that the comparison takes, and how many pairs of statements they have."""
    from policies.iam_analysis.access import Effective, wider  # noqa: PLC0415  (in the process that is measured)
    from policies.iam_analysis.model import document_of  # noqa: PLC0415
    from policies.iam_catalogue.managed import managed_policies  # noqa: PLC0415

    samples = json.loads(_SAMPLES.read_text(encoding="utf-8"))["samples"]
    pairs = [(one["policy"], sample["reference"]) for sample in samples for one in sample["candidates"]]
    pairs += pairwise([policy.document for policy in managed_policies()][::_EVERY])
    accesses = [tuple(Effective([document_of(policy)]) for policy in pair) for pair in pairs]
    gc.freeze()
    for new, known in accesses:
        start = time.perf_counter()
        wider(new, known)
        seconds = time.perf_counter() - start
        yield seconds, max(1, len(new.most.search.statements) * len(known.most.search.statements))


def managed_policies_and_paths() -> float:
    """Return the time to find for each policy that AWS manages which ways to more rights can be open with it."""
    from policies.iam_analysis.access import Effective  # noqa: PLC0415
    from policies.iam_analysis.model import document_of  # noqa: PLC0415
    from policies.iam_analysis.path_filter import paths_within  # noqa: PLC0415
    from policies.iam_catalogue.managed import managed_policies  # noqa: PLC0415

    documents = [document_of(policy.document) for policy in managed_policies()]
    gc.freeze()
    start = time.perf_counter()
    for document in documents:
        paths_within(Effective([document]).most.actions)
    return time.perf_counter() - start


def chains_of_roles() -> float:
    """Return the time to find all ways to more rights in a stack of roles."""
    from policies.iam_analysis.chains import chains_of  # noqa: PLC0415
    from policies.stack import Stack  # noqa: PLC0415

    stack = Stack("load", "generated", list(roles(ROLES)))
    start = time.perf_counter()
    chains = chains_of(stack)
    for actor in chains.actors:
        chains.of(actor)
        chains.more(actor)
        chains.outside(actor)
    return time.perf_counter() - start


def roles(count: int) -> Iterator[Resource]:
    """Yield roles with a policy of their own and one that AWS manages: some pass roles, some assume others, two may do all."""
    for number in range(count):
        name = f"role{number}"
        arn = f"arn:aws:iam::{_ACCOUNT}:role/{name}"
        trust = _document({"Principal": {"Service": f"{_SERVICES[number % 5]}.amazonaws.com"}, "Action": "sts:AssumeRole"})
        yield _resource("role:Role", name, {"name": name, "assumeRolePolicy": trust}, {"arn": arn, "name": name})
        yield _resource("rolePolicy:RolePolicy", name, {"role": name, "policy": _document(*_grants(number))})
        managed = f"arn:aws:iam::aws:policy/{_MANAGED[number % 4]}"
        yield _resource("rolePolicyAttachment:RolePolicyAttachment", name, {"role": name, "policyArn": managed})


def _grants(number: int) -> Iterator[dict[str, Any]]:
    yield {"Action": ["s3:GetObject", "s3:PutObject"], "Resource": f"arn:aws:s3:::bucket{number}/*"}
    yield {"Action": "logs:*", "Resource": "*"}
    if number % 3 == 0:
        yield {"Action": "iam:PassRole", "Resource": f"arn:aws:iam::{_ACCOUNT}:role/role{number % 7}*"}
    if number % 4 == 0:
        yield {"Action": ["lambda:*", "ecs:*", "ec2:RunInstances"], "Resource": "*"}
    if number % 5 == 0:
        yield {"Action": "sts:AssumeRole", "Resource": f"arn:aws:iam::{_ACCOUNT}:role/role1*"}
    if number in {11, 17}:
        yield {"Action": "*", "Resource": "*"}


def _document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **one} for one in statements]})


def _resource(type_: str, name: str, inputs: dict[str, object], outputs: dict[str, object] | None = None) -> Resource:
    from policies.resource import Resource  # noqa: PLC0415

    urn = f"urn:pulumi:load::generated::aws:iam/{type_}::{name}"
    return Resource(urn, f"aws:iam/{type_}", name, inputs, outputs=outputs or {})
