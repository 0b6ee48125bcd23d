"""Where Terraform has a property of a resource, by Pulumi's path to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.fix import path_steps
from scanners.sources.terraform_types import nested, terraform_name, terraform_type

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scanners.sources.terraform_types import Shape


def terraform_path(type_name: str, path: str) -> list[str | int]:
    """Return the steps to a property in a Terraform type such as `aws_s3_bucket`: names, and indexes of blocks.

    An empty list where the type is not known, or the path is empty.
    """
    type_ = terraform_type(type_name)
    return list(_steps(path_steps(path), type_.shape)) if type_ else []


def _steps(steps: list[str | int], shape: Shape) -> Iterator[str | int]:
    is_data = False
    for place, step in enumerate(steps):
        is_data = is_data or (isinstance(step, str) and step[:1].isupper())  # in a JSON document
        if is_data or isinstance(step, int):
            yield step
            continue
        name = terraform_name(step, shape) or step
        yield name
        inner: Mapping[str, object] = shape.get(name, {})
        is_data = inner.get("is") == "map"
        shape = nested(inner)
        if inner.get("is") == "object" and place + 1 < len(steps):
            yield 0  # Terraform counts single blocks too
