"""How the keys of tags are spelled."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from policies.effective_tags import read_tags, tags_if_any, tags_of
from policies.exemptions import wildcard
from policies.fix import path_to
from policies.provider import TAGGABLE
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN, Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack
    from policies.tags import Tags

BUCKET = "aws:s3/bucket:Bucket"
QUEUE = "aws:sqs/queue:Queue"

_CASES = {
    "PascalCase": re.compile(r"[A-Z][A-Za-z0-9]*"),
    "camelCase": re.compile(r"[a-z][A-Za-z0-9]*"),
    "kebab-case": re.compile(r"[a-z0-9]+(-[a-z0-9]+)*"),
    "snake_case": re.compile(r"[a-z0-9]+(_[a-z0-9]+)*"),
}
_NAMESPACE = re.compile("[:/]")
_OF_OTHER_TOOLS = (
    "aws:",
    "aws-",
    "pulumi:",
    "eks:",
    "alpha.eksctl.io/",
    "kubernetes.io/",
    "k8s.io/",
    "karpenter.sh/",
)
_CONSOLE_KEY = "Name"  # the console shows this key only in this spelling


class TagKeyCase(NamedTuple):
    """The case that tag keys follow."""

    case: Annotated[
        Literal["PascalCase", "camelCase", "kebab-case", "snake_case"], "The case of each part between : and / in a key."
    ] = "PascalCase"
    ignore_prefixes: Annotated[tuple[str, ...], "Prefixes of keys that are not judged, such as those that other tools set."] = (
        _OF_OTHER_TOOLS
    )


_KEBAB = TagKeyCase("kebab-case")


@rule(
    applies_to=TAGGABLE,
    severity=Severity.LOW,
    remedy="Rename the key to the case that the configuration names.",
    topic="Best practices for tagging AWS resources",
    parameters=TagKeyCase,
    each=tags_if_any,
    passes=(
        {"tags": {"CostCenter": "4711", "Owner": UNKNOWN}},
        {"tags": {"Acme:CostCenter": "4711", "kubernetes.io/cluster/main": "owned"}},
        Example({"tags": {"cost-center": "4711", "Name": "main"}}, parameters=_KEBAB),
        {},
    ),
    fails=(
        {"tags": {"cost-center": "4711"}},
        {"tags": {"Cost Center": "4711", "Owner": UNKNOWN}, "tagsAll": UNKNOWN},
        Example({"tags": {"CostCenter": "4711"}}, parameters=_KEBAB),
    ),
    undecided=({"tags": UNKNOWN},),
)
def tag_keys_follow_case(tags: Tags, parameters: TagKeyCase) -> Iterator[Violation]:
    """Tag keys follow one naming convention.

    Whoever writes a query or a policy on tags can then tell a key without looking it up.
    """
    fits = _CASES[parameters.case].fullmatch
    for key in tags.keys():  # noqa: SIM118  (no mapping: the iterator raises at its end)
        if fits(key) or key == _CONSOLE_KEY or key.startswith(parameters.ignore_prefixes):
            continue
        if not all(map(fits, _NAMESPACE.split(key))):
            yield Violation(f"tag key {key} is not in {parameters.case}", at=path_to("tags", key))


class _Spellings(NamedTuple):
    """For each key in a stack the spelling that most resources use, None where that cannot be told for the reason given."""

    usual: dict[str, str | None]
    reason: Reason


_FILLERS = str.maketrans("", "", "-_ ")


def _spellings_of(stack: Stack) -> _Spellings:
    """Return the usual spellings in a stack; counted once, not once per resource."""
    return stack.once("tag key spellings", lambda: _count(stack))


def _count(stack: Stack) -> _Spellings:
    counts: Counter[str] = Counter()
    reasons: list[Reason] = [] if stack.complete else [Reason.NOT_REPORTED]
    for resource in stack.of(*TAGGABLE):
        tags = read_tags(resource)  # not kept: the stack may be large
        for key in tags.entries:
            counts[key] += 1
        if tags.reason:
            reasons.append(tags.reason)
    groups: dict[str, list[str]] = {}
    for key in counts:
        groups.setdefault(key.translate(_FILLERS).lower(), []).append(key)
    usual: dict[str, str | None] = {}
    for group in groups.values():
        first, *others = sorted(group, key=lambda key: (-counts[key], key))
        for key in group:
            # each resource whose tags are not known may add one to any spelling
            rival = first if key != first else others[0] if others else None
            lead = abs(counts[key] - (counts[rival] if rival else 0))
            clear = not reasons or (stack.complete and lead > len(reasons))
            usual[key] = first if clear else None
    return _Spellings(usual, reasons[0] if reasons else Reason.COMPUTED)


@rule(
    applies_to=TAGGABLE,
    severity=Severity.LOW,
    remedy="Rename the key to the spelling that most of the stack uses.",
    topic="Tag naming limits and requirements",
    each=tags_if_any,
    passes=(
        Example({"tags": {"Owner": "a"}}, type=BUCKET, related=(Example({"tags": {"Owner": "b"}}, type=QUEUE, name="queue"),)),
        Example({"tags": {"Name": "a"}}, type=BUCKET, related=(Example({"tags": {"Owner": "b"}}, type=QUEUE, name="queue"),)),
        Example({}, type=BUCKET, related=(Example({"tags": UNKNOWN}, type=QUEUE, name="queue"),)),
        Example(
            {"tags": {"Owner": "a"}},
            type=BUCKET,
            related=(
                Example({"tags": {"Owner": "b"}}, type=QUEUE, name="first"),
                Example({"tags": {"owner": "c"}}, type=QUEUE, name="second"),
            ),
        ),
    ),
    fails=(
        Example({"tags": {"owner": "a"}}, type=BUCKET, related=(Example({"tags": {"Owner": "b"}}, type=QUEUE, name="queue"),)),
        Example(
            {"tags": {"cost-center": "a"}},
            type=BUCKET,
            related=(
                Example({"tags": {"CostCenter": "b"}}, type=QUEUE, name="first"),
                Example({"tags": {"CostCenter": UNKNOWN}, "tagsAll": {"CostCenter": UNKNOWN}}, type=QUEUE, name="second"),
            ),
        ),
    ),
    undecided=(
        Example({"tags": {"Owner": "a"}}, type=BUCKET, related=(Example({"tags": UNKNOWN}, type=QUEUE, name="queue"),)),
    ),
)
def tag_keys_spelled_one_way(tags: Tags, stack: Stack) -> Iterator[Violation]:
    """Tag keys are spelled one way throughout the stack.

    AWS compares keys with their case: costs tagged owner and costs tagged Owner stand in two columns of the bill.
    """
    if not tags.entries:
        tags.require_all()  # the rest of the stack need not be counted
    spellings = _spellings_of(stack)
    undecided = False
    for key in tags.entries:
        usual = spellings.usual[key]
        if usual is None:
            undecided = True
        elif key != usual:
            yield Violation(f"tag key {key} is spelled {usual} elsewhere in the stack", at=path_to("tags", key))
    if undecided:
        raise UnknownValue(spellings.reason, "tags", "the tags of other resources are not all known")
    tags.require_all()


@rule(
    applies_to=TAGGABLE,
    severity=Severity.HIGH,
    remedy="Choose a key that does not begin with aws: in any case.",
    topic="Tag naming limits and requirements",
    each=tags_if_any,
    passes=({"tags": {"Owner": "platform", "aws-region": "x", "team:aws:x": "y"}}, {}),
    fails=({"tags": {"aws:owner": "platform"}}, {"tags": {"AWS:Owner": UNKNOWN}}),
    undecided=({"tags": UNKNOWN},),
)
def tag_keys_without_reserved_prefix(tags: Tags) -> Iterator[Violation]:
    """Tag keys do not begin with the reserved prefix aws:.

    AWS keeps these keys for itself and refuses a request that sets one.
    """
    for key in tags.keys():  # noqa: SIM118  (no mapping: the iterator raises at its end)
        if key[:4].lower() == "aws:":
            yield Violation(f"tag key {key} begins with aws:, which AWS reserves", at=path_to("tags", key))


@rule(
    applies_to=TAGGABLE,
    severity=Severity.MEDIUM,
    remedy="Keep one of the spellings.",
    topic="Tags for AWS Identity and Access Management resources",
    each=tags_if_any,
    passes=({"tags": {"Owner": "platform", "OwnerTeam": UNKNOWN}}, {}),
    fails=(
        {"tags": {"Owner": "platform", "owner": "web"}},
        {"tags": {"Owner": "platform", "owner": UNKNOWN}},
        {"tags": {"Owner": "platform", "OWNER": "platform"}, "tagsAll": UNKNOWN},
    ),
    undecided=({"tags": UNKNOWN},),
)
def tag_keys_distinct(tags: Tags) -> Iterator[Violation]:
    """Tag keys of one resource differ in more than their case.

    IAM refuses a request with Owner and owner. Other services keep both, and nobody knows which of them counts.
    """
    if len(set(map(str.casefold, tags.entries))) < len(tags.entries):
        first: dict[str, str] = {}
        for key in sorted(tags.entries):
            other = first.setdefault(key.casefold(), key)
            if other != key:
                yield Violation(f"tag keys {other} and {key} differ in their case only", at=path_to("tags", key))
    tags.require_all()


class Vocabulary(NamedTuple):
    """The tag keys that may be used."""

    forbidden: Annotated[tuple[str, ...], "Tag keys that must not be used; * stands for any characters."] = ()
    allowed: Annotated[
        tuple[str, ...], "The only tag keys that may be used, as in acme:*; with none, any that is not forbidden."
    ] = ()
    ignore_prefixes: Annotated[tuple[str, ...], "Prefixes of keys that are allowed in any case."] = _OF_OTHER_TOOLS


_NO_PROJECT = Vocabulary(forbidden=("Project", "tmp*"))
_FEW = Vocabulary(allowed=("Owner", "acme:*"))


@rule(
    applies_to=TAGGABLE,
    severity=Severity.LOW,
    remedy="Use a key that the configuration allows.",
    topic="Best practices for tagging AWS resources",
    parameters=Vocabulary,
    passes=(
        {"tags": {"Project": "shop"}},
        Example({"tags": {"Owner": UNKNOWN, "project": "shop"}}, parameters=_NO_PROJECT),
        Example({"tags": {"Owner": "web", "acme:cost": "1", "kubernetes.io/cluster/main": "owned"}}, parameters=_FEW),
        Example({}, parameters=_FEW),
    ),
    fails=(
        Example({"tags": {"Project": UNKNOWN}}, parameters=_NO_PROJECT),
        Example({"tags": {"tmp-1": "x"}}, parameters=_NO_PROJECT),
        Example({"tags": {"Owner": "web", "Team": "web"}}, parameters=_FEW),
    ),
    undecided=(Example({"tags": UNKNOWN}, parameters=_FEW),),
)
def tag_keys_allowed(resource: Resource, parameters: Vocabulary) -> Iterator[Violation]:
    """Tag keys are those that the configuration allows.

    Keys that everybody makes up for themselves mean nothing to reports and policies. Without configuration all keys pass.
    """
    if not parameters.forbidden and not parameters.allowed:
        return
    forbidden, allowed = (tuple(map(wildcard, patterns)) for patterns in (parameters.forbidden, parameters.allowed))
    for key in tags_of(resource).keys():  # noqa: SIM118  (no mapping: the iterator raises at its end)
        if any(pattern.fullmatch(key) for pattern in forbidden):
            yield Violation(f"tag key {key} is forbidden", at=path_to("tags", key))
        elif allowed and not key.startswith(parameters.ignore_prefixes) and not any(one.fullmatch(key) for one in allowed):
            yield Violation(f"tag key {key} is not one of those allowed", at=path_to("tags", key))
