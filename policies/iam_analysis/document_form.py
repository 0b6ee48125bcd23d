"""The grammar of policy documents: what AWS refuses, and what it takes but does not mean as it reads.

Sources: IAM User Guide, "Grammar of the IAM JSON policy language" and the pages on each element.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from policies.block import DEFAULTS
from policies.iam_analysis.conditions import OPERATORS
from policies.iam_analysis.document_places import Kind
from policies.unknown import Reason, Unknown, UnknownValue, holds_sentinel, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.iam_analysis.document_places import Place

CURRENT = "2012-10-17"
VERSIONS = (CURRENT, "2008-10-17")

_ELEMENTS = frozenset({
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
})  # fmt: skip
_DOCUMENT = frozenset({"Version", "Id", "Statement"})
_SID = re.compile(r"[A-Za-z0-9]*")
_ACTION = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?-]+")
_SETS = ("forallvalues:", "foranyvalue:")


class Mistake(NamedTuple):
    """What is wrong, as a clause, and the property path of it."""

    what: str
    at: str


class Mistakes(NamedTuple):
    """All mistakes of a document, and what is not known of it."""

    found: tuple[Mistake, ...]
    unknown: tuple[tuple[Reason, str], ...] = ()

    def told(self) -> Iterator[Mistake]:
        """Yield the mistakes; what is not known raises `UnknownValue` at the end."""
        yield from self.found
        for reason, path in self.unknown:
            raise UnknownValue(reason, path)


def mistakes(place: Place) -> Mistakes:
    """Return what AWS would refuse of a document; each text is looked at once."""
    try:
        value = place.block.value(place.path)
    except UnknownValue as error:
        return Mistakes((), ((error.with_traceback(None).reason, error.path),))
    if isinstance(value, Unknown):
        return Mistakes((), ((value.reason, place.at),))
    return _of_text(value, place.at, place.kind) if isinstance(value, str) else _Reader(place.kind).read(value, place.at)


@lru_cache(maxsize=2_048)
def _of_text(text: str, at: str, kind: Kind) -> Mistakes:
    if not text.strip():
        return Mistakes(())
    twice: list[str] = []

    def members(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len(dict(pairs)) < len(pairs):
            twice.append(at)
        return dict(pairs)

    try:
        content = json.loads(text, object_pairs_hook=members)
    except (ValueError, RecursionError):
        if holds_sentinel(text):
            return Mistakes((), ((Reason.COMPUTED, at),))
        return Mistakes((Mistake("is not JSON", at),))
    found = _Reader(kind).read(content, at)
    return found._replace(found=(*found.found, Mistake("has a key twice in one object", at))) if twice else found


class _Reader:
    """Reads one document."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._found: list[Mistake] = []
        self._unknown: list[tuple[Reason, str]] = []
        self._sids: set[str] = set()

    def read(self, content: object, at: str) -> Mistakes:
        if content is not None and content != {}:
            self._document(content, at)
        return Mistakes(tuple(self._found), tuple(self._unknown))

    def _wrong(self, what: str, at: str) -> None:
        self._found.append(Mistake(what, at))

    def _known(self, value: object, at: str) -> object:
        """Return a value as it is read; None where it is not known."""
        value = read(value)
        if isinstance(value, Unknown):
            self._unknown.append((value.reason, at))
            return None
        if isinstance(value, str) and holds_sentinel(value):
            self._unknown.append((Reason.COMPUTED, at))
            return None
        return value

    def _object(self, value: object, at: str) -> dict[str, object] | None:
        value = self._known(value, at)
        if value is None:
            return None
        if not isinstance(value, dict):
            self._wrong("is no object", at)
            return None
        return {key: item for key, item in value.items() if key != DEFAULTS and item is not None}

    def _document(self, content: object, at: str) -> None:
        document = self._object(content, at)
        if document is None:
            return
        for name in document.keys() - _DOCUMENT:
            self._element("document", name, _DOCUMENT, at)
        if "Version" in document:
            version = self._known(document["Version"], f"{at}.Version")
            if version is not None and version not in VERSIONS:
                self._wrong(f"Version is neither {VERSIONS[0]} nor {VERSIONS[1]}", f"{at}.Version")
        if "Statement" not in document:
            self._wrong("has no Statement", at)
            return
        listed = self._known(document["Statement"], f"{at}.Statement")
        if isinstance(listed, list):
            if not listed:
                self._wrong("has no Statement", at)
            for index, item in enumerate(listed):
                self._statement(item, f"{at}.Statement[{index}]")
        elif listed is not None:
            self._statement(listed, f"{at}.Statement")

    def _element(self, where: str, name: str, known: frozenset[str], at: str) -> None:
        if holds_sentinel(name):
            self._unknown.append((Reason.COMPUTED, at))
            return
        meant = next((one for one in known if one.lower() == name.lower()), None)
        hint = f"; {meant} is written so" if meant else ""
        self._wrong(f"has an element that a {where} does not have{hint}", at)

    def _statement(self, item: object, at: str) -> None:
        statement = self._object(item, at)
        if statement is None:
            return
        for name in statement.keys() - _ELEMENTS:
            self._element("statement", name, _ELEMENTS, at)
        self._effect(statement, at)
        self._sid(statement, at)
        self._combinations(statement, at)
        for element in ("Action", "NotAction"):
            for action in self._texts(statement.get(element), f"{at}.{element}"):
                self._action(action, f"{at}.{element}")
        self._condition(statement, f"{at}.Condition")

    def _effect(self, statement: dict[str, object], at: str) -> None:
        if "Effect" not in statement:
            self._wrong("has no Effect", at)
            return
        effect = self._known(statement["Effect"], f"{at}.Effect")
        if effect is not None and effect not in ("Allow", "Deny"):
            self._wrong("Effect is neither Allow nor Deny, in this case of letters", f"{at}.Effect")

    def _sid(self, statement: dict[str, object], at: str) -> None:
        sid = self._known(statement.get("Sid"), f"{at}.Sid") if "Sid" in statement else None
        if not isinstance(sid, str) or not sid:
            return
        if sid in self._sids:
            self._wrong("Sid is that of another statement", f"{at}.Sid")
        self._sids.add(sid)
        if self._kind is not Kind.RESOURCE and not _SID.fullmatch(sid):
            self._wrong("Sid has other characters than letters and digits", f"{at}.Sid")

    def _combinations(self, statement: dict[str, object], at: str) -> None:
        for one in ("Action", "Resource", "Principal"):
            if one in statement and f"Not{one}" in statement:
                self._wrong(f"has both {one} and Not{one}", at)

        def has(element: str) -> bool:
            return element in statement or f"Not{element}" in statement

        if not has("Action"):
            self._wrong("has neither Action nor NotAction", at)
        if self._kind is Kind.IDENTITY:
            if not has("Resource"):
                self._wrong("has neither Resource nor NotResource", at)
            if has("Principal"):
                self._wrong("has a Principal, which the policy of an identity cannot have", at)
        elif not has("Principal"):
            self._wrong("has no Principal", at)
        if self._kind is Kind.TRUST and has("Resource"):
            self._wrong("has a Resource, which a trust policy cannot have", at)

    def _texts(self, value: object, at: str) -> Iterator[str]:
        listed = self._known(value, at) if value is not None else None
        for index, item in enumerate(listed if isinstance(listed, list) else [listed]):
            text = self._known(item, f"{at}[{index}]" if isinstance(listed, list) else at)
            if isinstance(text, str):
                yield text
            elif text is not None:
                self._wrong("is no text", at)

    def _action(self, action: str, at: str) -> None:
        if _ACTION.fullmatch(action):
            return
        service, colon, _ = action.partition(":")
        if colon and ("*" in service or "?" in service):
            self._wrong(f"{action} has a wildcard in the name of the service", at)
        else:
            self._wrong("an action is not written as service:action", at)

    def _condition(self, statement: dict[str, object], at: str) -> None:
        condition = self._object(statement["Condition"], at) if "Condition" in statement else None
        for name, keys in (condition or {}).items():
            if holds_sentinel(name):
                self._unknown.append((Reason.COMPUTED, at))
                continue
            operator = name.lower()
            for prefix in _SETS:
                operator = operator.removeprefix(prefix)
            if operator not in OPERATORS and operator.removesuffix("ifexists") not in OPERATORS - {"null"}:
                self._wrong("has a condition operator that IAM does not have", at)
            self._object(keys, f"{at}.{name}")
