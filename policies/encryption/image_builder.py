"""Encryption of what EC2 Image Builder makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import AT_REST, CUSTOMER_KEY
from policies.customer_key import (
    KEY_ARN,
    KEY_OF_THE_STACK,
    RELATED_KEY,
    customer_key_rule,
    customer_key_violations,
)
from policies.encryption.ebs_account import (
    BY_DEFAULT,
    ENCRYPTING_ACCOUNT,
    AccountDefault,
    device_violations,
    ebs_key_violations,
)
from policies.encryption.ebs_keys import OWN_DEFAULT
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN, Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource
    from policies.stack import Stack

IMAGE_RECIPE = "aws:imagebuilder/imageRecipe:ImageRecipe"
CONTAINER_RECIPE = "aws:imagebuilder/containerRecipe:ContainerRecipe"
RECIPES = (IMAGE_RECIPE, CONTAINER_RECIPE)
DISTRIBUTION = "aws:imagebuilder/distributionConfiguration:DistributionConfiguration"


def _volumes(recipe: Resource) -> Iterator[tuple[Resource, Block]]:
    """Yield the mappings of a recipe that declare an EBS volume."""
    for path in ("blockDeviceMappings", "instanceConfiguration.blockDeviceMappings"):
        for mapping in recipe.each(path):
            yield recipe, mapping


def _mapping(**ebs: object) -> dict[str, object]:
    return {"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": ebs}]}


def _instance(**ebs: object) -> Example:
    return Example({"instanceConfiguration": _mapping(**ebs)}, type=CONTAINER_RECIPE)


@rule(
    applies_to=RECIPES,
    severity=Severity.HIGH,
    remedy='Set ebs.encrypted to "true" in each entry of blockDeviceMappings, in a new version of the recipe.',
    controls=AT_REST,
    topic="EC2 Image Builder data protection",
    parameters=AccountDefault,
    each=_volumes,
    passes=(
        {},
        _mapping(encrypted="true"),
        _instance(encrypted="true"),
        {"blockDeviceMappings": [{"deviceName": "/dev/sdf", "virtualName": "ephemeral0"}]},
        Example(_mapping(volumeSize=20), related=BY_DEFAULT),
        Example(_mapping(volumeSize=20), parameters=ENCRYPTING_ACCOUNT),
    ),
    fails=(_mapping(volumeSize=20), _mapping(encrypted="false"), _instance(volumeSize=20)),
    undecided=(
        {"blockDeviceMappings": UNKNOWN},
        _mapping(encrypted=UNKNOWN),
        _mapping(snapshotId="snap-0123456789abcdef0"),
    ),
)
def imagebuilder_recipe_volumes_encrypted(
    item: tuple[Resource, Block], stack: Stack, parameters: AccountDefault
) -> Iterator[Violation]:
    """Image Builder recipes encrypt the EBS volumes that they declare.

    Where a recipe says nothing, its parent image decides, and most images are unencrypted. Every instance of the image
    gets its volumes as they are there.
    """
    recipe, mapping = item
    if mapping.has("ebs"):
        yield from device_violations(recipe, mapping, stack, parameters, place="ebs.", wanted="true")


@rule(
    applies_to=RECIPES,
    severity=Severity.MEDIUM,
    remedy="Set ebs.kmsKeyId to the ARN of a key that you manage in each entry of blockDeviceMappings.",
    controls=CUSTOMER_KEY,
    checkov=("CKV_AWS_200",),
    topic="EC2 Image Builder data protection",
    each=_volumes,
    passes=(
        {},
        _mapping(encrypted="true", kmsKeyId=KEY_ARN),
        _instance(encrypted="true", kmsKeyId=KEY_ARN),
        Example(_mapping(encrypted="true", kmsKeyId=KEY_OF_THE_STACK), related=RELATED_KEY),
        Example(_mapping(encrypted="true"), related=OWN_DEFAULT),
    ),
    fails=(_mapping(encrypted="true"), _mapping(encrypted="true", kmsKeyId="alias/aws/ebs"), _instance(encrypted="true")),
    undecided=(
        {"blockDeviceMappings": UNKNOWN},
        _mapping(encrypted="true", kmsKeyId=UNKNOWN),
        _mapping(snapshotId="snap-0123456789abcdef0"),
    ),
)
def imagebuilder_recipe_volumes_encrypted_with_customer_key(item: tuple[Resource, Block], stack: Stack) -> Iterator[Violation]:
    """Image Builder recipes encrypt the EBS volumes that they declare with a customer managed key.

    An image under the key aws/ebs cannot be shared with another account. With a key of your own you decide who may decrypt,
    and you can withdraw it.
    """
    recipe, mapping = item
    if not mapping.has("ebs"):
        return
    if mapping.has("ebs.snapshotId") and not mapping.has("ebs.kmsKeyId"):
        path = mapping.at("ebs.snapshotId")
        raise UnknownValue(Reason.NOT_REPORTED, path, "the snapshot decides which key encrypts the volume")
    yield from ebs_key_violations(recipe, mapping, stack, "ebs.kmsKeyId")


def _distributions(configuration: Resource) -> Iterator[tuple[Resource, Block]]:
    for distribution in configuration.each("distributions"):
        yield configuration, distribution


def _distributed(**image: object) -> dict[str, object]:
    return {"distributions": [{"region": "eu-west-1", "amiDistributionConfiguration": image}]}


@rule(
    applies_to=(DISTRIBUTION,),
    severity=Severity.MEDIUM,
    remedy="Set amiDistributionConfiguration.kmsKeyId of each distribution to a key that you manage in its Region.",
    controls=CUSTOMER_KEY,
    checkov=("CKV_AWS_199",),
    topic="EC2 Image Builder data protection",
    each=_distributions,
    passes=(
        _distributed(kmsKeyId=KEY_ARN),
        Example(_distributed(kmsKeyId=KEY_OF_THE_STACK), related=RELATED_KEY),
        {"distributions": [{"region": "eu-west-1", "launchTemplateConfigurations": [{"launchTemplateId": "lt-1"}]}]},
    ),
    fails=(_distributed(name="base"), _distributed(kmsKeyId="alias/aws/ebs")),
    undecided=({"distributions": UNKNOWN}, _distributed(kmsKeyId=UNKNOWN)),
)
def imagebuilder_distribution_encrypted_with_customer_key(item: tuple[Resource, Block], stack: Stack) -> Iterator[Violation]:
    """Image Builder encrypts the AMIs that it distributes with a customer managed key.

    Without a key the copies are as the image is: unencrypted, or under a key that other accounts and Regions may not have.
    """
    configuration, distribution = item
    if distribution.has("amiDistributionConfiguration"):
        yield from customer_key_violations(configuration, distribution, "amiDistributionConfiguration.kmsKeyId", stack)


RULES = (
    customer_key_rule(
        "imagebuilder-component",
        ("aws:imagebuilder/component:Component", "aws:imagebuilder/workflow:Workflow", CONTAINER_RECIPE),
        "kmsKeyId",
        what="Image Builder components, workflows and container recipes",
        why=(
            "They are encrypted with a key that AWS owns. With a key of your own you see each use of it in CloudTrail, and can"
            " withdraw it."
        ),
        severity=Severity.LOW,
        checkov=("CKV_AWS_180",),
        topic="EC2 Image Builder data protection",
    ),
)
