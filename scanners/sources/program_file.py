"""What a report may name as a file: a path inside the user's repository, and nothing that only this machine knows."""

from __future__ import annotations

_LONGEST = 1_000
_ODD = frozenset('\\:*?"<>|')
"""Not in names on Windows, and what tells a drive, a stream or an address: a path with one is none that all can open."""


def program_file(path: str) -> str:
    """Return a path relative to the project or the repository, with `/` between its parts; an empty text where it is none.

    Absolute paths, paths that lead out by `..`, addresses, names with control characters and those that only one
    machine knows are none. `.` and doubled slashes are dropped.
    """
    if not 0 < len(path) <= _LONGEST or path.startswith("/") or not path.isprintable() or not _ODD.isdisjoint(path):
        return ""
    parts = [part for part in path.split("/") if part not in {"", "."}]
    return "" if ".." in parts or path.endswith("/") else "/".join(parts)
