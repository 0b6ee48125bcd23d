"""What an organization sets for its accounts: root users, delegated administrators, Regions."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.iam.references import every
from policies.policy_document import statements
from policies.policy_matching import any_of
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.policy_document import Condition, Statement
    from policies.resource import Resource
    from policies.stack import Stack

ORGANIZATION = "aws:organizations/organization:Organization"
ROOT_FEATURES = "aws:iam/organizationsFeatures:OrganizationsFeatures"
DELEGATED_ADMINISTRATOR = "aws:organizations/delegatedAdministrator:DelegatedAdministrator"
POLICY = "aws:organizations/policy:Policy"
ATTACHMENT = "aws:organizations/policyAttachment:PolicyAttachment"
SERVICE_CONTROL = "SERVICE_CONTROL_POLICY"

_CREDENTIALS, _SESSIONS = "RootCredentialsManagement", "RootSessions"


def _features(*names: object) -> tuple[Example, ...]:
    return (Example({"enabledFeatures": [*names]}, ROOT_FEATURES, name="features"),)


@rule(
    applies_to=(ORGANIZATION,),
    severity=Severity.LOW,
    remedy="Add an iam.OrganizationsFeatures with RootCredentialsManagement and RootSessions.",
    controls=(NIST_800_53["AC-2(1)"], NIST_800_53["AC-6"], PCI_DSS_4["7.2.2"], ISO_27001["A.8.2"]),
    topic="Centralize root access for member accounts",
    passes=(
        Example({"featureSet": "ALL"}, related=_features(_SESSIONS, _CREDENTIALS)),
        Example({}, related=_features(UNKNOWN, _SESSIONS, _CREDENTIALS)),
    ),
    fails=(
        {"featureSet": "ALL"},
        Example({}, related=_features(_CREDENTIALS)),
        Example({}, related=_features()),
    ),
    undecided=(
        Example({}, related=_features(_CREDENTIALS, UNKNOWN)),
        Example({}, related=(Example({"enabledFeatures": UNKNOWN}, ROOT_FEATURES, name="features"),)),
    ),
)
def organization_manages_root_access(organization: Resource, stack: Stack) -> Iterator[Violation]:
    """Organizations manage the root users of their accounts.

    Root users of member accounts then need no password and no key: what only they may do is done from one account, in a
    session of minutes.
    """
    del organization  # the stack manages it: that is enough
    for feature in (_CREDENTIALS, _SESSIONS):
        if not any_of(every(stack, ROOT_FEATURES), partial(_enables, feature)):
            yield Violation(f"the stack does not turn on {feature}")


def _enables(name: str, features: Resource) -> bool:
    return any_of(features.texts("enabledFeatures"), lambda feature: feature == name)


class Delegations(NamedTuple):
    """To whom administration may be delegated."""

    services: Annotated[
        tuple[str, ...], "Service principals whose administration may be delegated, as in config.amazonaws.com; none: any."
    ] = ()
    accounts: Annotated[tuple[str, ...], "Ids of accounts that may be delegated administrators; none: any."] = ()


_SECURITY = Delegations(("guardduty.amazonaws.com",), ("111122223333",))


def _delegation(service: object, account: object) -> dict[str, object]:
    return {"servicePrincipal": service, "accountId": account}


@rule(
    applies_to=(DELEGATED_ADMINISTRATOR,),
    severity=Severity.LOW,
    remedy="Remove the delegation, or add the service and the account to those that are expected.",
    controls=(NIST_800_53["AC-6"], PCI_DSS_4["7.2.2"], SOC2["CC6.3"], ISO_27001["A.8.2"]),
    topic="Delegated administrator for AWS services that work with Organizations",
    parameters=Delegations,
    passes=(
        Example(_delegation("guardduty.amazonaws.com", "111122223333"), parameters=_SECURITY),
        _delegation("config.amazonaws.com", "444455556666"),
        _delegation(UNKNOWN, UNKNOWN),
        Example(_delegation(UNKNOWN, "111122223333"), parameters=Delegations(accounts=("111122223333",))),
    ),
    fails=(
        Example(_delegation("config.amazonaws.com", "111122223333"), parameters=_SECURITY),
        Example(_delegation("guardduty.amazonaws.com", "444455556666"), parameters=_SECURITY),
        Example(_delegation("config.amazonaws.com", "444455556666"), parameters=_SECURITY),
    ),
    undecided=(
        Example(_delegation(UNKNOWN, "111122223333"), parameters=_SECURITY),
        Example(_delegation("guardduty.amazonaws.com", UNKNOWN), parameters=_SECURITY),
    ),
    each=lambda delegation: ((delegation, path) for path in ("servicePrincipal", "accountId")),
)
def organization_delegates_as_expected(item: tuple[Resource, str], parameters: Delegations) -> Iterator[Violation]:
    """Services are administered by the accounts that are expected to.

    A delegated administrator of a service sees and changes it in every account of the organization. Without configuration
    all delegations are expected.
    """
    delegation, path = item
    expected = parameters.services if path == "servicePrincipal" else parameters.accounts
    if expected and delegation.text(path) not in expected:
        yield Violation(f"{path} is not one of those expected", at=path)


class Regions(NamedTuple):
    """Which Regions are used."""

    allowed: Annotated[tuple[str, ...], "Regions that the policy may leave open, as in eu-west-1; none: any."] = ()


def _deny(*regions: object, operator: str = "StringNotEquals", **elements: object) -> Example:
    statement = {
        "Effect": "Deny",
        "NotAction": ["iam:*", "sts:*"],
        "Resource": "*",
        "Condition": {operator: {"aws:RequestedRegion": [*regions]}},
        **elements,
    }
    return Example({"content": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}, POLICY, name="policy")


_ATTACHED = Example({"policyId": Reference("policy"), "targetId": "r-abcd"}, ATTACHMENT, name="attachment")
_ENABLED: dict[str, object] = {"enabledPolicyTypes": [SERVICE_CONTROL]}
_IRELAND = Regions(("eu-west-1", "us-east-1"))


@rule(
    applies_to=(ORGANIZATION,),
    severity=Severity.LOW,
    remedy="Attach a service control policy that denies all but global services where aws:RequestedRegion is another Region.",
    controls=(NIST_800_53["AC-6"], ISO_27001["A.8.3"]),
    topic="Service control policy examples: deny access to AWS based on the requested Region",
    parameters=Regions,
    passes=(
        Example(_ENABLED, related=(_deny("eu-west-1"), _ATTACHED)),
        Example(_ENABLED, related=(_deny("eu-west-1", "us-east-1"), _ATTACHED), parameters=_IRELAND),
        Example(_ENABLED, related=(_deny("eu-*", operator="StringNotLike"), _ATTACHED)),
        _ENABLED,
    ),
    fails=(
        {"enabledPolicyTypes": ["TAG_POLICY"]},
        {},
        Example(_ENABLED, related=(_deny("eu-west-1"),)),
        Example(_ENABLED, related=(_deny("eu-west-1", operator="StringEquals"), _ATTACHED)),
        Example(_ENABLED, related=(_deny("eu-west-1", Effect="Allow"), _ATTACHED)),
        Example(_ENABLED, related=(_deny(Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}), _ATTACHED)),
        Example(_ENABLED, related=(_deny("eu-west-1", "eu-central-1"), _ATTACHED), parameters=_IRELAND),
    ),
    undecided=(
        {"enabledPolicyTypes": UNKNOWN},
        Example(_ENABLED, related=(Example({"content": UNKNOWN}, POLICY, name="policy"), _ATTACHED)),
        Example(_ENABLED, related=(_deny("eu-west-1")._replace(inputs={"content": "{}", "type": UNKNOWN}), _ATTACHED)),
    ),
)
def organization_denies_unused_regions(organization: Resource, stack: Stack, parameters: Regions) -> Iterator[Violation]:
    """Organizations deny the use of Regions that they do not need.

    Whoever gets into an account likes to work where nobody looks. Where the stack has service control policies, one that is
    attached must deny other Regions; they may also stand in another stack.
    """
    if SERVICE_CONTROL not in organization.texts("enabledPolicyTypes"):
        yield Violation(f"enabledPolicyTypes does not hold {SERVICE_CONTROL}", at="enabledPolicyTypes")
        return
    policies = [policy for policy in every(stack, POLICY) if policy.text("type", SERVICE_CONTROL) == SERVICE_CONTROL]
    if policies and not any_of(policies, lambda policy: _denies_regions(policy, parameters) and _is_attached(policy, stack)):
        yield Violation("no attached service control policy of the stack denies other Regions", at="enabledPolicyTypes")


def _is_attached(policy: Resource, stack: Stack) -> bool:
    return any(True for _ in stack.related(policy, (ATTACHMENT,), "policyId"))


def _denies_regions(policy: Resource, parameters: Regions) -> bool:
    return any_of(statements(policy, "content"), lambda statement: _leaves_only(statement, parameters.allowed))


def _leaves_only(statement: Statement, allowed: tuple[str, ...]) -> bool:
    """Say whether a statement denies all Regions but some, which are among those allowed."""

    def excludes_others(condition: Condition) -> bool:
        if condition.key != "aws:requestedregion" or condition.operator not in {"stringnotequals", "stringnotlike"}:
            return False
        return not allowed or all(region in allowed for region in condition.values())

    return not statement.allows and any_of(statement.conditions(), excludes_others)
