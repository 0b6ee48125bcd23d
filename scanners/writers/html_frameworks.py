"""What the HTML report says of compliance frameworks: control by control, and which nobody looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policies.catalog import builtin_rules
from policies.controls import FRAMEWORKS
from scanners.frameworks import coverage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policies.controls import Framework
    from scanners.report import Report, RuleNote

STANDINGS = ("failed", "undecided", "exempt", "passed", "nothing to judge")
"""What may be said of a control whose rules were asked, worst first; a rule that crashed leaves it undecided."""


class Judged(NamedTuple):
    """A control that active rules judge, in part or whole. The counts are of results of these rules."""

    id: str
    name: str
    standing: str
    failed: int
    undecided: int
    exempt: int
    passed: int
    rules: list[str]


class Part(NamedTuple):
    """A framework: what came of the controls that were asked, which were not, and which no rule judges.

    `standings` counts the judged controls by standing. `not_asked` and `not_assessed` are controls, id to name.
    """

    key: str
    name: str
    version: str
    controls: int
    judged: list[Judged]
    standings: dict[str, int]
    not_asked: dict[str, str]
    not_assessed: dict[str, str]


def data(report: Report) -> list[Part]:
    """Return what a report says of each framework, in the order of their keys."""
    return [_part(framework, report.rules) for framework in FRAMEWORKS.values()]


def _part(framework: Framework, rules: Iterable[RuleNote]) -> Part:
    names = framework.controls()
    by_control: dict[str, list[RuleNote]] = {}
    for rule in rules:
        for control in rule.controls:
            if control.startswith(f"{framework.name} "):
                by_control.setdefault(control.removeprefix(f"{framework.name} "), []).append(rule)
    known = coverage(framework, builtin_rules().values())
    place = {id_: number for number, id_ in enumerate(names)}
    ids = sorted(by_control, key=lambda id_: (place.get(id_, len(place)), id_))
    judged = [_judged(id_, names.get(id_, ""), by_control[id_]) for id_ in ids]
    return Part(
        framework.key,
        framework.name,
        framework.version,
        len(names),
        judged,
        {standing: sum(control.standing == standing for control in judged) for standing in STANDINGS},
        {id_: names.get(id_, "") for id_ in known.judged if id_ not in by_control},
        {id_: names.get(id_, "") for id_ in known.not_assessed if id_ not in by_control},
    )


def _judged(id_: str, name: str, rules: list[RuleNote]) -> Judged:
    failed, exempt, passed = (sum(getattr(rule.counts, word) for rule in rules) for word in ("failed", "exempt", "passed"))
    undecided = sum(rule.counts.undecided + rule.counts.broken for rule in rules)
    counts = (failed, undecided, exempt, passed)
    standing = next((word for word, count in zip(STANDINGS, counts, strict=False) if count), STANDINGS[-1])
    return Judged(id_, name, standing, *counts, sorted(rule.id for rule in rules))
