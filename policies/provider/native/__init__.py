"""Resources of the provider aws-native under the names of their twins in the provider aws.

The provider writes CloudFormation's properties in camel case (pulumi-aws-native 1.84.0), so CloudFormation's resources are
judged through the same tables. The tables are loaded when the first such resource is met.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policies.provider.native.twin import Twin

PREFIX = "aws-native:"


@lru_cache(maxsize=4096)  # asked for every resource; a stack has few types
def twin_of(type_: str) -> Twin | None:
    """Return what a type of aws-native is judged as; None for other types and those without a twin."""
    if not type_.startswith(PREFIX):
        return None
    from policies.provider.native.tables import TWINS  # noqa: PLC0415  (late: most programs have no such resource)

    return TWINS.get(type_)
