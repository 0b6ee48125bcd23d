"""What the values of tags must be."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.effective_tags import tags_if_any, tags_of
from policies.exemptions import wildcard
from policies.fix import path_to
from policies.provider import TAGGABLE
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.tags import Tags


class AllowedTagValues(NamedTuple):
    """The values that tags may have."""

    values: Annotated[
        dict[str, tuple[str, ...]],
        "Allowed values by tag key, as in Environment: [dev, prod]; tags with other keys may have any value.",
    ] = {}
    ignore_case: Annotated[bool, "Whether upper and lower case are the same."] = False


_ENVIRONMENTS = AllowedTagValues({"Environment": ("dev", "prod")})


@rule(
    applies_to=TAGGABLE,
    severity=Severity.LOW,
    remedy="Use one of the values that the configuration allows for the tag.",
    topic="Tag policies in AWS Organizations",
    parameters=AllowedTagValues,
    passes=(
        {"tags": {"Environment": "somewhere"}},
        Example({"tags": {"Environment": "dev", "Owner": "platform"}}, parameters=_ENVIRONMENTS),
        Example(
            {"tags": {"Environment": "dev", "Owner": UNKNOWN}, "tagsAll": {"Environment": "dev"}}, parameters=_ENVIRONMENTS
        ),
        Example({}, parameters=_ENVIRONMENTS),
        Example({"tags": {"Environment": "Dev"}}, parameters=AllowedTagValues({"Environment": ("dev",)}, ignore_case=True)),
    ),
    fails=(
        Example({"tags": {"Environment": "somewhere"}}, parameters=_ENVIRONMENTS),
        Example({"tags": {"Environment": "Dev"}}, parameters=_ENVIRONMENTS),
        Example({}, parameters=_ENVIRONMENTS, provider={"defaultTags": '{"tags": {"Environment": "somewhere"}}'}),
    ),
    undecided=(
        Example({"tags": {"Environment": UNKNOWN}}, parameters=_ENVIRONMENTS),
        Example(
            {"tags": UNKNOWN}, parameters=_ENVIRONMENTS, provider={"defaultTags": '{"tags": {"Environment": "somewhere"}}'}
        ),
    ),
)
def allowed_tag_values(resource: Resource, parameters: AllowedTagValues) -> Iterator[Violation]:
    """Tags have the values that are allowed for their keys.

    Reports and automation that group by a tag miss what is spelled in a way of its own. A tag that is absent is not judged.
    """
    if not parameters.values:
        return
    for key, value in tags_of(resource).texts(parameters.values):
        allowed = parameters.values[key]
        if value not in allowed and not (parameters.ignore_case and value.casefold() in map(str.casefold, allowed)):
            yield Violation(f"the value of tag {key} is not one of those allowed", at=path_to("tags", key))


class TagPatterns(NamedTuple):
    """The patterns that the values of tags must match."""

    patterns: Annotated[
        dict[str, re.Pattern[str]],
        "Regular expressions by tag key that the whole value must match, as in CostCenter: '[0-9]{4}'.",
    ] = {}


_FOUR_DIGITS = TagPatterns({"CostCenter": re.compile("[0-9]{4}")})


@rule(
    applies_to=TAGGABLE,
    severity=Severity.LOW,
    remedy="Write the value in the form that the configuration asks for.",
    topic="Tag policies in AWS Organizations",
    parameters=TagPatterns,
    passes=(
        {"tags": {"CostCenter": "anything"}},
        Example({"tags": {"CostCenter": "4711", "Owner": "platform"}}, parameters=_FOUR_DIGITS),
        Example({}, parameters=_FOUR_DIGITS),
    ),
    fails=(
        Example({"tags": {"CostCenter": "47110"}}, parameters=_FOUR_DIGITS),
        Example({"tags": {"CostCenter": ""}}, parameters=_FOUR_DIGITS),
    ),
    undecided=(Example({"tags": {"CostCenter": UNKNOWN}}, parameters=_FOUR_DIGITS),),
)
def tag_values_match_patterns(resource: Resource, parameters: TagPatterns) -> Iterator[Violation]:
    """Tag values match the patterns of their keys.

    A cost center that does not exist is as good as none. A tag that is absent is not judged.
    """
    if not parameters.patterns:
        return
    for key, value in tags_of(resource).texts(parameters.patterns):
        if not parameters.patterns[key].fullmatch(value):
            yield Violation(f"the value of tag {key} does not match its pattern", at=path_to("tags", key))


class FilledIn(NamedTuple):
    """What counts as a value."""

    placeholders: Annotated[tuple[str, ...], "Values that stand for a missing one, in any case."] = (
        "todo",
        "tbd",
        "fixme",
        "changeme",
        "change-me",
        "replace-me",
        "placeholder",
        "undefined",
        "null",
        "nil",
        "xxx",
        "foo",
        "bar",
    )
    may_be_empty: Annotated[
        tuple[str, ...], "Tag keys whose value may be empty; * stands for any characters, as in kubernetes.io/*."
    ] = ("kubernetes.io/*", "k8s.io/*")


@cache
def _folded(texts: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(str.casefold, texts))


@rule(
    applies_to=TAGGABLE,
    severity=Severity.LOW,
    remedy="Give the tag its value, or remove it.",
    topic="Best practices for tagging AWS resources",
    parameters=FilledIn,
    each=tags_if_any,
    passes=(
        {"tags": {"Owner": "platform", "Environment": "test"}},
        {},
        {"tags": {"kubernetes.io/role/elb": "", "k8s.io/cluster-autoscaler/enabled": ""}},
        Example({"tags": {"Protected": ""}}, parameters=FilledIn(may_be_empty=("Protected",))),
    ),
    fails=(
        {"tags": {"Owner": ""}},
        {"tags": {"Owner": " ", "CostCenter": UNKNOWN}},
        {"tags": {"Owner": "TBD"}},
        {"tags": {"Owner": "<todo>"}},
    ),
    undecided=({"tags": {"Owner": UNKNOWN}}, {"tags": UNKNOWN}),
)
def tag_values_filled_in(tags: Tags, parameters: FilledIn) -> Iterator[Violation]:
    """Tag values are filled in.

    A tag without a value, or with a placeholder, looks as if the question had been answered.
    """
    placeholders = _folded(parameters.placeholders)
    for key, value in tags.texts():
        if not value.strip():
            if not any(wildcard(pattern).fullmatch(key) for pattern in parameters.may_be_empty):
                yield Violation(f"the value of tag {key} is empty", at=path_to("tags", key))
        elif value.strip(" <>[]{}()").casefold() in placeholders:
            yield Violation(f"the value of tag {key} is a placeholder", at=path_to("tags", key))
