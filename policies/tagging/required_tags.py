"""Tags that must be there: on every resource, and among the default tags of a provider."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from policies.controls import INVENTORY
from policies.exemptions import wildcard
from policies.fix import path_to
from policies.provider import TAGGABLE
from policies.rule import Example, Severity, Violation, rule
from policies.tagging.effective_tags import default_tags, tags_of
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource

BUCKET = "aws:s3/bucket:Bucket"
DATABASE = "aws:rds/instance:Instance"
PROVIDER = "pulumi:providers:aws"


@dataclass(frozen=True, slots=True)
class RequiredTags:
    """The keys that resources must carry."""

    keys: Annotated[tuple[str, ...], "Tag keys that every resource must carry."] = ("Owner", "CostCenter")
    for_types: Annotated[
        dict[str, tuple[str, ...]],
        "Further tag keys for some resource types, by type; * stands for any characters, as in aws:rds/*.",
    ] = field(default_factory=dict)

    def of_type(self, type_: str) -> Iterator[str]:
        """Yield the keys that a resource of a type must carry."""
        yield from self.keys
        for pattern, keys in self.for_types.items():
            if wildcard(pattern).fullmatch(type_):
                yield from keys


_BOTH = {"Owner": "platform", "CostCenter": "4711"}
_CLASSIFIED = RequiredTags(("Owner",), {"aws:rds/*": ("DataClassification",)})


@rule(
    applies_to=TAGGABLE,
    severity=Severity.MEDIUM,
    remedy="Add the missing tags to the resource, or to the default tags of its provider.",
    controls=INVENTORY,
    parameters=RequiredTags,
    passes=(
        Example({"tags": _BOTH}, type=BUCKET),
        Example({"tags": {}, "tagsAll": _BOTH}, type=BUCKET),
        Example({"tags": {"Owner": UNKNOWN, "CostCenter": "4711"}, "tagsAll": UNKNOWN}, type=BUCKET),
        Example({"tags": {"Owner": "platform"}}, type=BUCKET, provider={"defaultTags": '{"tags": {"CostCenter": "4711"}}'}),
        Example({"tags": {"Owner": "platform"}}, type=BUCKET, parameters=_CLASSIFIED),
        Example({"tags": {"Owner": "platform", "DataClassification": "internal"}}, type=DATABASE, parameters=_CLASSIFIED),
    ),
    fails=(
        Example({}, type=BUCKET),
        Example({"tags": {"Owner": "platform"}}, type=BUCKET),
        Example({"tags": {"owner": "platform", "CostCenter": "4711"}}, type=BUCKET),
        Example({"tags": {"Owner": "platform"}, "tagsAll": UNKNOWN}, type=BUCKET, provider={"region": "eu-west-1"}),
        Example(
            {"tags": {"CostCenter": "4711"}},
            type=BUCKET,
            provider={"defaultTags": '{"tags": {"Owner": "platform"}}', "ignoreTags": '{"keys": ["Owner"]}'},
        ),
        Example({"tags": {"Owner": "platform"}}, type=DATABASE, parameters=_CLASSIFIED),
    ),
    undecided=(
        Example({"tags": UNKNOWN}, type=BUCKET),
        Example({"tags": {"Owner": "platform"}}, type=BUCKET, provider={"defaultTags": UNKNOWN}),
    ),
)
def required_tags(resource: Resource, parameters: RequiredTags) -> Iterator[Violation]:
    """Resources carry the required tags.

    Tags say who answers for a resource and who pays for it. AWS compares keys with their case: owner is not Owner.
    """
    tags = tags_of(resource)
    for key in dict.fromkeys(parameters.of_type(resource.type)):
        if not tags.has(key):
            yield Violation(f"required tag {key} is missing", at=path_to("tags", key))


@dataclass(frozen=True, slots=True)
class DefaultTags:
    """The keys that the default tags of a provider must hold."""

    keys: Annotated[tuple[str, ...], "Tag keys that must be among the default tags; with none, any default tag will do."] = ()


@rule(
    applies_to=(PROVIDER,),
    severity=Severity.LOW,
    remedy="Set defaultTags on the provider, or aws:defaultTags in the configuration of the stack.",
    parameters=DefaultTags,
    passes=(
        {"defaultTags": '{"tags": {"Owner": "platform"}}'},
        {"defaultTags": {"tags": {"Owner": UNKNOWN}}},
        Example({"defaultTags": '{"tags": {"Owner": "platform"}}'}, parameters=DefaultTags(("Owner",))),
    ),
    fails=(
        {"region": "eu-west-1"},
        {"defaultTags": '{"tags": {}}'},
        Example({"defaultTags": '{"tags": {"Owner": "platform"}}'}, parameters=DefaultTags(("Owner", "CostCenter"))),
    ),
    undecided=({"defaultTags": UNKNOWN},),
)
def provider_default_tags_set(provider: Resource, parameters: DefaultTags) -> Iterator[Violation]:
    """AWS providers set default tags.

    A default tag reaches every resource that takes tags, also the one that somebody adds next year.
    """
    tags = default_tags(provider)
    if not parameters.keys and not any(tags.keys()):
        yield Violation("no default tags are set", at="defaultTags")
    for key in parameters.keys:
        if not tags.has(key):
            yield Violation(f"tag {key} is not among the default tags", at="defaultTags")
