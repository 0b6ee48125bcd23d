"""Write cloudformation-properties.json: the properties of each CloudFormation type that has a twin.

Reads the schemas of AWS's CloudFormation registry that the package cfn-lint carries, which is no dependency of the project:
`uv run --isolated --with cfn-lint python -m tests.schemas.cloudformation`.
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from policies.provider.native.tables import TWINS
from scanners.sources.cloudformation_names import native_type

REGION = "us-east-1"
MAPS = {"Arguments", "Parameters", "RouteSettings", "Tags", "UserPoolTags"}
"""Properties that the schemas call objects and say no more of, and that are maps of texts."""

TOLD_OTHERWISE = {
    ("AWS::EC2::Instance", "NoDevice"): "",
    ("AWS::AutoScaling::LaunchConfiguration", "NoDevice"): "",
    ("AWS::IAM::ManagedPolicy", "PolicyDocument"): "json",
}
"""What the schemas leave open: an empty object that is a switch, and a document."""


class Schema:
    """The schema of one type."""

    def __init__(self, type_: str, content: dict[str, Any]) -> None:
        """Take a type and its schema."""
        self.type = type_
        self.content = content

    def properties(self) -> dict[str, object]:
        """Return what may be set: objects as objects, lists as lists of one, `map`, `json`, or an empty text."""
        read_only = {path.removeprefix("/properties/") for path in self.content.get("readOnlyProperties", ())}
        given = {name: item for name, item in self.content["properties"].items() if name not in read_only}
        return self._members(given, ())

    def _members(self, members: dict[str, Any], seen: tuple[str, ...]) -> dict[str, object]:
        return {name: self._member(name, item, seen) for name, item in sorted(members.items())}

    def _member(self, name: str, item: dict[str, Any], seen: tuple[str, ...]) -> object:
        if (self.type, name) in TOLD_OTHERWISE:
            return TOLD_OTHERWISE[self.type, name]
        found = self._value(item, seen)
        return "map" if found == "json" and name in MAPS else found

    def _value(self, item: dict[str, Any], seen: tuple[str, ...]) -> object:
        while "$ref" in item:
            name = item["$ref"].rpartition("/")[2]
            if name in seen:
                return ""
            seen = (*seen, name)
            item = self.content.get("definitions", {}).get(name, {})
        types = item.get("type")
        if "items" in item or types == "array":
            return [self._value(item.get("items", {}), seen)]
        members = dict(item.get("properties", {}))
        for other in (*item.get("oneOf", ()), *item.get("anyOf", ()), *item.get("allOf", ())):
            found = self._value(other, seen)
            for name in found if isinstance(found, dict) else ():
                members.setdefault(name, {})
        if members:
            return self._members(members, seen)
        if "patternProperties" in item:
            return "map"
        return "json" if types == "object" or (isinstance(types, list) and "object" in types) else ""


def main() -> None:
    """Write the file."""
    schemas = files("cfnlint").joinpath("data", "schemas")
    names = json.loads(schemas.joinpath("providers", f"{REGION}.json").read_text())
    lines = []
    for type_, name in sorted(names.items()):
        if native_type(type_) in TWINS:
            content = json.loads(schemas.joinpath("resources", f"{name}.json").read_text())
            properties = json.dumps(Schema(type_, content).properties(), separators=(",", ":"))
            lines.append(f" {json.dumps(type_)}: {properties}")
    Path(__file__).with_name("cloudformation-properties.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
