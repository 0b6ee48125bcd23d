"""The policies that AWS manages: the documents of their default versions.

They change over time: what an account has may be newer. `source()` says how old these are.
"""

from __future__ import annotations

import json
import re
import zlib
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from policies.iam_catalogue.data_file import DataFile

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = DataFile("managed_policies.dat")
_ARN = re.compile(r"arn:[^:]+:iam::aws:policy/(.*/)?([^/]+)")


class ManagedPolicy(NamedTuple):
    """A policy that AWS manages: `path` as in its ARN ("/service-role/"), `version` ("v3"), `updated` an ISO 8601 date."""

    name: str
    path: str
    version: str
    updated: str
    document: dict[str, Any]

    def arn(self, partition: str = "aws") -> str:
        """Return its ARN."""
        return f"arn:{partition}:iam::aws:policy{self.path}{self.name}"


def managed_policy(arn_or_name: str) -> dict[str, Any] | None:
    """Return the document of a policy, a new one each time; see `published`."""
    found = published(arn_or_name)
    return found.document if found else None


def published(arn_or_name: str) -> ManagedPolicy | None:
    """Return a policy by its name, its path and name, or its ARN in any partition; None if AWS has none such.

    `ReadOnlyAccess`, `service-role/AWSLambdaBasicExecutionRole`, `arn:aws-cn:iam::aws:policy/ReadOnlyAccess`. The case
    counts, as it does for AWS. An ARN needs the right path, and one of an account's own policy is none of AWS's.
    """
    arn = _ARN.fullmatch(arn_or_name)
    path, name = arn.groups("") if arn else arn_or_name.rpartition("/")[::2]
    place = _index().get(name)
    if place is None:
        return None
    block, line = place
    found = _policy(_block(block)[line])
    if arn or path:
        return found if found.path.strip("/") == path.strip("/") else None
    return found


def managed_policies() -> Iterator[ManagedPolicy]:
    """Yield all policies, those that have much in common one after the other."""
    for number in range(len(_blocks())):
        yield from map(_policy, _block(number))


def names() -> frozenset[str]:
    """Return the names of all policies, without their paths."""
    return frozenset(_index())


def source() -> str:
    """Return the package that the documents are from, with its version: "moto 5.2.5"."""
    return f"moto {FILE.header.facts['moto']}"


def _policy(line: bytes) -> ManagedPolicy:
    return ManagedPolicy(*json.loads(line))


@cache
def _blocks() -> list[list[str]]:
    """Return for each block its offset and length in bytes, and the names of its policies."""
    return [line.split(" ") for line in FILE.read("index").decode().split("\n")]


@cache
def _index() -> dict[str, tuple[int, int]]:
    """Return the block and the line of each policy."""
    return {name: (block, line) for block, (_, _, *found) in enumerate(_blocks()) for line, name in enumerate(found)}


@cache
def _dictionary() -> bytes:
    return FILE.read("dictionary")


@lru_cache(maxsize=8)
def _block(number: int) -> list[bytes]:
    """Return the lines of a block, a policy each."""
    offset, length, *_ = _blocks()[number]
    decompress = zlib.decompressobj(zdict=_dictionary())
    return decompress.decompress(FILE.part("blocks", int(offset), int(length))).split(b"\n")
