"""What GitLab's formats share: where a violation stands, what is written of it, and arrays that are written as they come."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from scanners.found import everything, message_of, rule_of
from scanners.report import Result
from scanners.writers.place import anchor
from scanners.writers.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scanners.found import Found
    from scanners.report import Report


class Violation(NamedTuple):
    """A violation in words of one line, none of them empty but `message`; texts are safe to show.

    `rule` is the rule's id, or the check's of Checkov; `severity` may be empty. `line` is None where only the project's own
    file is named.
    """

    rule: str
    title: str
    resource: str
    message: str
    severity: str
    file: str
    line: int | None
    found: Found


def violations(report: Report) -> Iterator[Violation]:
    """Yield what failed, the results first, then what only Checkov finds."""
    titles = {rule.id: rule.title for rule in report.rules}
    for found in everything(report):
        if found.status != "failed":
            continue
        file, line = anchor(report.run, found)
        if isinstance(found, Result):
            words = [titles.get(found.rule, found.rule), found.name or found.urn, message_of(found)]
        else:
            words = [message_of(found), found.resource or found.urn, ""]
        rule, title, resource, message = map(printable, [rule_of(found), *words])
        yield Violation(rule, title, resource, message, found.severity, printable(file), line, found)


def array(items: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield a JSON array in parts."""
    separator = "["
    for item in items:
        yield f"{separator}\n{json.dumps(item)}"
        separator = ","
    yield "[]" if separator == "[" else "\n]"
