"""What the HTML report says of tags: how many resources carry each key."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scanners.report import Report


def data(report: Report) -> dict[str, object] | None:
    """Return what `tags.html` shows of a report as `tags`; None where there is nothing, then the part is left out."""
    del report
    return None
