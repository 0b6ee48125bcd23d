"""Why checks of Checkov and the rules that carry their ids differ, as checkov_differences.toml tells it."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Difference(NamedTuple):
    """A difference of meaning. `only` is who alone finds fault: checkov or stackproof; the rest is what each of them does."""

    only: str
    checkov: str
    stackproof: str


@cache
def differences() -> Mapping[tuple[str, str], Difference]:
    """Return each difference by the check's id and by who alone finds fault."""
    text = files("scanners").joinpath("checkov_differences.toml").read_text(encoding="utf-8")
    return {
        (check, item["only"]): Difference(item["only"], item["checkov"], item["stackproof"])
        for item in tomllib.loads(text)["difference"]
        for check in item["checks"]
    }
