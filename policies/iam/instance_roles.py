"""Roles of instances, and what their users may do to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import CIS_AWS_5, FSBP, ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.iam.eks_nodes import NODE_GROUP
from policies.iam.instance_metadata import INSTANCE, LAUNCH_CONFIGURATION, LAUNCH_TEMPLATE, SPOT_REQUEST
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.rule_tables import must_be
from policies.unknown import UNKNOWN, Reason, UnknownValue, in_turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

BATCH = "aws:batch/computeEnvironment:ComputeEnvironment"

_FROM_TEMPLATE = {"launchTemplate": {"id": Reference("template")}}


def _template(**inputs: object) -> Example:
    return Example(inputs, LAUNCH_TEMPLATE, name="template")


@rule(
    applies_to=(INSTANCE, LAUNCH_TEMPLATE, LAUNCH_CONFIGURATION, SPOT_REQUEST),
    severity=Severity.LOW,
    remedy="Set iamInstanceProfile to the profile of a role with the rights that the programs on the instance need.",
    controls=(CIS_AWS_5["1.17"], NIST_800_53["AC-3"], PCI_DSS_4["7.2.2"], SOC2["CC6.1"], ISO_27001["A.8.2"]),
    checkov=("CKV2_AWS_41",),
    topic="IAM roles for Amazon EC2",
    passes=(
        {"iamInstanceProfile": "app"},
        {"iamInstanceProfile": UNKNOWN},
        Example({"iamInstanceProfile": {"name": "app"}}, LAUNCH_TEMPLATE),
        Example(_FROM_TEMPLATE, related=(_template(iamInstanceProfile={"arn": UNKNOWN}),)),
        Example({}, LAUNCH_TEMPLATE, related=(Example({"launchTemplate": {"id": Reference("example")}}, NODE_GROUP, "nodes"),)),
    ),
    fails=(
        {},
        Example({}, LAUNCH_TEMPLATE),
        Example({"iamInstanceProfile": {}}, LAUNCH_TEMPLATE),
        Example({}, LAUNCH_CONFIGURATION),
        Example(_FROM_TEMPLATE, related=(_template(),)),
    ),
    undecided=({"launchTemplate": {"id": UNKNOWN}}, {"launchTemplate": {"name": "app"}}),
)
def ec2_instance_has_role(resource: Resource, stack: Stack) -> Iterator[Violation]:
    """EC2 instances have a role.

    Programs on an instance without one carry access keys, which do not expire and get copied. Templates of EKS nodes and
    Batch are left alone: these services give the role themselves.
    """
    if resource.has("iamInstanceProfile"):
        return
    if resource.type == LAUNCH_TEMPLATE:
        services = (
            stack.related(resource, (NODE_GROUP,), by="launchTemplate"),
            stack.related(resource, (BATCH,), by="computeResources"),
        )
        if any(True for _ in in_turn(*services)):
            return
    elif resource.has("launchTemplate"):
        template = stack.target(resource, (LAUNCH_TEMPLATE,), "launchTemplate")
        if template is None:
            raise UnknownValue(Reason.NOT_REPORTED, "launchTemplate", "the launch template may name a role")
        if template.has("iamInstanceProfile"):
            return
    yield Violation("the instance has no role", at="iamInstanceProfile")


RULES = (
    must_be(
        "sagemaker-notebook-root-access-disabled",
        ("aws:sagemaker/notebookInstance:NotebookInstance",),
        "rootAccess",
        "Disabled",
        default="Enabled",
        title="Users of SageMaker notebook instances are not root.",
        why="Root can switch off what the instance is watched and limited by. Users are root unless told otherwise.",
        severity=Severity.MEDIUM,
        controls=(FSBP["SageMaker.3"], NIST_800_53["AC-6"], PCI_DSS_4["7.2.2"], SOC2["CC6.3"], ISO_27001["A.8.2"]),
        checkov=("CKV_AWS_307",),
        topic="Control root access to a SageMaker notebook instance",
    ),
)
