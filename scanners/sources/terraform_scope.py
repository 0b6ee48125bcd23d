"""What Terraform's expressions come to, as far as the other blocks of a report tell: names, ARNs, policy documents.

An ARN of a resource with a known name is known but for account, region and partition. Those of a report are taken to be the
ones of its only provider.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.arns import ANY_ACCOUNT
from policies.unknown import COMPUTED, MASKED, NOT_REPORTED, Shaped, Unknown
from scanners.sources.terraform_documents import DATA_TYPE, policy_document
from scanners.sources.terraform_expressions import Expression, Inserted
from scanners.sources.terraform_types import MASK, literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from policies.iam_analysis.arns import Home
    from scanners.sources.terraform_blocks import Block


class Named(NamedTuple):
    """How Terraform names a type: the attribute with the name, the ARN, and whether its `id` is the name too."""

    attribute: str
    arn: str
    id_is_name: bool = True


_IAM = "arn:<partition>:iam::<account>:"
NAMED = {
    "aws_iam_role": Named("name", _IAM + "role<path><name>"),
    "aws_iam_user": Named("name", _IAM + "user<path><name>"),
    "aws_iam_group": Named("name", _IAM + "group<path><name>"),
    "aws_iam_policy": Named("name", _IAM + "policy<path><name>", id_is_name=False),
    "aws_iam_instance_profile": Named("name", _IAM + "instance-profile<path><name>"),
    "aws_lambda_function": Named("function_name", "arn:<partition>:lambda:<region>:<account>:function:<name>"),
    "aws_codebuild_project": Named("name", "arn:<partition>:codebuild:<region>:<account>:project/<name>", id_is_name=False),
    "aws_ecs_cluster": Named("name", "arn:<partition>:ecs:<region>:<account>:cluster/<name>", id_is_name=False),
    "aws_s3_bucket": Named("bucket", "arn:<partition>:s3:::<name>"),
    "aws_dynamodb_table": Named("name", "arn:<partition>:dynamodb:<region>:<account>:table/<name>"),
    "aws_sns_topic": Named("name", "arn:<partition>:sns:<region>:<account>:<name>", id_is_name=False),
    "aws_sqs_queue": Named("name", "arn:<partition>:sqs:<region>:<account>:<name>", id_is_name=False),
    "aws_sagemaker_notebook_instance": Named("name", "arn:<partition>:sagemaker:<region>:<account>:notebook-instance/<name>"),
}  # fmt: skip
_SURROUNDINGS = {
    ("aws_caller_identity", "account_id"): "<account>",
    ("aws_caller_identity", "id"): "<account>",
    ("aws_partition", "partition"): "<partition>",
    ("aws_partition", "id"): "<partition>",
    ("aws_region", "name"): "<region>",
    ("aws_region", "region"): "<region>",
    ("aws_region", "id"): "<region>",
}
_ATTRIBUTE = re.compile(r"(data\.)?([a-z]\w*)\.([A-Za-z_][\w-]*)(\[[^\[\]\n]{1,200}\])?\.(\w+)")
_EACH_VALUE = re.compile(r"each\.value((?:\.[A-Za-z_][\w-]*|\[\"[^\"\\\]]*\"\])*)")
_MEMBER = re.compile(r"\.([A-Za-z_][\w-]*)|\[\"([^\"]*)\"\]")
_SET = re.compile(r"toset\(\s*(?:[\w.\-]+|\[[^\[\]()]*\])\s*\)")
_MARK = re.compile("\ue000(\\d+)\ue001")
_DEEPEST = 10


class Scope:
    """The names that the expressions of one block may use.

    `find` takes an address such as `aws_iam_role.app` or `data.aws_iam_policy_document.app`, with an index if it has one, and
    gives the block and its scope. `instance` is `[0]` or `["key"]` of a block with count or for_each, `for_each` what it is
    set to. `home` is where its
    provider works, None where that may be one of several accounts: then nothing is said of an ARN.
    """

    def __init__(
        self, find: Callable[[str], tuple[Block, Scope] | None], instance: str, home: Home | None, for_each: object = None
    ) -> None:
        """Look names up with `find`."""
        self._find = find
        self._instance = instance
        self._for_each = for_each
        self._home = home

    def value(self, expression: Expression, encoded: bool, depth: int = 0) -> object:  # noqa: FBT001  (as `Compute` has it)
        """Return what an expression comes to; `encoded` says that it stands in JSON, not in a property of its own.

        A property that names another resource stays unknown: what it depends on tells more than a name does.
        """
        unknown = NOT_REPORTED if expression.nullable else COMPUTED
        parts = expression.parts
        if depth > _DEEPEST or not parts:
            return unknown
        if len(parts) == 1 and isinstance(parts[0], Inserted):
            text = parts[0].text
            document = self._document(text, depth)
            if document is not None:
                return document
            if (item := self._item(text)) is not None:
                return item
            if not encoded and text not in {"each.key", "count.index"}:
                return unknown
        elif not encoded and (decoded := _decoded(parts)) is not _NOTHING:
            return literal(decoded, lambda inner, _: self.value(inner, encoded=True, depth=depth + 1))
        return self._joined(parts, unknown, depth)

    def _joined(self, parts: Sequence[str | Inserted], unknown: Unknown, depth: int) -> object:
        texts: list[str] = []
        is_exact = True
        for part in parts:
            value = part if isinstance(part, str) else self._text(part.text, depth)
            if isinstance(value, Shaped):
                is_exact = False
                texts.append(value.pattern)
            elif isinstance(value, str):
                texts.append(value)
            else:
                return unknown
        text = "".join(texts)
        if MASK in text:
            return MASKED
        return text if is_exact else Shaped(text)

    def _here(self, template: str) -> str | Shaped | None:
        """Return a text with account, region and partition filled in."""
        if self._home is None:
            return None
        account = self._home.account or ANY_ACCOUNT
        text = template.replace("<account>", account).replace("<region>", self._home.region)
        text = text.replace("<partition>", self._home.partition)
        return Shaped(text) if "*" in text or "?" in text else text

    @property
    def _key(self) -> str | None:
        """The key or the number of the instance; None where there is one only, or where the key has escapes."""
        key = self._instance[1:-1]
        if key.startswith('"'):
            key = key[1:-1]
        return key if key and "\\" not in key else None

    def _item(self, text: str) -> str | float | None:
        """Return what `each.value`, or a member of it, stands for where `for_each` is literal; None where that is not known."""
        found = _EACH_VALUE.fullmatch(text)
        key = self._key
        if not found or not key:
            return None
        for_each = self._for_each
        if isinstance(for_each, Expression):  # the items of a set are their own keys
            is_set = (
                len(for_each.parts) == 1 and isinstance(for_each.parts[0], Inserted) and _SET.fullmatch(for_each.parts[0].text)
            )
            return key if is_set and text == "each.value" else None
        value = for_each.get(key) if isinstance(for_each, dict) else None
        for member in _MEMBER.findall(found[1]):
            value = value.get(member[0] or member[1]) if isinstance(value, dict) else None
        return value if isinstance(value, str | int | float) and MASK not in str(value) else None

    def _text(self, text: str, depth: int) -> object:  # noqa: PLR0911  (one return for each kind of expression)
        if text in {"each.key", "count.index"}:
            return self._key
        if (item := self._item(text)) is not None:
            return item
        found = _ATTRIBUTE.fullmatch(text)
        if not found:
            return None
        data, type_, name, index, attribute = found.groups()
        if data:
            template = _SURROUNDINGS.get((type_, attribute))
            return self._here(template) if template else None
        named = NAMED.get(type_)
        block = self._find(f"{type_}.{name}{self._indexed(index)}") if named else None
        if named is None or block is None:
            return None
        if attribute == "arn" or (attribute == "id" and type_ == "aws_iam_policy"):
            return self._arn(named, *block, depth)
        if attribute == named.attribute or (attribute == "id" and named.id_is_name):
            return _argument(named.attribute, *block, depth)
        return None

    def _arn(self, named: Named, block: Block, scope: Scope, depth: int) -> str | Shaped | None:
        name = _argument(named.attribute, block, scope, depth)
        path = _argument("path", block, scope, depth) if "path" in block.attributes else "/"
        if not (isinstance(name, str) and name and isinstance(path, str)):
            return None
        return self._here(named.arn.replace("<path>", path or "/").replace("<name>", name))

    def _indexed(self, index: str | None) -> str:
        return self._instance if index in {"[count.index]", "[each.key]"} else index or ""

    def _document(self, text: str, depth: int) -> object:
        """Return the document of a policy document data source; None where the expression is another."""
        found = _ATTRIBUTE.fullmatch(text)
        if not found or not found[1] or found[2] != DATA_TYPE or found[5] not in {"json", "minified_json"}:
            return None
        source = self._find(f"data.{found[2]}.{found[3]}{self._indexed(found[4])}")
        if source is None:
            return None
        block, scope = source
        return policy_document(
            block, lambda raw: literal(raw, lambda inner, _: scope.value(inner, encoded=True, depth=depth + 1))
        )


def _argument(name: str, block: Block, scope: Scope, depth: int) -> object:
    value = block.attributes.get(name)
    if isinstance(value, Expression):
        value = scope.value(value, encoded=True, depth=depth + 1)
    return value if isinstance(value, str | Shaped) else None


_NOTHING = object()


class _KeyTwiceError(ValueError):
    """Raised for an object with one key twice."""


def _decoded(parts: Sequence[str | Inserted]) -> object:
    """Return the JSON that a template is text of, with expressions in it; `_NOTHING` where it is no object or list."""
    first = parts[0]
    if not isinstance(first, str) or first.lstrip()[:1] not in {"{", "["} or any("\ue000" in part for part in parts):
        return _NOTHING
    marked = "".join(part if isinstance(part, str) else f"\ue000{index}\ue001" for index, part in enumerate(parts))
    try:
        return _unmarked(json.loads(marked, object_pairs_hook=_members), parts)
    except (ValueError, RecursionError):
        return _NOTHING


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs) or any("\ue000" in key for key in members):
        raise _KeyTwiceError
    return members


def _unmarked(value: object, parts: Sequence[str | Inserted]) -> object:
    if isinstance(value, dict):
        return {key: _unmarked(item, parts) for key, item in value.items()}
    if isinstance(value, list):
        return [_unmarked(item, parts) for item in value]
    if not isinstance(value, str) or "\ue000" not in value:
        return value
    pieces = _MARK.split(value)  # texts, and between them the places of what is inserted
    found = [parts[int(piece)] if index % 2 else piece for index, piece in enumerate(pieces)]
    return Expression(nullable=False, parts=tuple(piece for piece in found if piece))
