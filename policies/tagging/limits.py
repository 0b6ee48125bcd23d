"""The limits that AWS sets to tags."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policies.effective_tags import tags_if_any, tags_of
from policies.fix import path_to
from policies.provider import TAGGABLE
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.tags import Tags

MOST = 50
MOST_OF_TYPE = {
    "aws:s3/bucketObject:BucketObject": 10,
    "aws:s3/bucketObjectv2:BucketObjectv2": 10,
    "aws:s3/objectCopy:ObjectCopy": 10,
}
LONGEST_KEY = 128
LONGEST_VALUE = 256

_NOT_PORTABLE = re.compile(r"[^\w .:/=+@-]")
_OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"


def _numbered(count: int) -> dict[str, object]:
    return {f"Key{number}": "value" for number in range(count)}


@rule(
    applies_to=TAGGABLE,
    severity=Severity.MEDIUM,
    remedy="Remove tags from the resource or from the default tags of its provider.",
    topic="Tag naming limits and requirements",
    passes=(
        {"tags": _numbered(50)},
        Example({"tags": _numbered(10)}, type=_OBJECT),
        {},
    ),
    fails=(
        {"tags": _numbered(51)},
        {"tags": _numbered(51), "tagsAll": UNKNOWN},
        Example({"tags": _numbered(50)}, provider={"defaultTags": '{"tags": {"Owner": "platform"}}'}),
        Example({"tags": _numbered(11)}, type=_OBJECT),
    ),
    undecided=({"tags": UNKNOWN}, {"tags": _numbered(50), "tagsAll": UNKNOWN}),
)
def tag_count_within_limit(resource: Resource) -> Iterator[Violation]:
    """Resources carry no more tags than AWS allows.

    AWS allows 50 tags, on an S3 object 10, and refuses the whole request when there are more. Default tags count.
    """
    tags = tags_of(resource)
    most = MOST_OF_TYPE.get(resource.type, MOST)
    if len(tags.entries) > most:
        count = sum(not key.startswith("aws:") for key in tags.entries)
        if count > most:
            yield Violation(f"{count} tags, where AWS allows {most}", at="tags")
    tags.require_all()


@rule(
    applies_to=TAGGABLE,
    severity=Severity.MEDIUM,
    remedy="Shorten the key or the value; what does not fit belongs into a description or a document.",
    topic="Tag naming limits and requirements",
    each=tags_if_any,
    passes=({"tags": {"k" * 128: "v" * 256, "Owner": ""}}, {}),
    fails=(
        {"tags": {"k" * 129: "platform"}},
        {"tags": {"": "platform"}},
        {"tags": {"Owner": "v" * 257, "CostCenter": UNKNOWN}},
    ),
    undecided=({"tags": {"Owner": UNKNOWN}}, {"tags": UNKNOWN}),
)
def tag_lengths_within_limits(tags: Tags) -> Iterator[Violation]:
    """Tag keys have 1 to 128 characters, values at most 256.

    AWS refuses the whole request when one is longer.
    """
    for key in tags.entries:
        if not 1 <= len(key) <= LONGEST_KEY:
            yield Violation(f"a tag key has {len(key)} characters, where AWS allows 1 to {LONGEST_KEY}", at="tags")
    for key, value in tags.texts():
        if len(value) > LONGEST_VALUE:
            message = f"the value of tag {key} has {len(value)} characters, where AWS allows {LONGEST_VALUE}"
            yield Violation(message, at=path_to("tags", key))


@rule(
    applies_to=TAGGABLE,
    severity=Severity.LOW,
    remedy="Keep to letters, digits, spaces and _ . : / = + - @.",
    topic="Tag naming limits and requirements",
    each=tags_if_any,
    passes=({"tags": {"Owner": "team@example.com", "Größe": "1 + 2 = 3", "a/b:c": "x_y-z."}}, {}),
    fails=(
        {"tags": {"Owner": "a, b"}},
        {"tags": {"Owner?": UNKNOWN}},
        {"tags": {"Owner": "line\nbreak", "CostCenter": UNKNOWN}},
    ),
    undecided=({"tags": {"Owner": UNKNOWN}}, {"tags": UNKNOWN}),
)
def tags_use_portable_characters(tags: Tags) -> Iterator[Violation]:
    """Tags use only characters that every AWS service accepts.

    EC2 takes any character, but others refuse a request with one outside letters, digits, spaces and _ . : / = + - @.
    """
    refused = _NOT_PORTABLE.search
    for key in tags.entries:
        if refused(key):
            yield Violation(f"tag key {key} has characters that some services refuse", at=path_to("tags", key))
    for key, value in tags.texts():
        if refused(value):
            yield Violation(f"the value of tag {key} has characters that some services refuse", at=path_to("tags", key))
