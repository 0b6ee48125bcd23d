"""One finding of the HTML report: its names, its line, its fix as code, an exemption for it."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from scanners import pulumi_source
from scanners.found import BASELINE, name_of, rule_of, subject_of, type_of
from scanners.report import Result
from scanners.writers.place import repository_path, source_link

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scanners.found import Found
    from scanners.report import FixPatch, Run

_EXEMPT_FOR = timedelta(days=90)
_SERVICE = re.compile(r"[\w-]+:(\w+)")
_PLAIN = re.compile(
    r"(?!(?:true|false|null|yes|no|on|off|[yn])$)[a-z][\w./$@+=-]*(?:::?[\w./$@+=-]+)*", re.ASCII | re.IGNORECASE
)
"""What YAML reads as a text without quotes."""

_UNSAFE_IN_ID = re.compile(r"[^\w-]", re.ASCII)


class Fixed(NamedTuple):
    """A fix as code. `number` counts the fixes of a rule from 1."""

    number: int
    python: str
    yaml: str
    replaces: bool


class Row(NamedTuple):
    """A finding as the page shows it. `facets` are the places of its values in the filters, from 1, 0 for none.

    `fix` is the number of the fix, 0 for none; `href` leads to the line of the program; `exemption` is YAML to copy. Texts are
    empty where there is nothing to say.
    """

    id: str
    item: Found
    is_result: bool
    stack: str
    facets: str
    name: str
    type: str
    urn: str
    message: str
    place: str
    href: str
    fix: int
    exemption: str


def stack_name(stack: str, project: str) -> str:
    """Return how the page names a stack: names of stacks alone, such as `dev`, are those of many projects."""
    return f"{project}/{stack}" if project else stack


def stack_of(item: Found) -> str:
    """Return the name of the stack that a finding is about."""
    parts = item.urn.split("::", 2) if item.urn.startswith("urn:") else []
    return stack_name(item.stack, parts[1] if len(parts) > 1 else "")


def _service(item: Found) -> str:
    """Return the service of a resource: `s3` of `aws:s3/bucket:Bucket`."""
    found = _SERVICE.match(type_of(item))
    return found[1] if found else ""


def _owner(item: Found) -> str:
    return item.owner if isinstance(item, Result) else ""


FACETS: dict[str, Callable[[Found], str]] = {
    "outcome": lambda item: item.status,
    "stack": stack_of,
    "service": _service,
    "owner": _owner,
    "known": lambda item: BASELINE[item.known],
}
"""The filters of single findings, in the order of `Row.facets`; the others are those of the rule."""


class Anchors:
    """Names of places on the page: each is given once."""

    def __init__(self) -> None:
        """Begin with none."""
        self._taken: Counter[str] = Counter()

    def new(self, kind: str, name: str) -> str:
        """Return an id for a kind of thing and its name; the same for the same page."""
        anchor = f"{kind}-{_UNSAFE_IN_ID.sub('-', name[:80])}"
        self._taken[anchor] += 1
        return anchor if self._taken[anchor] == 1 else f"{anchor}.{self._taken[anchor]}"


class Rows:
    """Makes the rows of one rule, or check of Checkov; `fixes` are those that they refer to, each written once."""

    def __init__(self, run: Run, places: Mapping[str, Mapping[str, int]], anchors: Anchors) -> None:
        """Take the run, the place of each value in the filters, and the anchors of the page."""
        self.fixes: list[Fixed] = []
        self._numbers: dict[str, int] = {}
        self._run = run
        self._expires = _later(run.judged_on)
        self._places = places
        self._anchors = anchors

    def row(self, item: Found) -> Row:
        """Return a finding as the page shows it."""
        facets = " ".join(str(self._places[name].get(facet(item), 0)) for name, facet in FACETS.items())
        if isinstance(item, Result):
            type_, message = item.type, item.message
        else:
            type_, message = "", item.reason
        urn = subject_of(item)
        file = repository_path(self._run, item)
        return Row(
            self._anchors.new("f", item.fingerprint[:12]),
            item,
            isinstance(item, Result),
            stack_of(item),
            facets,
            name_of(item),
            type_,
            urn,
            message,
            f"{file}:{item.location.line}" if item.location and file else "",
            source_link(self._run, item),
            self._fix(type_, item.fix) if isinstance(item, Result) and item.fix else 0,
            self._exemption(rule_of(item), urn, _owner(item)) if item.status in ("failed", "undecided") else "",
        )

    def _fix(self, type_: str, fix: FixPatch) -> int:
        """Return the number of a fix: one that mends many resources is written once."""
        key = f"{fix.set!r} {fix.replaces}"
        if key not in self._numbers:
            number = self._numbers[key] = len(self.fixes) + 1
            try:
                python, yaml = pulumi_source.python_arguments(type_, fix.set), pulumi_source.yaml_properties(type_, fix.set)
            except RecursionError:  # a report that was read back may nest without end: the remedy is told all the same
                python = yaml = "# nested too deep to be written"
            self.fixes.append(Fixed(number, python, yaml, fix.replaces))
        return self._numbers[key]

    def _exemption(self, rule: str, urn: str, owner: str) -> str:
        """Return an exemption as the configuration takes it; it is refused until a reason is filled in."""
        lines = (f"- rule: {_yaml(rule)}", f"  resource: {_yaml(urn)}", "  reason:", f"  owner: {_yaml(owner)}".rstrip())
        return "\n".join(("exemptions:", *(f"  {line}" for line in lines), f"    expires: {self._expires}".rstrip()))


def _later(day: str) -> str:
    """Return the day on which an exemption made now might end; nothing where a report that was read back holds no date."""
    try:
        return (date.fromisoformat(day) + _EXEMPT_FOR).isoformat()
    except (ValueError, OverflowError):
        return ""


def _yaml(text: str) -> str:
    if not text or _PLAIN.fullmatch(text):
        return text
    from yaml import safe_dump  # noqa: PLC0415  (late: few names need it)

    return str(safe_dump(text, default_style='"', allow_unicode=True, width=10 * len(text) + 80)).strip()
