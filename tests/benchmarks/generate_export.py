"""Make large stack exports out of the real ones in examples/states.

    python tests/benchmarks/generate_export.py 10000 > large.json

The resources of the real exports are repeated under new names until there are enough of them; URNs, parents, providers
and property dependencies are renamed with them, so every copy is a graph of its own.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

STATES = Path(__file__).parents[2] / "examples" / "states"
STACK = "urn:pulumi:load::generated::"


def export(count: int) -> dict[str, Any]:
    """Return a stack export with `count` resources."""
    resources: list[dict[str, Any]] = []
    copy = 0
    while len(resources) < count:
        for file in sorted(STATES.glob("*.json")):
            resources.extend(_copies(json.loads(file.read_text()), f"{file.stem}-{copy}"))
        copy += 1
    return {"version": 3, "deployment": {"manifest": {}, "resources": resources[:count], "metadata": {}}}


def _copies(state: dict[str, Any], suffix: str) -> list[dict[str, Any]]:
    originals = state["deployment"]["resources"]
    urns = {resource["urn"]: f"{STACK}{resource['urn'].split('::', 2)[2]}-{suffix}" for resource in originals}
    return [_renamed(resource, urns) for resource in originals]


def _renamed(value: Any, urns: dict[str, str]) -> Any:  # noqa: ANN401  (any JSON)
    if isinstance(value, dict):
        return {key: _renamed(item, urns) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, urns) for item in value]
    if isinstance(value, str) and value.startswith("urn:pulumi:"):
        urn, separator, id_ = value, "", ""
        if value not in urns:  # a provider reference: urn::id
            urn, separator, id_ = value.rpartition("::")
        return urns.get(urn, urn) + separator + id_
    return value


if __name__ == "__main__":
    json.dump(export(int(sys.argv[1])), sys.stdout)
