"""What is shared with every AWS account, by a list of accounts or a flag instead of a policy document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import FSBP, ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.iam.properties import Property, properties
from policies.rule import ANY_ACCOUNT, ANYONE, Example, Severity, Violation, rule
from policies.rule_tables import must_be
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource

EBS_SNAPSHOT_PERMISSION = "aws:ec2/snapshotCreateVolumePermission:SnapshotCreateVolumePermission"
LAUNCH_PERMISSION = "aws:ec2/amiLaunchPermission:AmiLaunchPermission"
IMAGE_DISTRIBUTION = "aws:imagebuilder/distributionConfiguration:DistributionConfiguration"
RDS_SNAPSHOTS = (
    "aws:rds/snapshot:Snapshot",
    "aws:rds/clusterSnapshot:ClusterSnapshot",
    "aws:rds/snapshotCopy:SnapshotCopy",
    "aws:rds/clusterSnapshotCopy:ClusterSnapshotCopy",
)
SSM_DOCUMENT = "aws:ssm/document:Document"
SSM_DOCUMENT_ACCOUNTS = ("permissions.account_ids", "permissions.accountIds")
"""The key of the map is Terraform's; programs also write it as they write properties, though the provider refuses that."""
ENDPOINT_SERVICE = "aws:ec2/vpcEndpointService:VpcEndpointService"
ENDPOINT_SERVICE_PRINCIPAL = "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple"
PUBLIC_REPOSITORY = "aws:ecrpublic/repository:Repository"

SHARING = (NIST_800_53["AC-3"], NIST_800_53["AC-21"], PCI_DSS_4["7.2.1"], SOC2["CC6.1"], ISO_27001["A.8.3"])

_ACCOUNT = "444455556666"


@rule(
    applies_to=(EBS_SNAPSHOT_PERMISSION,),
    severity=Severity.CRITICAL,
    remedy="Name the account that needs the snapshot in accountId.",
    controls=(FSBP["EC2.1"], *SHARING),
    topic="Share an Amazon EBS snapshot with other AWS accounts",
    passes=({"accountId": _ACCOUNT, "snapshotId": "snap-0123456789abcdef0"},),
    fails=({"accountId": "all"}, {"accountId": "all", "snapshotId": UNKNOWN}),
    undecided=({"accountId": UNKNOWN},),
)
def ebs_snapshot_not_public(permission: Resource) -> Iterator[Violation]:
    """EBS snapshots are not shared with everyone.

    Anyone with an AWS account could make a volume of a public snapshot and read what is on it.
    """
    if permission.text("accountId") == "all":
        yield Violation("the snapshot is shared with every account", at="accountId", exposed_to=ANY_ACCOUNT)


_USER_GROUPS = "distributions[].amiDistributionConfiguration.launchPermission.userGroups"


def _launch_groups(resource: Resource) -> Iterator[Property]:
    return properties(resource, "group" if resource.type == LAUNCH_PERMISSION else _USER_GROUPS)


def _distributed_to(*groups: object) -> dict[str, object]:
    return {"region": "eu-west-1", "amiDistributionConfiguration": {"launchPermission": {"userGroups": list(groups)}}}


