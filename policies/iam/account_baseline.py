"""What every account needs: judged in the stacks that set up accounts, and in no others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import CIS_AWS_5, ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.exemptions import wildcard
from policies.iam.access_analyzer import ANALYZER
from policies.iam.attachments import ATTACHED, GROUP_ATTACHMENT, ROLE_ATTACHMENT, attached_policies
from policies.iam.identity_policies import ROLE
from policies.iam.managed_policies import aws_policy, aws_policy_name
from policies.iam.references import every
from policies.policy_matching import any_of
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN, Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

PROVIDER = "pulumi:providers:aws"


class AccountStacks(NamedTuple):
    """Which stacks set up accounts."""

    stacks: Annotated[
        tuple[str, ...], "Names of the stacks that set up an account, or of their projects; * stands for any characters."
    ] = ()


_THIS = AccountStacks(("dev", "account-*"))
_PROJECT = AccountStacks(("example",))
_OTHER = AccountStacks(("account-*",))


def _sets_up_account(provider: Resource, stack: Stack, parameters: AccountStacks) -> bool:
    """Say whether a provider is the first one of a stack that sets up an account: one violation is enough."""
    if not parameters.stacks:
        return False
    first = next(stack.of(PROVIDER), provider)
    if first.urn != provider.urn:
        return False
    if not stack.complete:
        raise UnknownValue(Reason.NOT_REPORTED, detail="the names of stack and project are not reported")
    return any(wildcard(pattern).fullmatch(name) for pattern in parameters.stacks for name in (stack.name, stack.project))


def _attaches(stack: Stack, name: str) -> bool:
    """Say whether a resource of the stack attaches an AWS managed policy."""
    return any_of(
        every(stack, *ATTACHED),
        lambda resource: any_of(attached_policies(resource), lambda attached: aws_policy_name(attached.arn) == name),
    )


def _analyzer(**inputs: object) -> Example:
    return Example({"analyzerName": "account", **inputs}, ANALYZER, name="analyzer")


@rule(
    applies_to=(PROVIDER,),
    severity=Severity.LOW,
    remedy="Add an accessanalyzer.Analyzer of the type ACCOUNT or ORGANIZATION, in each Region that you use.",
    controls=(CIS_AWS_5["1.19"], NIST_800_53["AC-3"], SOC2["CC7.1"], ISO_27001["A.8.3"]),
    topic="Using AWS Identity and Access Management Access Analyzer",
    parameters=AccountStacks,
    passes=(
        Example({}, parameters=_THIS, related=(_analyzer(),)),
        Example({}, parameters=_THIS, related=(_analyzer(type="ORGANIZATION"),)),
        Example({}, parameters=_OTHER),
        {},
    ),
    fails=(
        Example({}, parameters=_THIS),
        Example({}, parameters=_PROJECT, related=(_analyzer(type="ACCOUNT_UNUSED_ACCESS"),)),
    ),
    undecided=(Example({}, parameters=_THIS, related=(_analyzer(type=UNKNOWN),)),),
)
def account_has_access_analyzer(provider: Resource, stack: Stack, parameters: AccountStacks) -> Iterator[Violation]:
    """Stacks that set up an account turn on IAM Access Analyzer for access from outside.

    It reports each bucket, key, role or secret that others than the account or the organization can reach. Without
    configuration no stack sets up an account.
    """
    if _sets_up_account(provider, stack, parameters) and not any_of(every(stack, ANALYZER), _looks_outside):
        yield Violation("the stack has no analyzer of the type ACCOUNT or ORGANIZATION")


def _looks_outside(analyzer: Resource) -> bool:
    return analyzer.text("type", "ACCOUNT") in {"ACCOUNT", "ORGANIZATION"}


def _attachment(policy: object) -> Example:
    return Example({"role": "support", "policyArn": policy}, ROLE_ATTACHMENT, name="attachment")


_SUPPORT = aws_policy("AWSSupportAccess")


@rule(
    applies_to=(PROVIDER,),
    severity=Severity.LOW,
    remedy="Make a role with the policy AWSSupportAccess, and let those assume it who handle incidents.",
    controls=(CIS_AWS_5["1.16"], NIST_800_53["IR-7"], PCI_DSS_4["7.2.1"]),
    topic="Manage access to AWS Support Center",
    parameters=AccountStacks,
    passes=(
        Example({}, parameters=_THIS, related=(_attachment(_SUPPORT),)),
        Example({}, parameters=_THIS, related=(Example({"managedPolicyArns": [_SUPPORT]}, ROLE, name="support"),)),
        Example({}, parameters=_OTHER),
        {},
    ),
    fails=(
        Example({}, parameters=_THIS),
        Example({}, parameters=_THIS, related=(_attachment(aws_policy("ReadOnlyAccess")),)),
    ),
    undecided=(Example({}, parameters=_THIS, related=(_attachment(UNKNOWN),)),),
)
def account_has_support_role(provider: Resource, stack: Stack, parameters: AccountStacks) -> Iterator[Violation]:
    """Stacks that set up an account have a role for cases with AWS Support.

    In an incident somebody must be able to open a case, and nobody should need the root user for it. Without configuration no
    stack sets up an account.
    """
    if _sets_up_account(provider, stack, parameters) and not _attaches(stack, "AWSSupportAccess"):
        yield Violation("the stack attaches AWSSupportAccess to nobody")


_AUDIT = aws_policy("SecurityAudit")


@rule(
    applies_to=(PROVIDER,),
    severity=Severity.LOW,
    remedy="Make a role with the policy SecurityAudit, and let those assume it who audit the account.",
    controls=(NIST_800_53["AC-5"], NIST_800_53["AC-6"], PCI_DSS_4["7.2.1"]),
    topic="AWS managed policies for job functions",
    parameters=AccountStacks,
    passes=(
        Example({}, parameters=_THIS, related=(_attachment(_AUDIT),)),
        Example(
            {}, parameters=_THIS, related=(Example({"group": "auditors", "policyArn": _AUDIT}, GROUP_ATTACHMENT, "audit"),)
        ),
        Example({}, parameters=_OTHER),
        {},
    ),
    fails=(
        Example({}, parameters=_THIS),
        Example({}, parameters=_THIS, related=(_attachment(_SUPPORT),)),
    ),
    undecided=(Example({}, parameters=_THIS, related=(_attachment(UNKNOWN),)),),
)
def account_has_security_audit_role(provider: Resource, stack: Stack, parameters: AccountStacks) -> Iterator[Violation]:
    """Stacks that set up an account have a role for security auditors.

    Auditors who may only look find the same without the rights to change it. Without configuration no stack sets up an
    account.
    """
    if _sets_up_account(provider, stack, parameters) and not _attaches(stack, "SecurityAudit"):
        yield Violation("the stack attaches SecurityAudit to nobody")
