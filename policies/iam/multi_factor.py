"""Whether people must have signed in with a second factor before they administer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import NIST_800_53, PCI_DSS_4, SOC2
from policies.iam.identity_policies import GROUP_POLICY, USER_POLICY, allow, statement_of, with_deny
from policies.iam_analysis.access import Verdict
from policies.iam_analysis.identity_grants import unlimited
from policies.iam_analysis.locations import GROUP
from policies.iam_analysis.model import Patterns
from policies.iam_analysis.permissions import first_answer, told, undecided
from policies.iam_analysis.plain_requests import NOBODYS
from policies.iam_analysis.unnamed_resources import unnamed, whole
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policies.iam_analysis.permissions import Permission
    from policies.resource import Resource
    from policies.stack import Stack

_CONTROLS = (NIST_800_53["IA-2(1)"], PCI_DSS_4["8.4.1"], SOC2["CC6.1"])
_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
_WITHOUT = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
_FALSE_ALONE = {"Bool": {"aws:MultiFactorAuthPresent": "false"}}
_SELF_SERVICE = (
    "iam:ChangePassword", "iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:GetAccountPasswordPolicy",
    "iam:GetAccountSummary", "iam:GetMFADevice", "iam:GetUser", "iam:ListAccountAliases", "iam:ListMFADevices",
    "iam:ListUsers", "iam:ListVirtualMFADevices", "iam:ResyncMFADevice", "sts:GetSessionToken",
)  # fmt: skip
"""What users need to set up their second factor and to sign in with it, and what the console shows them meanwhile."""

_BEFORE_MFA = ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:ListMFADevices", "sts:GetSessionToken"]


@rule(
    applies_to=(USER_POLICY, GROUP_POLICY),
    topic="Configuring MFA-protected API access",
    each=unlimited,
    severity=Severity.MEDIUM,
    remedy="Allow it if aws:MultiFactorAuthPresent is true, or deny it under BoolIfExists aws:MultiFactorAuthPresent false.",
    controls=_CONTROLS,
    passes=(
        allow("s3:*", "*"),
        allow("iam:*", "*", Condition=_MFA),
        with_deny("iam:*", "*", {"NotAction": _BEFORE_MFA, "Resource": "*", "Condition": _WITHOUT}),
        allow("iam:*", "arn:aws:iam::*:user/${aws:username}"),
        allow("*", "*", Effect="Deny"),
    ),
    fails=(
        allow("iam:*", "*"),
        allow("*", "*"),
        allow("kms:ScheduleKeyDeletion", "*"),
        allow(["*:Delete*", UNKNOWN], "*"),
        {"policy": {"Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}}},
        with_deny("iam:*", "*", {"NotAction": _BEFORE_MFA, "Resource": "*", "Condition": _FALSE_ALONE}),
    ),
    undecided=(
        {"policy": UNKNOWN},
        allow("iam:*", UNKNOWN),
        allow("iam:*", "*", Condition=UNKNOWN),
        with_deny("iam:*", "*", {"Action": "*", "Resource": "*", "Condition": UNKNOWN}),
    ),
)
def iam_policy_administration_requires_mfa(permission: Permission) -> Iterator[Violation]:
    """Inline policies of users and groups let nobody administer who has not signed in with MFA.

    A stolen access key or password then does not suffice. Under Bool, a Deny for aws:MultiFactorAuthPresent false leaves
    out access keys, whose requests do not have the key at all. Other conditions are accepted as limits too.
    """
    deletes_all = ((f"{NOBODYS}:Delete{NOBODYS}", whole(NOBODYS)[0][1]),)
    requests = (whole("iam"), whole(NOBODYS), deletes_all, unnamed("kms:ScheduleKeyDeletion"))
    answer = first_answer(map(permission.all_of, requests))
    if answer.verdict is Verdict.UNKNOWN:
        raise undecided(answer, permission.statement.at)
    if answer:
        yield Violation("lets its holders administer without MFA", at=permission.statement.at)


def _group(*policies: Mapping[str, object]) -> Example:
    group = Reference("staff", "name")
    related = tuple(Example({"group": group, **policy}, GROUP_POLICY, f"p{place}") for place, policy in enumerate(policies))
    return Example({"name": "staff"}, GROUP, "staff", related=related)


_DENY = {"policy": {"Statement": {"Effect": "Deny", "NotAction": _BEFORE_MFA, "Resource": "*", "Condition": _WITHOUT}}}


@rule(
    applies_to=(GROUP,),
    topic="AWS: Allows MFA-authenticated IAM users to manage their own credentials on the Security credentials page",
    severity=Severity.MEDIUM,
    remedy="Deny all but the setting up of MFA under BoolIfExists aws:MultiFactorAuthPresent false.",
    controls=_CONTROLS,
    passes=(
        _group(),
        _group(allow("s3:*", "*"), _DENY),
        _group(allow("s3:GetObject", "arn:aws:s3:::reports/*", Condition=_MFA)),
        _group(allow(_BEFORE_MFA, "*")),
        _group(
            allow("s3:*", "*"),
            {"policy": {"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*",
                                      "Condition": {**_WITHOUT, "Bool": {"aws:ViaAWSService": "false"}}}}},
        ),
    ),
    fails=(
        _group(allow("s3:GetObject", "arn:aws:s3:::reports/*")),
        _group({"policy": {"Statement": [statement_of("s3:*", "*"), statement_of("iam:*", "*", Condition=_MFA)]}}),
        _group(with_deny("s3:*", "*", {"Action": "*", "Resource": "*", "Condition": _FALSE_ALONE})),
        _group(with_deny("s3:*", "*", {"Action": "ec2:*", "Resource": "*", "Condition": _WITHOUT})),
    ),
    undecided=(
        _group({"policy": UNKNOWN}),
        _group(allow("s3:*", "*"), {"policy": {"Statement": {"Effect": "Deny", "Action": UNKNOWN, "Resource": "*",
                                                             "Condition": _WITHOUT}}}),
    ),
)  # fmt: skip
def iam_group_requires_mfa(group: Resource, stack: Stack) -> Iterator[Violation]:
    """Members of groups can do nothing but set up MFA before they have signed in with it.

    All policies of the group that the stack knows count. Statements under other conditions are not judged.
    """
    from policies.iam_analysis.graph import graph_of  # noqa: PLC0415  (late: few stacks have groups)
    from policies.iam_analysis.principal_powers import Powers, open_question  # noqa: PLC0415

    principal = graph_of(stack).principal(group.urn)
    if principal is None or not principal.documents:
        return
    facts = {"aws:multifactorauthpresent": (None, ("false",)), "aws:multifactorauthage": (None,)}
    answer = Powers(principal).ask(Patterns(_SELF_SERVICE, negated=True), facts)
    if answer.verdict is Verdict.UNKNOWN:
        raise open_question(answer)
    if answer.witness:
        yield Violation(f"lets members without MFA act: allows {told(answer.witness)}")
