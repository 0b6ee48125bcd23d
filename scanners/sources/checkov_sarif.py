"""Read what `checkov -o sarif` writes: what failed and what was skipped, each with its code and without its resource's name.

Code of Terraform and of CloudFormation says type and name, so the resource can be rebuilt. Which module it stands in is lost,
and so is which one of several it is: they are one resource here. The code of a plan names nothing. Checkov writes the code
since 2.3.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from scanners.sources.checkov_record import Record, clean, file_of, line_of, members
from scanners.sources.checkov_stack import stacks_of
from scanners.sources.cloudformation_resources import FRAMEWORK
from scanners.sources.source import SourceError, SourceStack, named
from scanners.sources.terraform_resources import PLAN

if TYPE_CHECKING:
    from collections.abc import Iterator

_ORGANIZATION = "bridgecrew"
_NAMES = frozenset({"checkov", "bridgecrew", "prisma cloud"})
_SCORES = ((9.0, "critical"), (7.0, "high"), (4.0, "medium"), (0.1, "low"))
"""The lowest score of each severity, as CVSS 3.1 has them (section 5)."""
_BLOCK = re.compile(r'\s*(resource|data|provider|module|variable|output)\s+"([\w-]+)"\s*(?:"([\w-]+)"\s*)?\{')
_ALIAS = re.compile(r'^\s*alias\s*=\s*"([\w-]+)"\s*$', re.MULTILINE)
_LOGICAL_ID = re.compile(r'\s*"?([A-Za-z0-9]{1,255})"?[ \t]*:')
_TYPE = re.compile(r"""^([ \t]*)"?Type"?[ \t]*:[ \t]*["']?(AWS::\w+::\w+)["']?,?[ \t]*$""", re.MULTILINE)
_PLANNED = re.compile(r'\s*"values"\s*:\s*\{')
_NO_CODE = "results without code, so no rule judged what they are about; `checkov -o json` shows the code: {}"


def recognises(content: object) -> bool:
    """Say whether decoded JSON is SARIF, of whatever tool."""
    return isinstance(content, dict) and isinstance(content.get("runs"), list) and "version" in content


def read(path: str, content: dict[str, object]) -> list[SourceStack]:
    """Return one stack for each framework that the code tells; raises `SourceError` where no run is Checkov's."""
    runs = content["runs"]
    runs = [run for run in runs if isinstance(run, dict)] if isinstance(runs, list) else []
    own = [run for run in runs if _is_own(_driver(run))]
    others = [clean(_driver(run).get("name")) or "a tool without a name" for run in runs if not _is_own(_driver(run))]
    if not own:
        tools = f"of {named(others)}" if others else "without a run"
        message = f"SARIF {tools}, not of Checkov"
        raise SourceError(message)
    notes = [f"runs of other tools are left out: {named(others)}"] if others else []
    found: list[tuple[str, Record]] = []
    for run in own:
        found += _Run(run, notes).records()
    without_code = [record.named for _, record in found if record.code is None]
    if without_code:
        notes.append(_NO_CODE.format(named(without_code)))
    return stacks_of(path, found, notes)


def _driver(run: dict[str, object]) -> dict[str, object]:
    return members(members(run.get("tool")).get("driver"))


def _is_own(driver: dict[str, object]) -> bool:
    return driver.get("organization") == _ORGANIZATION or clean(driver.get("name")).lower() in _NAMES


class _Run:
    """One run of Checkov."""

    def __init__(self, run: dict[str, object], notes: list[str]) -> None:
        self.notes = notes
        results, rules = run.get("results"), _driver(run).get("rules")
        if results is not None and not isinstance(results, list):
            raise SourceError("runs.results: expected a list")
        self.results: list[object] = results or []
        self.rules = [members(rule) for rule in rules] if isinstance(rules, list) else []
        self.by_id = {id_: rule for rule in self.rules if isinstance(id_ := rule.get("id"), str)}

    def records(self) -> Iterator[tuple[str, Record]]:
        others: list[str] = []
        for index, item in enumerate(self.results):
            result = members(item)
            rule = self.rule_of(result)
            check = clean(result.get("ruleId")) or clean(rule.get("id"))
            if check:
                yield _record(result, rule, check)
            else:
                others.append(f"results[{index}]")
        if others:
            self.notes.append(f"not a result of Checkov, for ruleId is missing: {named(others)}")

    def rule_of(self, result: dict[str, object]) -> dict[str, object]:
        id_, index = result.get("ruleId"), result.get("ruleIndex")
        if isinstance(id_, str):
            return self.by_id.get(id_, {})
        return self.rules[index] if isinstance(index, int) and 0 <= index < len(self.rules) else {}


def _record(result: dict[str, object], rule: dict[str, object], check: str) -> tuple[str, Record]:
    physical = members(members(_first(result.get("locations"))).get("physicalLocation"))
    region = members(physical.get("region"))
    uri = members(physical.get("artifactLocation")).get("uri")
    code = members(region.get("snippet")).get("text")
    framework, address = _named(code) if isinstance(code, str) else ("", "")
    suppression = _suppression(result.get("suppressions"))
    return framework, Record(
        check=check,
        verdict="failed" if suppression is None else "skipped",
        # a rule has the name of its first result, in whatever framework
        title=clean(members(result.get("message")).get("text")) or clean(rule.get("name")),
        address=address,
        file=file_of(unquote(uri) if isinstance(uri, str) else ""),
        line=line_of(region.get("startLine")),
        code=code,
        reason=clean((suppression or {}).get("justification")),
        severity=_severity(members(rule.get("properties")).get("security-severity")),
    )


def _named(code: str) -> tuple[str, str]:
    """Return the framework and Checkov's name of the resource, as far as its code tells."""
    if _PLANNED.match(code):
        return PLAN, ""
    block = _BLOCK.match(code)
    if not block:
        return _template_resource(code)
    type_, first, second = block.groups()
    if type_ == "provider":
        alias = _ALIAS.search(code)
        return "terraform", f"{first}.{alias[1] if alias else 'default'}"
    return "terraform", f"{first}.{second}" if second else first


def _template_resource(code: str) -> tuple[str, str]:
    """Return the same of a resource of CloudFormation: its type is the one that stands furthest to the left."""
    logical_id = _LOGICAL_ID.match(code)
    type_ = min(_TYPE.finditer(code), key=lambda found: len(found[1]), default=None)
    return (FRAMEWORK, f"{type_[2]}.{logical_id[1]}") if logical_id and type_ else ("", "")


def _suppression(suppressions: object) -> dict[str, object] | None:
    """Return the suppression that holds; None where there is none, or a person rejected it."""
    given = [members(item) for item in suppressions] if isinstance(suppressions, list) else []
    return next((item for item in given if item.get("status", "accepted") == "accepted"), None)


def _severity(score: object) -> str:
    try:
        value = float(score) if isinstance(score, str | int | float) else 0.0
    except (ValueError, OverflowError):
        return ""
    return next((name for lowest, name in _SCORES if lowest <= value), "")


def _first(value: object) -> object:
    return value[0] if isinstance(value, list) and value else None
