"""`stackproof compare-checkov`: where Checkov and the rules that carry its ids agree on a stack, and where they do not.

The JSON is a `Compared`; docs/compare.schema.json has all of it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from policies import __version__
from policies.evaluate import Outcome
from scanners.checkov_comparison import Comparison, Kind, compare
from scanners.checkov_differences import differences
from scanners.report import Place, Tool
from scanners.sources.program_file import program_file
from scanners.writers.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policies.configuration import Configuration
    from scanners.sources.source import CheckovRecord, SourceStack

VERSION = 1
"""Raised when a reader of older comparisons could misread a newer one."""

_ONLY = {Kind.ONLY_CHECKOV: "checkov", Kind.ONLY_STACKPROOF: "stackproof"}


class Verdict(Struct):
    """What a rule says: `outcome` is failed, passed, undecided or broken; `message` and `path` are empty where it passes."""

    rule: str
    outcome: str
    message: str
    path: str


class Said(Struct):
    """What Checkov says: `verdict` is failed, skipped (suppressed), passed or unknown.

    `resource` is its name of the resource, `looked_at` what the check names of it, in Checkov's words.
    """

    verdict: str
    resource: str
    title: str
    looked_at: list[str]


class Why(Struct):
    """The difference of meaning behind a disagreement: what each of the two does."""

    checkov: str
    stackproof: str


class Disagreement(Struct):
    """One resource on which only one of the two finds fault.

    `only` is who: checkov or stackproof. `why` is null where no difference of meaning is known.
    """

    check: str
    only: str
    stack: str
    urn: str
    location: Place | None
    checkov: Said
    stackproof: list[Verdict]
    why: Why | None


class Check(Struct):
    """How often the two agree on a check of Checkov; each resource counts once. `rules` carry its id."""

    id: str
    rules: list[str]
    both_fail: int
    both_pass: int
    only_checkov: int
    only_stackproof: int
    undecided: int
    not_comparable: int


class Error(Struct):
    """Why a source, or a part of it, could not be compared."""

    path: str
    error: str


class Compared(Struct):
    """All of a comparison. `complete` is false where there are `errors`; `notes` are what a reader must know."""

    version: int
    tool: Tool
    complete: bool
    errors: list[Error]
    notes: list[str]
    checks: list[Check]
    disagreements: list[Disagreement]


class Report:
    """Compares one stack after another."""

    def __init__(self, configured: Configuration) -> None:
        """Take the configuration: all rules that carry a check are run, with the parameters it sets."""
        self._settings = configured.with_rules(id_ for id_, rule in configured.rules.items() if rule.checkov).settings
        self._counts: dict[str, Counter[Kind]] = defaultdict(Counter)
        self._disagreements: list[Disagreement] = []
        self.errors: list[Error] = []
        self.notes: list[str] = []

    @property
    def checks(self) -> set[str]:
        """The checks of Checkov that rules carry."""
        return {check for active in self._settings.active for check in active.rule.checkov}

    def add_error(self, path: str, error: str) -> None:
        """Tell why a source cannot be compared, or not whole."""
        self.errors.append(Error(path, error))

    def add(self, source: SourceStack) -> None:
        """Compare on a stack that Checkov has spoken of."""
        for note in source.notes:
            self.add_error(source.path, note)
        for one in compare(source.stack, source.checkov, self._settings):
            self._counts[one.check][one.kind] += 1
            for said in one.ours:
                if said.outcome is Outcome.BROKEN:
                    self.add_error(source.path, f"{said.rule} crashed on {one.urn}: {said.message}")
            if one.record and one.kind in _ONLY:
                self._disagreements.append(_disagreement(one, one.record, source.stack.name))
        source.stack.forget()

    def compared(self) -> Compared:
        """Return all that was found, by check, stack and URN."""
        rules: dict[str, list[str]] = defaultdict(list)
        for active in self._settings.active:
            for check in active.rule.checkov:
                rules[check].append(active.rule.id)
        return Compared(
            version=VERSION,
            tool=Tool("stackproof", __version__),
            complete=not self.errors,
            errors=self.errors,
            notes=self.notes,
            checks=[_check(id_, sorted(rules[id_]), self._counts[id_]) for id_ in sorted(self._counts, key=by_number)],
            disagreements=sorted(self._disagreements, key=lambda one: (by_number(one.check), one.stack, one.urn)),
        )


def by_number(check: str) -> tuple[str, int, str]:
    """Return what sorts the ids of checks as people do: CKV_AWS_2 before CKV_AWS_16."""
    family, _, number = check.rpartition("_")
    return family, int(number) if number.isdecimal() and number.isascii() else 0, check


def _check(id_: str, rules: list[str], counts: Counter[Kind]) -> Check:
    return Check(id_, rules, *(counts[kind] for kind in Kind))


def _disagreement(one: Comparison, record: CheckovRecord, stack: str) -> Disagreement:
    only = _ONLY[one.kind]
    difference = differences().get((one.check, only))
    file = program_file(record.file)
    place = one.location or ((file, record.line) if file else None)
    return Disagreement(
        check=one.check,
        only=only,
        stack=stack,
        urn=one.urn,
        location=Place(*place) if place else None,
        checkov=Said(record.verdict, record.resource, record.title, list(record.looked_at)),
        stackproof=[Verdict(said.rule, said.outcome.value, said.message, said.path) for said in one.ours],
        why=Why(difference.checkov, difference.stackproof) if difference else None,
    )


def write(found: Compared, format_: str) -> Iterator[str]:
    """Yield a comparison as text or JSON."""
    if format_ == "json":
        yield msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n"
        return
    yield from (f"{line}\n" for line in _text(found))


def _text(found: Compared) -> Iterator[str]:
    yield from _table(found.checks)
    by_check: dict[tuple[str, str], list[Disagreement]] = defaultdict(list)
    for one in found.disagreements:
        by_check[one.check, one.only].append(one)
    for (check, only), some in by_check.items():
        yield ""
        yield from _told(check, only, some)
    unexplained = sum(one.why is None for one in found.disagreements)
    yield ""
    yield (
        f"{_counted(len(found.disagreements), 'disagreement')}, "
        f"{'each explained' if not unexplained else f'{unexplained} not explained'}."
        if found.disagreements
        else "No disagreement."
    )
    if not found.complete:
        yield "This comparison is incomplete."


_COLUMNS = ("both fail", "both pass", "only Checkov", "only stackproof", "undecided", "not comparable")


def _table(checks: Sequence[Check]) -> Iterator[str]:
    """Yield a row for each check with something to compare, and the sums of all."""
    shown = [check for check in checks if any(_numbers(check)[:-1])]
    rows = [("check", *_COLUMNS), *((check.id, *map(str, _numbers(check))) for check in shown)]
    rows.append(("all", *map(str, map(sum, zip(*map(_numbers, checks), strict=True)))) if checks else ("all", *"000000"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *rest in rows:
        numbers = "  ".join(f"{text:>{width}}" for text, width in zip(rest, widths[1:], strict=True))
        yield f"{printable(first):<{widths[0]}}  {numbers}"
    if len(shown) < len(checks):
        others = _counted(len(checks) - len(shown), "check")
        yield f"Nothing to compare for {others}: only one of the two looks at each resource."


def _numbers(check: Check) -> tuple[int, ...]:
    return (
        check.both_fail, check.both_pass, check.only_checkov, check.only_stackproof, check.undecided, check.not_comparable,
    )  # fmt: skip


def _told(check: str, only: str, some: Sequence[Disagreement]) -> Iterator[str]:
    """Yield the disagreements on a check, after what they have in common."""
    first = some[0]
    who = "Checkov" if only == "checkov" else "stackproof"
    yield f"{printable(check)}: only {who} fails, on {_counted(len(some), 'resource')}"
    yield f"  check: {printable(first.checkov.title)}"
    yield f"  rules: {', '.join(said.rule for said in first.stackproof)}"
    if first.why:
        yield f"  Checkov: {first.why.checkov}"
        yield f"  stackproof: {first.why.stackproof}"
    else:
        yield "  no difference of meaning is known: please report it"
    for one in some:
        place = f" ({printable(one.location.file)}:{one.location.line})" if one.location else ""
        yield f"  - {printable(one.urn)}{place}"
        looked = f", looking at {', '.join(map(printable, one.checkov.looked_at))}" if one.checkov.looked_at else ""
        yield f"      Checkov: {one.checkov.verdict} {printable(one.checkov.resource)}{looked}"
        for said in one.stackproof:
            if said.message:
                yield f"      {said.rule}: {said.outcome}: {printable(said.message)}{_at(said.path)}"


def _at(path: str) -> str:
    return f" ({printable(path)})" if path else ""


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the JSON."""
    return msgspec.json.schema(Compared)
