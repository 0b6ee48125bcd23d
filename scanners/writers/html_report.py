"""The report as one HTML file, which needs nothing else: no request leaves it, and it can be read without its script."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from scanners.writers import html_iam, html_tags

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scanners.report import Report

_FILES = Path(__file__).parent / "html"


def write(report: Report) -> Iterator[str]:
    """Yield the report as an HTML page."""
    environment = Environment(
        loader=FileSystemLoader(_FILES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    style, script = (_FILES / "report.css").read_text("utf-8"), (_FILES / "report.js").read_text("utf-8")
    page = environment.get_template("page.html")
    parts = page.generate(
        report=report,
        style=Markup(style),  # noqa: S704  (our own)
        script=Markup(script),  # noqa: S704  (our own)
        style_hash=_hash(style),
        script_hash=_hash(script),
        iam=html_iam.data(report),
        tags=html_tags.data(report),
    )
    yield from parts


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
