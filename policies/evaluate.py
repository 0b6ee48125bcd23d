"""Rules x resources -> findings; the only place that catches an unknown value or a crashing rule."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from policies.rule import Scope
from policies.unknown import UnknownValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from policies.fix import Fix
    from policies.provider.native import Twin
    from policies.resource import Resource
    from policies.rule import Rule, Violation
    from policies.stack import Stack

    Judge: TypeAlias = Callable[[Resource, Stack | None], list["Finding"]]


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


def judge(rule: Rule, resource: Resource, stack: Stack | None, parameters: object) -> list[Finding]:
    """Run one rule on one resource; an empty list means that the resource passes.

    `stack` may be None only for rules of resource scope. Violations win over unknown values: what is wrong stays wrong
    whatever the rest turns out to be. Never raises for what a rule does.
    """
    return judge_of(rule, parameters)(resource, stack)


def judge_of(rule: Rule, parameters: object) -> Judge:
    """Return `judge` for one rule and its parameters, for many resources: the rule is asked for its code once."""
    check, each, takes_stack = rule.check, rule.each, rule.scope is Scope.STACK
    given = () if rule.parameters is None else (parameters,)

    def judge_resource(resource: Resource, stack: Stack | None) -> list[Finding]:
        violations: list[Violation] = []
        unknown: UnknownValue | None = None
        try:
            if each is not None:
                arguments = (stack, *given) if takes_stack else given
                for item in each(resource):
                    unknown = _collect(check(item, *arguments), violations) or unknown
            elif takes_stack:
                violations.extend(check(resource, stack, *given))
            elif given:
                violations.extend(check(resource, parameters))
            else:
                violations.extend(check(resource))
        except UnknownValue as error:
            unknown = error.with_traceback(None)  # its frames hold the resource
        except (Exception, SystemExit) as error:  # noqa: BLE001  (any crash of a rule is a finding of its own)
            return _told([*map(_failed, violations), Finding(Outcome.BROKEN, _crash(error))], resource)
        if violations:
            return _told([*map(_failed, violations)], resource)
        return _told([_undecided(unknown)], resource) if unknown else []

    return judge_resource


def _told(findings: list[Finding], resource: Resource) -> list[Finding]:
    """Return findings in the words of the resource that the program wrote."""
    twin = resource.native
    return [_as_native(finding, twin) for finding in findings] if twin else findings


def _as_native(finding: Finding, twin: Twin) -> Finding:
    """Return a finding on a twin in the words of the native resource; the twin's fix does not fit it."""
    path = twin.original(finding.path)
    return finding._replace(
        message=finding.message.replace(finding.path, path) if path else finding.message, path=path, fix=None
    )


def _collect(found: Iterator[Violation], violations: list[Violation]) -> UnknownValue | None:
    """Add what is found to `violations`; return what stopped it."""
    try:
        violations.extend(found)
    except UnknownValue as error:
        return error.with_traceback(None)
    return None


def _failed(violation: Violation) -> Finding:
    return Finding(Outcome.FAILED, _printable(violation.message), violation.at, violation.fix)


def _printable(message: str) -> str:
    """Return a message with control characters spelled out: tag keys and the like are quoted, and may hold terminal escapes."""
    if message.isprintable():
        return message
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in message)


def _undecided(unknown: UnknownValue) -> Finding:
    what = unknown.path or "a value"
    message = f"{what}: {unknown.detail}" if unknown.detail else f"{what} is {_WHY[unknown.reason.value]}"
    return Finding(Outcome.UNDECIDED, message, unknown.path)


_WHY = {
    "computed": "not known before the update",
    "secret": "a secret",
    "masked": "masked by the source",
    "not reported": "not reported by the source",
    "malformed": "not of the type that the provider defines",
}


def _crash(error: BaseException) -> str:
    """Name the kind of crash and its place; the error's own text may quote a value, so it stays out."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = ""
    if trace is not None:
        file = trace.tb_frame.f_code.co_filename.replace("\\", "/")
        place = f" at {'/'.join(file.split('/')[-2:])}:{trace.tb_lineno}"
    return f"the rule crashed: {type(error).__name__}{place}"
