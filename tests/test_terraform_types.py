"""What the table of Terraform types says agrees with the facts about the AWS provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from policies import provider
from policies.catalog import builtin_rules
from scanners.sources.terraform_types import PROVIDER, camel_case, nested, terraform_type, terraform_types

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scanners.sources.terraform_types import Shape

TYPES = sorted((name, type_) for name in terraform_types() if (type_ := terraform_type(name)))
OLD = {"aws:ec2/encryptionControl:EncryptionControl", "aws:lambda/microvmsImage:MicrovmsImage"}
"""Tokens that Pulumi keeps for old programs, besides those that end in V2; Terraform's type becomes the current one."""


def properties(shape: Shape, path: str = "", depth: int = 0) -> Iterator[tuple[str, object]]:
    """Yield the path of each property of a shape, and what it is; of statements in statements the first few levels."""
    for name, step in shape.items():
        inner = f"{path}.{step.get('name') or camel_case(name)}".lstrip(".")
        yield inner, step.get("is")
        if depth < 8:
            yield from properties(nested(step), inner, depth + 1)


def test_every_type_and_property_of_the_table_exists() -> None:
    wrong = []
    for name, type_ in TYPES:
        if type_.token not in provider.resource_types():
            wrong.append(f"{name}: {type_.token}")
        for path, kind in properties(type_.shape):
            is_list = provider.has_property(type_.token, f"{path}[0]")
            if not provider.has_property(type_.token, path) or (kind is not None and is_list and not cut(type_.token, path)):
                wrong.append(f"{name}: {path} {kind}")
    assert "\n".join(wrong) == ""


def cut(token: str, path: str) -> bool:
    """Say whether a path is nested too deep for the facts to tell its shape."""
    return provider.has_property(token, f"{path}.thereIsNoSuchProperty")


def test_every_type_that_rules_apply_to_has_a_terraform_type_or_is_an_old_token() -> None:
    tokens = {type_.token for _, type_ in TYPES} | {PROVIDER}
    missing = {token for rule in builtin_rules().values() for token in rule.applies_to} - tokens
    assert {token for token in missing if not token.endswith("V2")} - OLD == set()


@pytest.mark.parametrize("name", ["aws_iam_policy_document", "aws_caller_identity", "google_storage_bucket", "", "module"])
def test_what_is_no_resource_of_pulumi_has_no_type(name: str) -> None:
    assert terraform_type(name) is None
