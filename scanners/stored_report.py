"""A report that `scan -f json` wrote, read again: checked as what comes from outside, its results kept on disk."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec

from policies.block import DEEPEST
from policies.evaluate import Outcome
from policies.rule import Level, Severity
from scanners import gate
from scanners.report import VERSION, Report, Result
from scanners.results import Results, decoded
from scanners.sources import files
from scanners.sources.source import SourceError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from scanners.report import ExemptionNote

_NO_REPORT = "not a report; write one with `stackproof scan SOURCE -f json > report.json`"
_OTHER = "not a report as this version writes it"

_OUTCOMES = frozenset(outcome.value for outcome in Outcome)
_SEVERITIES = frozenset(severity.value for severity in Severity)
_LEVELS = frozenset(level.value for level in Level)
_VERDICTS = frozenset({gate.PASSED, gate.FAILED, gate.INCOMPLETE})
_DATE, _MOMENT = "%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"
_AT_ONCE = 1_000


def load(file: str) -> Report:
    """Read the report in a file, or in standard input for `-`; it may be packed with gzip.

    Raises `SourceError` for what is no whole report of this version. Writers may rely on what comes back: outcomes,
    severities, levels and times are such, and each result is about a rule that the report lists.
    """
    data, _ = files.content(file)
    return report_in(data)


def report_in(data: bytes) -> Report:
    """Return the report in the bytes of a file, as `load` does."""
    if not data or data.isspace():
        raise SourceError("the file is empty")
    files.check_text(data)
    parts = _parts(data)
    version = _part(parts, "version", int)
    if version != VERSION:
        raise SourceError(f"a report of version {version}; version {VERSION} is understood: scan again")
    fields = [field for field in msgspec.structs.fields(Report) if field.name not in {"version", "results"}]
    given = {field.name: _part(parts, field.name, field.type) for field in fields}
    report = Report(version=version, results=(), **given)
    _check(report)
    report.results = _results(_items(parts, data), {rule.id for rule in report.rules})
    return report


def _parts(data: bytes) -> dict[str, msgspec.Raw]:
    """Return the parts of a report as they stand in it."""
    try:
        return msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    except msgspec.ValidationError:
        raise SourceError(_NO_REPORT) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        parts = _loaded(data, data)
    if not isinstance(parts, dict):
        raise SourceError(_NO_REPORT)
    return {name: _raw(part) for name, part in parts.items()}


def _items(parts: dict[str, msgspec.Raw], data: bytes) -> list[msgspec.Raw]:
    """Return the results as they stand in a report."""
    raw = _taken(parts, "results")
    try:
        return msgspec.json.decode(raw, type=list[msgspec.Raw])
    except msgspec.ValidationError as error:
        raise SourceError(f"{_OTHER}: {error} at `$.results`") from None
    except msgspec.DecodeError:
        return [_raw(item) for item in _loaded(bytes(raw), data)]


def _loaded(part: bytes, data: bytes) -> Any:  # noqa: ANN401  (JSON)
    """Read what holds halves of surrogate pairs, as names may: the standard library takes them."""
    try:
        return json.loads(part, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise SourceError(files.json_problem(data)) from None


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _raw(part: object) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(part).encode())


def _part(parts: dict[str, msgspec.Raw], name: str, type_: Any) -> Any:  # noqa: ANN401  (of the type that is given)
    return _decoded(_taken(parts, name), type_, f"$.{name}")


def _taken(parts: dict[str, msgspec.Raw], name: str) -> msgspec.Raw:
    if name not in parts:
        raise SourceError(_NO_REPORT if name == "version" else f"not a whole report: `{name}` is missing")
    return parts.pop(name)


def _decoded(raw: msgspec.Raw, type_: Any, place: str) -> Any:  # noqa: ANN401  (of the type that is given)
    data = bytes(raw)
    if data.count(b"[") + data.count(b"{") > DEEPEST and files.depth_exceeded_at(data, DEEPEST) is not None:
        raise SourceError(f"{_OTHER}: nested deeper than {DEEPEST} at `{place}`")
    try:
        return decoded(data, type_)
    except msgspec.ValidationError as error:
        wrong, _, within = str(error).partition(" - at `$")
        raise SourceError(f"{_OTHER}: {wrong} at `{place}{within.rstrip('`')}`") from None
    except UnicodeEncodeError:
        raise SourceError(f"{_OTHER}: a name holds half of a surrogate pair at `{place}`") from None


def _results(items: Iterable[msgspec.Raw], rules: Collection[str]) -> Results:
    """Return the results, kept as a scan keeps them."""
    results = Results()
    batch: list[Result] = []
    try:
        for number, item in enumerate(items):
            batch.append(_result(item, rules, f"$.results[{number}]"))
            if len(batch) == _AT_ONCE:
                results.add(batch)
                batch = []
        results.add(batch)
    except OSError as error:
        raise SourceError(
            f"its results cannot be written to a temporary file: {error.strerror}; TMPDIR names the directory"
        ) from None
    results.end_piece(())
    return results


def _result(item: msgspec.Raw, rules: Collection[str], place: str) -> Result:
    result: Result = _decoded(item, Result, place)
    _among(result.rule, rules, f"{place}.rule")
    _among(result.status, _OUTCOMES, f"{place}.status")
    _among(result.severity, _SEVERITIES, f"{place}.severity")
    _among(result.level, _LEVELS, f"{place}.level")
    _expiry(result.exemption, f"{place}.exemption.expires")
    return result


def _check(report: Report) -> None:
    """Raise `SourceError` for a word or a time that no scan writes."""
    for value, words, place in _words(report):
        _among(value, words, place)
    _time(report.run.started, _MOMENT, "$.run.started")
    if report.run.finished:
        _time(report.run.finished, _MOMENT, "$.run.finished")
    _time(report.run.judged_on, _DATE, "$.run.judged_on")
    for number, finding in enumerate(report.checkov_findings):
        _expiry(finding.exemption, f"$.checkov_findings[{number}].exemption.expires")


def _expiry(note: ExemptionNote | None, place: str) -> None:
    if note and note.expires:
        _time(note.expires, _DATE, place)


def _time(text: str, form: str, place: str) -> None:
    try:
        right = datetime.strptime(text, form).strftime(form) == text  # noqa: DTZ007  (only its form matters)
    except ValueError:
        right = False
    if not right or not "1970" <= text < "3":
        raise SourceError(f"{_OTHER}: {text[:60]!r} is not such a time, at `{place}`")


def _words(report: Report) -> Iterator[tuple[str, Collection[str], str]]:
    yield report.gate.verdict, _VERDICTS, "$.gate.verdict"
    yield report.gate.fail_on, gate.FAIL_ON, "$.gate.fail_on"
    for number, rule in enumerate(report.rules):
        yield rule.severity, _SEVERITIES, f"$.rules[{number}].severity"
        yield rule.level, _LEVELS, f"$.rules[{number}].level"
    for number, finding in enumerate(report.checkov_findings):
        yield finding.status, _OUTCOMES, f"$.checkov_findings[{number}].status"
        yield finding.level, _LEVELS, f"$.checkov_findings[{number}].level"


def _among(value: str, words: Collection[str], place: str) -> None:
    if value not in words:
        raise SourceError(f"{_OTHER}: {value[:60]!r} at `{place}`")
