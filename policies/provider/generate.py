"""Write the facts about the AWS provider that rules rest on: `python -m policies.provider.generate`.

Reads the sources of the installed pulumi_aws, without importing it, and writes three files beside this one:
`taggable.py` (the version, and the types that take tags), `renamed.py` (types that have another name now, and types that
are still there although another took their place) and `inputs.txt` (the input properties of every type).
"""

from __future__ import annotations

import ast
import json
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HERE = Path(__file__).parent
CUT = "..."
"""Stands for properties nested too deep to be written."""

_DEEPEST = 6  # web ACLs hold statements in statements: with no limit they alone would fill megabytes
_NESTED = re.compile(r"'(?:_(\w+)\.)?(\w+Args)'")
_POLICY_DOCUMENT = "PolicyDocumentArgs"  # JSON text, or an object of IAM's own grammar


class ResourceType(NamedTuple):
    """One resource type: its token, its inputs in the notation of `inputs.txt`, whether it takes tags, its old tokens."""

    token: str
    inputs: str
    takes_tags: bool
    aliases: tuple[str, ...]


class Sdk:
    """The sources of pulumi_aws."""

    def __init__(self, root: Path) -> None:
        """Read from the package's directory."""
        self.root = root
        self._nested = cache(_nested_objects)
        self._text = cache(self._shape)

    @classmethod
    def installed(cls) -> Sdk:
        """Return the installed one; raise `ModuleNotFoundError` where there is none."""
        spec = find_spec("pulumi_aws")
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError("pulumi_aws is not installed")
        return cls(Path(spec.origin).parent)

    @property
    def version(self) -> str:
        """The version of the provider."""
        return str(json.loads((self.root / "pulumi-plugin.json").read_text("utf-8"))["version"])

    def resource_types(self) -> list[ResourceType]:
        """Return all resource types, in the order of their tokens."""
        return sorted(type_ for file in self._resource_files() for type_ in self._resources_in(file))

    def _resource_files(self) -> Iterator[Path]:
        for file in self.root.rglob("*.py"):
            if not file.name.startswith(("_", "get_")) and file.name != "outputs.py":
                yield file

    def _resources_in(self, file: Path) -> Iterator[ResourceType]:
        classes = _classes(file)
        for class_ in classes.values():
            if token := _token(class_):
                inputs = _properties(classes.get(f"{class_.name}Args") or classes[f"{class_.name}InitArgs"])
                takes_tags = "Mapping[" in inputs.get("tags", "") and "tagsAll" in _properties(class_)
                yield ResourceType(token, self._object(inputs, file.parent, 0), takes_tags, _aliases(class_))

    def _object(self, properties: dict[str, str], directory: Path, depth: int) -> str:
        return " ".join(name + self._text(type_, directory, depth) for name, type_ in sorted(properties.items()))

    def _shape(self, type_: str, directory: Path, depth: int) -> str:
        """Return what follows a property's name: `[]` for a list, `{a b}` for an object, `{*}` for a map with free keys."""
        inside = ""
        nested = None if _POLICY_DOCUMENT in type_ else _NESTED.search(type_)
        if nested and depth >= _DEEPEST:
            inside = CUT
        elif nested:
            module, name = nested.groups()
            home = self.root / module if module else directory
            inside = self._object(self._nested(home / "_inputs.py")[name], home, depth + 1)
        braces = f"{{{inside}}}" if inside else ""
        if "Mapping[" in type_:
            braces = f"{{*{braces}}}"
        return f"[{braces}]" if "Sequence[" in type_ else braces


def _classes(file: Path) -> dict[str, ast.ClassDef]:
    """Return the classes of a source file by name."""
    return {node.name: node for node in ast.parse(file.read_bytes()).body if isinstance(node, ast.ClassDef)}


def _nested_objects(file: Path) -> dict[str, dict[str, str]]:
    """Return the properties of each class of a file; the syntax trees themselves would fill a gigabyte."""
    return {name: _properties(class_) for name, class_ in _classes(file).items()}


def _properties(class_: ast.ClassDef) -> dict[str, str]:
    """Return the properties of a class: their names on the wire and their types as the source writes them."""
    properties: dict[str, str] = {}
    for node in class_.body:
        if isinstance(node, ast.FunctionDef) and node.returns is not None:
            for decorator in node.decorator_list:
                if _name(decorator) == "getter":
                    keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
                    name = next((ast.literal_eval(keyword.value) for keyword in keywords if keyword.arg == "name"), node.name)
                    properties[name] = ast.unparse(node.returns)
    return properties


def _token(class_: ast.ClassDef) -> str | None:
    """Return the type token of a resource class; None for any other class."""
    for decorator in class_.decorator_list:
        if isinstance(decorator, ast.Call) and _name(decorator) == "type_token":
            return str(ast.literal_eval(decorator.args[0]))
    return None


def _aliases(class_: ast.ClassDef) -> tuple[str, ...]:
    """Return the tokens that a resource class had before, as its aliases tell the engine."""
    calls = (node for node in ast.walk(class_) if isinstance(node, ast.Call) and _name(node) == "Alias")
    tokens = (ast.literal_eval(keyword.value) for call in calls for keyword in call.keywords if keyword.arg == "type_")
    return tuple(sorted(set(tokens)))


def _name(decorator: ast.expr) -> str:
    """Return the last part of a decorator's name: `getter` for `@pulumi.getter(name="x")`."""
    if isinstance(decorator, ast.Call):
        decorator = decorator.func
    return decorator.attr if isinstance(decorator, ast.Attribute) else ""


def files(version: str, types: Iterable[ResourceType]) -> dict[str, str]:
    """Return the generated files, name to text, for a version of the provider and its types."""
    types = list(types)
    tokens = {type_.token for type_ in types}
    aliases = [(alias, type_.token) for type_ in types for alias in type_.aliases if alias != type_.token]
    current = _lines((alias, token) for alias, token in aliases if alias not in tokens)
    successors = _lines((alias, token) for alias, token in aliases if alias in tokens)
    taggable = "".join(f'    "{type_.token}",\n' for type_ in types if type_.takes_tags)
    generated = f'"""Generated by `python -m policies.provider.generate` from pulumi_aws {version}."""\n\n'
    return {
        "renamed.py": f"{generated}CURRENT = {{\n{current}}}\n\nSUCCESSORS = {{\n{successors}}}\n",
        "taggable.py": (f'{generated}VERSION = "{version}"\n\nTAGGABLE = (\n{taggable})\n'),
        "inputs.txt": "".join(f"{type_.token} {type_.inputs}".rstrip() + "\n" for type_ in types),
    }


def _lines(renamed: Iterable[tuple[str, str]]) -> str:
    return "".join(f'    "{alias}": "{token}",\n' for alias, token in sorted(dict(renamed).items()))


def main() -> None:
    """Write the files."""
    sdk = Sdk.installed()
    for name, text in files(sdk.version, sdk.resource_types()).items():
        (HERE / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
