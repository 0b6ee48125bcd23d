"""Which controls of the compliance frameworks the rules judge, and which they do not."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policies.controls import Framework
    from policies.rule import Rule

_WIDTH = 100


class Coverage(NamedTuple):
    """A framework: its judged controls with the ids of the rules that judge them, and the controls that none judges."""

    framework: Framework
    judged: dict[str, list[str]]
    not_assessed: list[str]


def coverage(framework: Framework, rules: Iterable[Rule]) -> Coverage:
    """Return what the rules judge of a framework, in the order of its controls."""
    by_control: dict[str, list[str]] = {id_: [] for id_ in framework.controls()}
    for rule in rules:
        for control in rule.controls:
            if control.framework == framework.name:
                by_control.setdefault(control.id, []).append(rule.id)  # a user's rule may name any
    return Coverage(
        framework,
        {id_: sorted(found) for id_, found in by_control.items() if found},
        [id_ for id_, found in by_control.items() if not found],
    )


def as_json(frameworks: Iterable[Coverage]) -> str:
    """Return coverages as JSON: a list of frameworks with `controls` (id, name, rules) and `notAssessed` (ids)."""
    return json.dumps([_object(item) for item in frameworks], indent=2) + "\n"


def _object(item: Coverage) -> dict[str, object]:
    names = item.framework.controls()
    return {
        "key": item.framework.key,
        "name": item.framework.name,
        "version": item.framework.version,
        "controls": [{"id": id_, "name": names.get(id_, ""), "rules": rules} for id_, rules in item.judged.items()],
        "notAssessed": item.not_assessed,
    }


def as_text(frameworks: Iterable[Coverage]) -> str:
    """Return coverages for people; a control that no rule judges is not assessed, never passed."""
    return "\n".join("\n".join(_lines(item)) + "\n" for item in frameworks)


def _lines(item: Coverage) -> Iterator[str]:
    names = item.framework.controls()
    yield f"{item.framework.key}: {item.framework.name} {item.framework.version}"
    yield f"{len(item.judged)} of {len(names)} controls are judged by rules, each of them in part or whole."
    for id_, rules in item.judged.items():
        yield f"  {id_}  {names.get(id_, '')}".rstrip()
        yield from _wrapped(", ".join(rules), "      ")
    yield f"  Not assessed, no rule judges them: {len(item.not_assessed)}"
    yield from _wrapped(", ".join(item.not_assessed), "      ")


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
    )
