"""Tags of what a resource launches: Auto Scaling groups, launch templates, the volumes of instances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import INVENTORY
from policies.effective_tags import default_tags
from policies.fix import Fix
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.tagging.wanted_keys import OWNER, WantedKeys, keys_in, lack
from policies.unknown import UNKNOWN, Unknown, UnknownValue, in_turn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policies.block import Block
    from policies.resource import Resource
    from policies.stack import Stack

GROUP = "aws:autoscaling/group:Group"
GROUP_TAG = "aws:autoscaling/tag:Tag"
INSTANCE = "aws:ec2/instance:Instance"
SPOT_INSTANCE = "aws:ec2/spotInstanceRequest:SpotInstanceRequest"
LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
ATTACHMENT = "aws:ec2/volumeAttachment:VolumeAttachment"
VOLUME = "aws:ebs/volume:Volume"


_TAGS = {"Owner": "platform"}


def _tag(key: object, *, propagate: object = True) -> dict[str, object]:
    return {"key": key, "value": "platform", "propagateAtLaunch": propagate}


def _keys_of_group(group: Resource, stack: Stack) -> Iterator[str]:
    """Yield the keys of a group's tags, set on it or by resources of their own."""
    unknown: UnknownValue | None = None
    others = (tag.block("tag") for tag in stack.related(group, (GROUP_TAG,), "autoscalingGroupName"))
    for tag in in_turn(group.each("tags"), others):
        key = tag.value("key")
        if isinstance(key, Unknown):
            unknown = UnknownValue(key.reason, tag.at("key"))
        elif isinstance(key, str):
            yield key
    if unknown:
        raise unknown


_TAG_OF_ITS_OWN = Example(
    {"autoscalingGroupName": Reference("example", "name"), "tag": _tag("Owner")}, type=GROUP_TAG, name="tag"
)


@rule(
    applies_to=(GROUP,),
    severity=Severity.LOW,
    remedy="Add the tags to the group itself; default tags of the provider do not reach Auto Scaling groups.",
    controls=INVENTORY,
    checkov=("CKV_AWS_153",),
    topic="Tag Auto Scaling groups and instances",
    parameters=WantedKeys,
    passes=(
        {"tags": [_tag("Team")]},
        Example({"tags": [_tag("Owner"), _tag(UNKNOWN)]}, parameters=OWNER),
        Example({}, parameters=OWNER, related=(_TAG_OF_ITS_OWN,)),
    ),
    fails=(
        {},
        {"tags": []},
        Example({}, provider={"defaultTags": '{"tags": {"Owner": "platform"}}'}),
        Example({"tags": [_tag("Team")]}, parameters=OWNER),
    ),
    undecided=(Example({"tags": [_tag(UNKNOWN)]}, parameters=OWNER), {"tags": UNKNOWN}),
)
def autoscaling_group_tagged(group: Resource, stack: Stack, parameters: WantedKeys) -> Iterator[Violation]:
    """Auto Scaling groups are tagged.

    A group makes costs with every instance it launches; tags say whose they are.
    """
    if missing := lack(_keys_of_group(group, stack), parameters.keys):
        yield Violation(missing, at="tags")


class PropagatedTags(NamedTuple):
    """The tags of a group that must reach its instances."""

    keys: Annotated[tuple[str, ...], "Keys of the tags that must propagate; with none, all must."] = ()


_FOR_THE_AUTOSCALER = "k8s.io/cluster-autoscaler/"
"""How keys begin that the Cluster Autoscaler reads on the group; on EKS node groups only a tag of its own can set them."""


def _tags_of_group(resource: Resource) -> Iterator[Block]:
    return resource.each("tags" if resource.type == GROUP else "tag")


@rule(
    applies_to=(GROUP, GROUP_TAG),
    severity=Severity.MEDIUM,
    remedy="Set propagateAtLaunch on the tag.",
    topic="Tag Auto Scaling groups and instances",
    parameters=PropagatedTags,
    passes=(
        {"tags": [_tag("Owner"), _tag("Team")]},
        {"tags": [_tag("Owner", propagate="true")]},
        Example({"tag": _tag("Owner")}, type=GROUP_TAG),
        Example({"tag": _tag("k8s.io/cluster-autoscaler/node-template/label/tier", propagate=False)}, type=GROUP_TAG),
        Example({"tags": [_tag("Owner"), _tag("Team", propagate=False)]}, parameters=PropagatedTags(("Owner",))),
        {},
    ),
    fails=(
        {"tags": [_tag("Owner"), _tag("Team", propagate=False)]},
        Example({"tags": [_tag("Owner", propagate=False)]}, parameters=PropagatedTags(("Owner",))),
        Example({"tag": _tag("Owner", propagate=False)}, type=GROUP_TAG),
    ),
    undecided=(
        Example({"tag": _tag(UNKNOWN, propagate=False)}, type=GROUP_TAG),
        {"tags": [_tag("Owner", propagate=UNKNOWN)]},
        Example({"tags": [_tag(UNKNOWN, propagate=False)]}, parameters=PropagatedTags(("Owner",))),
    ),
)
def autoscaling_group_tags_propagate(resource: Resource, parameters: PropagatedTags) -> Iterator[Violation]:
    """Tags of Auto Scaling groups propagate to the instances at launch.

    Otherwise the group has an owner and a cost center, and the instances that cost the money have none.
    """
    if resource.type == GROUP_TAG and not parameters.keys:
        tag = resource.block("tag")
        if not tag.flag("propagateAtLaunch") and tag.text("key").startswith(_FOR_THE_AUTOSCALER):
            return
    yield from in_turn(*(_not_propagated(tag, parameters.keys) for tag in _tags_of_group(resource)))


