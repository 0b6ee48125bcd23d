"""What a result says to formats that know findings about resources: the same for results of rules and of Checkov's checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from scanners.found import chain_words, everything, message_of, name_of, rule_of, type_of
from scanners.report import Result
from scanners.writers.place import source_link
from scanners.writers.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scanners.found import Found
    from scanners.report import ExemptionNote, Report


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
    for item in everything(report):
        name = name_of(item)
        rule = rules[item.rule] if isinstance(item, Result) else None
        undecided = "undecided: " if item.status == "undecided" else ""
        yield Subject(
            check=printable(rule_of(item)),
            title=printable(rule.title if rule else message_of(item)),
            why=printable(rule.why) if rule else "",
            remedy=printable(rule.remedy) if rule else "",
            category=printable(rule.category) if rule else "checkov",
            resource=printable(item.urn or name),
            name=printable(name),
            type=printable(type_of(item)),
            stack=printable(item.stack),
            owner=printable(item.owner) if isinstance(item, Result) else "",
            said=printable(f"{name}: {undecided}{message_of(item) or item.status}"),
            status=item.status,
            severity=printable(item.severity),
            controls=list(map(printable, item.controls)),
            fingerprint=printable(item.fingerprint),
            exemption=item.exemption,
            link=source_link(report.run, item),
            facts=_facts(item),
        )


def _facts(item: Found) -> dict[str, str]:
    known = "" if item.known is None else str(item.known).lower()
    more = (
        {"path": item.path, "evidence": item.evidence, "exposed_to": item.exposed_to, "chain": chain_words(item.chain)}
        if isinstance(item, Result)
        else {"framework": item.framework, "reason": item.reason, "rules": ", ".join(item.rules)}
    )
    given = {"level": item.level, "status": item.status, "known": known, **more}
    return {name: printable(value) for name, value in given.items() if value}
