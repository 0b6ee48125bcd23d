"""The known ways to more rights, as `escalation_paths.txt` lists them."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from pathlib import Path as File
from typing import NamedTuple


class Target(StrEnum):
    """What an action of a way must be allowed on."""

    PASSED_ROLE = "passed-role"
    ROLE = "target-role"
    USER = "target-user"
    GROUP = "target-group"
    POLICY = "target-policy"
    INSTANCE_PROFILE = "target-instance-profile"
    SAML_PROVIDER = "target-saml"
    HOLDER = "holder"
    ANY = "any"


class Kind(StrEnum):
    """Whose rights the holder of the actions gets."""

    SELF = "self-escalation"
    PRINCIPAL = "principal-access"
    NEW = "new-passrole"
    EXISTING = "existing-passrole"
    EXPOSURE = "resource-exposure"


class Step(NamedTuple):
    """An action, what it must be allowed on, and the condition keys that can make it harmless."""

    action: str
    target: Target
    narrowed_by: tuple[str, ...] = ()


class Path(NamedTuple):
    """One way: all `steps` together. `trusts` are the services one of which a passed role must trust.

    `held_by` are types of resources with a property that carries a role; `sources` say who describes the way.
    """

    id: str
    kind: Kind
    steps: tuple[Step, ...]
    trusts: tuple[str, ...]
    held_by: tuple[str, ...]
    sources: tuple[str, ...]
    note: str = ""

    @property
    def is_verified(self) -> bool:
        """Say whether someone else describes it too."""
        return self.sources != ("own",)

    @property
    def name(self) -> str:
        """The actions, as people write them."""
        return " + ".join(step.action for step in self.steps)


@cache
def escalation_paths() -> tuple[Path, ...]:
    """Return all ways, in the order of the file."""
    text = (File(__file__).parent / "escalation_paths.txt").read_text(encoding="utf-8")
    blocks = (block for block in text.split("\n\n") if not block.startswith("#"))
    return tuple(map(_read, blocks))


def _read(block: str) -> Path:
    first, *lines = block.strip().splitlines()
    id_, kind = first.split()
    steps: list[Step] = []
    lists: dict[str, tuple[str, ...]] = {}
    for line in lines:
        word, _, rest = line.strip().partition(" ")
        if ":" in word:
            target, _, keys = rest.removeprefix("on ").partition(" unless ")
            steps.append(Step(word, Target(target), tuple(keys.split())))
        elif word == "note":
            lists[word] = (rest,)
        else:
            lists[word] = (*lists.get(word, ()), *rest.removeprefix("by ").split())
    return Path(
        id_, Kind(kind), tuple(steps), lists.get("trusts", ()), lists.get("held", ()), lists["from"], *lists.get("note", ())
    )
