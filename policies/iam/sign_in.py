"""How people sign in to dashboards, notebooks and clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.policy_matching import any_of
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.rule_tables import must_be
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

DOMAINS = ("aws:opensearch/domain:Domain", "aws:elasticsearch/domain:Domain")
SAML_OPTIONS = ("aws:opensearch/domainSamlOptions:DomainSamlOptions", "aws:elasticsearch/domainSamlOptions:DomainSamlOptions")

_CONTROLS = (NIST_800_53["IA-2"], PCI_DSS_4["7.2.1"], SOC2["CC6.1"], ISO_27001["A.8.5"])


def _with_saml(enabled: object, domain: object = Reference("example", "domainName")) -> Example:
    options = Example({"domainName": domain, "samlOptions": {"enabled": enabled}}, SAML_OPTIONS[0], name="saml")
    return Example({"domainName": "logs"}, related=(options,))


@rule(
    applies_to=DOMAINS,
    severity=Severity.MEDIUM,
    remedy="Switch on fine-grained access control, or set cognitoOptions.enabled to true.",
    controls=_CONTROLS,
    topic="Configuring Amazon Cognito authentication for OpenSearch Dashboards",
    passes=(
        {"cognitoOptions": {"enabled": True, "userPoolId": UNKNOWN}},
        {"advancedSecurityOptions": {"enabled": True, "internalUserDatabaseEnabled": True}},
        {"cognitoOptions": UNKNOWN, "advancedSecurityOptions": {"enabled": True}},
        _with_saml(enabled=True),
    ),
    fails=(
        {},
        {"cognitoOptions": {"enabled": False}},
        {"advancedSecurityOptions": {"enabled": True, "anonymousAuthEnabled": True}},
        _with_saml(enabled=False),
        _with_saml(enabled=True, domain="other"),
    ),
    undecided=(
        {"cognitoOptions": {"enabled": UNKNOWN}},
        {"advancedSecurityOptions": UNKNOWN},
        _with_saml(enabled=UNKNOWN),
        _with_saml(enabled=True, domain=UNKNOWN),
    ),
)
def opensearch_dashboards_require_sign_in(domain: Resource, stack: Stack) -> Iterator[Violation]:
    """Users of OpenSearch Dashboards and Kibana sign in.

    Without Cognito, SAML or fine-grained access control the dashboards ask for nothing: whoever the access policy lets
    reach them, often by address alone, sees and changes everything.
    """
    if any_of((_by_cognito, _by_the_domain, _by_saml), lambda asks: asks(domain, stack)):
        return
    yield Violation("nothing asks users of the dashboards who they are", at="cognitoOptions.enabled")


def _by_cognito(domain: Resource, _: Stack) -> bool:
    return domain.flag("cognitoOptions.enabled")


def _by_the_domain(domain: Resource, _: Stack) -> bool:
    options = domain.block("advancedSecurityOptions")
    return options.flag("enabled") and not options.flag("anonymousAuthEnabled")


def _by_saml(domain: Resource, stack: Stack) -> bool:
    return any_of(stack.related(domain, SAML_OPTIONS, by="domainName"), lambda saml: saml.flag("samlOptions.enabled"))


def _kerberos(**attributes: object) -> dict[str, object]:
    return {"releaseLabel": "emr-7.9.0", "kerberosAttributes": {"kdcAdminPassword": UNKNOWN, **attributes}}


@rule(
    applies_to=("aws:emr/cluster:Cluster",),
    severity=Severity.LOW,
    remedy="Set kerberosAttributes.realm, such as EC2.INTERNAL.",
    controls=_CONTROLS,
    checkov=("CKV_AWS_114",),
    topic="Use Kerberos for authentication with Amazon EMR",
    passes=({"releaseLabel": "emr-7.9.0"}, {"kerberosAttributes": {"realm": "EC2.INTERNAL"}}, _kerberos(realm=UNKNOWN)),
    fails=({"kerberosAttributes": {"adDomainJoinUser": "emr"}}, _kerberos(), _kerberos(realm="")),
    undecided=({"kerberosAttributes": UNKNOWN},),
)
def emr_kerberos_realm_set(cluster: Resource) -> Iterator[Violation]:
    """EMR clusters that use Kerberos name their realm.

    Users and services of the cluster prove who they are to a realm; without its name the cluster does not start.
    """
    if cluster.has("kerberosAttributes") and not cluster.has("kerberosAttributes.realm"):
        yield Violation("kerberosAttributes.realm is not set", at="kerberosAttributes.realm")


RULES = (
    must_be(
        "sagemaker-domain-users-from-identity-center",
        ("aws:sagemaker/domain:Domain",),
        "authMode",
        "SSO",
        remedy="Make the domain anew with authMode SSO.",
        replaces=True,
        title="Users of SageMaker domains sign in through IAM Identity Center.",
        why="People then lose access to notebooks where they lose it everywhere; with IAM each account keeps its own users.",
        severity=Severity.LOW,
        controls=_CONTROLS,
        topic="Amazon SageMaker AI domain overview",
    ),
)
