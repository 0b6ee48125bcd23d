"""What a rule is: one decorated generator function, or one line of a table."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from policies.fix import Fix
from policies.unknown import COMPUTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from policies.controls import Control
    from policies.resource import Resource


class Severity(StrEnum):
    """How bad a violation is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for low to 3 for critical."""
        return _RANK[self]


_RANK = {severity: rank for rank, severity in enumerate(Severity)}


class Level(StrEnum):
    """What a host does about a violation; the words are Pulumi's."""

    ADVISORY = "advisory"
    MANDATORY = "mandatory"
    REMEDIATE = "remediate"
    DISABLED = "disabled"


class Scope(StrEnum):
    """What a rule must see to answer."""

    RESOURCE = "resource"
    STACK = "stack"


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is wrong with a resource.

    `message` is a clause in plain English that quotes property paths, tag keys, IAM actions, resources and
    principals, numbers, booleans and protocol names, never another value: it may be a secret.
    `at` is the property path, for nested blocks from the resource (`Block.at`).
    """

    message: str
    at: str = ""
    fix: Fix | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """In an example: the value that another resource of the example has, and the dependency it makes."""

    to: str
    output: str = "id"


@dataclass(frozen=True, slots=True)
class Example:
    """Inputs a rule is run on, where a plain dict does not say enough.

    `type` is the first type of the rule unless given; `related` are the other resources of the stack, `provider` the
    inputs of the AWS provider, `parameters` the rule's. A `Reference` in the inputs names another example.
    """

    inputs: Mapping[str, object]
    type: str = ""
    name: str = "example"
    related: tuple[Example, ...] = ()
    provider: Mapping[str, object] | None = None
    parameters: object = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, the same in every host. `check` yields what is wrong; yielding nothing means that the resource passes."""

    id: str
    title: str
    why: str
    applies_to: tuple[str, ...]
    severity: Severity
    remedy: str
    check: Callable[..., Iterator[Violation]]
    controls: tuple[Control, ...] = ()
    checkov: tuple[str, ...] = ()
    scope: Scope = Scope.RESOURCE
    parameters: type | None = None
    each: Callable[[Resource], Iterable[object]] | None = None
    passes: tuple[Example, ...] = field(default=(), repr=False)
    fails: tuple[Example, ...] = field(default=(), repr=False)
    undecided: tuple[Example, ...] = field(default=(), repr=False)

    @property
    def level(self) -> Level:
        """The level where no configuration sets one: what is high or critical blocks."""
        return Level.MANDATORY if self.severity.rank >= Severity.HIGH.rank else Level.ADVISORY

    @property
    def examples(self) -> tuple[Example, ...]:
        """All examples."""
        return (*self.passes, *self.fails, *self.undecided)


def _examples(given: Iterable[Example | Mapping[str, object]], applies_to: tuple[str, ...]) -> tuple[Example, ...]:
    examples = (item if isinstance(item, Example) else Example(item) for item in given)
    return tuple(
        item if item.type else Example(item.inputs, applies_to[0], item.name, item.related, item.provider, item.parameters)
        for item in examples
    )