def _not_propagated(tag: Block, keys: tuple[str, ...]) -> Iterator[Violation]:
    if not tag.flag("propagateAtLaunch") and (not keys or tag.text("key") in keys):
        key = tag.value("key")
        path = tag.at("propagateAtLaunch")
        message = f"tag {key} does not propagate at launch" if isinstance(key, str) else "a tag does not propagate at launch"
        yield Violation(message, at=path, fix=Fix({path: True}))


class LaunchedTags(NamedTuple):
    """The tags that a launch template gives to what it launches."""

    resource_types: Annotated[tuple[str, ...], "What must be tagged, in the words of tag specifications."] = (
        "instance",
        "volume",
    )
    keys: Annotated[tuple[str, ...], "Tag keys that must be there; with none, any tag will do."] = ()


def _specification(type_: object, tags: object) -> dict[str, object]:
    return {"resourceType": type_, "tags": tags}


_INSTANCE_TAGS = _specification("instance", _TAGS)
_VOLUME_TAGS = _specification("volume", _TAGS)


@rule(
    applies_to=(LAUNCH_TEMPLATE,),
    severity=Severity.MEDIUM,
    remedy="Add tagSpecifications with the resource types instance and volume.",
    topic="Launch template tag specifications",
    parameters=LaunchedTags,
    passes=(
        {"tagSpecifications": [_INSTANCE_TAGS, _VOLUME_TAGS]},
        Example({"tagSpecifications": [_VOLUME_TAGS]}, parameters=LaunchedTags(("volume",), ("Owner",))),
    ),
    fails=(
        {},
        {"tags": _TAGS},
        {"tagSpecifications": [_INSTANCE_TAGS]},
        {"tagSpecifications": [_specification("instance", UNKNOWN)]},
        Example({"tagSpecifications": [_VOLUME_TAGS]}, parameters=LaunchedTags(("volume",), ("Team",))),
    ),
    undecided=(
        {"tagSpecifications": [_INSTANCE_TAGS, _specification(UNKNOWN, _TAGS)]},
        {"tagSpecifications": [_INSTANCE_TAGS, _specification("volume", UNKNOWN)]},
        {"tagSpecifications": UNKNOWN},
    ),
)
def launch_template_tags_what_it_launches(template: Resource, parameters: LaunchedTags) -> Iterator[Violation]:
    """Launch templates tag the instances and volumes that they launch.

    Neither the tags of the template itself nor the default tags of the provider reach what it launches.
    """
    yield from in_turn(*(_not_specified(template, type_, parameters.keys) for type_ in parameters.resource_types))


def _not_specified(template: Resource, type_: str, keys: tuple[str, ...]) -> Iterator[Violation]:
    if missing := lack(_specified_keys(template, type_), keys):
        yield Violation(f"what is launched of type {type_}: {missing}", at="tagSpecifications")


def _specified_keys(template: Resource, type_: str) -> Iterator[str]:
    """Yield the keys of the tags that a launch template gives to one type of resource."""
    unknown: UnknownValue | None = None
    for specification in template.each("tagSpecifications"):
        try:
            if specification.text("resourceType") == type_:
                yield from specification.entries("tags")
        except UnknownValue as error:
            unknown = error.with_traceback(None)
    if unknown:
        raise unknown


