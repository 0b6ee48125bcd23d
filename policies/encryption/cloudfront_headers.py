"""Headers by which CloudFront makes browsers stay with HTTPS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import IN_TRANSIT
from policies.encryption.cloudfront import DISTRIBUTIONS, MULTITENANT, behaviors
from policies.fix import Fix
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource

HEADER = "securityHeadersConfig.strictTransportSecurity"
YEAR = 31_536_000


def _hsts(**settings: object) -> dict[str, object]:
    return {"securityHeadersConfig": {"strictTransportSecurity": {"override": True, **settings}}}


class Hsts(NamedTuple):
    """What the header must say."""

    min_max_age: Annotated[int, "the shortest max-age, in seconds"] = YEAR
    require_preload: Annotated[bool, "ask for preload too; browsers then keep the domain in their own lists for long"] = False


@rule(
    applies_to=("aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",),
    severity=Severity.LOW,
    remedy=f"Set {HEADER} with an accessControlMaxAgeSec of a year and includeSubdomains.",
    controls=IN_TRANSIT,
    checkov=("CKV_AWS_259",),
    topic="CloudFront response headers policies",
    parameters=Hsts,
    passes=(
        _hsts(accessControlMaxAgeSec=YEAR, includeSubdomains=True),
        Example(
            _hsts(accessControlMaxAgeSec=YEAR, includeSubdomains=True, preload=True), parameters=Hsts(require_preload=True)
        ),
        Example(_hsts(accessControlMaxAgeSec=300, includeSubdomains=True), parameters=Hsts(min_max_age=300)),
    ),
    fails=(
        {},
        {"securityHeadersConfig": {"contentTypeOptions": {"override": True}}},
        _hsts(accessControlMaxAgeSec=300, includeSubdomains=True),
        _hsts(accessControlMaxAgeSec=YEAR),
        Example(_hsts(accessControlMaxAgeSec=YEAR, includeSubdomains=True), parameters=Hsts(require_preload=True)),
    ),
    undecided=(
        {"securityHeadersConfig": UNKNOWN},
        _hsts(accessControlMaxAgeSec=UNKNOWN, includeSubdomains=True),
        _hsts(accessControlMaxAgeSec=YEAR, includeSubdomains=UNKNOWN),
    ),
)
def cloudfront_headers_policy_sends_hsts(policy: Resource, parameters: Hsts) -> Iterator[Violation]:
    """CloudFront response headers policies send Strict-Transport-Security for a year, subdomains included.

    With this header a browser asks for the site by HTTPS only, even where a link says http. A behaviour has one policy of
    headers, so each policy needs it.
    """
    header = policy.block(HEADER)
    age = header.number("accessControlMaxAgeSec", 0) or 0
    if age < parameters.min_max_age:
        path = header.at("accessControlMaxAgeSec")
        wanted: dict[str, object] = {path: parameters.min_max_age}
        if not header.values:
            wanted |= {header.at("includeSubdomains"): True, header.at("override"): True}
        yield Violation(f"max-age is less than {parameters.min_max_age} seconds", at=path, fix=Fix(wanted))
    for name, needed in (("includeSubdomains", True), ("preload", parameters.require_preload)):
        if needed and not header.flag(name):
            yield Violation(f"{name} is not true", at=header.at(name), fix=Fix({header.at(name): True}))


@rule(
    applies_to=DISTRIBUTIONS,
    severity=Severity.LOW,
    remedy="Set responseHeadersPolicyId of each cache behaviour to a policy that sends Strict-Transport-Security.",
    controls=IN_TRANSIT,
    checkov=("CKV2_AWS_32",),
    topic="CloudFront response headers policies",
    each=behaviors,
    passes=(
        {"defaultCacheBehavior": {"responseHeadersPolicyId": "67f7725c-6f97-4210-82d7-5512b31e9d03"}},
        {"defaultCacheBehavior": {"responseHeadersPolicyId": UNKNOWN}},
        Example({"defaultCacheBehavior": {"responseHeadersPolicyId": "1"}, "cacheBehaviors": []}, type=MULTITENANT),
    ),
    fails=(
        {"defaultCacheBehavior": {"viewerProtocolPolicy": "https-only"}},
        {
            "defaultCacheBehavior": {"responseHeadersPolicyId": "67f7725c-6f97-4210-82d7-5512b31e9d03"},
            "orderedCacheBehaviors": [{"pathPattern": "/api/*"}],
        },
        Example({"defaultCacheBehavior": {"responseHeadersPolicyId": "1"}, "cacheBehaviors": [{}]}, type=MULTITENANT),
    ),
    undecided=({"defaultCacheBehavior": UNKNOWN},),
)
def cloudfront_behaviors_have_headers_policy(behavior: Block) -> Iterator[Violation]:
    """CloudFront cache behaviours have a response headers policy.

    Such a policy adds Strict-Transport-Security and other headers to every response, whatever the origin sends.
    """
    if not behavior.has("responseHeadersPolicyId"):
        path = behavior.at("responseHeadersPolicyId")
        yield Violation(f"{path} is not set", at=path)
