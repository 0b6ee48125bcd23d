"""Identity providers that IAM trusts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import ISO_27001, NIST_800_53, SOC2
from policies.rule import Severity, Violation, rule
from policies.unknown import UNKNOWN, Unknown, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource

OIDC_PROVIDER = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"


def _provider(*audiences: object) -> dict[str, object]:
    return {"url": "https://token.actions.githubusercontent.com", "clientIdLists": [*audiences]}


@rule(
    applies_to=(OIDC_PROVIDER,),
    severity=Severity.MEDIUM,
    remedy="List in clientIdLists the audiences that tokens are made for, such as sts.amazonaws.com.",
    controls=(NIST_800_53["AC-3"], SOC2["CC6.1"], ISO_27001["A.5.15"]),
    topic="Create an OpenID Connect (OIDC) identity provider in IAM",
    passes=(_provider("sts.amazonaws.com"), _provider("sts.amazonaws.com", "shop")),
    fails=(_provider(), _provider("*"), _provider(UNKNOWN, "https://*.example.com"), {"url": UNKNOWN, "clientIdLists": []}),
    undecided=({"url": "https://accounts.example.com", "clientIdLists": UNKNOWN}, _provider(UNKNOWN)),
)
def iam_oidc_provider_names_audiences(provider: Resource) -> Iterator[Violation]:
    """OpenID Connect providers name the audiences of the tokens that IAM takes.

    A token that was made for another service must not open the account. IAM compares audiences as they are, so a wildcard
    is a mistake.
    """
    path = "clientIdLists"
    audiences = provider.value(path)
    if isinstance(audiences, Unknown):
        raise UnknownValue(audiences.reason, path)
    if not audiences:
        yield Violation("names no audience", at=path)
    elif any("*" in audience for audience in provider.texts(path)):
        yield Violation("holds a wildcard, which IAM does not know in audiences", at=path)
