"""The report as one HTML file, which needs nothing else: no request leaves it, and it can be read without its script."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from scanners.found import SEVERITIES, STATUSES
from scanners.writers import html_frameworks, html_iam, html_summary, html_tags
from scanners.writers.html_findings import MOST_LISTED, findings
from scanners.writers.html_rows import stack_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scanners.report import Report
    from scanners.writers.html_findings import Findings

_FILES = Path(__file__).parent / "html"
_STYLES = ("report.css", "iam.css", "tags.css")
_MOST_STACKS = 12
_MOST_BLOCKING = 5
_GROUPS_OPEN = 60
"""With no more findings than this, all are in sight at once."""

_LONGEST = 300
_COLOURED = frozenset((*SEVERITIES, *STATUSES))
_USES = ("active", "expiring", "expired", "stale", "elsewhere")
_HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
"""What HTML forbids, UTF-8 cannot write, or turns the text around it: spelled out."""


def write(report: Report) -> Iterator[str]:
    """Yield the report as an HTML page."""
    environment = Environment(
        loader=FileSystemLoader(_FILES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["sum_of"] = Counter.total
    environment.globals.update(
        name_of=_name, short_of=_short, badge_of=_badge
    )  # tens of thousands of times: quicker than macros
    stream = environment.get_template("page.html").stream(_context(report))
    stream.enable_buffering(500)
    for part in stream:
        yield _HIDDEN.sub(_spelled, part)
    yield "\n"


def _name(text: str) -> Markup:
    """Return a name that comes from outside, kept apart from the text around it: ASCII has but one direction."""
    escaped = escape(text)
    return escaped if text.isascii() else Markup("<bdi>%s</bdi>") % escaped


def _short(text: str) -> Markup:
    """Return a name, shortened where it is very long; it says so."""
    return _name(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} characters)")


@cache
def _badge(word: str) -> Markup:
    """Return a severity or an outcome, with its colour; what is neither has none."""
    return Markup('<span class="badge %s">%s</span>') % (word if word in _COLOURED else "none", word or "no severity")


def _spelled(found: re.Match[str]) -> str:
    return ascii(found[0])[1:-1]


def _context(report: Report) -> dict[str, Any]:
    found = findings(report)
    style = "\n".join(file.read_text("utf-8") for name in _STYLES if (file := _FILES / name).exists())
    script = (_FILES / "report.js").read_text("utf-8")
    context: dict[str, Any] = {
        "report": report,
        "found": found,
        "verdict": html_summary.verdict(report),
        "errors": [source for source in report.sources if source.error],
        "changes_only": html_summary.shows_changes_only(report),
        "blocking_of": {id_: stacks.total() for id_, stacks in found.blocking.items()},
        "blocking": html_summary.blocking(found),
        "crashed": [(row, group) for group in found.groups for row in group.rows if row.item.status == "broken"],
        "most_blocking": _MOST_BLOCKING,
        "lists_passed": bool(found.found["passed"]),
        "by_stack": found.by_stack if found.found["failed"] else {},
        "no_severity": any(counts["none"] for counts in found.by_stack.values()),
        "counts_all_failed": found.found["failed"] == _all_failed(report),
        "counts_of": _in_order,
        "left_out": html_summary.left_out(report, found),
        "cut": found.found.total() > found.listed.total(),
        "not_asked": html_summary.not_asked(report, found),
        "open_groups": found.listed.total() <= _GROUPS_OPEN,
        "undecided": html_summary.reasons(found),
        "exempt": html_summary.exempt(found),
        "iam": html_iam.data(report, found),
        "tags": html_tags.data(report),
        "frameworks": html_frameworks.data(report),
        "anchors": {group.id: group.anchor for group in found.groups if not group.is_checkov},
        "stack_name": stack_name,
        "severities": SEVERITIES,
        "outcomes": STATUSES,
        "known_uses": _USES,
        "most_listed": MOST_LISTED,
        "most_stacks": _MOST_STACKS,
        "most_reasons": html_summary.MOST_REASONS,
        "style": Markup(style),  # noqa: S704  (our own)
        "script": Markup(script),  # noqa: S704  (our own)
        "style_hash": _hash(style),
        "script_hash": _hash(script),
        **_by_group(found),
    }
    context["has_exemptions"] = bool(report.exemptions or context["exempt"])
    context["parts"] = list(_parts(report, context))
    return context


def _all_failed(report: Report) -> int:
    return report.summary.failed + (report.summary.checkov.failed if report.summary.checkov else 0)


def _in_order(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return [(word, counts[word]) for word in (*SEVERITIES, "none")]


def _by_group(found: Findings) -> dict[str, dict[str, int]]:
    """Return the filters that all findings of a group share: values with how many findings there are of each."""
    severity: Counter[str] = Counter()
    category: Counter[str] = Counter()
    rule: Counter[str] = Counter()
    for group in found.groups:
        severity[group.severity or "none"] += len(group.rows)
        category[group.category] += len(group.rows)
        rule[group.id] += len(group.rows)
    category.pop("", None)
    return {
        "by_severity": {word: severity[word] for word in (*SEVERITIES, "none") if severity[word]},
        "by_category": dict(sorted(category.items())),
        "by_rule": dict(sorted(rule.items())),
    }


def _parts(report: Report, context: Mapping[str, Any]) -> Iterator[tuple[str, str, int | None]]:
    """Yield the parts of the page: anchor, title, a count."""
    yield "verdict", "Verdict", None
    yield "summary", "Summary", None
    yield "findings", "Findings", context["found"].listed.total()
    if context["undecided"]:
        yield "undecided", "Undecided", context["found"].listed["undecided"]
    if context["has_exemptions"]:
        yield "exemptions", "Exemptions", len(report.exemptions) or len(context["exempt"])
    if context["iam"]:
        yield "iam", "IAM", None
    if context["tags"]:
        yield "tags", "Tag coverage", None
    yield "frameworks", "Frameworks", len(context["frameworks"])
    yield "unjudged", "Types without rules", len(report.summary.unjudged.types)
    if report.baseline:
        yield "baseline", "Baseline", None
    yield "provenance", "Provenance", None


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
