"""Secrets in environment variables: what counts as one. Values are never quoted, only places and names of variables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.block import Block
from policies.credentials import kind_of_credential
from policies.fix import path_to
from policies.rule import Violation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SECRET = frozenset({"password", "passwd", "pwd", "passphrase", "secret", "token", "apikey", "pgpassword"})
_SECRET_KEY = re.compile(r"\b(api|private|access|secret|encryption|signing|master|auth) key\b")
_PUBLIC = frozenset({"public", "publishable"})
_ABOUT = frozenset({
    "age", "alg", "algorithm", "alias", "arn", "audience", "backend", "bucket", "cache", "claim", "column", "cookie",
    "count", "days", "dir", "directory", "disabled", "email", "enabled", "endpoint", "engine", "expiration", "expires",
    "expiry", "field", "file", "format", "from", "handler", "header", "host", "hours", "id", "ids", "interval", "issuer",
    "kind", "label", "length", "lifetime", "limit", "location", "lookup", "manager", "max", "min", "minutes", "mode",
    "name", "names", "optional", "param", "parameter", "path", "pattern", "policy", "prefix", "provider", "queue", "ref",
    "reference", "regex", "region", "required", "rotation", "scope", "seconds", "service", "size", "source", "stage",
    "store", "subject", "suffix", "table", "template", "timeout", "topic", "ttl", "type", "uri", "url", "urls", "user",
    "username", "version",
})  # fmt: skip
"""Last words of names that say something about a secret, or where it is: TOKEN_TTL, DB_SECRET_ARN."""

_HARMLESS = re.compile(
    r"""
    \s* | [\d.]+ | (?i:true|false|yes|no|on|off|none|null|enabled|disabled)   # switches and numbers
    | arn:.* | (?>.*?\{\{).*\}\}.* | \$\{.*\} | \$\(.*\) | \$[A-Z_]+  # ARNs and references that are filled in later
    | %.*% | <.*> | \*+                                                # placeholders
    | [a-z][a-z0-9+.-]*:/.* | (?:ssm|secretsmanager|vault|env|kms):.*   # URLs, and references such as ssm:name
    | /[\w.@/-]+ | [a-z0-9_.-]+(?:/[a-z0-9_.-]+)+                       # names of parameters, paths of files
    | AQICAH.*                                                          # what KMS has encrypted
    """,
    re.VERBOSE | re.DOTALL,
)


class Variable(NamedTuple):
    """An environment variable: an object with `name` and `value`, or an entry `key` of a map of variables."""

    block: Block
    key: str = ""

    @property
    def at(self) -> str:
        """The property path of the value."""
        return path_to(self.block.path, self.key) if self.key else self.block.at("value")

    @property
    def name(self) -> str:
        """The name of the variable."""
        return self.key or self.block.text("name")

    @property
    def value(self) -> str:
        """The value of the variable."""
        if "." in self.key:  # no path
            return Block({"value": self.block.values.get(self.key)}, self.at).text("value")
        return self.block.text(self.key or "value")


class NotSecret(NamedTuple):
    """What sounds like a secret and is none; the parameters of every rule that knows secrets by their names."""

    names: Annotated[
        tuple[str, ...], "Names whose values are no secrets whatever they sound like; the case does not count."
    ] = ()


def variables(block: Block, path: str) -> Iterator[Variable]:
    """Yield the environment variables of a map."""
    if names := block.entries(path):
        entries = block.block(path)
        yield from (Variable(entries, name) for name in names)


def plain_secrets(variable: Variable, but: NotSecret, *, at: str = "") -> Iterator[Violation]:
    """Yield what is wrong with an environment variable: a value that is a secret, or that its name says is one.

    `but` lists names that do not mean it, `at` is the property path to report where the variable's own leads into JSON
    text. A value that is not known raises `UnknownValue`, whatever the name is: it may be any secret.
    """
    if found := kind_of_secret(variable.value, lambda: variable.name, but):
        yield Violation(f"{variable.at} holds {found}", at=at or variable.at)


def kind_of_secret(value: str, name: Callable[[], str], but: NotSecret) -> str:
    """Return what secret a value is, by its form or by its name, as in "an AWS access key"; an empty text where it is none.

    The name may be one that is not known; it is asked for only where the form leaves it open.
    """
    kind = kind_of_credential(value)
    if kind or _HARMLESS.fullmatch(value) or not is_secret_name(found := name()):
        return kind
    return "" if found.lower() in map(str.lower, but.names) else f"a secret by its name, {found}"


def is_secret_name(name: str) -> bool:
    """Say whether the name of a variable says that its value is a secret: DB_PASSWORD or apiKey, not TOKEN_TTL."""
    words = [word.lower() for word in _WORDS.findall(name)]
    if not words or words[-1] in _ABOUT or not _PUBLIC.isdisjoint(words):
        return False
    return not _SECRET.isdisjoint(words) or _SECRET_KEY.search(" ".join(words)) is not None
