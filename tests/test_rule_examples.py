"""Every example of every rule says what it claims, in a state and in a preview, and stays sound when values go missing."""

from __future__ import annotations

import copy
import gc
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.catalog import builtin_rules
from policies.evaluate import Finding, Outcome, judge
from policies.examples import stack_of
from policies.provider import has_property
from policies.resource import Resource
from policies.stack import Stack
from policies.unknown import Reason, Unknown, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.rule import Example, Rule

RULES = list(builtin_rules().values())
TWINS = 30
"""More types than this is a rule about all types that take tags, where one type is as good as another."""


def outcome(rule: Rule, stack: Stack, subject: Resource, parameters: object) -> Outcome:
    findings = judge(rule, subject, stack, parameters)
    return findings[0].outcome if findings else Outcome.PASSED


def parameters_of(rule: Rule, example: Example) -> object:
    if example.parameters is not None or rule.parameters is None:
        return example.parameters
    return rule.parameters()


def examples(*kinds: str) -> list[Any]:
    return [
        pytest.param(rule, example, kind, id=f"{rule.id}-{kind}-{index}")
        for rule in RULES
        for kind in kinds
        for index, example in enumerate(getattr(rule, kind))
    ]


WANTED = {"passes": Outcome.PASSED, "fails": Outcome.FAILED, "undecided": Outcome.UNDECIDED}


@pytest.mark.parametrize("references_known", [True, False], ids=["state", "preview"])
@pytest.mark.parametrize(("rule", "example", "kind"), examples("passes", "fails", "undecided"))
def test_an_example_has_the_outcome_it_is_listed_under(
    rule: Rule, example: Example, kind: str, *, references_known: bool
) -> None:
    stack, subject = stack_of(example, references_known=references_known)
    findings = judge(rule, subject, stack, parameters_of(rule, example))
    assert {finding.outcome for finding in findings} == ({WANTED[kind]} if kind != "passes" else set()), findings


@pytest.mark.parametrize("references_known", [True, False], ids=["state", "preview"])
def test_nothing_of_a_resource_stays_alive_after_a_rule_was_run(*, references_known: bool) -> None:
    gc.disable()  # large stacks are freed as they are judged, not when cycles are looked for
    try:
        kept = {
            rule.id
            for rule in RULES
            for example in rule.examples
            if sys.getrefcount(run_on(rule, example, references_known=references_known)) > 1
        }
    finally:
        gc.enable()
    assert kept == set()


def run_on(rule: Rule, example: Example, *, references_known: bool) -> object:
    """Run a rule on an example and return an object that its inputs held."""
    stack, subject = stack_of(example, references_known=references_known)
    held = object()
    subject.values["held"] = held
    arguments = [*([stack] if rule.scope == "stack" else []), *([parameters_of(rule, example)] if rule.parameters else [])]
    try:
        for item in rule.each(subject) if rule.each else (subject,):
            list(rule.check(item, *arguments))
    except UnknownValue as error:
        error.with_traceback(None)
    stack.forget()
    return held


def twins() -> list[Any]:
    """Return the examples of each rule for the other types that have the same properties."""
    return [
        pytest.param(rule, example._replace(type=type_), kind, id=f"{rule.id}-{kind}-{index}-{type_}")
        for rule in RULES
        if len(rule.applies_to) <= TWINS
        for kind in WANTED
        for index, example in enumerate(getattr(rule, kind))
        if not example.related and example.type == rule.applies_to[0]
        for type_ in rule.applies_to[1:]
        if all(has_property(type_, name) for name in example.inputs)
    ]


@pytest.mark.parametrize(("rule", "example", "kind"), twins())
def test_types_with_the_same_properties_get_the_same_answer(rule: Rule, example: Example, kind: str) -> None:
    stack, subject = stack_of(example)
    assert outcome(rule, stack, subject, parameters_of(rule, example)) == WANTED[kind]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_shows_what_passes_and_what_fails(rule: Rule) -> None:
    assert rule.passes
    assert rule.fails


@pytest.mark.parametrize(("rule", "example", "kind"), examples("fails"))
def test_a_fix_makes_the_example_pass(rule: Rule, example: Example, kind: str) -> None:  # noqa: ARG001
    stack, subject = stack_of(example)
    findings: list[Finding] = judge(rule, subject, stack, parameters_of(rule, example))
    fixes = [finding.fix for finding in findings if finding.fix]
    if len(fixes) < len(findings):
        return  # something that only a person can mend
    before = copy.deepcopy(subject.values)
    inputs = subject.values
    for fix in fixes:
        inputs = fix.apply(inputs)
    assert subject.values == before, "a fix changed the original"
    fixed = with_inputs(stack, subject, inputs)
    assert judge(rule, fixed.get(subject.urn) or subject, fixed, parameters_of(rule, example)) == []


def with_inputs(stack: Stack, subject: Resource, inputs: dict[str, object]) -> Stack:
    """Return a stack in which one resource has other inputs; if it is a provider, the resources that it manages have it."""
    changed = copied(subject, inputs, subject.provider)
    resources = [
        changed if item is subject else copied(item, item.values, changed) if item.provider is subject else item
        for item in stack.resources
    ]
    return Stack(stack.name, stack.project, resources)


def copied(of: Resource, inputs: dict[str, object], provider: Resource | None) -> Resource:
    return Resource(
        of.urn, of.type, of.name, inputs, id=of.id, provider=provider, property_dependencies=of.property_dependencies
    )


def places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of every value that an unknown may replace: an empty one stands for "not set" and stays."""
    if path and not isinstance(value, Unknown) and value not in (None, "", [], {}):
        yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*path, key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))


def replaced(value: object, chosen: set[tuple[str | int, ...]], unknown: Unknown, path: tuple[str | int, ...] = ()) -> object:
    if path in chosen:
        return unknown
    if isinstance(value, dict):
        return {key: replaced(item, chosen, unknown, (*path, key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [replaced(item, chosen, unknown, (*path, index)) for index, item in enumerate(value)]
    return value


@pytest.mark.parametrize(("rule", "example", "kind"), examples("passes", "fails"))
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_not_knowing_never_turns_an_answer_around(rule: Rule, example: Example, kind: str, data: st.DataObject) -> None:
    stack, subject = stack_of(example)
    resources = [*stack.resources]
    index = data.draw(st.integers(0, len(resources) - 1))
    target = resources[index]
    possible = list(places(target.values))
    if not possible:
        return
    chosen = data.draw(st.sets(st.sampled_from(possible), min_size=1))
    reasons = [Reason.COMPUTED, Reason.NOT_REPORTED, *([] if rule.judges_secrecy else [Reason.SECRET])]
    unknown = Unknown(data.draw(st.sampled_from(reasons)))
    values = replaced(target.values, chosen, unknown)
    assert isinstance(values, dict)
    changed = with_inputs(stack, target, values)
    judged = changed.get(subject.urn)
    assert judged is not None
    assert outcome(rule, changed, judged, parameters_of(rule, example)) in {WANTED[kind], Outcome.UNDECIDED}
