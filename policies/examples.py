"""The examples of a rule as stacks, the way a state (references known) or a preview (references computed) has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.resource import Resource
from policies.rule import Example, Reference
from policies.stack import Stack
from policies.unknown import COMPUTED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PROVIDER = "pulumi:providers:aws"
PROJECT = "example"
STACK = "dev"


def urn_of(example: Example) -> str:
    """Return the URN that an example's resource gets."""
    return f"urn:pulumi:{STACK}::{PROJECT}::{example.type}::{example.name}"


def stack_of(example: Example, *, references_known: bool = True) -> tuple[Stack, Resource]:
    """Return the stack of an example and the resource that it is about."""
    everything = (example, *example.related)
    by_name = {item.name: item for item in everything}
    provider = None
    if example.provider is not None:
        provider_urn = f"urn:pulumi:{STACK}::{PROJECT}::{PROVIDER}::default"
        provider = Resource(provider_urn, PROVIDER, "default", dict(example.provider), id="provider-id")
    resources = [
        Resource(
            urn_of(item),
            item.type,
            item.name,
            {key: resolve(value, by_name, known=references_known) for key, value in item.inputs.items()},
            outputs=outputs_of(item) if references_known else {},
            id=outputs_of(item)["id"] if references_known else COMPUTED,
            provider=provider,
            property_dependencies={
                key: tuple(urn_of(by_name[reference.to]) for reference in references_in(value))
                for key, value in item.inputs.items()
            },
        )
        for item in everything
    ]
    return Stack(STACK, PROJECT, [*resources, *([provider] if provider else [])]), resources[0]


def outputs_of(example: Example) -> dict[str, object]:
    """Return what a provider would record for an example: its ids, after the inputs that name it."""
    outputs: dict[str, object] = {"id": f"{example.name}-id", "arn": f"arn:aws:example:::{example.name}"}
    outputs["name"] = outputs["bucket"] = outputs["url"] = outputs["id"]
    named = {"name", "bucket", "arn"}
    outputs |= {key: value for key, value in example.inputs.items() if key in named and isinstance(value, str)}
    if isinstance(example.inputs.get("bucket"), str):
        outputs["id"] = example.inputs["bucket"]
    return outputs


def resolve(value: object, examples: Mapping[str, Example], *, known: bool) -> object:
    """Replace the references in a value: by the outputs they stand for, or by what a preview shows."""
    if isinstance(value, Reference):
        target = examples[value.to]
        return outputs_of(target).get(value.output, f"{target.name}-{value.output}") if known else COMPUTED
    if isinstance(value, dict):
        return {key: resolve(item, examples, known=known) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [resolve(item, examples, known=known) for item in value]
    return value


def references_in(value: object) -> Iterator[Reference]:
    """Yield the references inside a value."""
    if isinstance(value, Reference):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from references_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from references_in(item)
