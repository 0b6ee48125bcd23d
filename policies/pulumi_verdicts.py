"""What a policy pack says of a resource, in words, and which inputs would mend it."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from policies import exemptions
from policies.evaluate import Outcome, judge
from policies.fix import path_steps
from policies.former_urns import urns_of
from policies.resource import Resource
from policies.rule import Level
from policies.stack import Stack, names_in
from policies.unknown import Unknown, read

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from typing import TypeAlias

    from policies.block import Properties
    from policies.evaluate import Finding
    from policies.exemptions import Exemption
    from policies.fix import Fix
    from policies.rule import Rule
    from policies.settings import ActiveRule

    Inputs: TypeAlias = Callable[[], Properties]


class Verdict(NamedTuple):
    """An outcome of a rule on a resource and the lines that tell it, without the rule's title."""

    outcome: Outcome
    text: str


def stack_of(resources: list[Resource]) -> Stack:
    """Return the stack of some resources; their URNs name it."""
    name, project = names_in(resources[0].urn) if resources else ("", "")
    return Stack(name, project, resources)


def resource_in_stack(  # noqa: PLR0913  (what the engine tells of a resource in a stack)
    urn: str,
    type_: str,
    name: str,
    outputs: Callable[[], Properties],
    analyzed: Mapping[str, Inputs],
    *,
    parent: str,
    provider: Resource | None,
    property_dependencies: Callable[[], Mapping[str, Iterable[str]]],
    aliases: Iterable[str] = (),
) -> Resource:
    """Return a resource of the stack with the inputs of when it was analyzed; `analyzed` maps URNs to what gives them.

    Where it never was, its outputs stand for its inputs. The engine analyzes whatever it manages, so it is then only
    read; where nothing was analyzed, nothing is known to be only read.
    """
    inputs = analyzed.get(urn)
    return Resource(
        urn,
        type_,
        name,
        inputs or outputs,
        outputs=outputs,
        parent=parent,
        provider=provider,
        property_dependencies=property_dependencies,
        aliases=aliases,
        external=inputs is None and bool(analyzed),
        recorded=inputs is None,
    )


def verdicts(
    active: ActiveRule, resource: Resource, findings: Iterable[Finding], exempted: Collection[Exemption], stack: Stack | None
) -> Iterator[Verdict]:
    """Yield the findings of a rule, all violations as one; what an exemption covers comes out as exempt, never a crash."""
    words, holds = _exemption(active, resource, exempted, stack)
    for outcome, found in groupby(findings, key=attrgetter("outcome")):
        clauses = "\n".join(dict.fromkeys(map(_clause, found)))
        if holds and outcome is not Outcome.BROKEN:
            yield Verdict(Outcome.EXEMPT, f"{words}\n{clauses}")
        else:
            yield Verdict(outcome, _told(active.rule, outcome, clauses, "" if holds else words))


def level_of(outcome: Outcome, level: Level) -> Level:
    """Return the level at which an outcome of a rule is reported.

    A crashed rule blocks: an answer is missing, and a run without it must not look complete.
    """
    if outcome in {Outcome.UNDECIDED, Outcome.EXEMPT}:
        return Level.ADVISORY
    if outcome is Outcome.BROKEN or level is Level.REMEDIATE:
        return Level.MANDATORY
    return level


def _exemption(
    active: ActiveRule, resource: Resource, exempted: Collection[Exemption], stack: Stack | None
) -> tuple[str, bool]:
    """Return what there is to say of the exemption for a rule and resource, and whether one holds today."""
    if not exempted or not active.exemptible:
        return "", False
    today = date.today()  # noqa: DTZ011  (the day where the user is)
    exemption = exemptions.find(exempted, active.rule.id, urns_of(resource, stack), today)
    return (exemption.words(today), not exemption.is_expired(today)) if exemption else ("", False)


def _told(rule: Rule, outcome: Outcome, clauses: str, expired: str) -> str:
    ended = f"\n{expired}" if expired else ""
    if outcome in {Outcome.UNDECIDED, Outcome.BROKEN}:
        return f"{outcome.capitalize()}: {clauses}{ended}"
    return f"{clauses}\nFix: {rule.remedy}{ended}"


def _clause(finding: Finding) -> str:
    """Return a finding as a sentence; the path stands behind it unless the message names it."""
    message = finding.message.rstrip(".")
    if finding.path and finding.path not in message:
        message += f" ({finding.path})"
    first, _, rest = message.partition(" ")
    property_ = finding.path.partition(".")[0].partition("[")[0]
    if finding.outcome is Outcome.FAILED and first.isalpha() and first.islower() and first != property_:
        message = f"{first.capitalize()} {rest}"  # a word, not a name such as kmsKeyId or iam:PassRole
    return f"{message}."


class NotApplied(NamedTuple):
    """Why a violation is not mended by itself."""

    reason: str


def mended(active: ActiveRule, resource: Resource, exempted: Collection[Exemption]) -> dict[str, object] | NotApplied | None:
    """Return a resource's inputs with the fixes of a rule of resource scope applied; what has no fix stays wrong.

    None where nothing is wrong. `NotApplied` where there is no fix, or one would replace the resource, would write over
    a value that is not known, or does not help. Secrets and unknown values in the rest stay as they are.
    """
    findings = judge(active.rule, resource, None, active.parameters)
    if not findings:
        return None
    fixes = [finding.fix for finding in findings if finding.fix]
    _, exempt = _exemption(active, resource, exempted, None)
    obstacles = (
        (any(finding.outcome is not Outcome.FAILED for finding in findings), "the rule cannot be answered for this resource"),
        (exempt, "the resource is exempt"),
        (not fixes, "only you can mend this: the rule does not know the right value"),
        (any(fix.replaces for fix in fixes), "the fix would replace an existing resource"),
        (any(_hides(fix, resource.values) for fix in fixes), "the fix would write over a value that is not known"),
    )
    for stands, reason in obstacles:
        if stands:
            return NotApplied(reason)
    inputs = resource.values
    for fix in fixes:
        inputs = fix.apply(inputs)
    changed = Resource(resource.urn, resource.type, resource.name, inputs, provider=resource.provider)
    if len(judge(active.rule, changed, None, active.parameters)) > len(findings) - len(fixes):
        return NotApplied("the fix does not mend it")
    return inputs


def _hides(fix: Fix, inputs: dict[str, object]) -> bool:
    """Say whether a fix writes over, or into, a secret or computed value."""
    for path in fix.set:
        value: object = inputs
        for step in path_steps(path):
            if isinstance(value, list) and isinstance(step, str):
                value = read(value[0]) if value else None
            if isinstance(value, dict):
                value = read(value.get(step))
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                value = read(value[step])
            else:
                break
            if isinstance(value, Unknown):
                return True
    return False
