"""Access policies of OpenSearch and Elasticsearch domains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import FSBP, ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.iam.public_policies import is_open
from policies.iam.resource_policies import DOMAIN, DOMAIN_POLICIES, DOMAIN_POLICY, DOMAINS, grants
from policies.policy_matching import any_of
from policies.rule import ANYONE, Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack


def _policy(**changes: object) -> dict[str, object]:
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "es:*", "Resource": "*", **changes}
    return {"Version": "2012-10-17", "Statement": [statement]}


_OPEN = _policy()
_FROM_THE_OFFICE = _policy(Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})
_THE_DOMAIN = Reference("domain", "domainName")


def _attached(**domain: object) -> Example:
    """Return an open policy that is attached to a domain of the stack."""
    related = (Example({"domainName": "logs", **domain}, DOMAIN, name="domain"),)
    return Example({"domainName": _THE_DOMAIN, "accessPolicies": _OPEN}, DOMAIN_POLICY, related=related)


@rule(
    applies_to=(*DOMAINS, *DOMAIN_POLICIES),
    severity=Severity.HIGH,
    remedy="Name accounts or roles in Principal, put the domain into a VPC, or switch on fine-grained access control.",
    controls=(NIST_800_53["AC-3"], NIST_800_53["AC-21"], PCI_DSS_4["7.2.1"], SOC2["CC6.1"], ISO_27001["A.5.15"]),
    topic="Identity and Access Management in Amazon OpenSearch Service",
    passes=(
        {},
        {"accessPolicies": _policy(Principal={"AWS": "111122223333"})},
        {"accessPolicies": _FROM_THE_OFFICE},
        {"accessPolicies": _OPEN, "vpcOptions": {"subnetIds": [UNKNOWN]}},
        {"accessPolicies": _OPEN, "advancedSecurityOptions": {"enabled": True}},
        _attached(vpcOptions={"subnetIds": [UNKNOWN]}),
    ),
    fails=(
        {"accessPolicies": _OPEN},
        {"accessPolicies": _OPEN, "advancedSecurityOptions": {"enabled": True, "anonymousAuthEnabled": True}},
        _attached(),
    ),
    undecided=({"accessPolicies": UNKNOWN}, Example({"domainName": UNKNOWN, "accessPolicies": _OPEN}, DOMAIN_POLICY)),
)
def opensearch_policy_not_public(subject: Resource, stack: Stack) -> Iterator[Violation]:
    """OpenSearch and Elasticsearch domains on the internet do not let everyone in.

    Whoever finds the address of such a domain can read, change and delete its indexes. A domain in a VPC is reached from
    there only, and fine-grained access control asks for a password or a signed request.
    """
    if not any_of(grants(subject), is_open):
        return
    domain = subject if subject.type in DOMAINS else stack.target(subject, DOMAINS, "domainName")
    if domain is None or not (domain.has("vpcOptions") or _asks_who_calls(domain)):
        yield Violation("the access policy allows everyone to reach the domain", at="accessPolicies", exposed_to=ANYONE)


def _asks_who_calls(domain: Resource) -> bool:
    options = domain.block("advancedSecurityOptions")
    return options.flag("enabled") and not options.flag("anonymousAuthEnabled")


class Users(NamedTuple):
    """Where the users of a domain may be kept."""

    refuse_internal: Annotated[bool, "Whether users must come from IAM, SAML or JWT, not from the domain's own database."] = (
        False
    )


_NO_INTERNAL = Users(refuse_internal=True)


def _options(**options: object) -> dict[str, object]:
    return {"advancedSecurityOptions": {"enabled": True, **options}}


@rule(
    applies_to=DOMAINS,
    severity=Severity.HIGH,
    remedy="Set advancedSecurityOptions.enabled to true and name a master user; it needs HTTPS and both kinds of encryption."
    " End the time of anonymous access as soon as all users have a role.",
    controls=(
        FSBP["Opensearch.7"], NIST_800_53["AC-3"], NIST_800_53["AC-6"], PCI_DSS_4["7.2.1"], SOC2["CC6.3"], ISO_27001["A.8.3"],
    ),
    checkov=("CKV2_AWS_52",),
    topic="Fine-grained access control in Amazon OpenSearch Service",
    parameters=Users,
    passes=(
        _options(),
        _options(internalUserDatabaseEnabled=True),
        _options(anonymousAuthEnabled=False),
        Example(_options(internalUserDatabaseEnabled=False), parameters=_NO_INTERNAL),
    ),
    fails=(
        {},
        {"advancedSecurityOptions": {"enabled": False}},
        _options(anonymousAuthEnabled=True),
        Example(_options(internalUserDatabaseEnabled=True), parameters=_NO_INTERNAL),
    ),
    undecided=(
        {"advancedSecurityOptions": UNKNOWN},
        {"advancedSecurityOptions": {"enabled": UNKNOWN}},
        _options(anonymousAuthEnabled=UNKNOWN),
    ),
)  # fmt: skip
def opensearch_fine_grained_access_enabled(domain: Resource, parameters: Users) -> Iterator[Violation]:
    """OpenSearch and Elasticsearch domains have fine-grained access control.

    It decides per index, document and field who may read and write, and asks everyone who they are. Without it, whoever the
    access policy lets in can do everything that it names in every index. It is off by default.
    """
    options = domain.block("advancedSecurityOptions")
    if not options.flag("enabled"):
        yield Violation("fine-grained access control is off", at=options.at("enabled"))
        return
    if options.flag("anonymousAuthEnabled"):
        yield Violation("anonymous users are let in", at=options.at("anonymousAuthEnabled"))
    if parameters.refuse_internal and options.flag("internalUserDatabaseEnabled"):
        yield Violation("the domain keeps users of its own", at=options.at("internalUserDatabaseEnabled"))
