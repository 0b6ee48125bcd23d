"""What the command `stackproof` starts."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any


def main() -> int:
    """Run the command line; return the exit code. It is called once, as the process: what it makes is never collected."""
    gc.disable()  # modules are thousands of objects that stay: looking for cycles among them only takes time
    _import_msgspec()
    from scanners import command_line  # noqa: PLC0415

    gc.freeze()
    gc.enable()
    code = command_line.main()
    gc.freeze()
    return code


def _import_msgspec() -> None:
    """Import msgspec as where there is no typing_extensions, which takes as long to import as Python to start.

    What msgspec asks of it, `typing` has too.
    """
    modules: dict[str, Any] = sys.modules
    hidden = modules.setdefault("typing_extensions", None) is None  # None: cannot be imported
    import msgspec  # noqa: F401, PLC0415

    if hidden:
        del modules["typing_extensions"]
