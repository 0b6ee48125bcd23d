"""SARIF: one result, with its place, its identity and what exempts it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from scanners.checkov_answers import SUPPRESSION
from scanners.found import cut, rule_of
from scanners.report import Result
from scanners.writers.place import anchor, source_link
from scanners.writers.sarif_rules import LEVELS
from scanners.writers.text import printable

if TYPE_CHECKING:
    from scanners.found import Found
    from scanners.report import CheckovFinding, ExemptionNote, Run

ROOT = "%SRCROOT%"
_KINDS = {"failed": "fail", "exempt": "fail", "undecided": "open", "passed": "pass", "broken": "review"}
_SAID = {"undecided": "undecided: ", "broken": "the rule gave no answer: "}
"""What is put before a message, for services that pass over `kind`."""

_LONGEST = 2_000
_NO_LINE = "The state does not tell which line of the program makes this resource."


class Written:
    """Writes the results of one run."""

    def __init__(self, run: Run) -> None:
        """Take how the report came about: it tells where files stand."""
        self._run = run
        self._places: set[tuple[str, str, int | None]] = set()

    def result(self, found: Found, index: int) -> dict[str, Any]:
        """Return a result; `index` is where its rule stands in the run."""
        rule = rule_of(found)
        name, text, properties = (
            (found.name, found.message or "passed", _of_rule(found))
            if isinstance(found, Result)
            else (found.resource, found.title or found.check, _of_check(found))
        )
        counts = found.status in {"failed", "exempt"}
        note = found.exemption if found.status == "exempt" else None
        file, line = anchor(self._run, found)
        written: dict[str, Any] = {
            "ruleId": printable(rule),
            "ruleIndex": index,
            "kind": _KINDS[found.status],
            "level": LEVELS.get(found.severity, "warning") if counts else "none",
            "message": message(f"{name}: {_SAID.get(found.status, '')}{text}{f' ({note.words})' if note else ''}"),
            "locations": [_location(name, found.urn or name, file, line)],
            "partialFingerprints": self._fingerprints(found.fingerprint, (rule, file, line)),
        }
        if found.known is not None:
            written["baselineState"] = "unchanged" if found.known else "new"
        written["suppressions"] = [_suppression(note)] if note else []  # on all results of a run, or on none (3.27.23)
        link = source_link(self._run, found)
        return written | {"properties": properties | ({"source": link} if link else {})}

    def _fingerprints(self, own: str, place: tuple[str, str, int | None]) -> dict[str, str]:
        """Return what tells a result from others.

        GitHub's upload action hashes the line itself, and GitHub takes results of a rule with the same hash for one: where
        that would lose a result, our fingerprint stands for the hash.
        """
        found = {"stackproof/v1": own}
        if place[2] is None or place in self._places:
            found["primaryLocationLineHash"] = f"{own}:1"
        self._places.add(place)
        return found


def message(text: str) -> dict[str, str]:
    """Return a message of plain text: names come from outside, and neither links nor placeholders of SARIF are in them."""
    text = cut(printable(text), _LONGEST)
    return {"text": text.replace("](", "] (").replace("{", "{{").replace("}", "}}")}


def _suppression(note: ExemptionNote) -> dict[str, Any]:
    return {
        "kind": "inSource" if note.source == SUPPRESSION else "external",
        "status": "accepted",
        "justification": printable(note.words),
        "properties": {"reason": note.reason, "owner": note.owner, "expires": note.expires},
    }


def _location(name: str, full_name: str, file: str, line: int | None) -> dict[str, Any]:
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(file, errors="replace"), "uriBaseId": ROOT},
            "region": {"startLine": line or 1},
        },
        "logicalLocations": [{"name": name, "fullyQualifiedName": full_name, "kind": "resource"}],
    }
    if line is None:
        location["message"] = {"text": _NO_LINE}
    return location


_PROPERTIES = ("urn", "type", "stack", "status", "path", "evidence", "owner", "aliases", "exposed_to")


def _of_rule(result: Result) -> dict[str, Any]:
    properties = {name: value for name in _PROPERTIES if (value := getattr(result, name))}
    properties["enforcement"] = result.level
    if result.checkov_verdicts:
        properties["checkov"] = [f"{verdict.check} {verdict.verdict}" for verdict in result.checkov_verdicts]
    if result.fix:
        properties["fix"] = msgspec.to_builtins(result.fix)
    if result.chain:
        properties["chain"] = msgspec.to_builtins(result.chain)
    return properties


def _of_check(finding: CheckovFinding) -> dict[str, Any]:
    names = ("urn", "stack", "resource", "framework", "status", "aliases", "rules")
    return {name: value for name in names if (value := getattr(finding, name))} | {"enforcement": finding.level}