def rule(  # noqa: PLR0913  (what a rule says of itself)
    *,
    applies_to: Iterable[str],
    severity: Severity,
    remedy: str,
    controls: Iterable[Control] = (),
    checkov: Iterable[str] = (),
    parameters: type | None = None,
    each: Callable[[Resource], Iterable[object]] | None = None,
    passes: Iterable[Example | Mapping[str, object]] = (),
    fails: Iterable[Example | Mapping[str, object]] = (),
    undecided: Iterable[Example | Mapping[str, object]] = (),
) -> Callable[[Callable[..., Iterator[Violation]]], Rule]:
    """Turn a generator function into a rule.

    The function's name is the id (`rds_storage_encrypted` -> `rds-storage-encrypted`), its docstring the title (first
    line) and the reason. It takes the resource; if it names a second argument `stack`, it is judged when all resources
    of the stack are known; if it names one `parameters`, it gets an instance of `parameters`, a frozen dataclass whose
    defaults hold where no configuration sets them.

    With `each`, the function is called for each item that `each(resource)` yields instead of the resource, and an
    unknown value in one item hides nothing that is wrong with another. Raises `ValueError` without a docstring.
    """

    def decorate(check: Callable[..., Iterator[Violation]]) -> Rule:
        id_ = check.__name__.replace("_", "-")
        title, _, why = (check.__doc__ or "").strip().partition("\n")
        if not title:
            message = f"rule {id_}: write a docstring; its first line is the title, the rest says why"
            raise ValueError(message)
        arguments = check.__code__.co_varnames[: check.__code__.co_argcount]
        types = tuple(applies_to)
        return Rule(
            id=id_,
            title=title.strip(),
            why=re.sub(r"\s*\n\s*", " ", why.strip()),
            applies_to=types,
            severity=severity,
            remedy=remedy,
            check=check,
            controls=tuple(controls),
            checkov=tuple(checkov),
            scope=Scope.STACK if "stack" in arguments else Scope.RESOURCE,
            parameters=parameters,
            each=each,
            passes=_examples(passes, types),
            fails=_examples(fails, types),
            undecided=_examples(undecided, types),
        )

    return decorate


def must_be(  # noqa: PLR0913
    id: str,  # noqa: A002
    applies_to: Iterable[str],
    path: str,
    wanted: bool | str,  # noqa: FBT001
    *,
    title: str,
    why: str,
    severity: Severity,
    remedy: str = "",
    default: bool | str | None = None,
    replaces: bool = False,
    controls: Iterable[Control] = (),
    checkov: Iterable[str] = (),
) -> Rule:
    """Return the rule that one property must have one value; check, fix and examples follow from it.

    `default` is what AWS does where the property is absent; None means that absence fails.
    """

    def check(resource: Resource) -> Iterator[Violation]:
        if isinstance(wanted, bool):
            good = resource.flag(path, default=bool(default)) is wanted
        else:
            good = resource.text(path, default if isinstance(default, str) else "") == wanted
        if not good:
            yield Violation(f"{path} is not {_shown(wanted)}", at=path, fix=Fix({path: wanted}, replaces=replaces))

    other: object = (not wanted) if isinstance(wanted, bool) else "something-else"
    absent_passes = default == wanted
    types = tuple(applies_to)
    return Rule(
        id=id,
        title=title,
        why=why,
        applies_to=types,
        severity=severity,
        remedy=remedy or f"Set {path} to {_shown(wanted)}.",
        check=check,
        controls=tuple(controls),
        checkov=tuple(checkov),
        passes=_examples([_nested(path, wanted), *([{}] if absent_passes else [])], types),
        fails=_examples([_nested(path, other), *([] if absent_passes else [{}])], types),
        undecided=_examples([_nested(path, COMPUTED)], types),
    )


def must_be_set(  # noqa: PLR0913
    id: str,  # noqa: A002
    applies_to: Iterable[str],
    path: str,
    *,
    title: str,
    why: str,
    severity: Severity,
    remedy: str,
    example: str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    controls: Iterable[Control] = (),
    checkov: Iterable[str] = (),
) -> Rule:
    """Return the rule that one property must be set, to whatever value. There is no fix: only the user knows the value."""

    def check(resource: Resource) -> Iterator[Violation]:
        if not resource.has(path):
            yield Violation(f"{path} is not set", at=path)

    types = tuple(applies_to)
    return Rule(
        id=id,
        title=title,
        why=why,
        applies_to=types,
        severity=severity,
        remedy=remedy,
        check=check,
        controls=tuple(controls),
        checkov=tuple(checkov),
        passes=_examples([_nested(path, example), _nested(path, COMPUTED)], types),
        fails=_examples([{}], types),
    )


def _shown(value: bool | str) -> str:  # noqa: FBT001
    return str(value).lower() if isinstance(value, bool) else value


def _nested(path: str, value: object) -> dict[str, object]:
    """Return the object that holds a value at a dotted path."""
    for name in reversed(path.split(".")):
        value = {name: value}
    return value  # type: ignore[return-value]
