"""Read the lines that Checkov shows of a resource in a CloudFormation template: YAML or JSON."""

from __future__ import annotations

import json
import re
from typing import NoReturn

from policies.yaml_reader import DEEPEST, YamlError
from policies.yaml_reader import read as read_yaml

_OF_TAGS = {"!Ref": "Ref", "!Condition": "Condition"}
"""What short forms stand for; all others for the function of their name, which has `Fn::` before it."""

_LONGEST = 200_000
_JSON_KEY = re.compile(r'\s*"(?:[^"\\\n]|\\.)*"\s*:\s*\{')
_CLOSING = re.compile(r"[\s,}\]]*")
_OTHER = "the code is of another resource"


class TemplateError(ValueError):
    """Code that is not one resource of a template; the message says why, without quoting it."""


def read_resource(code: str, type_: str, logical_id: str) -> dict[str, object]:
    """Return the members of the resource that some lines declare, with functions as maps such as `{"Ref": "Key"}`.

    Raises `TemplateError` where the lines are not whole, or of another resource.
    """
    if len(code) > _LONGEST:
        message = f"longer than {_LONGEST} characters"
        raise TemplateError(message)
    try:
        template = _from_json(code) if _JSON_KEY.match(code) else None
    except RecursionError:
        raise TemplateError("nested too deep") from None
    if template is None:
        template = _from_yaml(code)
    if not isinstance(template, dict) or list(template) != [logical_id]:
        raise TemplateError(_OTHER)
    content = template[logical_id]
    if not isinstance(content, dict) or content.get("Type") != type_:
        raise TemplateError(_OTHER)
    return content


def _from_json(code: str) -> object:
    """Return `"Name": {...},` as an object of one member; None where it is not JSON: YAML may begin so too."""
    try:
        decoder = json.JSONDecoder(object_pairs_hook=_members, parse_constant=_refuse)
        name, end = decoder.raw_decode(code, len(code) - len(code.lstrip()))
        start = code.index(":", end) + 1
        value, end = decoder.raw_decode(code, start + len(code[start:]) - len(code[start:].lstrip()))
    except json.JSONDecodeError:
        return None
    if not _CLOSING.fullmatch(code, end):
        return None
    if _depth(value) > DEEPEST:
        raise TemplateError("nested too deep")
    return {name: value}


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise TemplateError("a key stands twice")
    return members


def _refuse(_: str) -> NoReturn:
    raise TemplateError("NaN and Infinity are not JSON")


def _depth(value: object) -> int:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, children), default=0)


def _from_yaml(code: str) -> object:
    try:
        return _in_full(read_yaml(code, tagged=True).content)
    except YamlError as error:
        raise TemplateError(_without_values(str(error))) from None
    except RecursionError:
        raise TemplateError("nested too deep") from None


def _without_values(message: str) -> str:
    """Return what is wrong with some YAML, without the names in it."""
    return re.sub(r"'[^']*'|\"[^\"]*\"", "...", message)


def _in_full(value: object) -> object:
    """Return a value with functions written in full, those too that only a preprocessor of templates knows."""
    if isinstance(value, dict):
        if len(value) == 1:
            ((tag, inner),) = value.items()
            if tag.startswith("!"):
                return {_OF_TAGS.get(tag) or f"Fn::{tag[1:]}": _in_full(inner)}
        return {key: _in_full(item) for key, item in value.items()}
    return [_in_full(item) for item in value] if isinstance(value, list) else value