@rule(
    applies_to=(LAUNCH_PERMISSION, IMAGE_DISTRIBUTION),
    each=_launch_groups,
    severity=Severity.HIGH,
    remedy="Name the accounts, the organization or the organizational units that may launch the image.",
    controls=SHARING,
    topic="Understand shared AMI usage in Amazon EC2",
    passes=(
        {"accountId": _ACCOUNT, "imageId": UNKNOWN},
        {"organizationArn": "arn:aws:organizations::111122223333:organization/o-abcdefghij", "group": ""},
        Example({"distributions": [{"region": "eu-west-1"}, _distributed_to()]}, IMAGE_DISTRIBUTION),
    ),
    fails=(
        {"group": "all", "imageId": UNKNOWN},
        Example({"distributions": [_distributed_to("all")]}, IMAGE_DISTRIBUTION),
        Example({"distributions": [UNKNOWN, _distributed_to(UNKNOWN, "all")]}, IMAGE_DISTRIBUTION),
    ),
    undecided=(
        {"group": UNKNOWN},
        Example({"distributions": [_distributed_to(UNKNOWN)]}, IMAGE_DISTRIBUTION),
        Example({"distributions": UNKNOWN}, IMAGE_DISTRIBUTION),
    ),
)
def ami_not_public(groups: Property) -> Iterator[Violation]:
    """Machine images are not shared with everyone.

    An image holds the file system of the machine it was made of, often with code, configuration and keys.
    """
    if any(group == "all" for group in groups.texts()):
        yield Violation("everyone may launch the image", at=groups.path, exposed_to=ANY_ACCOUNT)


@rule(
    applies_to=RDS_SNAPSHOTS,
    severity=Severity.CRITICAL,
    remedy="Name the accounts that need the snapshot in sharedAccounts.",
    controls=(FSBP["RDS.1"], *SHARING),
    checkov=("CKV_AWS_302",),
    topic="Sharing a DB snapshot for Amazon RDS",
    passes=({}, {"sharedAccounts": []}, {"sharedAccounts": [_ACCOUNT]}),
    fails=({"sharedAccounts": ["all"]}, {"sharedAccounts": [UNKNOWN, "all"]}),
    undecided=({"sharedAccounts": UNKNOWN}, {"sharedAccounts": [_ACCOUNT, UNKNOWN]}),
)
def rds_snapshot_not_public(snapshot: Resource) -> Iterator[Violation]:
    """RDS snapshots are not shared with everyone.

    Anyone with an AWS account could restore a public snapshot and read the whole database.
    """
    if any(account == "all" for account in snapshot.texts("sharedAccounts")):
        yield Violation("the snapshot is shared with every account", at="sharedAccounts", exposed_to=ANY_ACCOUNT)


def _document_accounts(document: Resource) -> Iterator[Property]:
    for path in SSM_DOCUMENT_ACCOUNTS:
        yield Property(document, path)


def _shared_document(accounts: object) -> dict[str, object]:
    return {"documentType": "Command", "permissions": {"type": "Share", "account_ids": accounts}}


@rule(
    applies_to=(SSM_DOCUMENT,),
    each=_document_accounts,
    severity=Severity.HIGH,
    remedy="Name the accounts that need the document in account_ids of permissions.",
    controls=(FSBP["SSM.4"], *SHARING),
    checkov=("CKV_AWS_303",),
    topic="Sharing SSM documents",
    passes=({"documentType": "Command"}, _shared_document(_ACCOUNT), _shared_document(f"{_ACCOUNT}, 111122223333")),
    fails=(
        _shared_document("All"),
        _shared_document("all"),
        _shared_document(f"{_ACCOUNT},All"),
        {"permissions": {"type": "Share", "accountIds": "All"}},
    ),
    undecided=(_shared_document(UNKNOWN), {"permissions": UNKNOWN}),
)
def ssm_document_not_public(accounts: Property) -> Iterator[Violation]:
    """Systems Manager documents are not shared with everyone.

    Documents tell how instances are managed: names, paths and commands that help an attacker.
    """
    if any(account.strip().lower() == "all" for text in accounts.texts() for account in text.split(",")):
        yield Violation("the document is shared with every account", at=accounts.path, exposed_to=ANY_ACCOUNT)


def _endpoint_principals(resource: Resource) -> Iterator[Property]:
    yield Property(resource, "allowedPrincipals" if resource.type == ENDPOINT_SERVICE else "principalArn")


