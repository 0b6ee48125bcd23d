"""Encryption of MSK and MSK Connect."""

from __future__ import annotations

from policies.controls import FSBP, IN_TRANSIT
from policies.customer_key import customer_key_rule
from policies.rule import Severity
from policies.rule_tables import must_be

CLUSTER = "aws:msk/cluster:Cluster"

RULES = (
    must_be(
        "msk-cluster-encrypted-in-transit",
        (CLUSTER,),
        "encryptionInfo.encryptionInTransit.clientBroker",
        "TLS",
        default="TLS",
        title="MSK clusters accept only TLS from clients.",
        why="MSK accepts only TLS unless it is loosened. In plain text, records and passwords can be read on the way.",
        severity=Severity.HIGH,
        remedy="Leave clientBroker out or set it to TLS, and let the clients connect by TLS.",
        controls=IN_TRANSIT,
        checkov=("CKV_AWS_81",),
        topic="Amazon MSK encryption",
    ),
    must_be(
        "msk-cluster-encrypted-between-brokers",
        (CLUSTER,),
        "encryptionInfo.encryptionInTransit.inCluster",
        True,  # noqa: FBT003  (the value that the property must have)
        default=True,
        title="MSK clusters encrypt the traffic between their brokers.",
        why="Brokers copy every record to each other. They use TLS unless it is switched off.",
        severity=Severity.HIGH,
        remedy="Leave inCluster out or set it to true; this replaces an existing cluster.",
        replaces=True,
        controls=(FSBP["MSK.1"], *IN_TRANSIT),
        topic="Amazon MSK encryption",
    ),
    customer_key_rule(
        "msk-cluster",
        (CLUSTER,),
        "encryptionInfo.encryptionAtRestKmsKeyArn",
        what="MSK clusters",
        why=(
            "MSK uses an AWS managed key otherwise. With a key of your own you decide who may decrypt the records on disk, and"
            " you can withdraw it."
        ),
        remedy="Set encryptionInfo.encryptionAtRestKmsKeyArn to a key that you manage; this replaces the cluster.",
        topic="Amazon MSK encryption",
    ),
    must_be(
        "msk-connector-encrypted-in-transit",
        ("aws:mskconnect/connector:Connector",),
        "kafkaClusterEncryptionInTransit.encryptionType",
        "TLS",
        title="MSK Connect connectors use TLS to their cluster.",
        why="A connector sends records in plain text unless it asks for TLS.",
        severity=Severity.HIGH,
        remedy="Set kafkaClusterEncryptionInTransit.encryptionType to TLS; this replaces the connector.",
        replaces=True,
        controls=(FSBP["MSK.3"], *IN_TRANSIT),
        topic="Amazon MSK Connect security",
    ),
)
