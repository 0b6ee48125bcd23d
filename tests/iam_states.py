"""Small states about IAM for tests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.command import resource, state

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT = "111122223333"
COMPUTED = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
Resource = dict[str, Any]


def statement(action: object, on: object = "*", **elements: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": on, **elements}


def document(*statements: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(principal: object, **elements: object) -> str:
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **elements})


LAMBDA = trust({"Service": "lambda.amazonaws.com"})


def urn(type_: str, name: str) -> str:
    return f"urn:pulumi:prod::shop::{type_}::{name}"


def role(name: str, trusted: str = LAMBDA, account: str = ACCOUNT, **inputs: object) -> Resource:
    arn = f"arn:aws:iam::{account}:role/{name}"
    given = {"name": name, "assumeRolePolicy": trusted, **inputs}
    return resource("aws:iam/role:Role", name, inputs=given, outputs={**given, "arn": arn})


def user(name: str, **inputs: object) -> Resource:
    arn = f"arn:aws:iam::{ACCOUNT}:user/{name}"
    return resource("aws:iam/user:User", name, inputs={"name": name, **inputs}, outputs={"name": name, "arn": arn})


def policy_of(holder: str, *statements: object, name: str = "") -> Resource:
    inputs = {"role": holder, "policy": document(*statements)}
    return resource("aws:iam/rolePolicy:RolePolicy", name or f"{holder}-policy", inputs=inputs)


def bucket(name: str, *statements: object) -> list[Resource]:
    arn = f"arn:aws:s3:::{name}"
    made = resource("aws:s3/bucket:Bucket", name, inputs={"bucket": name}, outputs={"bucket": name, "arn": arn})
    if not statements:
        return [made]
    inputs = {"bucket": name, "policy": document(*statements)}
    return [made, resource("aws:s3/bucketPolicy:BucketPolicy", f"{name}-policy", inputs=inputs)]


def key(name: str, *statements: object) -> Resource:
    arn = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/{name}"
    inputs = {"policy": document(*statements)} if statements else {}
    return resource("aws:kms/key:Key", name, inputs=inputs, outputs={**inputs, "arn": arn, "keyId": name})


def of(*parts: Resource | list[Resource]) -> bytes:
    return state(*(item for part in parts for item in (part if isinstance(part, list) else [part])))


def leaves(value: Any, path: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:  # noqa: ANN401  (JSON)
    yield path
    if isinstance(value, dict):
        for name, item in value.items():
            yield from leaves(item, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))


def replaced(value: Any, path: tuple[object, ...], by: object) -> Any:  # noqa: ANN401  (JSON)
    if not path:
        return by
    if isinstance(value, dict):
        return {name: replaced(item, path[1:], by) if name == path[0] else item for name, item in value.items()}
    return [replaced(item, path[1:], by) if index == path[0] else item for index, item in enumerate(value)]


def plain(resources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return resources whose documents are objects, so that parts of them can be taken away; without what was recorded."""
    found = []
    for item in resources:
        inputs = {name: json.loads(value) if str(value).startswith("{") else value for name, value in item["inputs"].items()}
        found.append(
            {
                **item,
                "inputs": inputs,
                "outputs": {name: item.get("outputs", {})[name] for name in ("arn",) if name in item.get("outputs", {})},
            }
        )
    return found
