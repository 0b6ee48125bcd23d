"""The report as JSON: the published contract, byte for byte the same for the same input."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec

from scanners.results import Results, encoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scanners.report import Report, Result

_NO_RESULTS = b'\n  "results": []'
_BEFORE, _AFTER = b'{\n  "results": [\n', b"\n  ]\n}"


def write(report: Report) -> Iterator[str]:
    """Yield the report as JSON, indented by two spaces."""
    results = report.results if isinstance(report.results, Results) else _results(report.results)
    before, _, after = _indented(encoded(msgspec.structs.replace(report, results=[]))).partition(_NO_RESULTS)
    yield before.decode() + '\n  "results": ['
    separator = "\n"
    for block in results.blocks():
        lines = b'{"results":[' + block.rstrip().replace(b"\n", b",") + b"]}"
        indented = _indented(lines)
        yield separator
        yield indented[len(_BEFORE) : -len(_AFTER)].decode()
        separator = ",\n"
    yield ("\n  ]" if len(results) else "]") + after.decode() + "\n"


def _results(given: Iterable[Result]) -> Results:
    results = Results()
    results.add(list(given))
    results.end_piece(())
    return results


def _indented(data: bytes) -> bytes:
    try:
        return msgspec.json.format(data, indent=2)
    except msgspec.DecodeError:  # half of a surrogate pair
        return json.dumps(json.loads(data), indent=2).encode()
