"""Baselines: the violations that a team knows of and has not mended yet, in a file of their own.

The file is JSON, sorted, an entry a line, so that git can merge it. It holds rules, URNs and property paths, and no value.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from msgspec import Struct

from policies.stack import names_in
from scanners.identity import canonical, fingerprint, shared_path
from scanners.report import BaselineEntry, BaselineNote

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path
    from typing import Protocol

    from scanners.identity import Names

    class Judged(Protocol):
        """What is judged by: a rule, or a check of Checkov, with its severity and level."""

        @property
        def rule(self) -> str: ...  # noqa: D102  (as the class says)
        @property
        def severity(self) -> str: ...  # noqa: D102
        @property
        def level(self) -> str: ...  # noqa: D102


VERSION = 1
"""Raised when a reader of older baselines could misread a newer one."""

FORMAT = "stackproof-baseline"
FILE_NAME = "stackproof-baseline.json"
_LARGEST = 256 * 1024 * 1024
_MARK = re.compile(r"[0-9a-f]{32}", re.ASCII)
_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", re.ASCII)
_SEVERITIES = ("critical", "high", "medium", "low", "none")
_KNOWN, _THERE, _PASSED, _UNSURE, _SHOWN = "known", "there ", "passed ", "unsure ", "shown "
_NEW_SEVERITY, _NEW_LEVEL = "severity ", "level "
_UNSURE_STATUSES = frozenset({"undecided", "broken"})
_ANY = -1
"""In the place of an order: whatever the rule says of the resource."""


class BaselineError(Exception):
    """A baseline that cannot be used; the message names the file and the place."""


class Entry(Struct, omit_defaults=True, forbid_unknown_fields=True, frozen=True):
    """One violation: rule (or check of Checkov), URN (or Checkov's name of the resource), property path.

    `order` counts the violations of the rule at the same path that come before this one. `severity` is the one when it was
    first seen, `first_seen` that date, YYYY-MM-DD. `mark` stands for what the resource is in the cloud (`identity.mark`).
    """

    rule: str
    urn: str
    path: str
    order: int = 0
    severity: str = ""
    first_seen: str = ""
    mark: str = ""

    @property
    def key(self) -> str:
        """What identifies the violation: the fingerprint of the result on it."""
        return fingerprint(self.rule, self.urn, self.path, self.order)


class _File(Struct, forbid_unknown_fields=True):
    format: str
    version: int
    configuration_sha256: str = ""
    rule_sets: list[str] = []
    entries: list[Entry] = []


class _Versioned(Struct):
    format: str = ""
    version: int = 0


class Met(NamedTuple):
    """What was met in a scan: counters in the words of `Baseline.meets`, and how far it looked.

    `whole` are the stacks (name, project) that were judged completely, `judged` the rules and checks that were asked.
    """

    counts: Counter[str]
    whole: Collection[tuple[str, str]]
    judged: Collection[str]


class Baseline:
    """The entries of a baseline, by what identifies them."""

    def __init__(self, path: str, sha256: str, entries: Iterable[Entry]) -> None:
        """Take the entries, each of another violation, and the file that they were read from with its hash."""
        self.path = path
        self.sha256 = sha256
        self.entries = {entry.key: entry for entry in entries}
        self._by_mark = {
            fingerprint(entry.rule, entry.mark, path, entry.order): key
            for key, entry in self.entries.items()
            if entry.mark
            for path in _paths(entry.urn, entry.path)
        }
        self._by_shared_path = {
            fingerprint(entry.rule, entry.urn, path, entry.order): key
            for key, entry in self.entries.items()
            if (path := shared_path(entry.urn, entry.path)) != entry.path
        }
        self.names = {name for entry in self.entries.values() for name in (canonical(entry.urn), entry.mark) if name}

    def find(self, rule: str, names: Names, path: str, before: int) -> str:
        """Return the key of the entry for a violation on a resource; empty where there is none."""
        for urn in names.urns:
            for shared in _paths(urn, path):
                key = fingerprint(rule, urn, shared, before)
                if key in self.entries:
                    return key
                if key in self._by_shared_path:
                    return self._by_shared_path[key]
        if names.mark and self._by_mark:
            for shared in _paths(names.urns[0], path):
                key = self._by_mark.get(fingerprint(rule, names.mark, shared, before), "")
                if key and not names.is_there(self.entries[key].urn):  # resources of two regions may have the same id
                    return key
        return ""

    def meets(  # noqa: PLR0913, PLR0917  (what identifies a result, and what came of it)
        self, facts: Judged, names: Names, path: str, before: int, status: str, met: Counter[str]
    ) -> bool | None:
        """Count a result, and say whether it is a violation that the baseline knows; None where it is no violation.

        What is undecided or broken keeps all entries for the rule and the resource, what is exempt its own.
        """
        if status in _UNSURE_STATUSES:
            for name in names.all:
                met[_UNSURE + fingerprint(facts.rule, name, "", _ANY)] += 1
            return None
        key = self.find(facts.rule, names, path, before)
        if key:
            met[(_PASSED if status == "passed" else _THERE) + key] += 1
        if status != "failed":
            return None
        if key:
            met[_KNOWN] += 1
        else:
            met[_NEW_SEVERITY + facts.severity] += 1
            met[_NEW_LEVEL + facts.level] += 1
        return bool(key)

    def shows(self, names: Names, met: Counter[str]) -> None:
        """Count a resource that is judged by all rules that look at it, whatever they say."""
        for name in self.names.intersection(names.all):
            met[_SHOWN + fingerprint("", name, "", _ANY)] += 1

    def note(self, met: Met) -> BaselineNote:
        """Return what a report says of what was met over all results."""
        counts = met.counts
        severities = {
            name.removeprefix(_NEW_SEVERITY): count for name, count in counts.items() if name.startswith(_NEW_SEVERITY)
        }
        levels = {name.removeprefix(_NEW_LEVEL): count for name, count in counts.items() if name.startswith(_NEW_LEVEL)}
        return BaselineNote(
            path=self.path,
            sha256=self.sha256,
            entries=len(self.entries),
            new=sum(levels.values()),
            known=counts[_KNOWN],
            new_by_severity={
                name: severities[name] for name in dict.fromkeys((*_SEVERITIES, *sorted(severities))) if name in severities
            },
            new_by_level=dict(sorted(levels.items())),
            gone=[BaselineEntry(one.rule, one.urn, one.path) for one in self.gone(met)],
        )

    def gone(self, met: Met) -> Iterator[Entry]:
        """Yield the entries that are there no more, sorted: of what was judged, and is neither met nor undecided."""
        counts = met.counts
        for key, entry in sorted(self.entries.items(), key=lambda item: place_of(item[1])):
            names = tuple(filter(None, (entry.urn, entry.mark)))
            if _THERE + key in counts or any(_UNSURE + fingerprint(entry.rule, name, "", _ANY) in counts for name in names):
                continue
            was_asked = entry.rule in met.judged and (
                names_in(entry.urn) in met.whole or any(_SHOWN + fingerprint("", name, "", _ANY) in counts for name in names)
            )
            if was_asked or _PASSED + key in counts:
                yield entry


def _paths(urn: str, path: str) -> Iterable[str]:
    """Return a property path, and as a type and the one that took its place share it."""
    return dict.fromkeys((path, shared_path(urn, path)))


def read(path: Path) -> Baseline:
    """Read a baseline. Raises `BaselineError`."""
    try:
        with path.open("rb") as stream:
            data = stream.read(_LARGEST + 1)
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}"
        raise BaselineError(message) from None
    try:
        file = _decoded(data)
        found = Baseline(str(path), hashlib.sha256(data).hexdigest(), file.entries)
        _check(file.entries, data)
    except _MisfitError as error:
        message = f"{path}: {error}"
        raise BaselineError(message) from None
    return found


class _MisfitError(Exception):
    """What is wrong with the content of a baseline, and where."""


def _decoded(data: bytes) -> _File:
    if len(data) > _LARGEST:
        raise _MisfitError(f"larger than {_LARGEST} bytes; this is not a baseline")
    try:
        head = msgspec.json.decode(data, type=_Versioned)
        if head.format != FORMAT:
            raise _MisfitError(f'no "format": "{FORMAT}" in it, so it is no baseline; `stackproof baseline create` writes one')
        if head.version != VERSION:
            raise _MisfitError(f"a baseline of version {head.version}; version {VERSION} is understood")
        _refuse_twice_named(data)
        return msgspec.json.decode(data, type=_File)
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at ")
        raise _MisfitError(
            f"{place.strip('`') or '$'}{_line_of(place, data)}: {message[0].lower()}{message[1:].replace('`', '')}"
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _MisfitError(f"not valid JSON{_json_problem(data)}") from None


def _json_problem(data: bytes) -> str:
    """Say where JSON is not valid, and what git leaves where two changes did not merge."""
    if b"\n<<<<<<< " in data or data.startswith(b"<<<<<<< "):
        return f" (line {data.count(_NEWLINE, 0, data.index(b'<<<<<<< ')) + 1}): a merge that is not finished"
    if data.startswith(_MARKS):
        return ": a byte order mark at the start; save it as UTF-8 without one"
    try:
        json.loads(data)
    except json.JSONDecodeError as error:
        return f": {error.msg} (line {error.lineno}, column {error.colno})"
    except (ValueError, RecursionError):
        pass
    return ""


_NEWLINE = b"\n"
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_INDEX = re.compile(r"entries\[(\d+)\]")


def _refuse_twice_named(data: bytes) -> None:
    """Refuse an object with the same key twice: readers of JSON keep the last, and nobody would see the first."""

    def fields(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) < len(pairs):
            twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
            raise _MisfitError(f"the key {twice!r} stands twice in one object")
        return found

    json.loads(data, object_pairs_hook=fields)


def _line_of(place: str, data: bytes) -> str:
    """Return the line of an entry in a file that has one a line, as we write it."""
    found = _INDEX.search(place)
    if not found:
        return ""
    lines = [number for number, line in enumerate(data.split(_NEWLINE), 1) if line.lstrip().startswith(b'{"rule"')]
    index = int(found[1])
    return f" (line {lines[index]})" if index < len(lines) else ""


def _check(entries: list[Entry], data: bytes) -> None:
    """Refuse entries that no scan writes. Raises `_MisfitError`."""
    seen: dict[str, int] = {}
    for index, entry in enumerate(entries):
        place = f"$.entries[{index}]"
        problem = ""
        if not entry.rule or not entry.urn:
            problem = "an entry needs a rule and a urn"
        elif entry.order < 0:
            problem = "order counts from 0"
        elif entry.first_seen and not _DATE.fullmatch(entry.first_seen):
            problem = "first_seen: a date is written YYYY-MM-DD"
        elif entry.mark and not _MARK.fullmatch(entry.mark):
            problem = "a mark is 32 hex digits"
        elif entry.severity and entry.severity not in _SEVERITIES:
            problem = f"there is no severity {entry.severity!r}"
        elif (first := seen.setdefault(entry.key, index)) != index:
            problem = f"the same violation as $.entries[{first}]{_line_of(f'entries[{first}]', data)}; delete one of the two"
        if problem:
            raise _MisfitError(f"{place}{_line_of(place, data)}: {problem}")


def written(entries: Iterable[Entry], configuration_sha256: str, rule_sets: Iterable[str]) -> Iterator[str]:
    """Yield the text of a baseline: sorted by URN, rule, path and order; an entry a line."""
    yield "{\n"
    yield f'  "format": {json.dumps(FORMAT)},\n  "version": {VERSION},\n'
    yield f'  "configuration_sha256": {json.dumps(configuration_sha256)},\n'
    yield f'  "rule_sets": {json.dumps(list(rule_sets))},\n'
    yield '  "entries": ['
    separator = "\n"
    for entry in sorted(entries, key=place_of):
        yield f"{separator}    {json.dumps(msgspec.to_builtins(entry))}"
        separator = ",\n"
    yield ("\n  ]" if separator != "\n" else "]") + "\n}\n"


def place_of(entry: Entry) -> tuple[str, str, str, int]:
    """Return what entries are sorted by."""
    return entry.urn, entry.rule, entry.path, entry.order
