"""Mail sent by SES: TLS and signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import IN_TRANSIT, INTEGRITY
from policies.fix import Fix
from policies.policy_matching import any_of
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

CONFIGURATION_SET = "aws:ses/configurationSet:ConfigurationSet"
CONFIGURATION_SET_V2 = "aws:sesv2/configurationSet:ConfigurationSet"
EMAIL_IDENTITY = "aws:sesv2/emailIdentity:EmailIdentity"
DOMAIN_IDENTITY = "aws:ses/domainIdentity:DomainIdentity"
DOMAIN_DKIM = "aws:ses/domainDkim:DomainDkim"


@rule(
    applies_to=(CONFIGURATION_SET, CONFIGURATION_SET_V2),
    severity=Severity.MEDIUM,
    remedy="Set deliveryOptions.tlsPolicy to Require (REQUIRE for sesv2).",
    controls=IN_TRANSIT,
    checkov=("CKV_AWS_365",),
    topic="Amazon SES and security protocols",
    passes=(
        {"deliveryOptions": {"tlsPolicy": "Require"}},
        Example({"deliveryOptions": {"tlsPolicy": "REQUIRE"}}, type=CONFIGURATION_SET_V2),
    ),
    fails=(
        {},
        {"deliveryOptions": {"tlsPolicy": "Optional"}},
        Example({"deliveryOptions": {"sendingPoolName": "pool"}}, type=CONFIGURATION_SET_V2),
    ),
    undecided=({"deliveryOptions": UNKNOWN}, {"deliveryOptions": {"tlsPolicy": UNKNOWN}}),
)
def ses_configuration_set_requires_tls(configuration_set: Resource) -> Iterator[Violation]:
    """SES configuration sets deliver mail only over TLS.

    By default SES falls back to plain text where the receiving server offers no TLS, and others can read the mail on its
    way.
    """
    path = "deliveryOptions.tlsPolicy"
    if configuration_set.text(path).upper() != "REQUIRE":
        wanted = "Require" if configuration_set.type == CONFIGURATION_SET else "REQUIRE"
        yield Violation("mail may be delivered in plain text", at=path, fix=Fix({path: wanted}))


def _dkim(domain: object) -> tuple[Example, ...]:
    return (Example({"domain": domain}, type=DOMAIN_DKIM, name="dkim"),)


@rule(
    applies_to=(EMAIL_IDENTITY, DOMAIN_IDENTITY),
    severity=Severity.LOW,
    remedy="Add a ses.DomainDkim for the domain; for sesv2 leave nextSigningKeyLength out or set it to RSA_2048_BIT.",
    controls=INTEGRITY,
    topic="Authenticating email with DKIM in Amazon SES",
    passes=(
        {"emailIdentity": "example.com"},
        {"emailIdentity": "example.com", "dkimSigningAttributes": {"nextSigningKeyLength": "RSA_2048_BIT"}},
        {"emailIdentity": "example.com", "dkimSigningAttributes": {"domainSigningSelector": "mail"}},
        Example({"domain": "example.com"}, type=DOMAIN_IDENTITY, related=_dkim("example.com")),
        Example({"domain": "example.com"}, type=DOMAIN_IDENTITY, related=_dkim(Reference("example", "domain"))),
    ),
    fails=(
        {"emailIdentity": "example.com", "dkimSigningAttributes": {"nextSigningKeyLength": "RSA_1024_BIT"}},
        Example({"domain": "example.com"}, type=DOMAIN_IDENTITY),
        Example({"domain": "example.com"}, type=DOMAIN_IDENTITY, related=_dkim("example.org")),
    ),
    undecided=(
        {"emailIdentity": "example.com", "dkimSigningAttributes": UNKNOWN},
        {"emailIdentity": "example.com", "dkimSigningAttributes": {"nextSigningKeyLength": UNKNOWN}},
        Example({"domain": "example.com"}, type=DOMAIN_IDENTITY, related=_dkim(UNKNOWN)),
        Example({"domain": UNKNOWN}, type=DOMAIN_IDENTITY, related=_dkim("example.org")),
    ),
)
def ses_identity_signed_with_dkim(identity: Resource, stack: Stack) -> Iterator[Violation]:
    """SES signs the mail of a domain with DKIM and a key of 2048 bits.

    Without a signature a receiver cannot tell your mail from a forgery. SES signs for domains of sesv2 by itself; for a
    domain of the older interface only if the program asks.
    """
    if identity.type == EMAIL_IDENTITY:
        path = "dkimSigningAttributes.nextSigningKeyLength"
        if identity.text(path) == "RSA_1024_BIT":
            yield Violation("the next key has 1024 bits only", at=path, fix=Fix({path: "RSA_2048_BIT"}))
    elif not _asks_for_dkim(identity, stack):
        yield Violation("no ses.DomainDkim of the stack names the domain", at="domain")


def _asks_for_dkim(identity: Resource, stack: Stack) -> bool:
    def names_it(dkim: Resource) -> bool:
        if identity.urn in dkim.property_dependencies.get("domain", ()):
            return True
        return dkim.text("domain") == identity.text("domain")

    return any_of(stack.of(DOMAIN_DKIM), names_it) or any(stack.related(identity, (DOMAIN_DKIM,), "domain"))
