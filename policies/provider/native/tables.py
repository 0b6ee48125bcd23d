"""What each native type is judged as."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.provider.native import compute, databases, delivery, identity, processing, storage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policies.provider.native.twin import Twin

TWINS: Mapping[str, Twin] = {
    **compute.TWINS,
    **databases.TWINS,
    **delivery.TWINS,
    **identity.TWINS,
    **processing.TWINS,
    **storage.TWINS,
}
