"""The report as SARIF 2.1.0 errata 01 (OASIS), within the limits of GitHub's code scanning.

Failed, exempt and undecided results are written: failed ones as `fail`, exempt ones suppressed, undecided ones as `open`.
What passed is written where it was asked for. More results than a service shows of one run are spread over several.
Limits: "SARIF support for code scanning" and "SARIF results exceed one or more limits" of GitHub's docs.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from hashlib import blake2b
from pathlib import PurePath
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from scanners import gate
from scanners.found import count, everything, rank, rule_of
from scanners.report import Result
from scanners.sources.files import STANDARD_INPUT
from scanners.sources.program_file import program_file
from scanners.writers.place import revision
from scanners.writers.sarif_results import ROOT, Written, message
from scanners.writers.sarif_rules import Taxonomies, descriptor
from scanners.writers.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scanners.found import Found
    from scanners.report import CheckovFinding, Report, RuleNote

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_SHOWN = 5_000
"""GitHub shows no more results of a run."""
_FILLED = 4_500
"""Results of a run on average: they are spread by chance, which leaves room for some more."""
_MOST_RUNS = 20
"""GitHub refuses a file with more."""
_IN_MEMORY = 16 * 1024 * 1024
_SEMANTIC = re.compile(r"\d+\.\d+\.\d+")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_EXIT_CODES = {gate.PASSED: 0, gate.FAILED: 1, gate.INCOMPLETE: 4}
_ODD = re.compile(r"[^\w.-]+", re.ASCII)


def write(report: Report) -> Iterator[str]:
    """Yield the report as SARIF; of more results than a service takes, the worst."""
    written = min(count(report), _MOST_RUNS * _FILLED)
    runs = [_Run(report) for _ in range(1 if written <= _SHOWN else -(-written // _FILLED))]
    for found in _admitted(report):
        runs[_place_of(found.fingerprint, len(runs))].add(found)
    yield f'{{\n"$schema": {_json(_SCHEMA)},\n"version": "2.1.0",\n"runs": ['
    for number, run in enumerate(runs):
        yield "\n" if number == 0 else ",\n"
        yield from run.text(number, len(runs))
    yield "\n]\n}\n"


def _place_of(fingerprint: str, runs: int) -> int:
    """Return the run of a result: the same while there are as many runs, and of one run more, that one or the same.

    Services know an alert by its run too. This is the jump hash of Lamping and Veach, "A Fast, Minimal Memory, Consistent
    Hash Algorithm" (2014).
    """
    key = int.from_bytes(blake2b(fingerprint.encode("utf-8", "surrogatepass"), digest_size=8).digest())
    place = following = 0
    while following < runs:
        place = following
        key = (key * 2862933555777941757 + 1) % 2**64
        following = int((place + 1) * (2**31 / ((key >> 33) + 1)))
    return place


class _Run:
    """A run: what was found is written away as it comes, for the rules stand before it."""

    def __init__(self, report: Report) -> None:
        """Begin without results."""
        self._report = report
        self._rules = {rule.id: rule for rule in report.rules}
        self._named: dict[str, RuleNote | CheckovFinding] = {}
        self._index: dict[str, int] = {}
        self._written = Written(report.run)
        self._file = SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8", newline="")  # noqa: SIM115  (closed when read)

    def add(self, found: Found) -> None:
        """Take a result. Raises `OSError` where it cannot be written to a temporary file."""
        rule = rule_of(found)
        described = self._rules[rule] if isinstance(found, Result) else found
        self._named.setdefault(rule, described)
        index = self._index.setdefault(rule, len(self._index))
        self._file.write(("\n" if self._file.tell() == 0 else ",\n") + _json(self._written.result(found, index)))

    def text(self, number: int, of: int) -> Iterator[str]:
        """Yield the run; `number` counts from 0."""
        report, taxonomies = self._report, Taxonomies()
        rules = [descriptor(rule, taxonomies) for rule in self._named.values()]
        driver: dict[str, Any] = {"name": report.tool.name, "version": report.tool.version}
        if _SEMANTIC.fullmatch(report.tool.version):
            driver["semanticVersion"] = report.tool.version
        if supported := taxonomies.supported():
            driver["supportedTaxonomies"] = supported
        head: dict[str, Any] = {"tool": {"driver": driver | {"rules": rules}}}
        if supported:
            head["taxonomies"] = taxonomies.components()
        if of > 1:  # one run has the name that its upload gives it
            head["automationDetails"] = {
                "id": _category(report, number),
                "description": {"text": f"Part {number + 1} of {of}."},
            }
        head["invocations"] = [_invocation(report)]
        head["artifacts"] = list(_artifacts(report))
        repository, commit = revision(report.run)
        if commit:
            provenance = {"repositoryUri": repository, "revisionId": commit, "mappedTo": {"uriBaseId": ROOT}}
            head["versionControlProvenance"] = [provenance]
        head["originalUriBaseIds"] = {ROOT: {"description": {"text": "The root of the repository."}}}
        head["columnKind"] = "unicodeCodePoints"
        head["properties"] = {name: msgspec.to_builtins(getattr(report, name)) for name in ("gate", "summary")}
        yield "{\n" + ",\n".join(f'"{name}": {_json(value)}' for name, value in head.items()) + ',\n"results": ['
        with self._file as file:
            file.seek(0)
            while part := file.read(1 << 20):
                yield part
        yield "]\n}"


def _admitted(report: Report) -> Iterator[Found]:
    """Yield what is written, in the order of the report: all of it, or the worst where that is too much."""
    most = _MOST_RUNS * _FILLED
    if count(report) <= most:
        yield from everything(report)
        return
    left = Counter(map(rank, everything(report)))
    for each in sorted(left):
        left[each] = min(left[each], most)
        most -= left[each]
    for found in everything(report):
        if left[rank(found)]:
            left[rank(found)] -= 1
            yield found


def _category(report: Report, number: int) -> str:
    """Return the name of a run among several; GitHub reads what stands before the last slash as its category."""
    stacks = {(source.project, source.stack) for source in report.sources}
    names = (_ODD.sub("-", name) for name in next(iter(stacks)) if name) if len(stacks) == 1 else ()
    return "/".join(["stackproof", *names, str(number + 1), ""])


def _invocation(report: Report) -> dict[str, Any]:
    run = report.run
    notes = [("error", f"{_shown_path(source.path)}: {source.error}") for source in report.sources if source.error]
    notes += [
        ("warning", f"no rule knows {type_}, which looks like {like}") for type_, like in report.summary.unjudged.alike.items()
    ]
    if count(report) > (most := _MOST_RUNS * _FILLED):
        notes.append(
            ("warning", f"{most} of {count(report)} results are written, the worst of them; the JSON report holds all")
        )
    invocation: dict[str, Any] = {
        "executionSuccessful": report.summary.complete,
        "exitCode": _EXIT_CODES.get(report.gate.verdict, 4),
        "toolExecutionNotifications": [{"level": level, "message": message(text)} for level, text in notes],
        "properties": {
            "configuration": _shown_path(run.configuration),
            "configurationSha256": run.configuration_sha256,
            "ruleSets": run.rule_sets,
            "view": run.view,
            "judgedOn": run.judged_on,
        },
    }
    times = {"startTimeUtc": run.started, "endTimeUtc": run.finished}
    return invocation | {name: time for name, time in times.items() if _TIME.fullmatch(time)}


def _artifacts(report: Report) -> Iterator[dict[str, Any]]:
    """Yield what was read: the sources, and the configuration."""
    run = report.run
    read = {(source.path, source.sha256, "analysisTarget"): None for source in report.sources}
    if run.configuration:
        read[run.configuration, run.configuration_sha256, "toolSpecifiedConfiguration"] = None
    for path, sha256, role in read:
        artifact: dict[str, Any] = {"roles": [role]}
        if path == STANDARD_INPUT:
            artifact["description"] = {"text": "Standard input."}
        else:
            artifact["location"] = {"uri": quote(_shown_path(path), errors="replace")}
        if sha256:
            artifact["hashes"] = {"sha-256": sha256}
        yield artifact


def _shown_path(path: str) -> str:
    """Return a path as it was given where it is relative; else its last part: the rest says something of the machine only."""
    return program_file(path) or printable(PurePath(path).name)


def _json(value: object) -> str:
    """Return a value as JSON on one line; for half of a surrogate pair a question mark, as readers of SARIF may refuse it."""
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isascii() else json.dumps(json.loads(text.encode("utf-8", "replace")))
