"""Tags that are resources of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.effective_tags import tags_of
from policies.provider import TAGGABLE
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN, Unknown, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource
    from policies.stack import Stack

EC2_TAG = "aws:ec2/tag:Tag"
GROUP_TAG = "aws:autoscaling/tag:Tag"
GROUP = "aws:autoscaling/group:Group"
VPC = "aws:ec2/vpc:Vpc"


def _types(*prefixes: str) -> tuple[str, ...]:
    return tuple(type_ for type_ in TAGGABLE if type_.startswith(prefixes))


_TARGETS = {
    EC2_TAG: (
        "resourceId",
        _types("aws:ec2/", "aws:ebs/", "aws:ec2clientvpn/", "aws:ec2transitgateway/", "aws:verifiedaccess/"),
    ),
    "aws:dynamodb/tag:Tag": ("resourceArn", _types("aws:dynamodb/")),
    "aws:ecs/tag:Tag": ("resourceArn", _types("aws:ecs/")),
    "aws:transfer/tag:Tag": ("resourceArn", _types("aws:transfer/")),
    "aws:organizations/tag:Tag": ("resourceId", _types("aws:organizations/")),
    GROUP_TAG: ("autoscalingGroupName", (GROUP,)),
}


def _vpc(**inputs: object) -> Example:
    return Example(inputs, type=VPC, name="vpc")


def _tag(key: object, resource: object = Reference("vpc")) -> dict[str, object]:
    return {"resourceId": resource, "key": key, "value": "a"}


def _group_tag(key: str, *tags: object) -> Example:
    return Example(
        {"autoscalingGroupName": Reference("group", "name"), "tag": {"key": key, "value": "a", "propagateAtLaunch": True}},
        type=GROUP_TAG,
        related=(Example({"tags": list(tags)}, type=GROUP, name="group"),),
    )


@rule(
    applies_to=_TARGETS,
    severity=Severity.MEDIUM,
    remedy="Set the tag in one place: on the resource, or by the tag resource.",
    topic="Pulumi AWS: ec2.Tag",
    passes=(
        Example(_tag("Team"), related=(_vpc(tags={"Owner": "a"}),)),
        Example(_tag("Owner", "vpc-1234"), related=(_vpc(tags={"Team": UNKNOWN}),)),
        _group_tag("Team", {"key": "Owner", "value": "a"}),
    ),
    fails=(
        Example(_tag("Owner"), related=(_vpc(tags={"Owner": UNKNOWN}),)),
        Example(_tag("Owner"), related=(_vpc(),), provider={"defaultTags": '{"tags": {"Owner": "a"}}'}),
        _group_tag("Owner", {"key": UNKNOWN}, {"key": "Owner", "value": "b"}),
    ),
    undecided=(
        Example(_tag("Owner"), related=(_vpc(tags=UNKNOWN),)),
        Example(_tag(UNKNOWN), related=(_vpc(tags={"Owner": "a"}),)),
        Example(_tag("Owner", UNKNOWN), related=(_vpc(tags={"Owner": "a"}),)),
        _group_tag("Owner", {"key": UNKNOWN}),
    ),
)
def standalone_tag_set_once(tag: Resource, stack: Stack) -> Iterator[Violation]:
    """Tag resources set keys that the tagged resource does not set itself.

    Where both set a key, each update of one overwrites what the other wrote. Default tags of the provider count.
    """
    by, types = _TARGETS[tag.type]
    target = stack.target(tag, types, by)
    if target is None or target.external:
        return
    path = "tag.key" if tag.type == GROUP_TAG else "key"
    key = tag.text(path)
    keys = _keys_of_group(target) if target.type == GROUP else tags_of(target).keys()
    if key in keys:
        yield Violation(f"the resource sets tag {key} itself", at=path)


def _keys_of_group(group: Resource) -> Iterator[str]:
    unknown: UnknownValue | None = None
    for item in group.each("tags"):
        key = _known_key(item)
        if isinstance(key, UnknownValue):
            unknown = key
        else:
            yield key
    if unknown:
        raise unknown


def _known_key(tag: Block) -> str | UnknownValue:
    key = tag.value("key")
    return UnknownValue(key.reason, tag.at("key")) if isinstance(key, Unknown) else tag.text("key")
