"""Encryption between AppSync and its data sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import IN_TRANSIT
from policies.rule import Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource


@rule(
    applies_to=("aws:appsync/dataSource:DataSource",),
    severity=Severity.MEDIUM,
    remedy="Let httpConfig.endpoint begin with https://.",
    controls=IN_TRANSIT,
    topic="AppSync HTTP data sources",
    passes=(
        {"type": "HTTP", "httpConfig": {"endpoint": "https://api.example.com"}},
        {"type": "AWS_LAMBDA"},
    ),
    fails=({"type": "HTTP", "httpConfig": {"endpoint": "http://api.example.com"}},),
    undecided=(
        {"type": UNKNOWN, "httpConfig": {"endpoint": "http://api.example.com"}},
        {"type": "HTTP", "httpConfig": {"endpoint": UNKNOWN}},
    ),
)
def appsync_http_data_source_uses_https(source: Resource) -> Iterator[Violation]:
    """AppSync calls its HTTP data sources by HTTPS.

    Plain HTTP carries requests and their tokens through the internet in plain text.
    """
    path = "httpConfig.endpoint"
    if source.text("type") == "HTTP" and source.text(path).lower().startswith("http://"):
        yield Violation("the data source is called by plain HTTP", at=path)
