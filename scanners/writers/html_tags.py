"""What the HTML report says of tags: how many resources carry each key, by stack and type, and where cost keys are missing."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from scanners.writers.html_rows import stack_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scanners.report import Report, TagCoverage

MOST_STACKS, MOST_TYPES, MOST_KEYS, MOST_WORST = 25, 40, 8, 12
_COST = "cost"
_PURPOSES = (_COST, "owner", "required")


class Cell(NamedTuple):
    """How many of some resources carry a key."""

    tagged: int
    missing: int
    undecided: int

    @property
    def resources(self) -> int:
        """How many were asked."""
        return self.tagged + self.missing + self.undecided

    @property
    def percent(self) -> str:
        """The share that carries it for certain; 0 % and 100 % stand for none and all alone."""
        share = 100 * self.tagged // self.resources if self.resources else 0
        return "<1" if self.tagged and not share else str(share)

    @property
    def bar(self) -> tuple[tuple[str, int], ...]:
        """The parts of its bar, by the word that colours them."""
        return ("passed", self.tagged), ("undecided", self.undecided), ("failed", self.missing)


class Key(NamedTuple):
    """A key and what became of it over all stacks. `required` says that a rule asks some type for it."""

    name: str
    purpose: str
    required: bool
    cell: Cell


class TypeRow(NamedTuple):
    """The cells of a type, one for each key of the table; None where the key is not asked of the type."""

    type: str
    resources: int
    cells: list[Cell | None]


class StackTable(NamedTuple):
    """The types of a stack, those that miss most first; `cut` are those left out."""

    stack: str
    resources: int
    cells: list[Cell | None]
    rows: list[TypeRow]
    cut: int


class Worst(NamedTuple):
    """A place where a cost key is missing."""

    key: str
    stack: str
    type: str
    cell: Cell


class Tags(NamedTuple):
    """What the page shows. `cut_keys` and `cut_stacks` are how many are left out of the tables, `cut_worst` of the list."""

    keys: list[Key]
    cut_keys: int
    stacks: list[StackTable]
    cut_stacks: int
    worst: list[Worst]
    cut_worst: int


def data(report: Report) -> Tags | None:
    """Return what `tags.html` shows of a report as `tags`; None where there is nothing, then the part is left out."""
    if not report.tag_coverage:
        return None
    keys = _keys(report.tag_coverage)
    shown = [key.name for key in keys[:MOST_KEYS]]
    by_stack: dict[str, list[TagCoverage]] = defaultdict(list)
    for row in report.tag_coverage:
        by_stack[stack_name(row.stack, row.project)].append(row)
    tables = sorted((_table(stack, rows, shown) for stack, rows in by_stack.items()), key=_missing_first)
    worst = sorted(
        (
            Worst(row.key, stack_name(row.stack, row.project), row.type, _cell([row]))
            for row in report.tag_coverage
            if row.purpose == _COST and row.missing
        ),
        key=lambda item: (-item.cell.missing, item.stack, item.key, item.type),
    )
    return Tags(
        keys[:MOST_KEYS],
        len(keys) - len(shown),
        tables[:MOST_STACKS],
        max(len(tables) - MOST_STACKS, 0),
        worst[:MOST_WORST],
        max(len(worst) - MOST_WORST, 0),
    )


def _keys(rows: Iterable[TagCoverage]) -> list[Key]:
    """Return the keys: those of the cost, those of the owner, the others; of each the most missing first."""
    by_key: dict[tuple[str, str], list[TagCoverage]] = defaultdict(list)
    for row in rows:
        by_key[row.key, row.purpose].append(row)
    keys = [Key(*key, any(row.required for row in some), _cell(some)) for key, some in by_key.items()]
    return sorted(keys, key=lambda key: (_rank(key.purpose), -key.cell.missing, key.name))


def _rank(purpose: str) -> int:
    return _PURPOSES.index(purpose) if purpose in _PURPOSES else len(_PURPOSES)


def _cell(rows: Iterable[TagCoverage]) -> Cell:
    found: Counter[str] = Counter()
    for row in rows:
        found.update(tagged=row.tagged, missing=row.missing, undecided=row.undecided)
    return Cell(found["tagged"], found["missing"], found["undecided"])


def _table(stack: str, rows: Iterable[TagCoverage], keys: list[str]) -> StackTable:
    by_type: dict[str, dict[str, list[TagCoverage]]] = defaultdict(lambda: defaultdict(list))
    by_key: dict[str, list[TagCoverage]] = defaultdict(list)
    for row in rows:
        by_type[row.type][row.key].append(row)
        by_key[row.key].append(row)
    types = [TypeRow(type_, _resources(cells), _cells(cells, keys)) for type_, cells in by_type.items()]
    types.sort(key=_missing_first)
    total = sum(row.resources for row in types)
    return StackTable(stack, total, _cells(by_key, keys), types[:MOST_TYPES], max(len(types) - MOST_TYPES, 0))


def _cells(by_key: dict[str, list[TagCoverage]], keys: list[str]) -> list[Cell | None]:
    return [_cell(by_key[key]) if key in by_key else None for key in keys]


def _resources(by_key: dict[str, list[TagCoverage]]) -> int:
    return max(sum(row.resources for row in rows) for rows in by_key.values())


def _missing_first(row: StackTable | TypeRow) -> tuple[object, ...]:
    """Return what sorts by how many miss the first key, then the next, then by name."""
    return (*(-cell.missing if cell else 0 for cell in row.cells), row[0])
