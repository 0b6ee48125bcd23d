"""Why checks of Checkov and the rules that carry their ids differ, as checkov_differences.toml tells it."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Difference(NamedTuple):
    """A difference of meaning: what each of the two does."""

    checkov: str
    stackproof: str


@cache
def differences() -> Mapping[tuple[str, str], Difference]:
    """Return each difference by the check's id and by who alone finds fault: checkov or stackproof."""
    text = Path(__file__).with_name("checkov_differences.toml").read_text(encoding="utf-8")
    return {
        (check, item["only"]): Difference(item["checkov"], item["stackproof"])
        for item in tomllib.loads(text)["difference"]
        for check in item["checks"]
    }
