"""Write the JSON Schema of OCSF's Compliance Finding, version 1.5.0, from the files of the OCSF schema.

The OCSF publishes events, objects and a dictionary of attributes, and no JSON Schema. This one has what they say: attributes,
types, enumerations, limits, what is required, and what at least one is required of. Attributes of profiles are left out:
an event has them only where it names the profile. Usage, in a checkout of ocsf/ocsf-schema at tag 1.5.0:
`python -m tests.schemas.ocsf CHECKOUT`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).with_name("ocsf-compliance-finding-1.5.0.json")
_CLASS, _ACTIVITIES = 2003, (0, 1, 2, 3, 99)
_SIMPLE: dict[str, dict[str, Any]] = {
    "boolean_t": {"type": "boolean"},
    "float_t": {"type": "number"},
    "integer_t": {"type": "integer"},
    "long_t": {"type": "integer"},
    "timestamp_t": {"type": "integer"},
    "json_t": {},
    "string_t": {"type": "string"},
    "object": {"type": "object"},
}


class _Compiler:
    def __init__(self, root: Path) -> None:
        self._root = root
        dictionary = self._read("dictionary.json")
        self._attributes = dictionary["attributes"]
        self._types = dictionary["types"]["attributes"]
        self.definitions: dict[str, Any] = {}

    def _read(self, file: str) -> Any:  # noqa: ANN401  (JSON)
        return json.loads((self._root / file).read_text(encoding="utf-8"))

    def entity(self, *files: str) -> dict[str, Any]:
        """Return the schema of an event or object; `files` are its own and those that it extends, the base first."""
        attributes: dict[str, Any] = {}
        wanted: set[str] = set()
        for file in files:
            for name, said in self._read(file)["attributes"].items():
                if name != "$include":
                    known = attributes.get(name, {})
                    enum = {**known.get("enum", {}), **said.get("enum", {})}
                    attributes[name] = {**known, **said} | ({"enum": enum} if enum else {})
            wanted |= set((self._read(file).get("constraints") or {}).get("at_least_one", ()))
        plain = {name: said for name, said in attributes.items() if not said.get("profile")}
        schema: dict[str, Any] = {
            "type": "object",
            "properties": {name: self._attribute(name, said) for name, said in sorted(plain.items())},
            "required": sorted(name for name, said in plain.items() if said.get("requirement") == "required"),
            "additionalProperties": False,
        }
        if wanted:
            schema["anyOf"] = [{"required": [name]} for name in sorted(wanted)]
        return schema

    def _attribute(self, name: str, said: dict[str, Any]) -> dict[str, Any]:
        known = self._attributes[name]
        schema = self._type(said.get("type", known["type"]))
        enum = {**known.get("enum", {}), **said.get("enum", {})}
        if enum and schema.get("type") == "integer":
            schema = {**schema, "enum": sorted(map(int, enum))}
        return {"type": "array", "items": schema} if known.get("is_array") else schema

    def _type(self, name: str) -> dict[str, Any]:
        if name in _SIMPLE:
            return dict(_SIMPLE[name])
        if name in self._types:
            said = self._types[name]
            schema = self._type(said["type"])
            if "max_len" in said:
                schema["maxLength"] = said["max_len"]
            if "regex" in said:
                schema["pattern"] = said["regex"]
            return schema
        if name not in self.definitions:
            self.definitions[name] = {}  # it may hold itself
            self.definitions[name] = self.entity(*self._lineage(name))
        return {"$ref": f"#/$defs/{name}"}

    def _lineage(self, name: str) -> list[str]:
        if name == "object":
            return []
        file = f"objects/{name}.json"
        extended = self._read(file).get("extends")
        return [*(self._lineage(extended) if extended else ()), file]


def main(root: Path) -> None:
    """Write the schema."""
    compiler = _Compiler(root)
    event = compiler.entity("events/base_event.json", "events/findings/finding.json", "events/findings/compliance_finding.json")
    event["properties"]["class_uid"] = {"const": _CLASS}
    event["properties"]["category_uid"] = {"const": _CLASS // 1000}
    event["properties"]["type_uid"] = {"enum": [_CLASS * 100 + activity for activity in _ACTIVITIES]}
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "OCSF 1.5.0 Compliance Finding",
        **event,
        "$defs": dict(sorted(compiler.definitions.items())),
    }
    TARGET.write_text(json.dumps(schema, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
