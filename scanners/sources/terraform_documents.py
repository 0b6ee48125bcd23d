"""What the data source `aws_iam_policy_document` makes of its block, as Terraform's documentation of it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.unknown import COMPUTED, NOT_REPORTED, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TypeAlias

    from scanners.sources.terraform_blocks import Block

    Read: TypeAlias = Callable[[object], object]

DATA_TYPE = "aws_iam_policy_document"
_ELEMENTS = {
    "sid": "Sid", "actions": "Action", "not_actions": "NotAction", "resources": "Resource", "not_resources": "NotResource",
}  # fmt: skip
_PRINCIPALS = {"principals": "Principal", "not_principals": "NotPrincipal"}
_SOURCES = ("source_json", "source_policy_documents")
_OVERRIDES = ("override_json", "override_policy_documents")


def policy_document(block: Block, read: Read) -> object:
    """Return the policy document of a data source; unknown where nothing of it can be told.

    `read` gives the value of an attribute, unknown ones as `Unknown`. A statement replaces an earlier one with its Sid.
    """
    own: list[object] = [_statement(inner, read) for inner in block.blocks if inner.type == "statement"]
    own += [NOT_REPORTED for inner in block.blocks if inner.type == "dynamic" and inner.labels == ("statement",)]
    sources = list(_statements_of(block, _SOURCES, read))
    overrides = list(_statements_of(block, _OVERRIDES, read))
    if overrides and any(isinstance(item, Unknown) for item in overrides):
        return COMPUTED  # it may replace any statement
    if not (sources or overrides):
        return {"Version": "2012-10-17", "Statement": own}
    merged: list[object] = []
    places: dict[str, int] = {}
    for item in (*sources, *own, *overrides):
        sid = item.get("Sid") if isinstance(item, dict) else None
        if isinstance(sid, Unknown):
            return COMPUTED
        if isinstance(sid, str) and sid in places:
            merged[places[sid]] = item
            continue
        if isinstance(sid, str) and sid:
            places[sid] = len(merged)
        merged.append(item)
    return {"Version": "2012-10-17", "Statement": merged}


def _statements_of(block: Block, names: Iterable[str], read: Read) -> Iterator[object]:
    """Yield the statements of other documents; an unknown one stands for all of a document that is not known."""
    for name in names:
        value = read(block.attributes.get(name))
        for document in value if isinstance(value, list) else [value]:
            if document is None:
                continue
            statements = document.get("Statement") if isinstance(document, dict) else NOT_REPORTED
            yield from statements if isinstance(statements, list) else [statements]


def _statement(block: Block, read: Read) -> dict[str, object]:
    effect = read(block.attributes.get("effect"))
    statement: dict[str, object] = {"Effect": "Allow" if effect is None else effect}
    for name, element in _ELEMENTS.items():
        value = read(block.attributes.get(name))
        if value is not None and value != []:
            statement[element] = _filled(value)
    for name, element in _PRINCIPALS.items():
        blocks = [inner for inner in block.blocks if inner.type == name]
        if _is_dynamic(block, name):
            statement[element] = NOT_REPORTED
        elif blocks:
            statement[element] = _principals(blocks, read)
    conditions = [inner for inner in block.blocks if inner.type == "condition"]
    if _is_dynamic(block, "condition"):
        statement["Condition"] = NOT_REPORTED
    elif conditions:
        statement["Condition"] = _conditions(conditions, read)
    return statement


def _is_dynamic(block: Block, name: str) -> bool:
    return any(inner.type == "dynamic" and inner.labels == (name,) for inner in block.blocks)


def _principals(blocks: list[Block], read: Read) -> object:
    found: dict[str, list[object]] = {}
    for block in blocks:
        type_, ids = read(block.attributes.get("type")), _filled(read(block.attributes.get("identifiers")))
        if not isinstance(type_, str):
            return COMPUTED
        if type_ == "*" and ids == ["*"]:
            return "*"
        found.setdefault(type_, []).extend(ids if isinstance(ids, list) else [ids])
    return found


def _conditions(blocks: list[Block], read: Read) -> object:
    found: dict[str, dict[str, list[object]]] = {}
    for block in blocks:
        test, variable = read(block.attributes.get("test")), read(block.attributes.get("variable"))
        values = _filled(read(block.attributes.get("values")))
        if not (isinstance(test, str) and isinstance(variable, str)):
            return COMPUTED
        found.setdefault(test, {}).setdefault(variable, []).extend(values if isinstance(values, list) else [values])
    return found


def _filled(value: object) -> object:
    """Return texts with IAM's own variables: Terraform writes `&{...}` for them, for `${...}` is its own."""
    if isinstance(value, list):
        return [_filled(item) for item in value]
    return value.replace("&{", "${") if isinstance(value, str) else value
