"""The metadata service of EC2 instances, which hands out the credentials of their role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import CIS_AWS_5, FSBP, ISO_27001, NIST_800_53
from policies.fix import Fix
from policies.rule import Example, Severity, Violation, rule
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
