"""Secrets in tags."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from policies.controls import SECRETS
from policies.credentials import kind_of_credential
from policies.effective_tags import tags_if_any
from policies.fix import path_to
from policies.provider import TAGGABLE
from policies.rule import Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.tags import Tags

_CARD = re.compile(r"(?<![\d-])(?:4\d{3}|5[1-5]\d\d|6011)([ -]?)\d{4}\1\d{4}\1\d{4}(?![\d-])|(?<![\d-])3[47]\d{13}(?![\d-])")
_SECRET_NAME = re.compile(r"(?:^|[^a-z])(?:password|passwd|secret|api[-_ ]?key|access[-_ ]?key|private[-_ ]?key|token)$")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SPACE = re.compile(r"\s")
_SHORTEST = 8
_SHORTEST_CARD = 15

_KEY_OF_EXAMPLES = "AKIA" + "IOSFODNN7EXAMPLE"  # the one that AWS's documentation shows
_CARD_OF_EXAMPLES = "4111 1111 1111 1111"


def _luhn(digits: str) -> bool:
    """Say whether the check digit of a card number is right."""
    doubled = [int(digit) * (1 + index % 2) for index, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0  # noqa: PLR2004  (of one digit)


def _kind(value: str) -> str:
    """Return what sensitive thing a text holds; nothing where none is seen."""
    if kind := kind_of_credential(value):
        return kind
    card = _CARD.search(value) if len(value) >= _SHORTEST_CARD else None
    return "a card number" if card and _luhn(re.sub(r"\D", "", card[0])) else ""


@rule(
    applies_to=TAGGABLE,
    severity=Severity.HIGH,
    remedy="Remove the value, and replace the secret: whoever could read the tags has it.",
    controls=SECRETS,
    topic="Best practices for tagging AWS resources",
    each=tags_if_any,
    passes=(
        {"tags": {"Owner": "team@example.com", "Account": "111122223333", "Build": "4111111111111112"}},
        {},
    ),
    fails=(
        {"tags": {"Deploy": _KEY_OF_EXAMPLES}},
        {"tags": {"Deploy": f"key={_KEY_OF_EXAMPLES}", "Owner": UNKNOWN}},
        {"tags": {"Customer": _CARD_OF_EXAMPLES}},
    ),
    undecided=({"tags": {"Owner": UNKNOWN}}, {"tags": UNKNOWN}),
)
def tag_values_free_of_secrets(tags: Tags) -> Iterator[Violation]:
    """Tag values hold no credentials and no card numbers.

    Tags are not made for secrets: many people and services may read them, and they stand in bills and logs.
    """
    for key, value in tags.texts():
        if kind := _kind(value):
            yield Violation(f"the value of tag {key} looks like {kind}", at=path_to("tags", key))


@lru_cache(maxsize=1024)
def _is_named_after_secret(key: str) -> bool:
    return _SECRET_NAME.search(_HUMP.sub(" ", key).lower()) is not None


@rule(
    applies_to=TAGGABLE,
    severity=Severity.MEDIUM,
    remedy="Keep the secret in Secrets Manager, and the name of the secret in the tag if it is needed.",
    controls=SECRETS,
    topic="Best practices for tagging AWS resources",
    each=tags_if_any,
    passes=(
        {"tags": {"SecretName": "shop/db", "Password": "", "Token": "yes", "TokenService": "auth.example.com"}},
        {},
    ),
    fails=(
        {"tags": {"DbPassword": "correct-horse"}},
        {"tags": {"api_key": "0123456789abcdef", "Owner": UNKNOWN}},
    ),
    undecided=({"tags": {"Password": UNKNOWN}}, {"tags": UNKNOWN}),
)
def tag_keys_free_of_secrets(tags: Tags) -> Iterator[Violation]:
    """Tags that are named after a secret hold none.

    A tag with the key Password and a value of some length holds a password that many may read. A short value, such as
    yes, passes.
    """
    named = [key for key in tags.entries if _is_named_after_secret(key)]
    for key, value in tags.texts(named) if named else ():
        if len(value) >= _SHORTEST and not _SPACE.search(value):
            yield Violation(f"tag {key} seems to hold a secret", at=path_to("tags", key))
    tags.require_all()