@rule(
    applies_to=(INSTANCE, SPOT_INSTANCE),
    severity=Severity.LOW,
    remedy="Set volumeTags, or tags on rootBlockDevice and on each of ebsBlockDevices.",
    topic="Tag your Amazon EC2 resources",
    parameters=WantedKeys,
    passes=(
        {"volumeTags": {"Team": "a"}},
        {"launchTemplate": {"id": UNKNOWN}},
        {"rootBlockDevice": {"tags": _TAGS}, "ebsBlockDevices": [{"deviceName": "/dev/sdf", "tags": _TAGS}]},
        Example(
            {"rootBlockDevice": {"volumeSize": 20}}, provider={"defaultTags": '{"tags": {"Owner": "a"}}'}, parameters=OWNER
        ),
    ),
    fails=(
        {},
        {"tags": _TAGS},
        Example({}, type=SPOT_INSTANCE),
        Example({"volumeTags": {"Team": "a"}}, parameters=OWNER),
        {"rootBlockDevice": {"tags": _TAGS}, "ebsBlockDevices": [{"deviceName": "/dev/sdf"}]},
        {"rootBlockDevice": {"tags": UNKNOWN}, "ebsBlockDevices": [{"deviceName": "/dev/sdf"}]},
        Example({}, provider={"defaultTags": '{"tags": {"Owner": "a"}}'}),
    ),
    undecided=({"volumeTags": UNKNOWN}, {"rootBlockDevice": {"tags": UNKNOWN}}),
)
def ec2_instance_volumes_tagged(instance: Resource, parameters: WantedKeys) -> Iterator[Violation]:
    """EC2 instances tag their volumes.

    The tags of an instance stay on the instance; its volumes cost money of their own, and their snapshots outlive both.
    """
    if instance.has("launchTemplate"):
        return  # the template may tag the volumes
    if instance.has("volumeTags"):
        if missing := lack(keys_in(instance, "volumeTags"), parameters.keys):
            yield Violation(f"volumes: {missing}", at="volumeTags")
        return
    root = (instance.block("rootBlockDevice"),)
    yield from in_turn(*(_untagged(volume, instance, parameters.keys) for volume in (*root, *instance.each("ebsBlockDevices"))))


def _untagged(volume: Block, instance: Resource, keys: tuple[str, ...]) -> Iterator[Violation]:
    declared = bool(volume.values)
    sources: list[Iterable[str]] = [keys_in(volume, "tags"), keys_in(volume, "tagsAll")]
    if instance.provider and declared:  # default tags reach volumes that the program declares, and no other
        sources.append(default_tags(instance.provider).keys())
    if missing := lack(in_turn(*sources), keys):
        yield Violation(f"{volume.path}: {missing}", at=volume.at("tags") if declared else "volumeTags")


def _attached(instance: object, **volume: object) -> tuple[Example, ...]:
    attachment = {"instanceId": instance, "volumeId": Reference("data")}
    return (Example(volume, type=VOLUME, name="data"), Example(attachment, type=ATTACHMENT, name="attachment"))


@rule(
    applies_to=(INSTANCE, SPOT_INSTANCE),
    severity=Severity.LOW,
    remedy="Keep volumeTags, or the tags of the single volumes.",
    topic="Tag your Amazon EC2 resources",
    passes=(
        {"volumeTags": _TAGS, "rootBlockDevice": {"volumeSize": 20}},
        {"rootBlockDevice": {"tags": _TAGS}, "ebsBlockDevices": [{"deviceName": "/dev/sdf", "tags": UNKNOWN}]},
        {},
        Example({}, related=_attached(Reference("example"), tags=_TAGS)),
        Example({"volumeTags": _TAGS}, related=_attached(Reference("example"))),
        Example({"volumeTags": _TAGS}, related=_attached("i-0123456789abcdef0", tags=_TAGS)),
    ),
    fails=(
        Example({"volumeTags": _TAGS}, related=_attached(Reference("example"), tags=_TAGS)),
        {"volumeTags": UNKNOWN, "rootBlockDevice": {"tags": _TAGS}},
        {"volumeTags": _TAGS, "ebsBlockDevices": [{"deviceName": "/dev/sdf", "tags": _TAGS}]},
    ),
    undecided=(
        {"volumeTags": _TAGS, "ebsBlockDevices": UNKNOWN},
        Example({"volumeTags": _TAGS}, related=_attached(UNKNOWN, tags=_TAGS)),
    ),
)
def ec2_instance_volume_tags_set_one_way(instance: Resource, stack: Stack) -> Iterator[Violation]:
    """EC2 instances set the tags of their volumes in one way.

    Where both volumeTags and an attached volume have tags, each update overwrites what the other wrote. The provider
    refuses volumeTags beside tags of the instance's own block devices.
    """
    if instance.has("volumeTags"):
        yield from in_turn(_tagged_devices(instance), _tagged_attachments(instance, stack))


def _tagged_devices(instance: Resource) -> Iterator[Violation]:
    for volume in in_turn(instance.each("rootBlockDevice"), instance.each("ebsBlockDevices")):
        if volume.has("tags"):
            path = volume.at("tags")
            yield Violation(f"both volumeTags and {path} are set", at=path)


def _tagged_attachments(instance: Resource, stack: Stack) -> Iterator[Violation]:
    for attachment in stack.related(instance, (ATTACHMENT,), "instanceId"):
        volume = stack.target(attachment, (VOLUME,), "volumeId")
        if volume is not None and not volume.external and volume.has("tags"):
            yield Violation("volumeTags is set, and a volume attached to the instance has tags of its own", at="volumeTags")
