"""Tags that depend on the stack: its environment, and when it ends."""

from __future__ import annotations

from datetime import date
from itertools import chain
from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.effective_tags import tags_if_any, tags_of
from policies.exemptions import wildcard
from policies.fix import path_to
from policies.provider import TAGGABLE
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN, Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policies.resource import Resource
    from policies.stack import Stack
    from policies.tags import Tags


def _is_one_of(stack: Stack, patterns: Iterable[str]) -> bool:
    """Say whether the name of a stack fits a pattern; raise `UnknownValue` where the source does not tell the name."""
    if not stack.complete:
        raise UnknownValue(Reason.NOT_REPORTED, detail="the name of the stack is not reported")
    return any(wildcard(pattern).fullmatch(stack.name) for pattern in patterns)


class Environments(NamedTuple):
    """Which environment each stack is."""

    key: Annotated[str, "The tag key that names the environment."] = "Environment"
    stacks: Annotated[
        dict[str, tuple[str, ...]],
        "The environments by the name of the stack, in any case; * stands for any characters, as in prod*: [prod].",
    ] = {
        "prod*": ("prod", "production", "prd"),
        "stag*": ("staging", "stage", "stg"),
        "dev*": ("dev", "development"),
    }


_DEV = Environments(stacks={"*": ("dev", "development")})


@rule(
    applies_to=TAGGABLE,
    severity=Severity.LOW,
    remedy="Take the value of the tag from the stack, as in pulumi.get_stack().",
    topic="Tagging strategies",
    parameters=Environments,
    each=tags_if_any,
    passes=(
        Example({"tags": {"Environment": "Dev"}}, parameters=_DEV),
        Example({"tags": {"Environment": "dev"}}, parameters=Environments(stacks={"*": ("development",)})),
        Example({"tags": {"Owner": UNKNOWN}}, parameters=_DEV),
        Example({"tags": {"Environment": "prod"}}, parameters=Environments(stacks={"other": ("dev",)})),
        {},
    ),
    fails=(
        Example({"tags": {"Environment": "prod", "Owner": UNKNOWN}}, parameters=_DEV),
        Example({}, provider={"defaultTags": '{"tags": {"Environment": "prod"}}'}, parameters=_DEV),
        Example({"tags": {"stage": "prod"}}, parameters=Environments("stage", {"*": ("dev",)})),
    ),
    undecided=(Example({"tags": {"Environment": UNKNOWN}}, parameters=_DEV),),
)
def environment_tag_matches_stack(tags: Tags, stack: Stack, parameters: Environments) -> Iterator[Violation]:
    """Environment tags agree with the name of the stack.

    A stack that was copied from production and still says so is billed, alarmed and backed up as production.
    Stacks whose name fits no pattern, and resources without the tag, pass; so does the name of the stack itself.
    """
    value = tags.text(parameters.key)
    if value is None:
        return
    allowed = stack.once(("environments", *parameters.stacks.items()), lambda: _environments(stack, parameters))
    if allowed and value.casefold() not in allowed:
        message = f"the value of tag {parameters.key} is another environment than the stack's"
        yield Violation(message, at=path_to("tags", parameters.key))


def _environments(stack: Stack, parameters: Environments) -> set[str]:
    """Return the values that say which environment a stack is, in lower case; none where its name fits no pattern."""
    fitting = [names for pattern, names in parameters.stacks.items() if _is_one_of(stack, (pattern,))]
    return {name.casefold() for name in (stack.name, *chain(*fitting))} if fitting else set()


class Temporary(NamedTuple):
    """Which stacks are temporary, and how they say when they end."""

    stacks: Annotated[tuple[str, ...], "Names of temporary stacks; * stands for any characters, as in pr-*."] = ()
    keys: Annotated[tuple[str, ...], "Tag keys of which one holds the date, written YYYY-MM-DD."] = (
        "ExpiresOn",
        "Expiry",
        "DeleteAfter",
    )


_SHORT = Temporary(("*", "pr-*"))


@rule(
    applies_to=TAGGABLE,
    severity=Severity.LOW,
    remedy="Add a tag such as ExpiresOn with the date, best among the default tags of the provider.",
    topic="Tagging strategies",
    parameters=Temporary,
    passes=(
        {},
        Example({"tags": {"ExpiresOn": "2031-01-31", "Owner": UNKNOWN}}, parameters=_SHORT),
        Example({"tags": {"Expiry": "2031-01-31T08:00:00Z"}}, parameters=_SHORT),
        Example({}, parameters=Temporary(("other-*",))),
    ),
    fails=(
        Example({}, parameters=_SHORT),
        Example({"tags": {"Owner": "web"}}, parameters=_SHORT),
        Example({"tags": {"ExpiresOn": "next week"}}, parameters=_SHORT),
    ),
    undecided=(
        Example({"tags": {"ExpiresOn": UNKNOWN}}, parameters=_SHORT),
        Example({"tags": UNKNOWN}, parameters=_SHORT),
    ),
)
def temporary_stack_expires(resource: Resource, stack: Stack, parameters: Temporary) -> Iterator[Violation]:
    """Resources of temporary stacks say when they end.

    What was made for a pull request or a demo costs money until somebody dares to delete it. Without configuration no
    stack counts as temporary, and all pass.
    """
    if not parameters.stacks or not _is_one_of(stack, parameters.stacks):
        return
    if not any(_is_date(value) for _, value in tags_of(resource).texts(parameters.keys)):
        yield Violation(f"none of the tags {', '.join(parameters.keys)} holds a date", at="tags")


def _is_date(text: str) -> bool:
    day, _, _ = text.partition("T")
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True
