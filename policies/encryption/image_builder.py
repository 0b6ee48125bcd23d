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
    is_customer_key,
)
from policies.encryption.ebs_account import (
    BY_DEFAULT,
    ENCRYPTING_ACCOUNT,
    AccountDefault,
    device_violations,
    ebs_key_violations,
)
from policies.encryption.ebs_keys import OWN_DEFAULT
from policies.policy_matching import any_of
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN, Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from policies.block import Block
    from policies.resource import Resource
    from policies.stack import Stack

IMAGE_RECIPE = "aws:imagebuilder/imageRecipe:ImageRecipe"
CONTAINER_RECIPE = "aws:imagebuilder/containerRecipe:ContainerRecipe"
RECIPES = (IMAGE_RECIPE, CONTAINER_RECIPE)
DISTRIBUTION = "aws:imagebuilder/distributionConfiguration:DistributionConfiguration"
TOPIC = "Data protection and the AWS shared responsibility model in Image Builder"


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
    topic=TOPIC,
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
    topic=TOPIC,
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


def _is_copied(configuration: Resource, distribution: Block) -> bool:
    """Say whether a distribution copies the image: to other accounts, or to another Region than the one that builds it."""
    if distribution.has("amiDistributionConfiguration.targetAccountIds"):
        return True
    provider = configuration.provider
    region = distribution.text("region")
    home = configuration.text("region") or (provider.text("region") if provider else "")
    if not home:
        raise UnknownValue(Reason.NOT_REPORTED, distribution.at("region"), "the Region that builds the image is not known")
    return region != home


_ABROAD = {"region": "us-east-1"}
_AT_HOME = {"region": "eu-west-1"}


@rule(
    applies_to=(DISTRIBUTION,),
    severity=Severity.MEDIUM,
    remedy="Set amiDistributionConfiguration.kmsKeyId of each distribution to a key that you manage in its Region.",
    controls=CUSTOMER_KEY,
    checkov=("CKV_AWS_199",),
    topic="Create and update AMI distribution configurations",
    each=_distributions,
    passes=(
        _distributed(kmsKeyId=KEY_ARN),
        Example(_distributed(kmsKeyId=KEY_OF_THE_STACK), related=RELATED_KEY),
        Example(_distributed(name="base"), provider=_AT_HOME),
        Example({**_distributed(name="base"), **_AT_HOME}, provider=_ABROAD),
        {"distributions": [{"region": "eu-west-1", "containerDistributionConfiguration": {"description": "base"}}]},
    ),
    fails=(
        Example(_distributed(name="base"), provider=_ABROAD),
        {**_distributed(name="base"), **_ABROAD},
        Example(_distributed(name="base", targetAccountIds=["444455556666"]), provider=_AT_HOME),
        Example(_distributed(kmsKeyId="alias/aws/ebs"), provider=_ABROAD),
    ),
    undecided=(
        {"distributions": UNKNOWN},
        _distributed(name="base"),
        Example(_distributed(kmsKeyId=UNKNOWN), provider=_ABROAD),
        Example(_distributed(name="base"), provider={"region": UNKNOWN}),
    ),
)
def imagebuilder_distribution_encrypted_with_customer_key(item: tuple[Resource, Block], stack: Stack) -> Iterator[Violation]:
    """Image Builder encrypts the AMIs that it copies to other Regions and accounts with a customer managed key.

    Without a key a copy is unencrypted where the image is, or lies under a default key, which nobody can share. The image
    in the Region that builds it is left alone: there the recipe decides.
    """
    configuration, distribution = item
    path = "amiDistributionConfiguration.kmsKeyId"
    if not distribution.has("amiDistributionConfiguration"):
        return
    reasons: tuple[Callable[[], bool], ...] = (
        lambda: is_customer_key(configuration, distribution, path, stack),
        lambda: not _is_copied(configuration, distribution),
    )
    if not any_of(reasons, lambda holds: holds()):
        yield from customer_key_violations(configuration, distribution, path, stack)


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
        remedy="Set kmsKeyId to the ARN of a key that you manage, in a new version; this replaces the resource.",
        severity=Severity.LOW,
        checkov=("CKV_AWS_180",),
        topic=TOPIC,
    ),
)
