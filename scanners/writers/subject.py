"""What a result says to formats that know findings about resources: the same for results of rules and of Checkov's checks."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from scanners.report import Result
from scanners.writers.place import source_link
from scanners.writers.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scanners.report import CheckovFinding, ExemptionNote, Report


class Subject(NamedTuple):
    """A finding about a resource, in texts without control characters.

    `check` is the id of the rule or of Checkov's check; `title`, `why` and `remedy` are its own, the last two empty for
    Checkov's. `resource` is the URN, or Checkov's name of what has none. `said` is what was found. `facts` are the rest, by
    name, without empty ones. `link` is the address of the line, or empty.
    """

    check: str
    title: str
    why: str
    remedy: str
    category: str
    resource: str
    name: str
    type: str
    stack: str
    owner: str
    said: str
    status: str
    severity: str
    controls: list[str]
    fingerprint: str
    exemption: ExemptionNote | None
    link: str
    facts: dict[str, str]


def subjects(report: Report) -> Iterator[Subject]:
    """Yield everything that a report lists, in its order."""
    rules = {rule.id: rule for rule in report.rules}
    found: Iterable[Result | CheckovFinding] = chain(report.results, report.checkov_findings)
    for item in found:
        link = source_link(report.run, item)
        if isinstance(item, Result):
            rule = rules[item.rule]
            yield Subject(
                check=printable(item.rule),
                title=printable(rule.title),
                why=printable(rule.why),
                remedy=printable(rule.remedy),
                category=printable(rule.category),
                resource=printable(item.urn),
                name=printable(item.name),
                type=printable(item.type),
                stack=printable(item.stack),
                owner=printable(item.owner),
                said=_said(item.name, item.message, item.path, item.status),
                status=item.status,
                severity=printable(item.severity),
                controls=list(map(printable, item.controls)),
                fingerprint=printable(item.fingerprint),
                exemption=item.exemption,
                link=link,
                facts=_facts(item, path=item.path, evidence=item.evidence, exposed_to=item.exposed_to),
            )
        else:
            yield Subject(
                check=printable(item.check),
                title=printable(item.title or item.check),
                why="",
                remedy="",
                category="checkov",
                resource=printable(item.urn or item.resource),
                name=printable(item.resource),
                type=printable(_type_in(item.urn)),
                stack=printable(item.stack),
                owner="",
                said=_said(item.resource, item.title or item.check, "", item.status),
                status=item.status,
                severity=printable(item.severity),
                controls=list(map(printable, item.controls)),
                fingerprint=printable(item.fingerprint),
                exemption=item.exemption,
                link=link,
                facts=_facts(item, framework=item.framework, reason=item.reason, rules=", ".join(item.rules)),
            )


def _type_in(urn: str) -> str:
    """Return the type in a URN: the last of those of its parents and its own; empty where there is no URN."""
    parts = urn.split("::")
    return parts[2].rpartition("$")[2] if len(parts) > 2 else ""  # noqa: PLR2004  (stack, project, types, name)


def _said(name: str, message: str, path: str, status: str) -> str:
    at = f" (at {path})" if path and path not in message else ""
    undecided = "undecided: " if status == "undecided" else ""
    return printable(f"{name}: {undecided}{message or status}{at}")


def _facts(item: Result | CheckovFinding, **more: str) -> dict[str, str]:
    known = "" if item.known is None else str(item.known).lower()
    given = {"level": item.level, "status": item.status, "known": known, **more}
    return {name: printable(value) for name, value in given.items() if value}
