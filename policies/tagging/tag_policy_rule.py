"""The rule that a tag policy of AWS Organizations makes; `tag_policy.load` reads its settings from policy files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.effective_tags import tags_of
from policies.exemptions import wildcard
from policies.fix import path_to
from policies.provider import TAGGABLE
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN, in_turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.tags import Tags

BUCKET = "aws:s3/bucket:Bucket"
DATABASE = "aws:rds/instance:Instance"


class TagPolicy(NamedTuple):
    """An effective tag policy. Keys are compared without case, types are Pulumi's."""

    keys: Annotated[tuple[str, ...], "Tag keys as the policy capitalizes them."] = ()
    values: Annotated[
        dict[str, tuple[str, ...]], "Allowed values by tag key; * stands for any characters. No values: the key is forbidden."
    ] = {}
    enforced_for: Annotated[
        dict[str, tuple[str, ...]], "Resource types by tag key on which AWS refuses what the policy does not allow."
    ] = {}
    required_for: Annotated[dict[str, tuple[str, ...]], "Resource types by tag key that must carry the key."] = {}

    def spelling_of(self, key: str) -> str:
        """Return a key as the policy capitalizes it; as it is where the policy does not say."""
        return next((own for own in self.keys if own.lower() == key.lower()), key)

    def patterns_of(self, key: str) -> tuple[str, ...] | None:
        """Return the allowed values of a key; None where any will do."""
        return next((patterns for own, patterns in self.values.items() if own.lower() == key.lower()), None)

    def refusal(self, key: str, type_: str) -> str:
        """Return what to add to a message where AWS itself refuses such a tag."""
        refused = any(type_ in types for own, types in self.enforced_for.items() if own.lower() == key.lower())
        return "; AWS refuses this" if refused else ""


_NO_POLICY = TagPolicy()
_COST = TagPolicy(
    keys=("CostCenter",),
    values={"CostCenter": ("100", "3*")},
    enforced_for={"CostCenter": (BUCKET,)},
    required_for={"CostCenter": (DATABASE,)},
)
_FORBIDDEN = TagPolicy(keys=("Color",), values={"Color": ()})


@rule(
    applies_to=TAGGABLE,
    severity=Severity.MEDIUM,
    remedy="Tag the resource as the tag policy of the organization says.",
    topic="Tagging AWS resources and Tag Editor",
    parameters=TagPolicy,
    passes=(
        {"tags": {"costcenter": "x"}},
        Example({"tags": {"CostCenter": "100", "Owner": UNKNOWN}}, type=BUCKET, parameters=_COST),
        Example({"tags": {"CostCenter": "317"}}, type=DATABASE, parameters=_COST),
        Example({}, type=BUCKET, parameters=_COST),
        Example({"tags": {"color": "red"}}, type=BUCKET, parameters=TagPolicy(required_for={"Color": (BUCKET,)})),
    ),
    fails=(
        Example({"tags": {"costcenter": "100", "Owner": UNKNOWN}}, type=BUCKET, parameters=_COST),
        Example({"tags": {"CostCenter": "200"}}, type=BUCKET, parameters=_COST),
        Example({"tags": {"Owner": UNKNOWN}}, type=DATABASE, parameters=_COST),
        Example({"tags": {"Color": "red"}}, type=BUCKET, parameters=_FORBIDDEN),
    ),
    undecided=(
        Example({"tags": {"CostCenter": UNKNOWN}}, type=BUCKET, parameters=_COST),
        Example({"tags": UNKNOWN}, type=BUCKET, parameters=_COST),
        Example({"tags": UNKNOWN}, type=DATABASE, parameters=_COST),
    ),
)
def tags_follow_tag_policy(resource: Resource, parameters: TagPolicy) -> Iterator[Violation]:
    """Tags follow the tag policy of the organization.

    AWS reports tags that do not, and refuses them where the policy is enforced, so an update fails half-way. Without
    configuration all tags pass; name the policy files in the configuration under tag-policy.
    """
    if parameters != _NO_POLICY:
        tags = tags_of(resource)
        yield from in_turn(
            _misspelled(resource, tags, parameters),
            _not_allowed(resource, tags, parameters),
            _missing(resource, tags, parameters),
        )


def _misspelled(resource: Resource, tags: Tags, policy: TagPolicy) -> Iterator[Violation]:
    for key in tags.keys():  # noqa: SIM118  (no mapping: the iterator raises at its end)
        wanted = policy.spelling_of(key)
        if key != wanted:
            message = f"tag key {key} is spelled {wanted} in the tag policy{policy.refusal(key, resource.type)}"
            yield Violation(message, at=path_to("tags", key))


def _not_allowed(resource: Resource, tags: Tags, policy: TagPolicy) -> Iterator[Violation]:
    judged = [key for key in tags.entries if policy.spelling_of(key) == key and policy.patterns_of(key) is not None]
    for key, value in tags.texts(judged):
        if not any(wildcard(pattern).fullmatch(value) for pattern in policy.patterns_of(key) or ()):
            message = f"the value of tag {key} is not one that the tag policy allows{policy.refusal(key, resource.type)}"
            yield Violation(message, at=path_to("tags", key))


def _missing(resource: Resource, tags: Tags, policy: TagPolicy) -> Iterator[Violation]:
    """Yield the keys that are there in no spelling: another one is told already."""
    required = [key for key, types in policy.required_for.items() if resource.type in types]
    there = {key.lower() for key in tags.entries}
    missing = [key for key in required if key.lower() not in there]
    if missing:
        tags.require_all()
    for key in missing:
        yield Violation(f"tag {key} is missing, which the tag policy requires", at=path_to("tags", key))
