"""What the HTML report says of IAM: chains to more rights, and what outsiders reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scanners.report import Report


def data(report: Report) -> dict[str, object] | None:
    """Return what `iam.html` shows of a report as `iam`; None where there is nothing, then the part is left out."""
    del report
    return None
