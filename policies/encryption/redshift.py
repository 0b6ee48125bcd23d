"""Encryption of Redshift."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import AT_REST, FSBP, IN_TRANSIT
from policies.fix import Fix
from policies.rule import Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource

CLUSTER = "aws:redshift/cluster:Cluster"
PARAMETER_GROUP = "aws:redshift/parameterGroup:ParameterGroup"


@rule(
    applies_to=(CLUSTER,),
    severity=Severity.HIGH,
    remedy='Set encrypted to "true" or leave it out.',
    controls=(FSBP["Redshift.10"], *AT_REST),
    checkov=("CKV_AWS_64",),
    passes=({}, {"encrypted": "true"}, {"encrypted": True}),
    fails=({"encrypted": "false"}, {"encrypted": False}),
    undecided=({"encrypted": UNKNOWN},),
)
def redshift_cluster_encrypted(cluster: Resource) -> Iterator[Violation]:
    """Redshift clusters are encrypted.

    Since 2025 AWS encrypts new clusters, and the provider asks for it; a program that says false switches it off.
    """
    if not cluster.flag("encrypted", default=True):
        yield Violation("encrypted is false", at="encrypted", fix=Fix({"encrypted": "true"}))


@rule(
    applies_to=(PARAMETER_GROUP,),
    severity=Severity.HIGH,
    remedy="Add the parameter require_ssl with the value true.",
    controls=(FSBP["Redshift.2"], *IN_TRANSIT),
    checkov=("CKV_AWS_105",),
    passes=(
        {"family": "redshift-1.0", "parameters": [{"name": "require_ssl", "value": "true"}]},
        {"family": "redshift-2.0", "parameters": [{"name": "query_group", "value": "reports"}]},
        {"parameters": [{"name": "query_group", "value": UNKNOWN}, {"name": "require_ssl", "value": True}]},
    ),
    fails=(
        {"family": "redshift-1.0"},
        {"family": "redshift-2.0", "parameters": [{"name": "require_ssl", "value": "false"}]},
        {"parameters": [{"name": "query_group", "value": "reports"}]},
    ),
    undecided=(
        {"parameters": UNKNOWN},
        {"parameters": [{"name": "require_ssl", "value": UNKNOWN}]},
        {"parameters": [{"name": UNKNOWN, "value": "true"}]},
    ),
)
def redshift_parameter_group_requires_tls(group: Resource) -> Iterator[Violation]:
    """Redshift parameter groups require TLS for connections.

    Otherwise a client may connect in plain text, and its password and results cross the network readable. Groups of the
    family redshift-2.0 require TLS unless they say otherwise.
    """
    for parameter in group.each("parameters"):
        if parameter.text("name") == "require_ssl":
            if not parameter.flag("value"):
                path = parameter.at("value")
                yield Violation("require_ssl is not true", at=path, fix=Fix({path: "true"}))
            return
    if group.text("family") != "redshift-2.0":
        yield Violation("require_ssl is not set", at="parameters")
