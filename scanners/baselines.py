"""`stackproof baseline`: what fails today, kept in a file, brought up to date and shown."""

from __future__ import annotations

import os
import sys
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from policies.stack import names_in
from scanners.arguments import Usage
from scanners.baseline import FORMAT, VERSION, Baseline, BaselineError, Entry, place_of, read, written
from scanners.choice import chosen, configuration_of
from scanners.console import CLEAN, INCOMPLETE, readable, tell, write_whole
from scanners.found import everything, path_of, rule_of, subject_of
from scanners.identity import canonical
from scanners.judged import VIOLATIONS, judged, names_of, numbered
from scanners.sources import files
from scanners.writers.text import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from policies.configuration import Configuration
    from scanners.judged import Judged
    from scanners.report import CheckovFinding, Result


def create(options: argparse.Namespace) -> int:
    """Write what fails into a new baseline; return the exit code."""
    output = options.output
    if os.path.lexists(output) and not options.force:
        raise Usage(f"{output} exists already: `stackproof baseline update {output} ...` adds to it, --force replaces it")
    _refuse_sources(options)
    configured = chosen(configuration_of(options), options.rules)
    found = _judged(options, configured, Baseline("", "", ()))
    if found is None:
        return INCOMPLETE
    entries = _added({}, Baseline("", "", ()), found)
    write_whole(output, written(entries.values(), configured.sha256, options.rules or configured.rule_sets))
    sys.stdout.write(f"{output}: {_counted(len(entries))}\n")
    return CLEAN


def update(options: argparse.Namespace) -> int:
    """Add what is new to a baseline, drop what is gone and rename what was renamed; return the exit code."""
    options.output = options.baseline
    _refuse_sources(options)
    baseline = load(options.baseline)
    configured = chosen(configuration_of(options), options.rules)
    found = _judged(options, configured, baseline)
    if found is None:
        return INCOMPLETE
    counts: Counter[str] = sum((one.met.counts for one in found), Counter())
    gone = {entry.key for one in found for entry in baseline.gone(one.met._replace(counts=counts))}
    kept = {key: entry for key, entry in baseline.entries.items() if key not in gone}
    entries = _renamed(kept, baseline, found)
    renamed = len(entries.keys() - kept.keys())
    if not options.prune_only:
        entries = _added(entries, baseline, found)
    added = len(entries) - len(kept)
    write_whole(options.baseline, written(entries.values(), configured.sha256, options.rules or configured.rule_sets))
    sys.stdout.write(f"{options.baseline}: {_counted(len(entries))}; {added} added, {len(gone)} dropped, {renamed} renamed\n")
    return CLEAN


def show(options: argparse.Namespace) -> int:
    """List the entries of a baseline; return the exit code."""
    import sys  # noqa: PLC0415

    entries = sorted(load(options.baseline).entries.values(), key=place_of)
    readable(options.format)
    if options.format == "json":
        content = {"format": FORMAT, "version": VERSION, "entries": msgspec.to_builtins(entries)}
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(content), indent=2).decode() + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in _listed(entries))
    return CLEAN


COMMANDS = {"create": create, "update": update, "show": show}


def load(path: os.PathLike[str]) -> Baseline:
    """Read a baseline. Raises `Usage`."""
    from pathlib import Path  # noqa: PLC0415

    try:
        return read(Path(path))
    except BaselineError as error:
        raise Usage(str(error)) from None


def _refuse_sources(options: argparse.Namespace) -> None:
    """Refuse to write over what is read."""
    sources = files.locate_all(options.sources, lambda _path, _error: None)
    if os.path.realpath(options.output) in map(os.path.realpath, sources):
        raise Usage(f"{options.output} is a source")


def _judged(options: argparse.Namespace, configured: Configuration, baseline: Baseline) -> list[Judged] | None:
    """Return what came of the sources; None, with the reason told, where one of them gave no whole answer."""
    found, errors = judged(options.sources, configured, baseline, view=options.view)
    for error in errors:
        tell(error)
    if errors:
        tell(f"{options.output} is not written: a baseline from a part of the truth would be wrong")
        return None
    return found


def _violations(found: Sequence[Judged], baseline: Baseline) -> Iterator[tuple[Result | CheckovFinding, int, str]]:
    """Yield what fails or is exempt with its order, and the key of the entry that knows it."""
    there = {subject_of(item) for one in found for item in everything(one.report)}
    there.update(*(one.urns for one in found if one.urns is not None))
    for one in found:
        for item, order in numbered(one.report):
            if item.status in VIOLATIONS:
                names = names_of(item, there.__contains__)
                yield item, order, baseline.find(rule_of(item), names, path_of(item), order)


def _renamed(kept: dict[str, Entry], baseline: Baseline, found: Sequence[Judged]) -> dict[str, Entry]:
    """Return entries with the URNs that their resources have now."""
    entries = dict(kept)
    for item, order, key in _violations(found, baseline):
        if key in entries and (old := entries[key]).urn != canonical(subject_of(item)):
            del entries[key]
            new = _entry(item, order, old.first_seen)
            entries[new.key] = new
    return entries


def _added(entries: dict[str, Entry], baseline: Baseline, found: Sequence[Judged]) -> dict[str, Entry]:
    """Return entries and those for what fails and is not among them."""
    today = datetime.now(UTC).astimezone().date().isoformat()
    entries = dict(entries)
    for item, order, key in _violations(found, baseline):
        if item.status == "failed" and not key:
            new = _entry(item, order, today)
            entries.setdefault(new.key, new)
    return entries


def _entry(item: Result | CheckovFinding, order: int, first_seen: str) -> Entry:
    return Entry(rule_of(item), canonical(subject_of(item)), path_of(item), order, item.severity, first_seen, item.mark)


def _listed(entries: list[Entry]) -> Iterator[str]:
    """Yield the entries by stack, and how many there are of each severity."""
    stacks: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        stacks.setdefault(names_in(entry.urn) if "::" in entry.urn else ("", ""), []).append(entry)
    for (stack, project), some in sorted(stacks.items()):
        yield f"{printable(f'{project}/{stack}' if stack else 'without a stack')}: {_counted(len(some))}"
        for entry in some:
            at = f" (at {printable(entry.path)})" if entry.path else ""
            since = f"  since {entry.first_seen}" if entry.first_seen else ""
            yield f"  {entry.severity or 'none':<9} {printable(entry.rule)}  {printable(entry.urn)}{at}{since}"
        yield ""
    severities = Counter(entry.severity or "none" for entry in entries)
    words = ", ".join(
        f"{severities[name]} {name}" for name in ("critical", "high", "medium", "low", "none") if severities[name]
    )
    yield _counted(len(entries)) + (f" ({words})" if words else "")


def _counted(number: int) -> str:
    return f"{number} entry" if number == 1 else f"{number} entries"