@rule(
    applies_to=(ENDPOINT_SERVICE, ENDPOINT_SERVICE_PRINCIPAL),
    each=_endpoint_principals,
    severity=Severity.HIGH,
    remedy="Name the accounts, roles or users that may connect.",
    controls=SHARING,
    topic="Configure an endpoint service",
    passes=(
        {"acceptanceRequired": True},
        {"acceptanceRequired": False, "allowedPrincipals": [f"arn:aws:iam::{_ACCOUNT}:root"]},
        Example({"principalArn": f"arn:aws:iam::{_ACCOUNT}:role/app"}, ENDPOINT_SERVICE_PRINCIPAL),
    ),
    fails=(
        {"acceptanceRequired": True, "allowedPrincipals": ["*"]},
        {"acceptanceRequired": UNKNOWN, "allowedPrincipals": [UNKNOWN, "*"]},
        Example({"vpcEndpointServiceId": UNKNOWN, "principalArn": "*"}, ENDPOINT_SERVICE_PRINCIPAL),
    ),
    undecided=(
        {"acceptanceRequired": True, "allowedPrincipals": UNKNOWN},
        {"acceptanceRequired": True, "allowedPrincipals": [UNKNOWN]},
        Example({"principalArn": UNKNOWN}, ENDPOINT_SERVICE_PRINCIPAL),
    ),
)
def vpc_endpoint_service_not_public(principals: Property) -> Iterator[Violation]:
    """VPC endpoint services name who may connect.

    With * every AWS account may ask for a connection, and is let in at once where requests are not accepted one by one:
    the load balancer behind is then public, without an address on the internet.
    """
    if any(principal == "*" for principal in principals.texts()):
        yield Violation("every account (*) may ask for a connection", at=principals.path, exposed_to=ANY_ACCOUNT)


class PublicRepositories(NamedTuple):
    """The repositories that are meant for the public."""

    names: Annotated[tuple[str, ...], "Names of the repositories that everyone may pull from."] = ()


@rule(
    applies_to=(PUBLIC_REPOSITORY,),
    severity=Severity.MEDIUM,
    remedy="Use a private repository (aws.ecr.Repository), or add the repository to the rule's names.",
    controls=SHARING,
    topic="Amazon ECR public repositories",
    parameters=PublicRepositories,
    passes=(Example({"repositoryName": "cli"}, parameters=PublicRepositories(names=("cli",))),),
    fails=(
        {"repositoryName": "api"},
        {"repositoryName": UNKNOWN},
        Example({"repositoryName": "api"}, parameters=PublicRepositories(names=("cli",))),
    ),
    undecided=(Example({"repositoryName": UNKNOWN}, parameters=PublicRepositories(names=("cli",))),),
)
def ecr_public_repository_named(repository: Resource, parameters: PublicRepositories) -> Iterator[Violation]:
    """Public ECR repositories are those that the configuration names.

    Everyone can pull from a public repository, whatever its policy says. Images hold code, and sometimes keys.
    """
    if not parameters.names or repository.text("repositoryName") not in parameters.names:
        yield Violation("everyone may pull the images of the repository", at="repositoryName", exposed_to=ANYONE)


RULES = (
    must_be(
        "vpc-endpoint-service-accepts-requests-one-by-one",
        (ENDPOINT_SERVICE,),
        "acceptanceRequired",
        wanted=True,
        title="VPC endpoint services connect nobody before a request is accepted.",
        why="Otherwise whoever may ask is connected at once, and nobody of yours sees who it is.",
        severity=Severity.LOW,
        controls=SHARING,
        checkov=("CKV_AWS_123",),
        topic="Configure an endpoint service",
    ),
    must_be(
        "ram-share-stays-in-organization",
        ("aws:ram/resourceShare:ResourceShare",),
        "allowExternalPrincipals",
        False,  # noqa: FBT003  (the value that the property must have)
        default=False,  # the provider's; AWS's own is true
        title="RAM shares resources within the organization only.",
        why="Otherwise accounts of others can be added to the share, and then use subnets, keys or images of yours.",
        severity=Severity.MEDIUM,
        controls=SHARING,
        topic="Creating a resource share in AWS RAM",
    ),
)
