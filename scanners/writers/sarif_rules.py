"""SARIF: rules as reporting descriptors, and the frameworks whose controls they carry as taxonomies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policies.controls import FRAMEWORKS, framework_of
from scanners.found import shortened
from scanners.report import RuleNote
from scanners.writers.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policies.controls import Framework
    from scanners.report import CheckovFinding

LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
SECURITY_SEVERITY = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0"}
"""GitHub's ranges: over 9.0 is critical, from 7.0 high, from 4.0 medium."""

_MOST_TAGS = 20
"""GitHub refuses a rule with more ("SARIF results exceed one or more limits"); the relationships hold every control."""

_LONGEST = 1_024
"""GitHub's limit of a description ("SARIF support for code scanning", reportingDescriptor object)."""


def descriptor(rule: RuleNote | CheckovFinding, taxonomies: Taxonomies) -> dict[str, Any]:
    """Return the descriptor of a rule; of a check of Checkov, the one that its first finding tells."""
    tags = ["security"]
    properties: dict[str, Any] = {}
    if rule.severity in SECURITY_SEVERITY:
        properties["security-severity"] = SECURITY_SEVERITY[rule.severity]
    described: dict[str, Any] = {}
    if isinstance(rule, RuleNote):
        id_, title, why, remedy = rule.id, rule.title, rule.why or rule.title, rule.remedy
        tags += [rule.category] if rule.category else []
        described["help"] = {"text": f"{why}\n\n{remedy}", "markdown": f"{why}\n\n**Remedy:** {remedy}"}
        properties |= {"enforcement": rule.level, "checkov": rule.checkov}
    else:
        id_, title = printable(rule.check), printable(rule.title or rule.check)
        why = title
        tags.append("checkov")
        described["help"] = {"text": f"{title}\n\nThis is a check of Checkov that no rule answers."}
    properties["tags"] = [*tags, *rule.controls][:_MOST_TAGS]
    described |= {
        "id": id_,
        "shortDescription": {"text": shortened(title, _LONGEST)},
        "fullDescription": {"text": shortened(why, _LONGEST)},
        "defaultConfiguration": {"level": LEVELS.get(rule.severity, "warning")},
        "properties": properties,
    }
    if relationships := taxonomies.relationships(rule.controls):
        described["relationships"] = relationships
    return described


class Taxonomies:
    """The frameworks and controls that the rules of one run name."""

    def __init__(self) -> None:
        """Begin without one."""
        self._taxa: dict[str, list[str]] = {}

    def relationships(self, controls: Iterable[str]) -> list[dict[str, Any]]:
        """Return how a rule is related to controls such as `AWS FSBP RDS.3`; what is of no known framework is left out."""
        found = []
        for control in controls:
            framework, id_ = framework_of(control)
            if framework is None:
                continue
            taxa = self._taxa.setdefault(framework.key, [])
            if id_ not in taxa:
                taxa.append(id_)
            component = {"name": framework.name, "index": list(self._taxa).index(framework.key)}
            found.append({"target": {"id": id_, "index": taxa.index(id_), "toolComponent": component}, "kinds": ["relevant"]})
        return found

    def supported(self) -> list[dict[str, Any]]:
        """Return references to the frameworks, for the tool's driver."""
        return [{"name": FRAMEWORKS[key].name, "index": index} for index, key in enumerate(self._taxa)]

    def components(self) -> list[dict[str, Any]]:
        """Return the frameworks with the controls that were named; none of them is listed whole."""
        return [_component(FRAMEWORKS[key], taxa) for key, taxa in self._taxa.items()]


def _component(framework: Framework, ids: list[str]) -> dict[str, Any]:
    names = framework.controls()
    return {
        "name": framework.name,
        "version": framework.version,
        "isComprehensive": False,
        "taxa": [{"id": id_} | ({"shortDescription": {"text": names[id_]}} if names.get(id_) else {}) for id_ in ids],
    }
