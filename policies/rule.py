"""What a rule is: one decorated generator function."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from policies.controls import Control
    from policies.fix import Fix
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


APPROXIMATE = "(approximate)"
"""Stands in a message behind a request that a second evaluator did not confirm: an error of this program, and counted."""


ANYONE, ANY_ACCOUNT = "anyone", "any AWS account"
"""The widest of those whom `Violation.exposed_to` names."""


class Step(NamedTuple):
    """One step to more rights: `actor` gains what `target` may do, by `way`, which the statement `at` a place allows."""

    actor: str
    target: str
    way: str
    at: str


class Violation(NamedTuple):
    """One thing that is wrong with a resource.

    `message` is a clause in plain English that quotes property paths, tag keys, IAM actions, resources and
    principals, numbers, booleans and protocol names, never another value: it may be a secret.
    `at` is the property path, for nested blocks from the resource (`Block.at`). `chain` are the steps by which a principal
    gains more, `exposed_to` says who outside is let in, such as `anyone` or `account 111122223333`: reports draw and list them.
    """

    message: str
    at: str = ""
    fix: Fix | None = None
    chain: tuple[Step, ...] = ()
    exposed_to: str = ""


class Reference(NamedTuple):
    """In an example: the value that another resource of the example has, and the dependency it makes."""

    to: str
    output: str = "id"


class Example(NamedTuple):
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


class Rule:
    """A rule, the same in every host. `check` yields what is wrong; yielding nothing means that the resource passes.

    `topic` is the title of AWS's documentation page on the matter. `judges_secrecy` marks a rule that asks whether a value
    is a secret of Pulumi: there the mark is an answer, not a value that is not known. Rules are never changed.
    """

    __slots__ = (
        "applies_to", "check", "checkov", "controls", "each", "fails", "id", "judges_secrecy", "parameters", "passes",
        "remedy", "scope", "severity", "title", "topic", "undecided", "why",
    )  # fmt: skip

    def __init__(  # noqa: PLR0913  (what a rule says of itself)
        self,
        *,
        id: str,  # noqa: A002  (the field's own name)
        title: str,
        why: str,
        applies_to: tuple[str, ...],
        severity: Severity,
        remedy: str,
        check: Callable[..., Iterator[Violation]],
        controls: tuple[Control, ...] = (),
        checkov: tuple[str, ...] = (),
        topic: str = "",
        judges_secrecy: bool = False,
        scope: Scope = Scope.RESOURCE,
        parameters: type | None = None,
        each: Callable[[Resource], Iterable[object]] | None = None,
        passes: tuple[Example, ...] = (),
        fails: tuple[Example, ...] = (),
        undecided: tuple[Example, ...] = (),
    ) -> None:
        """Hold what `rule` and the constructors of tables give."""
        self.id = id
        self.title = title
        self.why = why
        self.applies_to = applies_to
        self.severity = severity
        self.remedy = remedy
        self.check = check
        self.controls = controls
        self.checkov = checkov
        self.topic = topic
        self.judges_secrecy = judges_secrecy
        self.scope = scope
        self.parameters = parameters
        self.each = each
        self.passes = passes
        self.fails = fails
        self.undecided = undecided

    def __repr__(self) -> str:
        """Return the kind and the id; the examples are long."""
        return f"{type(self).__name__}({self.id!r})"

    @property
    def level(self) -> Level:
        """The level where no configuration sets one: what is high or critical blocks."""
        return Level.MANDATORY if self.severity.rank >= Severity.HIGH.rank else Level.ADVISORY

    @property
    def examples(self) -> tuple[Example, ...]:
        """All examples."""
        return (*self.passes, *self.fails, *self.undecided)


def examples_of(given: Iterable[Example | Mapping[str, object]], applies_to: tuple[str, ...]) -> tuple[Example, ...]:
    """Return examples as rules hold them: each with a type, the first of the rule where it names none."""
    first = applies_to[0]
    return tuple(
        Example(item, first) if not isinstance(item, Example) else item if item.type else item._replace(type=first)
        for item in given
    )


def scope_of(check: Callable[..., Iterator[Violation]]) -> Scope:
    """Return the scope of a check: the whole stack if it names an argument `stack`."""
    code = check.__code__
    return Scope.STACK if "stack" in code.co_varnames[: code.co_argcount] else Scope.RESOURCE


def rule(  # noqa: PLR0913  (what a rule says of itself)
    *,
    applies_to: Iterable[str],
    severity: Severity,
    remedy: str,
    controls: Iterable[Control] = (),
    checkov: Iterable[str] = (),
    topic: str = "",
    judges_secrecy: bool = False,
    parameters: type | None = None,
    each: Callable[[Resource], Iterable[object]] | None = None,
    passes: Iterable[Example | Mapping[str, object]] = (),
    fails: Iterable[Example | Mapping[str, object]] = (),
    undecided: Iterable[Example | Mapping[str, object]] = (),
) -> Callable[[Callable[..., Iterator[Violation]]], Rule]:
    """Turn a generator function into a rule.

    The function's name is the id (`rds_storage_encrypted` -> `rds-storage-encrypted`), its docstring the title (first
    line) and the reason. It takes the resource; if it names a second argument `stack`, it is judged when all resources
    of the stack are known; if it names one `parameters`, it gets an instance of `parameters`, a named tuple whose
    defaults hold where no configuration sets them.

    With `each`, the function is called for each item that `each(resource)` yields instead of the resource, and an
    unknown value in one item hides nothing that is wrong with another. Raises `ValueError` without a docstring, and for
    other parameters.
    """

    def decorate(check: Callable[..., Iterator[Violation]]) -> Rule:
        id_ = check.__name__.replace("_", "-")
        title, _, why = (check.__doc__ or "").strip().partition("\n")
        if not title:
            message = f"rule {id_}: write a docstring; its first line is the title, the rest says why"
            raise ValueError(message)
        if parameters is not None and not hasattr(parameters, "_fields"):
            message = f"rule {id_}: {parameters.__name__} is not a NamedTuple, as parameters are"
            raise ValueError(message)
        if parameters is not None and len(parameters._field_defaults) < len(parameters._fields):  # type: ignore[attr-defined]
            message = f"rule {id_}: every field of {parameters.__name__} has a default, for where no configuration sets it"
            raise ValueError(message)
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
            topic=topic,
            judges_secrecy=judges_secrecy,
            scope=scope_of(check),
            parameters=parameters,
            each=each,
            passes=examples_of(passes, types),
            fails=examples_of(fails, types),
            undecided=examples_of(undecided, types),
        )

    return decorate
