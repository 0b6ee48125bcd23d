"""Rules of a team and a configuration for them, for the tests of the policy packs; and the examples of all rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from policies.catalog import builtin_rules
from policies.resource import Resource
from policies.rule import Reference
from tests.engine import can_be_sent

if TYPE_CHECKING:
    from pathlib import Path

RULES = '''
"""Rules of a team."""

from typing import Annotated, NamedTuple

from policies.fix import Fix
from policies.rule import Example, Reference, Severity, Violation, rule

QUEUE, POLICY = "acme:queue:Queue", "acme:queue:Policy"
print("a module that prints")


class Delay(NamedTuple):
    longest: Annotated[int, "The longest delay in seconds."] = 60
    for_names: Annotated[tuple[str, ...], "Names that count."] = ()


@rule(applies_to=(QUEUE,), severity=Severity.HIGH, remedy="Set sqsManagedSseEnabled.")
def queue_encrypted(queue):
    """Queues are encrypted.

    Messages are read by whoever reaches the disk.
    """
    if not queue.flag("sqsManagedSseEnabled"):
        yield Violation("the queue is not encrypted", at="sqsManagedSseEnabled", fix=Fix({"sqsManagedSseEnabled": True}))


@rule(applies_to=(QUEUE,), severity=Severity.LOW, remedy="Set a tag.")
def queue_tagged(queue):
    """Queues have a tag owner."""
    if "owner" not in queue.entries("tags"):
        yield Violation("tag owner is missing", at="tags", fix=Fix({"tags.owner": "nobody"}))


@rule(applies_to=(QUEUE,), severity=Severity.LOW, remedy="Name it otherwise.")
def queue_renamed(queue):
    """Queues are not called old."""
    if queue.text("name") == "old":
        yield Violation("the name is old", at="name", fix=Fix({"name": "new"}, replaces=True))


@rule(applies_to=(QUEUE,), severity=Severity.LOW, remedy="Choose a delay.", parameters=Delay)
def queue_delay_short(queue, parameters):
    """Queues do not delay messages for long."""
    if (queue.number("delaySeconds") or 0) > parameters.longest:
        yield Violation(f"delaySeconds is above {parameters.longest}", at="delaySeconds")


@rule(applies_to=(QUEUE,), severity=Severity.LOW, remedy="None.")
def queue_crash(queue):
    """This rule crashes on queues that are called crash."""
    if queue.has("name") and queue.text("name") == "crash":
        raise KeyError(queue.text("policy"))
    yield from ()


@rule(applies_to=(QUEUE,), severity=Severity.HIGH, remedy="Add a policy.")
def queue_has_policy(queue, stack):
    """Queues have a policy."""
    if not any(policy.has("policy") for policy in stack.related(queue, (POLICY,), by="queueUrl")):
        yield Violation("no queue policy refers to the queue")
'''
QUEUE, POLICY = "acme:queue:Queue", "acme:queue:Policy"
CONFIGURATION: dict[str, Any] = {
    "rule-modules": ["rules.py"],
    "rules": {"queue-delay-short": {"longest": 30}, "queue-tagged": {"level": "disabled"}},
    "exemptions": [
        {"rule": "queue-encrypted", "resource": "*::exempt", "reason": "public feed", "owner": "web", "expires": "2999-01-01"},
        {"rule": "queue-encrypted", "resource": "*::late", "reason": "was public", "owner": "web", "expires": "2020-01-01"},
    ],
}


def configured(directory: Path, content: object = CONFIGURATION) -> str:
    (directory / "rules.py").write_text(RULES)
    (directory / "stackproof.yaml").write_text(yaml.safe_dump(content))
    return str(directory / "stackproof.yaml")


def queue(name: str = "queue", /, of: str = QUEUE, **inputs: object) -> Resource:
    return resource_with(inputs, name, of)


def resource_with(inputs: dict[str, object], name: str = "queue", of: str = QUEUE) -> Resource:
    return Resource(f"urn:pulumi:dev::example::{of}::{name}", of, name, inputs)


def examples() -> list[Any]:
    return [
        pytest.param(rule, example, known, id=f"{rule.id}-{kind}-{index}-{'state' if known else 'preview'}")
        for rule in builtin_rules().values()
        for kind in ("passes", "fails", "undecided")
        for index, example in enumerate(getattr(rule, kind))
        for known in (True, False)
        if all(can_be_sent(without_references(item.inputs)) for item in (example, *example.related))
    ]


def without_references(value: object) -> object:
    if isinstance(value, Reference):
        return None
    if isinstance(value, dict):
        return {key: without_references(item) for key, item in value.items()}
    return [without_references(item) for item in value] if isinstance(value, list | tuple) else value
