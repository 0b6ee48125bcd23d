"""Questions that rules share about the statements of policy documents.

Statements are judged one at a time. Nothing here weighs an Allow against a Deny, intersects patterns or knows which
actions exist.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from policies.unknown import UnknownValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from policies.policy_document import Condition, Statement

T = TypeVar("T")


def matches(pattern: str, text: str) -> bool:
    """Say whether a pattern with `*` and `?` matches a whole text, in the same case.

    A `*` in the text is matched by `*` alone, so that `s3:*` covers "s3:*" and `s3:?` does not.
    """
    position = index = 0
    star, after_star = -1, 0
    while index < len(text):
        wanted = pattern[position] if position < len(pattern) else ""
        if wanted == "*":
            star, after_star = position, index
            position += 1
        elif wanted and (wanted == text[index] or (wanted == "?" and text[index] != "*")):
            position += 1
            index += 1
        elif star >= 0:  # let the last star take one character more
            position = star + 1
            after_star += 1
            index = after_star
        else:
            return False
    return not pattern[position:].strip("*")


def covers_action(pattern: str, action: str) -> bool:
    """Say whether a pattern of Action covers an action or a whole pattern such as `s3:*`; the case does not count."""
    return matches(pattern.lower(), action.lower())


def any_of(items: Iterable[T], test: Callable[[T], bool]) -> bool:
    """Say whether the test holds for any item; an unknown one raises only where no other item says yes."""
    unknown: UnknownValue | None = None
    iterator = iter(items)
    while True:
        try:
            if test(next(iterator)):
                return True
        except StopIteration:
            break
        except UnknownValue as error:
            unknown = error.with_traceback(None)
    if unknown:
        raise unknown
    return False


def denies_plain_http(statement: Statement, action: str, *, objects: bool = False) -> bool:
    """Say whether a statement denies everyone an action (or a pattern such as `s3:*`) over plain HTTP.

    It must be a Deny for principal `*` whose only condition is `aws:SecureTransport` false. With `objects`, a Resource
    must cover all objects of a bucket: `*`, or an ARN that ends in `/*` or `*` after the bucket's name. Which resource
    it names otherwise is not compared: a policy that names another resource does not get past AWS.
    """
    if statement.allows or not any(principal.is_everyone for principal in statement.principals()):
        return False
    if not _is_only_plain_http(list(statement.conditions())):
        return False
    if not any(covers_action(pattern, action) for pattern in statement.actions()):
        return False
    if not objects:
        return statement.has("Resource")
    return any(_covers_objects(resource) for resource in statement.resources())


def _is_only_plain_http(conditions: list[Condition]) -> bool:
    if len(conditions) != 1 or conditions[0].key != "aws:securetransport":
        return False
    if conditions[0].operator not in {"bool", "boolifexists", "stringequals", "stringequalsignorecase"}:
        return False
    return any(value.lower() == "false" for value in conditions[0].values())


def _covers_objects(resource: str) -> bool:
    name, slash, key = resource.rpartition(":")[2].partition("/")
    return key == "*" if slash else name.endswith("*")
