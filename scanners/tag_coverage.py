"""Which tags resources carry, by stack, type and key, and whom the tags name as owner.

What is counted: every resource of a type with the inputs `tags` and `tagsAll` that the program manages; of aws-native and
CloudFormation those that these can tag. A tag counts where its key is certain, whatever its value: also one that is empty, a
secret or not known yet. It is undecided where not all keys are known. Keys are compared with their case, as AWS does for cost
allocation. What has tags of another form (an Auto Scaling group) or as resources of their own (`aws:ec2/tag:Tag`) is left out.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property, lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from policies.credentials import kind_of_credential
from policies.effective_tags import plain_tag, tags_of
from policies.evaluate import printable
from policies.provider import takes_tags
from policies.unknown import UnknownValue
from scanners.report import TagCoverage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policies.configuration import Reports
    from policies.resource import Resource
    from policies.settings import Settings
    from policies.stack import Stack
    from policies.tagging.required_tags import RequiredTags
    from policies.tagging.tag_policy_rule import TagPolicy

COST, OWNER, REQUIRED = "cost", "owner", "required"
_DEFAULT_COST, _DEFAULT_OWNER = ("CostCenter",), ("Owner",)
_COST_WORDS = frozenset({"costcenter", "costcentre", "costallocation", "costcode", "billingcode"})
_OWNER_WORDS = frozenset({"owner", "serviceowner", "team"})
_NOT_LETTERS = r"[\W\d_]+"
_LONGEST_OWNER = 100
_OPEN = "?"
_REQUIRED_TAGS, _TAG_POLICY = "required-tags", "tags-follow-tag-policy"


class TagKeys:
    """The keys that are looked for on each type: those of the cost and of the owner, and those that active rules require.

    Where the configuration names none for the cost or for the owner, they are the required keys whose name says so, such as
    `cost-center` and `team`; without such a key `CostCenter` and `Owner`.
    """

    def __init__(self, settings: Settings, reports: Reports) -> None:
        """Take the active rules, and the keys that the configuration names for reports."""
        self._active = {item.rule.id: item for item in settings.active if item.rule.id in {_REQUIRED_TAGS, _TAG_POLICY}}
        self._reports = reports

    @cached_property
    def _required_tags(self) -> RequiredTags | None:
        active = self._active.get(_REQUIRED_TAGS)
        return active.parameters if active else None  # type: ignore[return-value]

    @cached_property
    def _tag_policy(self) -> TagPolicy | None:
        active = self._active.get(_TAG_POLICY)
        return active.parameters if active else None  # type: ignore[return-value]

    @cached_property
    def cost(self) -> tuple[str, ...]:
        """The keys by which costs are allocated."""
        return self._named(self._reports.cost_tags, _COST_WORDS, _DEFAULT_COST)

    @cached_property
    def owner(self) -> tuple[str, ...]:
        """The keys that name who answers for a resource."""
        return self._named(self._reports.owner_tags, _OWNER_WORDS, _DEFAULT_OWNER)

    def _named(self, given: tuple[str, ...] | None, words: frozenset[str], default: tuple[str, ...]) -> tuple[str, ...]:
        if given is not None:
            return given
        alike = (key for key in self._all_required() if re.sub(_NOT_LETTERS, "", key).lower() in words)
        return tuple(dict.fromkeys(alike)) or default

    def _all_required(self) -> Iterator[str]:
        if self._required_tags:
            given = self._required_tags
            yield from chain(given.keys, *given.for_types.values(), given.add)
        if self._tag_policy:
            yield from self._tag_policy.required_for

    def required(self, type_: str) -> Iterator[str]:
        """Yield the keys that active rules require of a type."""
        if self._required_tags:
            yield from self._required_tags.of_type(type_)
        if self._tag_policy:
            yield from (key for key, types in self._tag_policy.required_for.items() if type_ in types)

    def of_type(self, type_: str) -> tuple[str, ...]:
        """Return the keys that are looked for on a type, each once; none for a type that takes no tags."""
        return tuple(dict.fromkeys(chain(self.cost, self.owner, self.required(type_)))) if takes_tags(type_) else ()

    def purpose(self, key: str) -> str:
        """Return what a key is for: `cost` where it is for both, `required` where it is for neither."""
        return COST if key in self.cost else OWNER if key in self.owner else REQUIRED


class TagAudit:
    """Counts which keys resources carry; what it counts adds up over processes."""

    def __init__(self, keys: TagKeys) -> None:
        """Begin with nothing counted."""
        self._keys = keys
        self._bits: dict[str, tuple[tuple[int, str], ...]] = {}
        self._found: dict[tuple[str, str, str], Counter[str]] = {}

    def count(self, resource: Resource, counted: Counter[str]) -> None:
        """Count a resource: `5 aws:s3/bucket:Bucket` carries the first and the third key of its type, `5?` perhaps others."""
        bits = self._bits.get(resource.type)
        if bits is None:
            keys = self._keys.of_type(resource.type)
            bits = self._bits[resource.type] = tuple((1 << place, key) for place, key in enumerate(keys))
        if not bits or (resource.native and resource.native.untagged):
            return
        carried, may_be_more = 0, _OPEN
        try:
            tags = tags_of(resource)
        except UnknownValue:  # the properties cannot be read
            pass
        else:
            for bit, key in bits:
                if key in tags.entries:
                    carried |= bit
            may_be_more = _OPEN if tags.reason else ""
        counted[f"{carried}{may_be_more} {resource.type}"] += 1

    def gather(self, stack: Stack, counted: Counter[str]) -> None:
        """Take over what was counted of a stack, and empty the counter."""
        for entry, resources in counted.items():
            state, _, type_ = entry.partition(" ")
            self._found.setdefault((stack.name, stack.project, type_), Counter())[state] += resources
        counted.clear()

    def coverage(self) -> list[TagCoverage]:
        """Return what was counted, by stack, project, key and type."""
        rows = (row for place, states in self._found.items() for row in self._rows(*place, states))
        return sorted(rows, key=lambda row: (row.stack, row.project, row.key, row.type))

    def _rows(self, stack: str, project: str, type_: str, states: Counter[str]) -> Iterator[TagCoverage]:
        required = frozenset(self._keys.required(type_))
        for place, key in enumerate(self._keys.of_type(type_)):
            found = Counter(self._outcomes(states, place))
            yield TagCoverage(
                stack=stack,
                project=project,
                type=type_,
                key=key,
                purpose=self._keys.purpose(key),
                required=key in required,
                resources=states.total(),
                tagged=found["tagged"],
                missing=found["missing"],
                undecided=found["undecided"],
            )

    @staticmethod
    def _outcomes(states: Counter[str], place: int) -> dict[str, int]:
        found: Counter[str] = Counter()
        for state, resources in states.items():
            carried = int(state.rstrip(_OPEN)) >> place & 1
            found["tagged" if carried else "undecided" if state.endswith(_OPEN) else "missing"] += resources
        return found


def owner_of(resource: Resource, keys: TagKeys) -> str:
    """Return the value of the first owner tag that has plain text; empty where none has, and for what takes no tags.

    It is shown in reports, so what is or may be a secret, or looks like a credential, counts as no owner. A long one is cut.
    """
    if not takes_tags(resource.type):
        return ""
    try:
        entries = tags_of(resource).entries
    except UnknownValue:  # the properties cannot be read
        return ""
    if entries.keys().isdisjoint(keys.owner):  # the common case
        return ""
    return resource.once(owner_of, lambda: _owner(resource, keys.owner))


def _owner(resource: Resource, keys: Iterable[str]) -> str:
    text = next(filter(None, (plain_tag(resource, key).strip() for key in keys)), "")
    return _told(text) if text else ""


@lru_cache(1024)
def _told(text: str) -> str:
    if kind_of_credential(text):
        return ""
    text = printable(text)
    return text if len(text) <= _LONGEST_OWNER else f"{text[: _LONGEST_OWNER - 1]}…"
