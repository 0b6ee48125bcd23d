"""Rules that are one property and one value, as lines of a table: check, fix and examples follow from the line.

These never grow operators: a rule with a second condition is a function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from policies.fix import Fix, nested
from policies.rule import Rule, Violation, examples_of, scope_of
from policies.unknown import COMPUTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import NotRequired, Unpack

    from policies.controls import Control
    from policies.resource import Resource
    from policies.rule import Example, Severity

    class About(TypedDict):
        """What every rule says of itself."""

        title: str
        why: str
        severity: Severity
        controls: NotRequired[Iterable[Control]]
        checkov: NotRequired[Iterable[str]]
        topic: NotRequired[str]


def must_be(  # noqa: PLR0913  (what a line of the table holds)
    id: str,  # noqa: A002  (the field's own name)
    applies_to: Iterable[str],
    path: str,
    wanted: bool | str,  # noqa: FBT001
    *,
    remedy: str = "",
    default: bool | str | None = None,
    replaces: bool = False,
    **about: Unpack[About],
) -> Rule:
    """Return the rule that one property must have one value.

    `default` is what AWS does where the property is absent; None means that absence fails. `replaces` says that AWS
    replaces the resource for the change.
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
    return row(
        id,
        applies_to,
        check,
        remedy or f"Set {path} to {_shown(wanted)}.",
        passes=[nested(path, wanted), *([{}] if absent_passes else [])],
        fails=[nested(path, other), *([] if absent_passes else [{}])],
        undecided=[nested(path, COMPUTED)],
        **about,
    )


def must_be_set(
    id: str,  # noqa: A002
    applies_to: Iterable[str],
    path: str,
    *,
    remedy: str,
    example: str,
    **about: Unpack[About],
) -> Rule:
    """Return the rule that one property must be set, to whatever value. There is no fix: only the user knows the value."""

    def check(resource: Resource) -> Iterator[Violation]:
        if not resource.has(path):
            yield Violation(f"{path} is not set", at=path)

    passes = [nested(path, example), nested(path, COMPUTED)]
    return row(id, applies_to, check, remedy, passes=passes, fails=[{}], **about)


def row(  # noqa: PLR0913
    id: str,  # noqa: A002
    applies_to: Iterable[str],
    check: Callable[..., Iterator[Violation]],
    remedy: str,
    *,
    passes: Iterable[Example | Mapping[str, object]],
    fails: Iterable[Example | Mapping[str, object]],
    undecided: Iterable[Example | Mapping[str, object]] = (),
    **about: Unpack[About],
) -> Rule:
    """Return the rule of one line of a table: for constructors like those above."""
    types = tuple(applies_to)
    return Rule(
        id=id,
        title=about["title"],
        why=about["why"],
        applies_to=types,
        severity=about["severity"],
        remedy=remedy,
        check=check,
        controls=tuple(about.get("controls", ())),
        checkov=tuple(about.get("checkov", ())),
        topic=about.get("topic", ""),
        scope=scope_of(check),
        passes=examples_of(passes, types),
        fails=examples_of(fails, types),
        undecided=examples_of(undecided, types),
    )


def _shown(value: bool | str) -> str:  # noqa: FBT001
    return str(value).lower() if isinstance(value, bool) else value
