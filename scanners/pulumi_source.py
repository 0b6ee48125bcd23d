"""Examples as the Pulumi programs that people write: Python and YAML."""

from __future__ import annotations

import json
import keyword
import re
from typing import TYPE_CHECKING, Any

from policies.block import parse_json
from policies.examples import PROVIDER, references_in
from policies.fix import path_steps
from policies.provider import property_shape
from policies.rule import Example, Reference
from policies.unknown import Unknown, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from policies.provider import Shape

_WIDTH = 100
_INDENT = "    "
_NO_INPUTS = frozenset({"tagsAll"})  # what the provider adds; no program sets it
_SNAKE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def can_be_written(example: Example) -> bool:
    """Say whether a program can hold an example: nothing in it is unknown, or added by the provider."""
    everything = (example, *example.related)
    inputs = [value for item in everything for value in item.inputs.values()]
    return (
        not any(_holds_unknown(value) for value in (*inputs, example.provider))
        and not any(_NO_INPUTS & item.inputs.keys() for item in everything)
        and all(item.type.startswith(("aws:", PROVIDER)) for item in everything)
    )


def _holds_unknown(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_unknown, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_holds_unknown, value))
    return isinstance(value, Unknown)


def python(example: Example) -> str:
    """Return an example as a Pulumi program in Python."""
    lines: list[str] = []
    if example.provider is not None:
        lines += _call("provider", "aws.Provider", "provider", _keywords(PROVIDER, _provider_inputs(example.provider)))
    for item in _in_order((example, *example.related)):
        arguments = _keywords(item.type, item.inputs)
        if example.provider is not None:
            arguments["opts"] = _Code("pulumi.ResourceOptions(provider=provider)")
        lines += _call(_variable(item.name), _class(item.type), item.name, arguments)
    body = "\n".join(lines)
    imports = [f"import {name}" for name in ("json", "pulumi") if re.search(rf"(?<![.\w]){name}\.", body)] + [
        "import pulumi_aws as aws"
    ]
    return "\n".join([*imports, "", body, ""])


def yaml(example: Example) -> str:
    """Return an example as the resources of a Pulumi program in YAML."""
    from yaml import safe_dump  # noqa: PLC0415  (late: only documents and explanations need it)

    resources: dict[str, Any] = {}
    if example.provider is not None:
        resources["provider"] = {"type": PROVIDER, "properties": _plain(_provider_inputs(example.provider), None)}
    for item in _in_order((example, *example.related)):
        resource: dict[str, Any] = {"type": item.type}
        properties = {name: _plain(value, _shape(item.type, name)) for name, value in item.inputs.items()}
        if properties:
            resource["properties"] = properties
        if example.provider is not None:
            resource["options"] = {"provider": "${provider}"}
        resources[item.name] = resource
    return str(safe_dump({"resources": resources}, sort_keys=False, width=_WIDTH, allow_unicode=True))


def _in_order(examples: Iterable[Example]) -> list[Example]:
    """Return examples so that each stands after those that it refers to."""
    waiting = {item.name: item for item in examples}
    done: list[Example] = []

    def place(item: Example) -> None:
        if waiting.pop(item.name, None) is None:
            return
        for reference in (found for value in item.inputs.values() for found in references_in(value)):
            if reference.to in waiting:
                place(waiting[reference.to])
        done.append(item)

    for item in list(waiting.values()):
        place(item)
    return done


class _Code(str):
    """A text that stands in a program as it is."""

    __slots__ = ()


def _provider_inputs(given: Mapping[str, object]) -> dict[str, object]:
    """Return the inputs of a provider as a program writes them: the engine has JSON text for all but texts."""
    texts = {"region", "profile", "accessKey", "secretKey", "token"}
    return {
        name: parse_json(value, name) if isinstance(value, str) and name not in texts else value
        for name, value in given.items()
    }


def _class(type_: str) -> str:
    if type_ == PROVIDER:
        return "aws.Provider"
    module, name = type_.split(":")[1].partition("/")[0], type_.rpartition(":")[2]
    return f"aws.{module}_.{name}" if keyword.iskeyword(module) else f"aws.{module}.{name}"


def _variable(name: str) -> str:
    return re.sub(r"\W", "_", name)


def snake_case(name: str) -> str:
    """Return the name that the Python SDK gives a property."""
    snake = _SNAKE.sub("_", name).lower()
    return f"{snake}_" if keyword.iskeyword(snake) else snake


def _shape(type_: str, name: str) -> Shape | None:
    return property_shape(type_).get(name)


def _keywords(type_: str, inputs: Mapping[str, object]) -> dict[str, object]:
    return {snake_case(name): _translated(value, _shape(type_, name)) for name, value in inputs.items()}


def _translated(value: object, shape: Shape | None) -> object:
    """Return a value as Python writes it: names of properties in snake case, JSON documents as calls."""
    if isinstance(value, Reference):
        return _Code(f"{_variable(value.to)}.{snake_case(value.output)}")
    value = _decoded(value, shape)
    if isinstance(value, list | tuple) and (shape is None or shape.is_list):
        return [_translated(item, shape) for item in value]
    if not isinstance(value, dict | list):
        return value
    if isinstance(value, list) or shape is None or not shape.properties:
        dumps = "pulumi.Output.json_dumps" if any(references_in(value)) else "json.dumps"  # the values of others come later
        return _Code(f"{dumps}({_literal(value, 1)})")
    if "*" in shape.properties:
        return {key: _translated(item, shape.properties["*"]) for key, item in value.items()}
    return {snake_case(key): _translated(item, shape.properties.get(key)) for key, item in value.items()}


