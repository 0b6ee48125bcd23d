"""Encryption of Redshift."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import AT_REST, CUSTOMER_KEY, FSBP, IN_TRANSIT
from policies.customer_key import KEY_ARN, KEY_OF_THE_STACK, RELATED_KEY, customer_key_rule
from policies.encryption.database_clusters import key_violations
from policies.fix import Fix
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN, Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

CLUSTER = "aws:redshift/cluster:Cluster"
PARAMETER_GROUP = "aws:redshift/parameterGroup:ParameterGroup"
WORKGROUP = "aws:redshiftserverless/workgroup:Workgroup"


@rule(
    applies_to=(CLUSTER,),
    severity=Severity.HIGH,
    remedy='Set encrypted to "true".',
    controls=(FSBP["Redshift.10"], *AT_REST),
    checkov=("CKV_AWS_64",),
    topic="Amazon Redshift database encryption",
    passes=({}, {"encrypted": "true"}, {"encrypted": True}, {"snapshotIdentifier": "before-migration"}),
    fails=({"encrypted": "false"}, {"encrypted": False}, {"encrypted": False, "kmsKeyId": KEY_ARN}),
    undecided=({"encrypted": UNKNOWN},),
)
def redshift_cluster_encrypted(cluster: Resource) -> Iterator[Violation]:
    """Redshift clusters are encrypted.

    Since 2025 AWS encrypts new clusters, and since version 7 the provider asks for it, of restored clusters too. A
    program that says false switches it off. Before version 7 the provider says false itself where a program is silent.
    """
    if not cluster.flag("encrypted", default=True):
        yield Violation("encrypted is false", at="encrypted", fix=Fix({"encrypted": "true"}))


@rule(
    applies_to=(CLUSTER,),
    severity=Severity.MEDIUM,
    remedy="Set kmsKeyId to the ARN of a key that you manage; Redshift then encrypts the cluster anew, in the background.",
    controls=CUSTOMER_KEY,
    checkov=("CKV_AWS_142",),
    topic="Amazon Redshift database encryption",
    passes=(
        {"kmsKeyId": KEY_ARN},
        Example({"kmsKeyId": KEY_OF_THE_STACK}, related=RELATED_KEY),
        {"snapshotIdentifier": "before-migration", "kmsKeyId": KEY_ARN},
    ),
    fails=({}, {"encrypted": "true"}, {"kmsKeyId": "alias/aws/redshift"}),
    undecided=({"kmsKeyId": UNKNOWN}, {"snapshotIdentifier": "before-migration"}, {"snapshotArn": UNKNOWN}),
)
def redshift_cluster_encrypted_with_customer_key(cluster: Resource, stack: Stack) -> Iterator[Violation]:
    """Redshift clusters are encrypted with a customer managed key.

    Without one Redshift encrypts with a key that AWS owns and that you can neither see nor withdraw.
    """
    yield from key_violations(cluster, "kmsKeyId", stack, restored=("snapshotIdentifier", "snapshotArn"))


def _parameter(value: object, name: object = "require_ssl") -> list[object]:
    return [{"name": "query_group", "value": UNKNOWN}, {"name": name, "value": value}]


def _of_workgroup(value: object) -> dict[str, object]:
    return {"configParameters": [{"parameterKey": "require_ssl", "parameterValue": value}]}


def _group(**inputs: object) -> tuple[Example, ...]:
    return (Example(inputs, type=PARAMETER_GROUP, name="group"),)


@rule(
    applies_to=(PARAMETER_GROUP, CLUSTER, WORKGROUP),
    severity=Severity.HIGH,
    remedy="Set the parameter require_ssl to true.",
    controls=(FSBP["RedshiftServerless.2"], FSBP["Redshift.2"], *IN_TRANSIT),
    checkov=("CKV_AWS_105",),
    topic="Configuring security options for connections",
    passes=(
        {"family": "redshift-1.0", "parameters": [{"name": "require_ssl", "value": "true"}]},
        {"family": "redshift-2.0", "parameters": [{"name": "query_group", "value": "reports"}]},
        {"parameters": _parameter(value=True)},
        Example({}, type=CLUSTER),
        Example({"clusterParameterGroupName": "default.redshift-2.0"}, type=CLUSTER),
        Example(  # the group answers for itself
            {"clusterParameterGroupName": Reference("group")}, type=CLUSTER, related=_group(family="redshift-1.0")
        ),
        Example({}, type=WORKGROUP),
        Example(_of_workgroup("true"), type=WORKGROUP),
    ),
    fails=(
        {"family": "redshift-1.0"},
        {"family": "redshift-2.0", "parameters": _parameter("false")},
        {"parameters": [{"name": "query_group", "value": "reports"}]},
        Example({"clusterParameterGroupName": "default.redshift-1.0"}, type=CLUSTER),
        Example(_of_workgroup("false"), type=WORKGROUP),
    ),
    undecided=(
        {"parameters": UNKNOWN},
        {"parameters": _parameter(UNKNOWN)},
        {"parameters": _parameter("true", name=UNKNOWN)},
        Example({"clusterParameterGroupName": "made-elsewhere"}, type=CLUSTER),
        Example({"clusterParameterGroupName": UNKNOWN}, type=CLUSTER),
        Example(_of_workgroup(UNKNOWN), type=WORKGROUP),
    ),
)
def redshift_requires_tls(subject: Resource, stack: Stack) -> Iterator[Violation]:
    """Redshift clusters and workgroups require TLS for connections.

    Otherwise a client may connect in plain text, and its password and results cross the network readable. Since 2025 new
    clusters and workgroups, and groups of the family redshift-2.0, require TLS unless they say otherwise. The parameter
    group is judged, or the cluster where it has the default one.
    """
    if subject.type == WORKGROUP:
        yield from _requires_ssl(subject, "configParameters", "parameterKey", "parameterValue", default=True)
    elif subject.type == PARAMETER_GROUP:
        yield from _of_group(subject)
    else:
        at = "clusterParameterGroupName"
        group = stack.target(subject, (PARAMETER_GROUP,), at)
        name = subject.text(at, "default.redshift-2.0") if group is None else ""
        if name == "default.redshift-1.0" or (group and group.external and any(_of_group(group))):
            yield Violation("the parameter group does not require TLS", at=at)
        elif name and not name.startswith("default."):
            raise UnknownValue(Reason.NOT_REPORTED, at, "the group is not in this stack")


def _of_group(group: Resource) -> Iterator[Violation]:
    yield from _requires_ssl(group, "parameters", "name", "value")


def _requires_ssl(subject: Resource, path: str, key: str, value: str, *, default: bool = False) -> Iterator[Violation]:
    """Yield what is wrong where parameters do not require TLS: if they say nothing, `default` or the family decides."""
    for parameter in subject.each(path):
        if parameter.text(key).lower() == "require_ssl":
            if not parameter.flag(value):
                at = parameter.at(value)
                yield Violation("require_ssl is not true", at=at, fix=Fix({at: "true"}))
            return
    if not default and subject.text("family") != "redshift-2.0":
        yield Violation("require_ssl is not set", at=path)


RULES = (
    customer_key_rule(
        "redshift-snapshot-copy",
        ("aws:redshift/snapshotCopyGrant:SnapshotCopyGrant",),
        "kmsKeyId",
        what="Copies of Redshift snapshots in another Region",
        why=(
            "The grant says which key the copies get; without one it is aws/redshift. With a key of your own you decide who may"
            " restore them."
        ),
        remedy="Set kmsKeyId of the grant to the ARN of a key that you manage, in the Region that the snapshots go to.",
        checkov=("CKV_AWS_281",),
        topic="Copying AWS KMS-encrypted snapshots to another AWS Region",
    ),
    customer_key_rule(
        "redshift-serverless-namespace",
        ("aws:redshiftserverless/namespace:Namespace",),
        "kmsKeyId",
        what="Redshift Serverless namespaces",
        why="Without one Redshift encrypts with a key that AWS owns and that you can neither see nor withdraw.",
        checkov=("CKV_AWS_282",),
        topic="Amazon Redshift Serverless encryption",
    ),
)
