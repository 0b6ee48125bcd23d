"""The scanner gives, for every example of every rule, the answer that the example is listed under.

The policy pack is held to the same examples in test_pulumi_pack.py, Checkov's output in test_terraform_examples.py.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from policies.catalog import builtin_rules
from policies.examples import PROVIDER, STACK, outputs_of, references_in, resolve
from policies.unknown import Reason, Unknown
from tests.command import stackproof

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from policies.rule import Example

MARKS: dict[Reason, object] = {
    Reason.COMPUTED: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    Reason.SECRET: {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x"},
}
WANTED = {"passes": set(), "fails": {"failed"}, "undecided": {"undecided"}}


def marked(value: object) -> object:
    """Return a value as a state carries it."""
    if isinstance(value, dict):
        return {key: marked(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [marked(item) for item in value]
    return MARKS[value.reason] if isinstance(value, Unknown) else value


def export(example: Example) -> dict[str, Any]:
    return {"version": 3, "deployment": {"resources": list(resources(example))}}


def resources(example: Example) -> Iterator[dict[str, Any]]:
    everything = (example, *example.related)
    by_name = {item.name: item for item in everything}
    urns = {item.name: f"urn:pulumi:{STACK}::example::{item.type}::{item.name}" for item in everything}
    provider = f"urn:pulumi:{STACK}::example::{PROVIDER}::default"
    if example.provider is not None:
        yield {"urn": provider, "type": PROVIDER, "id": "p", "inputs": marked(dict(example.provider))}
    for item in everything:
        edges = {key: [urns[found.to] for found in references_in(value)] for key, value in item.inputs.items()}
        yield {
            "urn": urns[item.name],
            "type": item.type,
            "id": outputs_of(item)["id"],
            "inputs": {key: marked(resolve(value, by_name, known=True)) for key, value in item.inputs.items()},
            "outputs": outputs_of(item),
            "provider": f"{provider}::p" if example.provider is not None else "",
            "propertyDependencies": {key: urns for key, urns in edges.items() if urns},
        }


@pytest.mark.parametrize("rule", builtin_rules().values(), ids=lambda rule: rule.id)
def test_the_scanner_answers_as_the_examples_say(rule: Any, tmp_path: Path) -> None:  # noqa: ANN401  (a Rule)
    for kind, wanted in WANTED.items():
        for index, example in enumerate(getattr(rule, kind)):
            if example.parameters is not None:
                continue  # parameters are what configurations are for: test_configuration.py
            file = tmp_path / f"{kind}-{index}.json"
            file.write_text(json.dumps(export(example)))
            ran = stackproof("scan", file, "-f", "json", "--rule", rule.id, "--config", "/dev/null")
            found = {result["status"] for result in ran.report["results"] if result["name"] == example.name}
            assert found == wanted, (kind, index, example)
