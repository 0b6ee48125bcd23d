"""Which configuration a command works with, and which rules of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from policies import configuration
from policies.exemptions import wildcard
from policies.rule_sets import SETS, members
from policies.settings import nearest
from scanners.arguments import Usage

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from policies.configuration import Configuration


def configuration_of(options: argparse.Namespace) -> Configuration:
    """Return the configuration that --config names, or the nearest one. Raises `Usage` and `ConfigurationError`."""
    if options.config:
        return configuration.load(options.config)
    try:
        nearest_one = configuration.find(Path.cwd())
    except OSError as error:  # the directory is gone, or one above may not be read
        raise Usage(f"no configuration can be looked for from here: {error.strerror}; name one by --config") from None
    return configuration.load(nearest_one)


def chosen(configured: Configuration, wanted: Sequence[str]) -> Configuration:
    """Return the configuration with the rules that --rules asks for, or as it is."""
    names = [name.strip() for text in wanted for name in text.split(",") if name.strip()]
    if not names:
        return configured
    chosen: set[str] = set()
    for name in names:
        if name in SETS:
            chosen.update(members(name, configured.rules))
            continue
        matching = {id_ for id_ in configured.rules if wildcard(name).fullmatch(id_)}
        if not matching:
            raise Usage(
                f"--rules: there is no rule or rule set {name!r}; {nearest(name, [*SETS, *configured.rules])}".rstrip("; ")
            )
        if not configured.with_rules(matching).settings.active:
            raise Usage(f"--rules: {name!r} is disabled by {configured.path}")
        chosen |= matching
    return configured.with_rules(chosen)
