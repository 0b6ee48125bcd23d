"""`stackproof diff`: what a change adds to the violations of stacks, and what it mends, in words and as JSON."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from policies import __version__
from scanners import gate
from scanners.arguments import Usage
from scanners.baseline import Baseline
from scanners.choice import chosen, configuration_of
from scanners.console import CLEAN, INCOMPLETE, VIOLATIONS, readable, tell
from scanners.differences import KINDS, VERSION, Change, Difference, Side, compare, stacks_of
from scanners.judged import judged
from scanners.report import Tool
from scanners.results import encoded
from scanners.sources import files
from scanners.writers.text import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from scanners.judged import Judged

_EXIT_CODES = {gate.PASSED: CLEAN, gate.FAILED: VIOLATIONS, gate.INCOMPLETE: INCOMPLETE}
_TITLES = {
    "added": "Added",
    "undecided": "Became undecided",
    "unjudged": "No longer judged",
    "exempted": "Now exempt",
    "fixed": "Fixed",
}
_MOST_ROWS = 100
"""Of one kind in Markdown: a comment on GitHub holds 65,536 characters."""


def diff(options: argparse.Namespace) -> int:
    """Compare two sides and print what changed; return the exit code."""
    if options.old == options.new == files.STANDARD_INPUT:
        raise Usage("only one of OLD and NEW can be standard input")
    configured = chosen(configuration_of(options), options.rules)
    nothing = Baseline("", "", ())
    (old, old_errors), (new, new_errors) = (
        judged([source], configured, nothing, view=options.view) for source in (options.old, options.new)
    )
    olds, news = stacks_of(old), stacks_of(new)
    without_stack = len(olds) == len(news) == 1 and olds != news
    changes = compare(old, new, without_stack=without_stack)
    added = [change for change in changes if change.change == "added"]
    blocks = gate.blocking(
        Counter(change.level for change in added), Counter(change.severity for change in added), options.fail_on
    )
    complete = not old_errors and not new_errors
    counts = Counter(change.change for change in changes)
    difference = Difference(
        version=VERSION,
        tool=Tool("stackproof", __version__),
        complete=complete,
        old=Side(options.old, _named(olds), old_errors),
        new=Side(options.new, _named(news), new_errors),
        notes=list(_notes(old, new, without_stack=without_stack)),
        fail_on=options.fail_on,
        verdict=gate.INCOMPLETE if not complete else gate.FAILED if blocks else gate.PASSED,
        counts={kind: counts[kind] for kind in KINDS},
        changes=changes,
    )
    for error in (*old_errors, *new_errors):
        tell(error)
    readable(options.format)
    sys.stdout.writelines(_WRITERS[options.format](difference))
    return _EXIT_CODES[difference.verdict]


def _named(stacks: Iterable[tuple[str, str]]) -> list[str]:
    return sorted(f"{project}/{stack}" for stack, project in stacks)


def _notes(old: Sequence[Judged], new: Sequence[Judged], *, without_stack: bool) -> Iterator[str]:
    """Yield what a reader must know of the comparison."""
    if without_stack:
        (before,), (after,) = _named(stacks_of(old)), _named(stacks_of(new))
        yield f"{before} and {after} are different stacks: resources are compared by their URNs without stack and project."
    configurations = {one.report.run.configuration_sha256 for one in (*old, *new)}
    if len(configurations) > 1:
        yield "The two sides were judged with different configurations."
    rules = {tuple(sorted(rule.id for rule in one.report.rules)) for one in (*old, *new)}
    if len(rules) > 1:
        yield "The two sides were judged by different rules; what a side did not ask is not judged there."
    if any(one.names is None for one in new):
        yield "NEW is a report, which does not list resources: what is fixed may have been mended or removed."


def _json(difference: Difference) -> Iterator[str]:
    yield msgspec.json.format(encoded(difference), indent=2).decode() + "\n"


def _text(difference: Difference) -> Iterator[str]:
    for note in difference.notes:
        yield f"{printable(note)}\n"
    for kind, title in _TITLES.items():
        some = [change for change in difference.changes if change.change == kind]
        if some:
            yield f"\n{title}:\n"
        for change in some:
            at = f" (at {printable(change.path)})" if change.path and change.path not in change.message else ""
            place = f"  {printable(change.location.file)}:{change.location.line}" if change.location else ""
            message = f"  {printable(change.message)}" if change.message else ""
            yield f"  {change.severity or 'none':<9} {change.level:<9} {printable(change.rule)}\n"
            yield f"            {printable(change.urn)}{place}\n"
            yield f"            {_became(change)}{message}{at}\n"
    yield f"\n{_summary(difference)}\n"


def _became(change: Change) -> str:
    """Return what a rule said of a resource before and after, in words."""
    return f"{_WORDS[change.before]} -> {_WORDS[change.after]}"


_WORDS = {
    "failed": "failed",
    "undecided": "undecided",
    "exempt": "exempt",
    "broken": "the rule crashed",
    "passed": "passed",
    "absent": "no such resource",
    "unjudged": "not judged",
    "unknown": "passed or no such resource",
}


def _summary(difference: Difference) -> str:
    counts = difference.counts
    fixed = Counter(change.after for change in difference.changes if change.change == "fixed")
    how = (
        ("mended", fixed["passed"]),
        ("removed with their resources", fixed["absent"]),
        ("mended or removed", fixed["unknown"]),
    )
    told = ", ".join(f"{count} {word}" for word, count in how if count)
    return (
        f"{counts['added']} added, {counts['fixed']} fixed{f' ({told})' if told else ''}, {counts['unchanged']} unchanged, "
        f"{counts['undecided']} became undecided, {counts['unjudged']} no longer judged, {counts['exempted']} now exempt"
        + ("" if difference.complete else ". This comparison is incomplete: a source or a rule gave no answer.")
    )


def _markdown(difference: Difference) -> Iterator[str]:
    mark = {gate.PASSED: "passed", gate.FAILED: "failed", gate.INCOMPLETE: "incomplete"}[difference.verdict]
    yield f"### stackproof diff: {mark}\n\n{_plain(_summary(difference))}\n"
    for note in difference.notes:
        yield f"\n{_plain(note)}\n"
    for kind, title in _TITLES.items():
        some = [change for change in difference.changes if change.change == kind]
        if not some:
            continue
        yield f"\n#### {title} ({len(some)})\n\n| severity | rule | resource | what |\n| --- | --- | --- | --- |\n"
        for change in some[:_MOST_ROWS]:
            what = f"{_became(change)}: {change.message}" if change.message else _became(change)
            at = f" at {_code(change.path)}" if change.path else ""
            yield f"| {_plain(change.severity or 'none')} | {_code(change.rule)} | {_code(change.urn)} | {_plain(what)}{at} |\n"
        if len(some) > _MOST_ROWS:
            yield f"\n{len(some) - _MOST_ROWS} more are not shown; `--format json` has all.\n"


def _plain(text: str) -> str:
    """Return a text that Markdown shows as it is: no markup, no link, nobody mentioned."""
    kept = " ,;'/-%"
    return "".join(char if char.isalnum() or char in kept else f"&#{ord(char)};" for char in printable(text)).replace(
        "&#64;", "&#64;&#8203;"
    )


def _code(text: str) -> str:
    """Return a text as code, in which nothing is read as a link or a mention."""
    return f"<code>{_plain(text).replace('&#8203;', '')}</code>"


_WRITERS: dict[str, Callable[[Difference], Iterator[str]]] = {"text": _text, "markdown": _markdown, "json": _json}
