"""Secrets in free text: scripts, documents and templates. What is found is named by its kind or its name, never quoted."""

from __future__ import annotations

import base64
import re
import zlib
from typing import TYPE_CHECKING

from policies.credentials import kind_of_credential
from policies.environment_secrets import kind_of_secret
from policies.rule import Violation
from policies.unknown import Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.environment_secrets import NotSecret

_MENTIONED = re.compile(r"passw|pwd|passphrase|secret|token|key", re.IGNORECASE)
_QUOTED = re.compile(
    r"""(?<![\w.$])-{0,2}([A-Za-z_][\w.-]{2,63}+)(?:\\?["'])?[ \t]*(?:=>|=(?!=)|:)[ \t]*\\?(["'])([^"'\\\n]{6,256})\\?\2"""
)
"""A name and a value in quotes, as in JSON, YAML and most languages: `"password": "correct horse"`."""

_BARE = re.compile(r"""(?<![\w.$?&/])-{0,2}([A-Za-z_][\w-]{2,63}+)=([^\s"'\\;,&|]{6,256})(?=[\s"'\\;,&|]|$)""", re.MULTILINE)
"""A name and a value without quotes, as in shells and in options of commands: `DB_PASSWORD=correct-horse`."""

_REFERS = re.compile(r"[$<>{}()`%!\[\]]")
"""In values that are filled in later, or are part of a program."""

_WORD = re.compile(r"[a-z_.]+")
_MOST = 1 << 20
_HASH = re.compile(r"[0-9a-f]{40}")


def secrets_in(text: str, at: str, but: NotSecret) -> Iterator[Violation]:
    """Yield the secrets in a text that stands at a property path.

    A credential is known by its form; any other secret by its name, where the text gives a name a value: a literal, not a
    variable, a call or a reference. Of a name in small letters without quotes, the value must not look like a word.
    """
    if kind := kind_of_credential(text):
        yield Violation(f"{at} holds {kind}", at=at)
    if not _MENTIONED.search(text):
        return
    pairs = [(match[1], match[3]) for match in _QUOTED.finditer(text)]
    pairs += [(match[1], match[2]) for match in _BARE.finditer(text) if not _is_code(match[1], match[2])]
    for found in dict.fromkeys(_kind(*pair, but) for pair in pairs):
        if found and found != kind:
            yield Violation(f"{at} holds {found}", at=at)


def _is_code(name: str, value: str) -> bool:
    return name.islower() and _WORD.fullmatch(value) is not None


def _kind(name: str, value: str, but: NotSecret) -> str:
    return "" if _REFERS.search(value) else kind_of_secret(value, lambda: name, but)


def script_of(text: str, path: str, *, encoded: bool = False) -> str:
    """Return a script that may be in Base64, and then compressed by gzip, as cloud-init and SageMaker take them.

    `encoded` says that it must be. Raises `UnknownValue` for what cannot be read: the hash that a provider records instead
    of a script, and Base64 that is none.
    """
    if _HASH.fullmatch(text):
        raise UnknownValue(Reason.NOT_REPORTED, path, "only a hash of the script is recorded")
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        if encoded:
            raise UnknownValue(Reason.MALFORMED, path, "not Base64") from None
        return text
    if data[:2] == b"\x1f\x8b":
        try:
            data = zlib.decompressobj(31).decompress(data, _MOST)
        except zlib.error:
            raise UnknownValue(Reason.MALFORMED, path, "not gzip") from None
    try:
        return data.decode()
    except UnicodeDecodeError:
        if encoded:
            raise UnknownValue(Reason.MALFORMED, path, "not a text") from None
        return text
