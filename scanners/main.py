"""What the command `stackproof` starts."""

from __future__ import annotations

import gc


def main() -> int:
    """Run the command line; return the exit code."""
    gc.disable()  # the catalogue is ten thousands of objects that stay: looking for cycles among them only takes time
    from scanners import command_line  # noqa: PLC0415

    gc.freeze()
    gc.enable()
    return command_line.main()
