"""Principals of a policy as patterns over the texts that requests carry.

An account, by its id or the ARN of its root, is every principal in it; a role is its sessions too; `*` is everyone, callers
without an account included (IAM user guide, "AWS JSON policy elements: Principal").
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from policies.iam_analysis.languages import compiled, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policies.iam_analysis.languages import Pattern

_ACCOUNT = re.compile(r"AWS:(?:arn:([^:]+):iam::)?(\d{12}|\?{12})(?(1):root)")
_ROLE = re.compile(r"arn:([^:]+):iam::(\d{12}|\?{12}):role/(?:.*/)?([^/]+)")
ANONYMOUS = ""
"""The principal of a request without credentials: only `*` matches it."""


def account_of(principal: str) -> str | None:
    """Return the account that a principal of a policy (`AWS:...`) stands for as a whole, or None."""
    match = _ACCOUNT.fullmatch(principal)
    return match[2] if match else None


def principal_patterns(items: Iterable[str]) -> tuple[Pattern, ...]:
    """Return patterns for principals as `Statement` has them."""
    return tuple(pattern for item in dict.fromkeys(items) for pattern in _patterns(item))


@lru_cache(maxsize=4_096)
def _patterns(item: str) -> tuple[Pattern, ...]:
    if item in ("*", "AWS:*"):
        return (compiled("*"),)
    account = account_of(item)
    if account:
        return (compiled(f"arn:*:*::{account}:*", arn=True),)
    if not item.startswith("AWS:arn:"):
        return (compiled(quoted(item)),)
    text = item.removeprefix("AWS:")
    role = _ROLE.fullmatch(text)
    if role:
        return (compiled(text, arn=True), compiled(f"arn:{role[1]}:sts::{role[2]}:assumed-role/{role[3]}/*", arn=True))
    return (compiled(text, arn=True),)
