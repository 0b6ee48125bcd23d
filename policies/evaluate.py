"""Rules x resources -> findings; the only place that catches an unknown value or a crashing rule."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from policies.rule import Scope, Step
from policies.unknown import UnknownValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Protocol

    from policies.fix import Fix
    from policies.provider.native.twin import Twin
    from policies.resource import Resource
    from policies.rule import Rule, Violation
    from policies.stack import Stack

    class Judge(Protocol):
        """Judges resources by one rule."""

        def __call__(self, resource: Resource, stack: Stack | None, items: Items | None = None, /) -> list[Finding]:
            """Return what `judge` does."""


class Outcome(StrEnum):
    """What came of a rule on a resource."""

    FAILED = "failed"
    UNDECIDED = "undecided"
    EXEMPT = "exempt"
    PASSED = "passed"
    BROKEN = "broken"


class Finding(NamedTuple):
    """Anything but a pass: a violation, a question that cannot be answered yet, or a rule that crashed."""

    outcome: Outcome
    message: str
    path: str = ""
    fix: Fix | None = None
    chain: tuple[Step, ...] = ()
    exposed_to: str = ""


def judge(rule: Rule, resource: Resource, stack: Stack | None, parameters: object) -> list[Finding]:
    """Run one rule on one resource; an empty list means that the resource passes.

    `stack` may be None only for rules of resource scope. Violations win over unknown values: what is wrong stays wrong
    whatever the rest turns out to be. Never raises for what a rule does.
    """
    return judge_of(rule, parameters)(resource, stack)


class Items(NamedTuple):
    """What a rule's `each` yields of a resource; `stop` is what ended it early: an unknown value, or a crash."""

    found: list[object]
    stop: UnknownValue | Finding | None


def items_of(each: Callable[[Resource], Iterable[object]], resource: Resource) -> Items:
    """Return the items of a resource, for all rules with the same `each`."""
    found: list[object] = []
    try:
        found.extend(each(resource))
    except UnknownValue as error:
        return Items(found, error.with_traceback(None))
    except (Exception, SystemExit) as error:  # noqa: BLE001  (any crash of a rule is a finding of its own)
        return Items(found, Finding(Outcome.BROKEN, f"the rule crashed: {crash(error)}"))
    return Items(found, None)


def judge_of(rule: Rule, parameters: object) -> Judge:
    """Return `judge` for one rule and its parameters, for many resources: the rule is asked for its code once.

    What is returned takes a resource, its stack and, for a rule with `each`, the items if somebody has them.
    """
    check, each, takes_stack = rule.check, rule.each, rule.scope is Scope.STACK
    given = () if rule.parameters is None else (parameters,)

    def judge_resource(resource: Resource, stack: Stack | None, items: Items | None = None) -> list[Finding]:
        violations: list[Violation] = []
        stop: UnknownValue | Finding | None = None
        try:
            if each is not None:
                items = items or items_of(each, resource)
                arguments = (stack, *given) if takes_stack else given
                for item in items.found:
                    try:
                        violations.extend(check(item, *arguments))
                    except UnknownValue as error:
                        stop = error.with_traceback(None)  # its frames hold the resource
                stop = items.stop or stop
            elif takes_stack:
                violations.extend(check(resource, stack, *given))
            elif given:
                violations.extend(check(resource, parameters))
            else:
                violations.extend(check(resource))
        except UnknownValue as error:
            stop = error.with_traceback(None)
        except (Exception, SystemExit) as error:  # noqa: BLE001  (any crash of a rule is a finding of its own)
            stop = Finding(Outcome.BROKEN, f"the rule crashed: {crash(error)}")
        return _findings(violations, stop, resource) if violations or stop else []

    return judge_resource


def _findings(violations: list[Violation], stop: UnknownValue | Finding | None, resource: Resource) -> list[Finding]:
    """Return what came of a rule, in the words of the resource that the program wrote."""
    findings = [
        Finding(
            Outcome.FAILED,
            printable(item.message),
            item.at,
            item.fix,
            item.chain and tuple(Step(*map(printable, step)) for step in item.chain),
            item.exposed_to and printable(item.exposed_to),
        )
        for item in violations
    ]
    if isinstance(stop, Finding):
        findings.append(stop)
    elif stop and not violations:
        findings.append(_undecided(stop))
    twin = resource.native
    return [_as_native(finding, twin) for finding in findings] if twin else findings


def _as_native(finding: Finding, twin: Twin) -> Finding:
    """Return a finding on a twin in the words of the native resource; the twin's fix does not fit it."""
    path, exact = twin.original(finding.path)
    message = finding.message
    if path and path != finding.path and finding.path in message:
        message = message.replace(finding.path, path) if exact else f"{path}: {message}"
    return finding._replace(message=message, path=path, fix=None)


def printable(text: str) -> str:
    """Return a text with control characters spelled out: tag keys and the like are quoted, and may hold terminal escapes."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _undecided(unknown: UnknownValue) -> Finding:
    why = unknown.detail or f"{unknown.path or 'a value'} is {_WHY[unknown.reason.value]}"
    message = f"{unknown.path}: {why}" if unknown.detail and unknown.path else why
    return Finding(Outcome.UNDECIDED, message, unknown.path)


_WHY = {
    "computed": "not known before the update",
    "secret": "a secret",
    "masked": "masked by the source",
    "not reported": "not reported by the source",
    "malformed": "not of the type that the provider defines",
}


def crash(error: BaseException) -> str:
    """Return the kind of a crash and its place; the error's own text may quote a value, so it stays out."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = ""
    if trace is not None:
        file = trace.tb_frame.f_code.co_filename.replace("\\", "/")
        place = f" at {'/'.join(file.split('/')[-2:])}:{trace.tb_lineno}"
    return f"{type(error).__name__}{place}"
