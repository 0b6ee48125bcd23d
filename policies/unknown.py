"""Values that a rule may not rely on, because nobody knows them yet."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NoReturn, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")


class Reason(StrEnum):
    """Why a value is unknown."""

    COMPUTED = "computed"  # known only after the update
    SECRET = "secret"  # noqa: S105  (the name of a reason, not a password)
    MASKED = "masked"  # the source hides a text that stands in the program
    NOT_REPORTED = "not reported"  # the source does not show it
    MALFORMED = "malformed"  # there, but not of the shape the provider defines


class UnknownValue(Exception):  # noqa: N818  (a state of knowledge, not an error)
    """Raised when a rule uses a value that is not known.

    `path` is the property path from the resource, `detail` says more where the reason alone does not. Who keeps one, to
    raise it later, keeps it `with_traceback(None)`: the frames of a traceback hold the resource and all that it holds.
    """

    def __init__(self, reason: Reason, path: str = "", detail: str = "") -> None:
        """Keep the reason, the property path and the detail; none of them quotes a value."""
        super().__init__(f"{path or 'value'}: {detail or reason}")
        self.reason = reason
        self.path = path
        self.detail = detail


class Unknown:
    """Stands where a value would be; every use of it raises `UnknownValue`."""

    __slots__ = ("reason",)

    def __init__(self, reason: Reason) -> None:
        """Say why the value is unknown."""
        self.reason = reason

    def __repr__(self) -> str:
        """Show the reason; this is for people and never raises."""
        return f"<unknown: {self.reason}>"

    def __deepcopy__(self, _: object) -> Unknown:
        """Return the same: there is nothing in it to copy."""
        return self

    def _raise(self, *_: object) -> NoReturn:
        raise UnknownValue(self.reason)

    __bool__ = __iter__ = __len__ = __str__ = __int__ = __float__ = __index__ = _raise
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __getitem__ = __add__ = _raise
    __hash__ = _raise


class Shaped(Unknown):
    """A text of which nobody knows the account, the region or the partition: `pattern` has `?` and `*` for these."""

    __slots__ = ("pattern",)

    def __init__(self, pattern: str) -> None:
        """Keep the rest of the text."""
        super().__init__(Reason.COMPUTED)
        self.pattern = pattern


COMPUTED = Unknown(Reason.COMPUTED)
SECRET = Unknown(Reason.SECRET)
MASKED = Unknown(Reason.MASKED)
NOT_REPORTED = Unknown(Reason.NOT_REPORTED)


class Partial(dict[str, object]):
    """Properties of which only some are reported: what is absent may be set all the same."""

    def get(self, key: str, default: object = NOT_REPORTED) -> object:
        """Return a property; one that is absent is unknown."""
        return super().get(key, default)


UNKNOWN = COMPUTED
"""The unknown of examples: a value that is computed during the update."""

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  (the engine's mark of a secret)
_OUTPUT_VALUE = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_RESOURCE_REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"
_SENTINELS = frozenset({
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # boolean
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # string, and what the engine sends for anything unknown
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
    "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
    "e48ece36-62e2-4504-bad9-02848725956a",  # archive
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
})  # fmt: skip
_SENTINEL_LENGTH = 36
_SENTINEL_HYPHENS = 4
_HIDDEN_SECRET = "[secret]"  # noqa: S105  (what `pulumi policy analyze --file` puts for a secret)


def read(value: object) -> object:
    """Return a property value as the rules see it.

    Takes a value as the engine, a state file or an example carries it. Unknown sentinels, secrets
    and output values without a value become an `Unknown`; everything else comes back as it is.
    The marks are those of pulumi's `sdk/go/common/resource` and `pulumi_policy.proxy`.
    """
    if isinstance(value, str):
        if len(value) == _SENTINEL_LENGTH and value in _SENTINELS:
            return COMPUTED
        return SECRET if value == _HIDDEN_SECRET else value
    if isinstance(value, dict) and _SIGNATURE in value:
        return _read_marked(value)
    return value


def _read_marked(value: dict[str, object]) -> object:
    mark = value[_SIGNATURE]
    if mark == _SECRET:
        return SECRET
    if mark == _OUTPUT_VALUE:
        if value.get("secret"):
            return SECRET
        return read(value["value"]) if "value" in value else COMPUTED
    if mark == _RESOURCE_REFERENCE:
        return read(value.get("id", COMPUTED))
    return value  # an asset or an archive


def resource_in(value: object) -> str:
    """Return the URN of the resource that a value stands for; nothing where it stands for none."""
    if not isinstance(value, dict) or value.get(_SIGNATURE) != _RESOURCE_REFERENCE:
        return ""
    urn = value.get("urn")
    return urn if isinstance(urn, str) else ""


def is_file(value: object) -> bool:
    """Say whether a value that was read is an asset or an archive: a file by its path, URI, text or members."""
    return isinstance(value, dict) and _SIGNATURE in value


def holds_sentinel(text: str) -> bool:
    """Say whether an unknown sentinel stands somewhere inside a text."""
    if len(text) < _SENTINEL_LENGTH or text.count("-") < _SENTINEL_HYPHENS:
        return False
    return any(sentinel in text for sentinel in _SENTINELS)


def told_by(error: UnknownValue) -> str:
    """Return what an error says, and let go of the frames that it came through: they would keep resources alive."""
    return str(error.with_traceback(None))


def in_turn(*sources: Iterable[T]) -> Iterator[T]:
    """Yield from one source after the other; what is unknown raises at the end, so that it hides nothing."""
    unknown: UnknownValue | None = None
    for source in sources:
        try:
            yield from source
        except UnknownValue as error:
            unknown = error.with_traceback(None)
    if unknown:
        raise unknown
