"""The report as JSON: the published contract, byte for byte the same for the same input."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from scanners.report import Report


def write(report: Report) -> str:
    """Return the report as JSON, indented by two spaces."""
    try:
        encoded = msgspec.json.encode(report)
    except UnicodeEncodeError:  # a name with half of a surrogate pair: JSON can spell it, UTF-8 cannot
        return json.dumps(msgspec.to_builtins(report), indent=2) + "\n"
    return msgspec.json.format(encoded, indent=2).decode() + "\n"
