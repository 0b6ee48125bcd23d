"""The metadata service of EC2 instances, which hands out the credentials of their role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import CIS_AWS_5, FSBP, ISO_27001, NIST_800_53
from policies.fix import Fix
from policies.rule import Example, Severity, Violation, rule
from policies.rule_tables import must_be
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource

INSTANCE = "aws:ec2/instance:Instance"
LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
LAUNCH_CONFIGURATION = "aws:ec2/launchConfiguration:LaunchConfiguration"
SPOT_REQUEST = "aws:ec2/spotInstanceRequest:SpotInstanceRequest"


@rule(
    applies_to=(INSTANCE, LAUNCH_TEMPLATE, LAUNCH_CONFIGURATION, SPOT_REQUEST),
    severity=Severity.HIGH,
    remedy='Set metadataOptions.httpTokens to "required", after checking that the programs on the instance use IMDSv2.',
    controls=(
        FSBP["EC2.8"], FSBP["EC2.170"], FSBP["AutoScaling.3"], CIS_AWS_5["5.7"], NIST_800_53["AC-6"], ISO_27001["A.8.20"],
    ),
    checkov=("CKV_AWS_79",),
    topic="Use the Instance Metadata Service to access instance metadata",
    passes=(
        {"metadataOptions": {"httpTokens": "required"}},
        {"metadataOptions": {"httpEndpoint": "disabled"}},
        {"launchTemplate": {"id": UNKNOWN}},
        Example({"metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1}}, LAUNCH_TEMPLATE),
    ),
    fails=(
        {},
        {"metadataOptions": {"httpTokens": "optional"}},
        {"metadataOptions": {"httpEndpoint": "enabled"}},
        {"launchTemplate": {"id": "lt-1234"}, "metadataOptions": {"httpTokens": "optional"}},
        Example({}, LAUNCH_TEMPLATE),
        Example({}, LAUNCH_CONFIGURATION),
    ),
    undecided=({"metadataOptions": UNKNOWN}, {"metadataOptions": {"httpTokens": UNKNOWN}}),
)  # fmt: skip
def ec2_instance_requires_imdsv2(resource: Resource) -> Iterator[Violation]:
    """EC2 instances and launch templates require version 2 of the metadata service.

    With version 1, a program on the instance that can be made to fetch a URL gives the credentials of its role away.
    An image or a default of the account may ask for version 2 as well; that does not show in the stack.
    """
    tokens = "metadataOptions.httpTokens"
    if resource.text(tokens) == "required" or resource.text("metadataOptions.httpEndpoint") == "disabled":
        return
    if resource.type in {INSTANCE, SPOT_REQUEST} and resource.has("launchTemplate") and not resource.has(tokens):
        return  # the launch template decides, and is judged itself
    replaces = resource.type in {LAUNCH_CONFIGURATION, SPOT_REQUEST}
    yield Violation("the metadata service answers without a token", at=tokens, fix=Fix({tokens: "required"}, replaces=replaces))


class Hops(NamedTuple):
    """How far answers of the metadata service may travel."""

    maximum: Annotated[int, "The most network hops, 1 to 64: containers in a network of their own need 2."] = 1


_LIMIT = "metadataOptions.httpPutResponseHopLimit"
_WITH_CONTAINERS = Hops(maximum=2)


@rule(
    applies_to=(INSTANCE, LAUNCH_TEMPLATE, LAUNCH_CONFIGURATION, SPOT_REQUEST),
    severity=Severity.MEDIUM,
    remedy="Set metadataOptions.httpPutResponseHopLimit to 1, or leave it out.",
    controls=(NIST_800_53["AC-6"], ISO_27001["A.8.20"]),
    checkov=("CKV_AWS_341",),
    topic="Use the Instance Metadata Service to access instance metadata",
    parameters=Hops,
    passes=(
        {},
        {"metadataOptions": {"httpPutResponseHopLimit": 1}},
        {"metadataOptions": {"httpPutResponseHopLimit": 3, "httpEndpoint": "disabled"}},
        Example({"metadataOptions": {"httpPutResponseHopLimit": 2}}, parameters=_WITH_CONTAINERS),
    ),
    fails=(
        {"metadataOptions": {"httpPutResponseHopLimit": 2}},
        Example({"metadataOptions": {"httpPutResponseHopLimit": 64}}, LAUNCH_TEMPLATE),
        Example({"metadataOptions": {"httpPutResponseHopLimit": 3}}, parameters=_WITH_CONTAINERS),
    ),
    undecided=(
        {"metadataOptions": UNKNOWN},
        {"metadataOptions": {"httpPutResponseHopLimit": UNKNOWN}},
        {"metadataOptions": {"httpPutResponseHopLimit": 2, "httpEndpoint": UNKNOWN}},
    ),
)
def ec2_metadata_stays_on_instance(resource: Resource, parameters: Hops) -> Iterator[Violation]:
    """EC2 instances keep the answers of the metadata service to themselves.

    With more than one hop, containers, proxies and whatever the instance routes for get the credentials of its role as well.
    One hop is the default, unless the image asks for another.
    """
    hops = resource.number(_LIMIT, 1) or 1
    if hops > parameters.maximum and resource.text("metadataOptions.httpEndpoint") != "disabled":
        replaces = resource.type in {LAUNCH_CONFIGURATION, SPOT_REQUEST}
        yield Violation(
            f"answers of the metadata service travel {hops:g} hops",
            at=_LIMIT,
            fix=Fix({_LIMIT: parameters.maximum}, replaces=replaces),
        )


RULES = (
    must_be(
        "image-builder-instances-require-imdsv2",
        ("aws:imagebuilder/infrastructureConfiguration:InfrastructureConfiguration",),
        "instanceMetadataOptions.httpTokens",
        "required",
        title="Image Builder builds and tests images on instances that require version 2 of the metadata service.",
        why="With version 1, a program that can be made to fetch a URL gives the credentials of the role away.",
        severity=Severity.MEDIUM,
        controls=(NIST_800_53["AC-6"], ISO_27001["A.8.20"]),
        topic="Manage Image Builder infrastructure configuration",
    ),
    must_be(
        "ec2-account-requires-imdsv2",
        ("aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults",),
        "httpTokens",
        "required",
        title="The account's defaults require version 2 of the metadata service.",
        why="They hold for every instance that says nothing. Without a preference, the image decides.",
        severity=Severity.MEDIUM,
        controls=(CIS_AWS_5["5.7"], NIST_800_53["AC-6"], ISO_27001["A.8.20"]),
        topic="Configure instance metadata options for new instances",
    ),
    must_be(
        "sagemaker-notebook-requires-imdsv2",
        ("aws:sagemaker/notebookInstance:NotebookInstance",),
        "instanceMetadataServiceConfiguration.minimumInstanceMetadataServiceVersion",
        "2",
        title="SageMaker notebook instances require version 2 of the metadata service.",
        why="With version 1, a program in a notebook that can be made to fetch a URL gives the credentials of its role away.",
        severity=Severity.MEDIUM,
        controls=(NIST_800_53["AC-6"], ISO_27001["A.8.20"]),
        checkov=("CKV_AWS_371",),
        topic="Customize a SageMaker notebook instance",
    ),
)
