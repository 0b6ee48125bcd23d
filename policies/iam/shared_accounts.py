"""Which accounts resources are shared with, and whose code runs in functions: only accounts that the configuration trusts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.iam.lambda_permissions import LAYER_PERMISSION
from policies.iam.properties import Property, properties
from policies.iam.public_sharing import (
    EBS_SNAPSHOT_PERMISSION,
    ENDPOINT_SERVICE,
    ENDPOINT_SERVICE_PRINCIPAL,
    IMAGE_DISTRIBUTION,
    LAUNCH_PERMISSION,
    RDS_SNAPSHOTS,
    SHARING,
    SSM_DOCUMENT,
    SSM_DOCUMENT_ACCOUNTS,
)
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN, in_turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource

RESOURCE_SHARE_PRINCIPAL = "aws:ram/principalAssociation:PrincipalAssociation"
DATA_SHARE = "aws:redshift/dataShareAuthorization:DataShareAuthorization"
MONITORING_LINK = "aws:oam/link:Link"
ROLE = "aws:iam/role:Role"
FUNCTION = "aws:lambda/function:Function"

_SHARED_WITH: dict[str, tuple[str, ...]] = {
    EBS_SNAPSHOT_PERMISSION: ("accountId",),
    LAUNCH_PERMISSION: ("accountId", "organizationArn", "organizationalUnitArn"),
    IMAGE_DISTRIBUTION: tuple(
        f"distributions[].amiDistributionConfiguration.launchPermission.{name}"
        for name in ("userIds", "organizationArns", "organizationalUnitArns")
    ),
    **dict.fromkeys(RDS_SNAPSHOTS, ("sharedAccounts",)),
    SSM_DOCUMENT: SSM_DOCUMENT_ACCOUNTS,
    RESOURCE_SHARE_PRINCIPAL: ("principal",),
    ENDPOINT_SERVICE: ("allowedPrincipals",),
    ENDPOINT_SERVICE_PRINCIPAL: ("principalArn",),
    DATA_SHARE: ("consumerIdentifier",),
    "aws:redshift/endpointAuthorization:EndpointAuthorization": ("account",),
    LAYER_PERMISSION: ("principal",),
    MONITORING_LINK: ("sinkIdentifier",),
}
"""Types that share something, and the properties that name accounts or ARNs of accounts, one or a list."""


class TrustedAccounts(NamedTuple):
    """The accounts that are trusted."""

    accounts: Annotated[
        tuple[str, ...],
        "Account ids that are trusted, such as the stack's own and the organization's; with none, every account passes.",
    ] = ()


_TRUSTED = TrustedAccounts(accounts=("111122223333",))
_FOREIGN_ORGANIZATION = "arn:aws:organizations::444455556666:organization/o-abcdefghij"


def _recipients(resource: Resource) -> Iterator[Property]:
    return in_turn(*(properties(resource, path) for path in _SHARED_WITH[resource.type]))


def _account(text: str) -> str:
    """Return the account of an ARN; any other text as it is."""
    return text.split(":")[4] if text.count(":") >= 5 else text  # noqa: PLR2004  (the colons of an ARN)


@rule(
    applies_to=_SHARED_WITH,
    each=_recipients,
    severity=Severity.MEDIUM,
    remedy="Share with one of your accounts, or add the account to the rule's accounts.",
    controls=SHARING,
    topic="Cross-account resource access in IAM",
    parameters=TrustedAccounts,
    passes=(
        Example({"accountId": "111122223333"}, parameters=_TRUSTED),
        {"accountId": "444455556666"},
        Example({"group": "all"}, LAUNCH_PERMISSION, parameters=_TRUSTED),
        Example({}, RDS_SNAPSHOTS[0], parameters=_TRUSTED),
        Example({"sharedAccounts": ["111122223333"]}, RDS_SNAPSHOTS[1], parameters=_TRUSTED),
        Example({"allowedPrincipals": ["arn:aws:iam::111122223333:role/app"]}, ENDPOINT_SERVICE, parameters=_TRUSTED),
        Example({"principal": "config.amazonaws.com"}, RESOURCE_SHARE_PRINCIPAL, parameters=_TRUSTED),
        Example(
            {"principal": _FOREIGN_ORGANIZATION.replace("444455556666", "111122223333")},
            RESOURCE_SHARE_PRINCIPAL,
            parameters=_TRUSTED,
        ),
        Example({"sinkIdentifier": "arn:aws:oam:eu-west-1:111122223333:sink/a1b2c3"}, MONITORING_LINK, parameters=_TRUSTED),
    ),
    fails=(
        Example({"accountId": "444455556666"}, parameters=_TRUSTED),
        Example({"sharedAccounts": [UNKNOWN, "444455556666"]}, RDS_SNAPSHOTS[0], parameters=_TRUSTED),
        Example({"permissions": {"account_ids": "111122223333,444455556666"}}, SSM_DOCUMENT, parameters=_TRUSTED),
        Example({"principalArn": "arn:aws:iam::444455556666:root"}, ENDPOINT_SERVICE_PRINCIPAL, parameters=_TRUSTED),
        Example({"organizationArn": _FOREIGN_ORGANIZATION}, LAUNCH_PERMISSION, parameters=_TRUSTED),
        Example({"consumerIdentifier": "ADX"}, DATA_SHARE, parameters=_TRUSTED),
        Example({"sinkIdentifier": "arn:aws:oam:eu-west-1:444455556666:sink/a1b2c3"}, MONITORING_LINK, parameters=_TRUSTED),
        Example(
            {"distributions": [{"amiDistributionConfiguration": {"launchPermission": {"userIds": ["444455556666"]}}}]},
            IMAGE_DISTRIBUTION,
            parameters=_TRUSTED,
        ),
    ),
    undecided=(
        Example({"accountId": UNKNOWN}, parameters=_TRUSTED),
        Example({"sharedAccounts": ["111122223333", UNKNOWN]}, RDS_SNAPSHOTS[0], parameters=_TRUSTED),
        Example({"distributions": UNKNOWN}, IMAGE_DISTRIBUTION, parameters=_TRUSTED),
    ),
)
def shared_with_trusted_accounts(recipients: Property, parameters: TrustedAccounts) -> Iterator[Violation]:
    """Snapshots, images, endpoint services and the like are shared with trusted accounts only.

    What another account may read, it may copy and keep. The rule must be configured: it passes everything until accounts
    lists the trusted ones. Documents that grant access, such as bucket policies, have rules of their own.
    """
    if parameters.accounts and any(_is_strange(text, parameters.accounts) for text in recipients.texts()):
        yield Violation(f"{recipients.path} names an account that is not trusted", at=recipients.path)


def _is_strange(text: str, trusted: tuple[str, ...]) -> bool:
    # documents list their accounts in one text; services of AWS have no account
    names = (name.strip() for name in text.split(","))
    return any(name and _account(name) not in trusted and not name.endswith(".amazonaws.com") for name in names)


_OWN_LAYER = "arn:aws:lambda:eu-west-1:111122223333:layer:tools:3"
_FOREIGN_LAYER = "arn:aws:lambda:eu-west-1:444455556666:layer:tools:3"


@rule(
    applies_to=(FUNCTION,),
    severity=Severity.LOW,
    remedy="Publish the layer in one of your accounts, or add the layer's account to the rule's accounts.",
    controls=SHARING,
    topic="Managing Lambda dependencies with layers",
    parameters=TrustedAccounts,
    passes=(
        Example({"layers": [_OWN_LAYER]}, parameters=_TRUSTED),
        Example({}, parameters=_TRUSTED),
        {"layers": [_FOREIGN_LAYER]},
    ),
    fails=(
        Example({"layers": [_OWN_LAYER, _FOREIGN_LAYER]}, parameters=_TRUSTED),
        Example({"layers": [UNKNOWN, _FOREIGN_LAYER]}, parameters=_TRUSTED),
    ),
    undecided=(
        Example({"layers": UNKNOWN}, parameters=_TRUSTED),
        Example({"layers": [_OWN_LAYER, UNKNOWN]}, parameters=_TRUSTED),
    ),
)
def lambda_layers_of_trusted_accounts(function: Resource, parameters: TrustedAccounts) -> Iterator[Violation]:
    """Lambda functions use layers of trusted accounts only.

    The code of a layer runs with the rights of the function. The rule must be configured: it passes everything until
    accounts lists the trusted ones, those of your vendors among them.
    """
    if parameters.accounts and any(_account(layer) not in parameters.accounts for layer in function.texts("layers")):
        yield Violation("layers names a layer of an account that is not trusted", at="layers")


@rule(
    applies_to=(ROLE,),
    severity=Severity.LOW,
    remedy="Share by a link to a sink of the monitoring account (aws.oam.Link), and delete the role.",
    controls=SHARING,
    topic="Cross-account cross-Region CloudWatch console",
    passes=({"name": "app"}, {}),
    fails=({"name": "CloudWatch-CrossAccountSharingRole"},),
    undecided=({"name": UNKNOWN},),
)
def cloudwatch_not_shared_by_role(role: Resource) -> Iterator[Violation]:
    """CloudWatch is not shared with other accounts by the role CloudWatch-CrossAccountSharingRole.

    The role opens all metrics, dashboards and alarms, and often logs, to whoever its trust policy names. A link to a sink
    says which kinds of data are shared, with one account.
    """
    if role.text("name") == "CloudWatch-CrossAccountSharingRole":
        yield Violation("the role shares CloudWatch with other accounts", at="name")
