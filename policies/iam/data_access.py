"""Policies that allow on every resource what gives data, credentials or access away."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import FSBP, ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.iam.identity_policies import allow, with_deny
from policies.iam.resource_wildcards import DATA_READS, place
from policies.iam_analysis.holes import unknown
from policies.iam_analysis.identity_grants import IDENTITY_POLICIES, unlimited
from policies.iam_analysis.permissions import first_granted, named_actions, told
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.iam_analysis.permissions import Permission

_CONTROLS = (NIST_800_53["AC-6"], PCI_DSS_4["7.2.2"], SOC2["CC6.3"], ISO_27001["A.8.2"])
_TOPIC = "Actions, resources, and condition keys for AWS services"
_ARN = "arn:aws:{}:eu-west-1:111122223333:{}".format

_COPIES = (
    "dynamodb:ExportTableToPointInTime", "ec2:CreateSnapshot", "rds:CopyDBSnapshot", "rds:CreateDBSnapshot",
    "rds:StartExportTask",
)  # fmt: skip
"""Actions that copy data in bulk to where others may read it."""

_CREDENTIALS = (
    "airflow:CreateCliToken", "airflow:CreateWebLoginToken", "appsync:CreateApiKey", "cloud9:CreateEnvironmentToken",
    "codeartifact:GetAuthorizationToken", "cognito-identity:GetCredentialsForIdentity", "cognito-identity:GetOpenIdToken",
    "cognito-identity:GetOpenIdTokenForDeveloperIdentity", "connect:GetFederationToken", "connect:GetFederationTokens",
    "dsql:DbConnectAdmin", "ec2:GetPasswordData", "ecr:GetAuthorizationToken", "ecr-public:GetAuthorizationToken",
    "elasticache:Connect", "emr-containers:GetManagedEndpointSessionCredentials", "gamelift:GetComputeAccess",
    "gamelift:GetComputeAuthToken", "gamelift:GetInstanceAccess", "gamelift:RequestUploadCredentials",
    "grafana:CreateWorkspaceApiKey", "iam:CreateServiceSpecificCredential", "iam:ResetServiceSpecificCredential",
    "iam:UpdateAccessKey", "lightsail:CreateBucketAccessKey", "lightsail:DownloadDefaultKeyPair",
    "lightsail:GetInstanceAccessDetails", "lightsail:GetRelationalDatabaseMasterUserPassword",
    "mediapackage:RotateChannelCredentials", "mediapackage:RotateIngestEndpointCredentials", "memorydb:Connect",
    "rds-db:connect", "redshift:GetClusterCredentials", "redshift:GetClusterCredentialsWithIAM",
    "redshift-serverless:GetCredentials", "sso:GetRoleCredentials", "sts:GetFederationToken", "sts:GetServiceBearerToken",
    "sts:GetSessionToken",
)  # fmt: skip
"""Actions that return credentials. Those for other users of IAM and for roles have rules of their own."""


class DataReads(NamedTuple):
    """Which actions read or copy data."""

    further_actions: Annotated[tuple[str, ...], "Actions that count too, such as athena:GetQueryResults."] = ()


@rule(
    applies_to=IDENTITY_POLICIES,
    topic=_TOPIC,
    each=unlimited,
    severity=Severity.HIGH,
    remedy="Set Resource to the buckets, tables, parameters, secrets or snapshots that are needed.",
    controls=_CONTROLS,
    checkov=("CKV_AWS_108", "CKV_AWS_288"),
    parameters=DataReads,
    passes=(
        allow("secretsmanager:GetSecretValue", _ARN("secretsmanager", "secret:db-*")),
        allow("s3:GetObject", ["arn:aws:s3:::reports/*", "arn:aws:s3:::*-logs/*"]),
        allow("s3:ListAllMyBuckets", "*"),
        allow("ssm:GetParameter", "*", Condition={"StringEquals": {"aws:ResourceTag/team": "web"}}),
        allow("rds:CreateDBSnapshot", [_ARN("rds", "db:shop"), _ARN("rds", "snapshot:*")]),
        allow("athena:GetQueryResults", "*"),
        with_deny("ssm:Get*", "*", {"Action": "ssm:GetParameter*", "NotResource": _ARN("ssm", "parameter/web/*")}),
    ),
    fails=(
        allow("secretsmanager:GetSecretValue", "*"),
        allow("secretsmanager:GetSecretValue", _ARN("secretsmanager", "secret:*")),
        allow(["s3:Get*", "s3:List*"], "arn:aws:s3:::*/*"),
        allow("rds:CreateDBSnapshot", [_ARN("rds", "db:*"), _ARN("rds", "snapshot:*")]),
        {"policy": {"Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}}},
        {"policy": {"Statement": {"Effect": "Allow", "Action": "dynamodb:Scan", "NotResource": _ARN("dynamodb", "table/pay")}}},
        with_deny("ssm:GetParameter", "*", {"Action": "ssm:*", "Resource": _ARN("ssm", "parameter/web/*")}),
        Example(allow("athena:GetQueryResults", "*"), parameters=DataReads(("athena:GetQueryResults",))),
    ),
    undecided=(
        {"policy": UNKNOWN},
        allow("s3:GetObject", UNKNOWN),
        allow(UNKNOWN, "*"),
        with_deny("ssm:GetParameter", "*", {"Action": "ssm:*", "Resource": UNKNOWN}),
    ),
)
def iam_policy_data_reads_name_resources(permission: Permission, parameters: DataReads) -> Iterator[Violation]:
    """Policies that allow data and secrets to be read or copied name which.

    Whoever may read every object, table, parameter or secret of an account can carry all of its data away.
    """
    if witness := first_granted(permission, (*DATA_READS, *_COPIES, *parameters.further_actions)):
        yield Violation(f"allows {told(witness)}", at=place(permission))


@rule(
    applies_to=IDENTITY_POLICIES,
    topic="Using IAM policies with AWS KMS",
    each=unlimited,
    severity=Severity.MEDIUM,
    remedy="Set Resource to the ARNs of the keys, or add a Condition on kms:ViaService.",
    controls=(FSBP["KMS.1"], FSBP["KMS.2"], *_CONTROLS),
    passes=(
        allow("kms:Decrypt", _ARN("kms", "key/1234abcd-12ab-34cd-56ef-1234567890ab")),
        allow("kms:Decrypt", "*", Condition={"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}),
        allow(["kms:Encrypt", "kms:GenerateDataKey"], "*"),
        with_deny("kms:*", "*", {"Action": ["kms:Decrypt", "kms:ReEncrypt*"], "Resource": "*"}),
    ),
    fails=(
        allow("kms:Decrypt", "*"),
        allow("kms:*", "arn:aws:kms:*:111122223333:key/*"),
        allow("kms:ReEncryptFrom", ["arn:aws:kms:eu-west-1:*:*", UNKNOWN]),
        {"policy": {"Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}}},
    ),
    undecided=({"policy": UNKNOWN}, allow("kms:Decrypt", UNKNOWN), allow("kms:Decrypt", "*", Condition=UNKNOWN)),
)
def iam_policy_decryption_names_keys(permission: Permission) -> Iterator[Violation]:
    """Policies that allow decryption name the KMS keys.

    A key for each kind of data keeps the data apart only if no identity may use all of them.
    """
    if witness := first_granted(permission, ("kms:Decrypt", "kms:ReEncryptFrom")):
        yield Violation(f"allows {told(witness)}", at=place(permission))


class Credentials(NamedTuple):
    """Which actions that return credentials are judged."""

    without_resources: Annotated[bool, "Whether actions count for which a policy can name no resource."] = False


@rule(
    applies_to=IDENTITY_POLICIES,
    topic=_TOPIC,
    each=unlimited,
    severity=Severity.HIGH,
    remedy="Set Resource to the databases, users, instances or repositories whose credentials are needed.",
    controls=_CONTROLS,
    checkov=("CKV_AWS_107", "CKV_AWS_287"),
    parameters=Credentials,
    passes=(
        allow("rds-db:connect", _ARN("rds-db", "dbuser:db-ABCDEFGHIJ/app")),
        allow("ec2:GetPasswordData", _ARN("ec2", "instance/i-0123456789abcdef0")),
        allow(["ecr:GetAuthorizationToken", "sts:GetSessionToken"], "*"),
        allow("redshift:GetClusterCredentials", "*", Condition={"StringEquals": {"redshift:DbUser": "${aws:username}"}}),
        with_deny("ec2:Get*", "*", {"Action": "ec2:GetPasswordData", "Resource": "*"}),
    ),
    fails=(
        allow("rds-db:connect", "*"),
        allow("rds-db:connect", _ARN("rds-db", "dbuser:*/*")),
        allow(["ec2:Get*"], "*"),
        allow("redshift:*", [UNKNOWN, "*"]),
        Example(allow("ecr:GetAuthorizationToken", "*"), parameters=Credentials(without_resources=True)),
        {"policy": {"Statement": {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}}},
    ),
    undecided=({"policy": UNKNOWN}, allow("rds-db:connect", UNKNOWN), allow(["s3:GetObject", UNKNOWN], "*")),
)
def iam_policy_credentials_name_resources(permission: Permission, parameters: Credentials) -> Iterator[Violation]:
    """Policies that allow credentials to be fetched name for what.

    Credentials of every database, instance or user open what the policy itself does not allow.
    """
    if witness := first_granted(permission, _CREDENTIALS if parameters.without_resources else _with_resources(_CREDENTIALS)):
        yield Violation(f"allows {told(witness)}", at=place(permission))


@cache
def _with_resources(actions: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of some actions for which a policy can name resources."""
    from policies.iam_catalogue.resources import resource_types  # noqa: PLC0415  (late: few policies come so far)

    return tuple(action for action in actions if resource_types(action))


