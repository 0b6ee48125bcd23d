"""AWS managed policies that are too broad or out of date."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import CIS_AWS_5, ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.exemptions import wildcard
from policies.iam.attachments import ATTACHED, PERMISSION_SET_ATTACHMENT, USER_ATTACHMENT, attached_policies
from policies.iam.identity_policies import ROLE
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.iam.attachments import Attached

_LEAST_PRIVILEGE = (NIST_800_53["AC-6"], PCI_DSS_4["7.2.2"], SOC2["CC6.3"], ISO_27001["A.8.2"])
_OF_AWS = re.compile(r"arn:[^:]+:iam::aws:policy/(?:[^:]+/)?([^:/]+)")
_JUDGED_ALONE = frozenset({"AWSCloudShellFullAccess", "IAMFullAccess"})
"""Policies that have a rule of their own, though their names say FullAccess too."""


def aws_policy_name(arn: str) -> str:
    """Return the name of an AWS managed policy, without its path; an empty text for any other policy."""
    found = _OF_AWS.fullmatch(arn)
    return found[1] if found else ""


def aws_policy(name: str) -> str:
    """Return the ARN of an AWS managed policy; for examples."""
    return f"arn:aws:iam::aws:policy/{name}"


_READ_ONLY = aws_policy("ReadOnlyAccess")


@rule(
    applies_to=ATTACHED,
    topic="AWS managed policies for job functions",
    each=attached_policies,
    severity=Severity.MEDIUM,
    remedy="Attach a policy that names the actions and resources that are needed.",
    controls=_LEAST_PRIVILEGE,
    passes=(
        {"role": "app", "policyArn": _READ_ONLY},
        {"role": "app", "policyArn": "arn:aws:iam::111122223333:policy/PowerUserAccess"},
        Example({}, ROLE),
        Example({"managedPolicyArns": []}, ROLE),
    ),
    fails=(
        {"role": "app", "policyArn": aws_policy("PowerUserAccess")},
        {"role": UNKNOWN, "policyArn": "arn:aws-cn:iam::aws:policy/PowerUserAccess"},
        Example({"managedPolicyArns": [UNKNOWN, aws_policy("PowerUserAccess")]}, ROLE),
        Example({"permissionSetArn": UNKNOWN, "managedPolicyArn": aws_policy("PowerUserAccess")}, PERMISSION_SET_ATTACHMENT),
    ),
    undecided=({"role": "app", "policyArn": UNKNOWN}, Example({"managedPolicyArns": [_READ_ONLY, UNKNOWN]}, ROLE)),
)
def iam_attachment_not_power_user_access(attached: Attached) -> Iterator[Violation]:
    """AWS's policy PowerUserAccess is not attached to roles, users, groups or permission sets.

    Whoever holds it may read, change and delete everything in the account but IAM and the organization.
    """
    if aws_policy_name(attached.arn) == "PowerUserAccess":
        yield Violation("attaches PowerUserAccess", at=attached.at)


@rule(
    applies_to=ATTACHED,
    topic="AWS CloudShell: security and identity",
    each=attached_policies,
    severity=Severity.MEDIUM,
    remedy="Attach a policy that does not allow cloudshell:GetFileUploadUrls and cloudshell:GetFileDownloadUrls.",
    controls=(CIS_AWS_5["1.21"], *_LEAST_PRIVILEGE),
    passes=(
        {"role": "app", "policyArn": _READ_ONLY},
        {"role": "app", "policyArn": "arn:aws:iam::111122223333:policy/AWSCloudShellFullAccess"},
        Example({}, ROLE),
    ),
    fails=(
        {"role": "app", "policyArn": aws_policy("AWSCloudShellFullAccess")},
        {"role": UNKNOWN, "policyArn": "arn:aws-us-gov:iam::aws:policy/AWSCloudShellFullAccess"},
        Example({"managedPolicyArns": [UNKNOWN, aws_policy("AWSCloudShellFullAccess")]}, ROLE),
    ),
    undecided=({"role": "app", "policyArn": UNKNOWN}, Example({"managedPolicyArns": [_READ_ONLY, UNKNOWN]}, ROLE)),
)
def iam_attachment_not_cloudshell_full_access(attached: Attached) -> Iterator[Violation]:
    """AWS's policy AWSCloudShellFullAccess is not attached to roles, users, groups or permission sets.

    It lets its holder move files between the account and a computer of their own, past every other way out that is
    watched.
    """
    if aws_policy_name(attached.arn) == "AWSCloudShellFullAccess":
        yield Violation("attaches AWSCloudShellFullAccess", at=attached.at)


class BroadPolicies(NamedTuple):
    """Which AWS managed policies are too broad."""

    denied: Annotated[tuple[str, ...], "Names of AWS managed policies that are too broad; * stands for any characters."] = (
        "*FullAccess*",
        "AdministratorAccess-*",
    )
    allowed: Annotated[tuple[str, ...], "Names that are accepted all the same; * stands for any characters."] = ()


_S3 = aws_policy("AmazonS3FullAccess")


@rule(
    applies_to=ATTACHED,
    topic="AWS managed policies",
    each=attached_policies,
    severity=Severity.MEDIUM,
    remedy="Attach a policy that names the actions and resources that are needed.",
    controls=_LEAST_PRIVILEGE,
    parameters=BroadPolicies,
    passes=(
        {"role": "app", "policyArn": aws_policy("AmazonS3ReadOnlyAccess")},
        {"role": "app", "policyArn": "arn:aws:iam::111122223333:policy/AmazonS3FullAccess"},
        {"role": "app", "policyArn": aws_policy("IAMFullAccess")},
        Example({"role": "app", "policyArn": "arn:aws:iam::111122223333:policy/app"}, parameters=BroadPolicies(("*",))),
        Example({"role": "app", "policyArn": _S3}, parameters=BroadPolicies(allowed=("AmazonS3*",))),
        Example({}, ROLE),
    ),
    fails=(
        {"role": "app", "policyArn": _S3},
        {"role": UNKNOWN, "policyArn": aws_policy("AWSLambda_FullAccess")},
        {"role": "app", "policyArn": aws_policy("CloudWatchFullAccessV2")},
        {"role": "app", "policyArn": aws_policy("AdministratorAccess-Amplify")},
        {"role": "app", "policyArn": "arn:aws-cn:iam::aws:policy/AmazonBedrockFullAccess"},
        Example({"managedPolicyArns": [UNKNOWN, _S3]}, ROLE),
        Example({"user": "alice", "policyArn": aws_policy("job-function/Billing")}, USER_ATTACHMENT,
            parameters=BroadPolicies(("Billing",))),
    ),
    undecided=({"role": "app", "policyArn": UNKNOWN}, Example({"managedPolicyArns": [_READ_ONLY, UNKNOWN]}, ROLE)),
)  # fmt: skip
def iam_attachment_not_broad(attached: Attached, parameters: BroadPolicies) -> Iterator[Violation]:
    """AWS managed policies that allow all of a service are not attached to roles, users, groups or permission sets.

    A policy such as AmazonS3FullAccess allows every action on every resource of a service: reading, deleting and sharing
    all of its data. AdministratorAccess, PowerUserAccess, IAMFullAccess and AWSCloudShellFullAccess have rules of their own.
    """
    name = aws_policy_name(attached.arn)
    if not name or name in _JUDGED_ALONE or not _fits(name, parameters.denied) or _fits(name, parameters.allowed):
        return
    yield Violation(f"attaches {name}", at=attached.at)


def _fits(name: str, patterns: tuple[str, ...]) -> bool:
    return any(wildcard(pattern).fullmatch(name) for pattern in patterns)


_REPLACED = {
    "AmazonEC2ContainerServiceFullAccess": "AmazonECS_FullAccess",
    "AmazonEC2RoleforSSM": "AmazonSSMManagedInstanceCore",
    "AmazonESFullAccess": "AmazonOpenSearchServiceFullAccess",
    "AmazonESReadOnlyAccess": "AmazonOpenSearchServiceReadOnlyAccess",
    "AmazonElasticMapReduceFullAccess": "AmazonEMRFullAccessPolicy_v2",
    "AmazonElasticMapReduceReadOnlyAccess": "AmazonEMRReadOnlyAccessPolicy_v2",
    "AmazonElasticMapReduceRole": "AmazonEMRServicePolicy_v2",
    "AmazonElasticTranscoderFullAccess": "",
    "AmazonMachineLearningRoleforRedshiftDataSource": "",
    "AWSCodePipelineFullAccess": "AWSCodePipeline_FullAccess",
    "AWSCodePipelineReadOnlyAccess": "AWSCodePipeline_ReadOnlyAccess",
    "AWSConfigRole": "AWS_ConfigRole",
    "AWSElasticBeanstalkFullAccess": "AdministratorAccess-AWSElasticBeanstalk",
    "AWSElasticBeanstalkReadOnlyAccess": "AWSElasticBeanstalkReadOnly",
    "AWSElasticBeanstalkService": "AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy",
    "AWSLambdaFullAccess": "AWSLambda_FullAccess",
    "AWSLambdaReadOnlyAccess": "AWSLambda_ReadOnlyAccess",
    "AWSOpsWorksRole": "",
    "CloudWatchFullAccess": "CloudWatchFullAccessV2",
}
"""Policies that AWS has replaced or is retiring, and what it offers instead: pages on managed policies of each service."""


@rule(
    applies_to=ATTACHED,
    topic="Deprecated AWS managed policies",
    each=attached_policies,
    severity=Severity.MEDIUM,
    remedy="Attach the policy that AWS offers instead, or better one that names what is needed.",
    controls=_LEAST_PRIVILEGE,
    passes=(
        {"role": "app", "policyArn": aws_policy("AmazonSSMManagedInstanceCore")},
        {"role": "app", "policyArn": "arn:aws:iam::111122223333:policy/AWSConfigRole"},
        Example({"managedPolicyArns": [aws_policy("service-role/AWS_ConfigRole")]}, ROLE),
        Example({}, ROLE),
    ),
    fails=(
        {"role": "app", "policyArn": aws_policy("service-role/AmazonEC2RoleforSSM")},
        {"role": UNKNOWN, "policyArn": aws_policy("AWSLambdaFullAccess")},
        {"role": "app", "policyArn": aws_policy("service-role/AWSOpsWorksRole")},
        Example({"managedPolicyArns": [UNKNOWN, "arn:aws-cn:iam::aws:policy/service-role/AWSConfigRole"]}, ROLE),
    ),
    undecided=({"role": "app", "policyArn": UNKNOWN}, Example({"managedPolicyArns": [_READ_ONLY, UNKNOWN]}, ROLE)),
)
def iam_attachment_not_deprecated(attached: Attached) -> Iterator[Violation]:
    """AWS managed policies that AWS has replaced are not attached.

    AWS replaces a policy because it allows too much, and takes it away later: it cannot be attached to anything new, and
    once detached it is gone.
    """
    name = aws_policy_name(attached.arn)
    if name in _REPLACED:
        instead = f"; AWS offers {_REPLACED[name]} instead" if _REPLACED[name] else "; there is none instead"
        yield Violation(f"attaches {name}, which AWS has replaced or is retiring{instead}", at=attached.at)
