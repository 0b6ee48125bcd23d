"""Write `rule_index.py`, what can be said of each rule without its code: `python -m policies.generate_index`."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from policies.catalog import MODULES, collect
from policies.controls import FRAMEWORKS
from policies.provider.taggable import TAGGABLE
from policies.settings import parameters_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.controls import Control
    from policies.rule import Rule

FILE = Path(__file__).with_name("rule_index.py")

_HEAD = '''"""The rules without their code, as the columns of `policies.catalog.IndexedRule`. Written by `make docs`."""

from policies.provider.taggable import TAGGABLE

Row = tuple[
    str, str, str, str, str, str, str, bool, tuple[str, ...], tuple[str, ...], tuple[str, ...], str, str
]

RULES: tuple[Row, ...] = (
'''


def text() -> str:
    """Return the index of the rules that the modules define. Raises `ValueError` for an id used twice."""
    modules = {name: import_module(f"policies.{name}") for name in MODULES}
    homes: dict[str, str] = {}
    for name, module in modules.items():
        for id_ in collect([module]):
            homes.setdefault(id_, name)
    rules = collect(modules.values()).values()
    return "".join([_HEAD, *(f"    (\n{_lines(rule, homes[rule.id])}    ),\n" for rule in rules), ")\n"])


def _lines(rule: Rule, module: str) -> str:
    return "".join(f"        {column},\n" for column in _columns(rule, module))


def _columns(rule: Rule, module: str) -> Iterator[str]:
    yield from map(repr, (rule.id, module, rule.title, rule.why, rule.severity.value, rule.remedy, rule.scope.value))
    yield repr(rule.judges_secrecy)
    yield "TAGGABLE" if rule.applies_to == TAGGABLE else repr(rule.applies_to)
    yield repr(tuple(map(_control, rule.controls)))
    yield repr(rule.checkov)
    yield repr(rule.topic)
    yield repr(json.dumps(parameters_schema(rule)) if rule.parameters else "")


def _control(control: Control) -> str:
    key = next(key for key, framework in FRAMEWORKS.items() if framework[control.id] == control)
    return f"{key} {control.id}"


def main() -> None:
    """Write the index."""
    FILE.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