@rule(
    applies_to=IDENTITY_POLICIES,
    topic=_TOPIC,
    each=unlimited,
    severity=Severity.HIGH,
    remedy="Set Resource to the buckets, keys, functions or repositories that may be shared.",
    controls=_CONTROLS,
    checkov=("CKV_AWS_109", "CKV_AWS_289"),
    passes=(
        allow("s3:PutBucketPolicy", "arn:aws:s3:::reports"),
        allow(["lambda:AddPermission"], _ARN("lambda", "function:app-*")),
        allow(["iam:AttachRolePolicy", "iam:PassRole"], "*"),
        allow(["ec2:Describe*", "s3:GetBucketPolicy"], "*"),
        allow("kms:CreateGrant", "*", Condition={"Bool": {"kms:GrantIsForAWSResource": "true"}}),
        with_deny("s3:Put*", "*", {"NotAction": "s3:PutObject", "Resource": "*"}),
    ),
    fails=(
        allow("s3:PutBucketPolicy", "*"),
        allow(["sqs:*"], "arn:aws:sqs:*:*:*"),
        allow("ecr:SetRepositoryPolicy", _ARN("ecr", "repository/*")),
        allow(["lambda:Add*", UNKNOWN], "*"),
        {"policy": {"Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}}},
        with_deny("kms:*", "*", {"Action": "kms:PutKeyPolicy", "Resource": _ARN("kms", "key/1")}),
    ),
    undecided=({"policy": UNKNOWN}, allow("s3:PutBucketPolicy", UNKNOWN), allow(UNKNOWN, "*")),
)
def iam_policy_sharing_names_resources(permission: Permission) -> Iterator[Violation]:
    """Policies that allow changes of who may reach resources name the resources.

    A bucket policy, a grant on a key or a share opens a resource to other accounts, or to everyone. Changes of users,
    groups, roles and policies of IAM have rules of their own.
    """
    if witness := first_granted(permission, _sharing(permission)):
        yield Violation(f"allows {told(witness)}", at=place(permission))
    elif permission.statement.actions.holes:
        raise unknown(permission.statement.actions.holes)


def _sharing(permission: Permission) -> tuple[str, ...]:
    """Return the actions of a permission that change who may reach a resource."""
    from policies.iam_catalogue.actions import Level, universe  # noqa: PLC0415  (late: few policies come so far)

    known = universe()
    own = known.mask("iam:*") | known.mask("sts:*")
    wanted = named_actions(permission) & known.of_level(Level.PERMISSIONS_MANAGEMENT) & ~known.without_resources() & ~own
    return tuple(known.members(wanted))
