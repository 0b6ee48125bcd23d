"""Tags that must be there: on every resource, and among the default tags of a provider."""

from __future__ import annotations

from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import INVENTORY
from policies.effective_tags import default_tags, ignored_by, tags_of
from policies.exemptions import wildcard
from policies.fix import Fix, path_to
from policies.provider import TAGGABLE
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN, Reason, Unknown, UnknownValue, in_turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource

BUCKET = "aws:s3/bucket:Bucket"
DATABASE = "aws:rds/instance:Instance"
PROVIDER = "pulumi:providers:aws"


class RequiredTags(NamedTuple):
    """The keys that resources must carry."""

    keys: Annotated[tuple[str, ...], "Tag keys that every resource must carry."] = ("Owner", "CostCenter")
    for_types: Annotated[
        dict[str, tuple[str, ...]],
        "Further tag keys for some resource types, by type; * stands for any characters, as in aws:rds/*.",
    ] = {}
    add: Annotated[
        dict[str, str],
        "Tags that the level remediate adds where their keys are missing, as in ManagedBy: pulumi; the keys are required too.",
    ] = {}

    def of_type(self, type_: str) -> tuple[str, ...]:
        """Return the keys that a resource of a type must carry, each once."""
        return _required(type_, self.keys, tuple(self.for_types.items()), tuple(self.add))


@lru_cache(maxsize=4096)
def _required(
    type_: str, keys: tuple[str, ...], for_types: tuple[tuple[str, tuple[str, ...]], ...], added: tuple[str, ...]
) -> tuple[str, ...]:
    further = (some for pattern, some in for_types if wildcard(pattern).fullmatch(type_))
    return tuple(dict.fromkeys(chain(keys, *further, added)))


_BOTH = {"Owner": "platform", "CostCenter": "4711"}
_CLASSIFIED = RequiredTags(("Owner",), {"aws:rds/*": ("DataClassification",)})
_MANAGED = RequiredTags(("Owner",), add={"ManagedBy": "pulumi"})


@rule(
    applies_to=TAGGABLE,
    severity=Severity.MEDIUM,
    remedy="Add the missing tags to the resource, or to the default tags of its provider.",
    controls=INVENTORY,
    topic="Tagging AWS resources and Tag Editor",
    parameters=RequiredTags,
    passes=(
        Example({"tags": _BOTH}, type=BUCKET),
        Example({"tags": {}, "tagsAll": _BOTH}, type=BUCKET),
        Example({"tags": {"Owner": UNKNOWN, "CostCenter": "4711"}, "tagsAll": UNKNOWN}, type=BUCKET),
        Example({"tags": {"Owner": "platform"}}, type=BUCKET, provider={"defaultTags": '{"tags": {"CostCenter": "4711"}}'}),
        Example({"tags": {"Owner": "platform"}}, type=BUCKET, parameters=_CLASSIFIED),
        Example({"tags": {"Owner": "platform", "DataClassification": "internal"}}, type=DATABASE, parameters=_CLASSIFIED),
        Example({"tags": {"Owner": "platform", "ManagedBy": "hand"}}, type=BUCKET, parameters=_MANAGED),
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
        Example({"tags": {"Owner": "platform"}}, type=BUCKET, parameters=_MANAGED),
        Example(
            {"tags": {"Owner": UNKNOWN}, "tagsAll": UNKNOWN}, type=BUCKET, provider={"region": "eu-west-1"}, parameters=_MANAGED
        ),
        Example({"tagsAll": {"Owner": "platform"}}, type=BUCKET, parameters=_MANAGED),
    ),
    undecided=(
        Example({"tags": UNKNOWN}, type=BUCKET),
        Example({"tags": UNKNOWN}, type=BUCKET, parameters=_MANAGED),
        Example({"tags": {"Owner": "platform"}}, type=BUCKET, provider={"defaultTags": UNKNOWN}),
    ),
)
def required_tags(resource: Resource, parameters: RequiredTags) -> Iterator[Violation]:
    """Resources carry the required tags.

    Tags say who answers for a resource and who pays for it. AWS compares keys with their case: owner is not Owner.
    """
    tags = tags_of(resource)
    missing = [key for key in parameters.of_type(resource.type) if key not in tags.entries]
    if missing:
        tags.require_all()
        if resource.native and resource.native.untagged:
            raise UnknownValue(Reason.NOT_REPORTED, "tags", "aws-native and CloudFormation cannot tag it")
    for key in missing:
        violation = _missing(key)
        yield violation._replace(fix=_added(resource, key, parameters.add[key])) if key in parameters.add else violation


@lru_cache(maxsize=1024)
def _missing(key: str) -> Violation:
    return Violation(f"required tag {key} is missing", at=path_to("tags", key))


def _added(resource: Resource, key: str, value: str) -> Fix:
    """Return the fix that adds a tag.

    At a preview the provider has merged the tags into the input `tagsAll` before the rules see them. It does not merge
    again after a fix, so the tag goes there too; an unknown `tagsAll` stays as it is.
    """
    merged = resource.value("tagsAll")
    known = merged is not None and not isinstance(merged, Unknown)
    return Fix({path_to(name, key): value for name in (("tags", "tagsAll") if known else ("tags",))})


class DefaultTags(NamedTuple):
    """The keys that the default tags of a provider must hold."""

    keys: Annotated[tuple[str, ...], "Tag keys that must be among the default tags; with none, any default tag will do."] = ()


@rule(
    applies_to=(PROVIDER,),
    severity=Severity.LOW,
    remedy="Set defaultTags on the provider, or aws:defaultTags in the configuration of the stack.",
    topic="Pulumi AWS provider configuration: defaultTags",
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


class KeptTags(NamedTuple):
    """The keys that a provider must not ignore."""

    keys: Annotated[tuple[str, ...], "Tag keys that the provider must manage."] = ("Owner", "CostCenter")


@rule(
    applies_to=(PROVIDER,),
    severity=Severity.LOW,
    remedy="Take the key, or the prefix that covers it, out of ignoreTags.",
    topic="Pulumi AWS provider configuration: ignoreTags",
    parameters=KeptTags,
    passes=(
        {"region": "eu-west-1"},
        {"ignoreTags": '{"keys": ["LastScanned"], "keyPrefixes": ["kubernetes.io/"]}'},
        Example({"ignoreTags": {"keys": ["Owner"]}}, parameters=KeptTags(("CostCenter",))),
    ),
    fails=(
        {"ignoreTags": '{"keys": ["Owner"]}'},
        {"ignoreTags": {"keys": [UNKNOWN], "keyPrefixes": ["Cost"]}},
    ),
    undecided=({"ignoreTags": UNKNOWN}, {"ignoreTags": {"keys": [UNKNOWN]}}),
)
def provider_manages_required_tags(provider: Resource, parameters: KeptTags) -> Iterator[Violation]:
    """AWS providers manage the required tags.

    What ignoreTags covers is left out of previews and updates, so nobody sees when such a tag is changed or lost.
    """
    ignored = ignored_by(provider)
    named = (key for key in ignored.texts("keys") if key in parameters.keys)
    covered = (key for prefix in ignored.texts("keyPrefixes") for key in parameters.keys if key.startswith(prefix))
    for key in in_turn(named, covered):
        yield Violation(f"the provider ignores tag {key}", at="ignoreTags")