def _decoded(value: object, shape: Shape | None) -> object:
    """Return the document in a text of JSON; any other value as it is."""
    if isinstance(value, str) and value.startswith(("{", "[")) and shape is not None and not shape.properties:
        try:
            return parse_json(value, "")
        except UnknownValue:
            return value
    return value


def _plain(value: object, shape: Shape | None) -> Any:  # noqa: ANN401  (any property value)
    """Return a value as YAML writes it."""
    if isinstance(value, Reference):
        return f"${{{value.to}.{value.output}}}"
    value = _decoded(value, shape)
    if isinstance(value, list | tuple) and (shape is None or shape.is_list):
        return [_plain(item, shape) for item in value]
    if not isinstance(value, dict | list):
        return value
    if isinstance(value, list) or (shape is not None and not shape.properties):
        return {"fn::toJSON": _plain(value, None)}
    inside = shape.properties if shape else {}
    return {key: _plain(item, inside.get(key, inside.get("*"))) for key, item in value.items()}


def _call(variable: str, class_: str, name: str, arguments: Mapping[str, object]) -> list[str]:
    lines = [f"{variable} = {class_}("]
    lines += [f"{_INDENT}{json.dumps(name)},"]
    lines += [f"{_INDENT}{key}={_literal(value, 1)}," for key, value in arguments.items()]
    short = f"{variable} = {class_}({', '.join(line.strip().rstrip(',') for line in lines[1:])})"
    if len(short) <= _WIDTH and "\n" not in short:
        return [short]
    return [*lines, ")"]


def _literal(value: object, depth: int) -> str:
    """Return a value as a Python literal, on one line where it fits."""
    if isinstance(value, _Code):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Reference):
        return f"{_variable(value.to)}.{snake_case(value.output)}"
    if not isinstance(value, dict | list | tuple):
        return repr(value)
    opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
    short = opening + ", ".join(_items(value, depth + 1)) + closing
    if len(short) + len(_INDENT) * depth <= _WIDTH - 20 and "\n" not in short:
        return short
    inner = _INDENT * (depth + 1)
    return "\n".join([opening, *(f"{inner}{item}," for item in _items(value, depth + 1)), _INDENT * depth + closing])


def _items(value: object, depth: int) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (f"{_literal(key, depth)}: {_literal(item, depth)}" for key, item in value.items())
    elif isinstance(value, list | tuple):
        yield from (_literal(item, depth) for item in value)


def python_arguments(type_: str, values: Mapping[str, object]) -> str:
    """Return property paths and their values, as a fix sets them, as keyword arguments in Python; one line or more for each."""
    members = _members(_tree(values), property_shape(type_)).items()
    return "\n".join(f"# remove {key}" if value is _GONE else f"{key}={_literal(value, 0)}," for key, value in members)


def yaml_properties(type_: str, values: Mapping[str, object]) -> str:
    """Return property paths and their values, as a fix sets them, as properties in YAML."""
    return "\n".join(_yaml_lines(_tree(values), property_shape(type_)))


_GONE = _Code("None")
_KEPT = _Code("...")


class _Tree(dict[str | int, Any]):
    """What a fix sets, by the steps of the paths; keys are all names, or all indexes of a list."""


def _tree(values: Mapping[str, object]) -> _Tree:
    tree = _Tree()
    for path, value in values.items():
        inside = tree
        *steps, last = path_steps(path) or [path]
        for step in steps:
            deeper = inside.get(step)
            inside[step] = inside = deeper if isinstance(deeper, _Tree) else _Tree()
        inside[last] = value
    return tree


def _members(tree: _Tree, shapes: Mapping[str, Shape]) -> dict[str, object]:
    """Return the properties of an object as Python names them; in a map they keep their names."""
    in_map = "*" in shapes
    return {
        str(key) if in_map else snake_case(str(key)): _set_in_python(value, shapes.get(str(key)) or shapes.get("*"))
        for key, value in tree.items()
    }


def _set_in_python(value: object, shape: Shape | None) -> object:
    if value is None:
        return _GONE
    if not isinstance(value, _Tree):
        return _translated(value, shape)
    if all(isinstance(key, int) for key in value):
        item = shape._replace(is_list=False) if shape else None
        others = [] if 0 in value else [_KEPT]
        return [*others, *(_set_in_python(value[place], item) for place in sorted(value))]
    members: dict[str, object] = _members(value, shape.properties if shape else {})
    return [members] if shape and shape.is_list else members


def _yaml_lines(tree: _Tree, shapes: Mapping[str, Shape]) -> Iterator[str]:
    from yaml import safe_dump  # noqa: PLC0415  (late: as above)

    for key, value in tree.items():
        shape = shapes.get(str(key)) or shapes.get("*")
        written = str(safe_dump(str(key), allow_unicode=True, width=_WIDTH)).removesuffix("...\n").strip()
        if value is None:
            yield f"# remove {written}"
        elif not isinstance(value, _Tree):
            yield str(safe_dump({str(key): _plain(value, shape)}, sort_keys=False, width=_WIDTH, allow_unicode=True)).rstrip()
        elif all(isinstance(place, int) for place in value):
            yield f"{written}:"
            for place, item in sorted(value.items()):
                inner = (
                    list(_yaml_lines(item, shape.properties if shape else {}))
                    if isinstance(item, _Tree)
                    else [json.dumps(item)]
                )
                yield f"  # item {place}, counted from 0; the others stay as they are"
                yield from (f"  {'-' if not line else ' '} {text}" for line, text in enumerate("\n".join(inner).split("\n")))
        else:
            yield f"{written}:"
            yield from (
                f"  {line}" for text in _yaml_lines(value, shape.properties if shape else {}) for line in text.split("\n")
            )
