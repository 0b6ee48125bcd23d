"""Holes of a document as the exception that rules end undecided with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.unknown import Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Sequence

_REASONS = {reason.value: reason for reason in Reason}


def unknown(holes: Sequence[str]) -> UnknownValue:
    """Return the exception for the first of some holes (`path: why`), as a rule raises it where they decide."""
    path, separator, why = (holes[0] if holes else "").partition(": ")
    if not separator:
        return UnknownValue(Reason.COMPUTED, path)
    reason = _REASONS.get(why)
    return UnknownValue(reason, path) if reason else UnknownValue(Reason.MALFORMED, path, why)
