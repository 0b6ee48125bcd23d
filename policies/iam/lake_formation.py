"""Grants of Lake Formation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN, in_turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource

SETTINGS = "aws:lakeformation/dataLakeSettings:DataLakeSettings"
PERMISSIONS = "aws:lakeformation/permissions:Permissions"

_EVERYONE = "IAM_ALLOWED_PRINCIPALS"
_DEFAULTS = ("createDatabaseDefaultPermissions", "createTableDefaultPermissions")
_ROLE = "arn:aws:iam::111122223333:role/analyst"


def _grants(resource: Resource) -> Iterator[Block]:
    if resource.type == PERMISSIONS:
        yield resource
    else:
        yield from in_turn(*(resource.each(path) for path in _DEFAULTS))


@rule(
    applies_to=(SETTINGS, PERMISSIONS),
    each=_grants,
    severity=Severity.MEDIUM,
    remedy="Grant the permissions to the roles that need them, and leave the default permissions empty.",
    controls=(NIST_800_53["AC-3"], NIST_800_53["AC-6"], PCI_DSS_4["7.2.2"], SOC2["CC6.3"], ISO_27001["A.8.3"]),
    topic="Changing the default settings for your data lake",
    passes=(
        {"admins": [_ROLE]},
        {"createDatabaseDefaultPermissions": [], "createTableDefaultPermissions": []},
        {"createTableDefaultPermissions": [{"principal": _ROLE, "permissions": ["SELECT"]}]},
        Example({"principal": _ROLE, "permissions": ["ALL"], "database": {"name": "sales"}}, PERMISSIONS),
    ),
    fails=(
        {"createTableDefaultPermissions": [{"principal": _EVERYONE, "permissions": ["ALL"]}]},
        {"createDatabaseDefaultPermissions": UNKNOWN, "createTableDefaultPermissions": [UNKNOWN, {"principal": _EVERYONE}]},
        Example({"principal": _EVERYONE, "permissions": ["ALL"], "database": {"name": "sales"}}, PERMISSIONS),
        Example({"principal": _EVERYONE, "permissions": UNKNOWN}, PERMISSIONS),
    ),
    undecided=(
        {"createDatabaseDefaultPermissions": UNKNOWN},
        {"createTableDefaultPermissions": [{"principal": UNKNOWN}]},
        Example({"principal": UNKNOWN, "permissions": ["ALL"]}, PERMISSIONS),
    ),
)
def lake_formation_grants_name_principals(grant: Block) -> Iterator[Violation]:
    """Lake Formation grants name their principals instead of IAM_ALLOWED_PRINCIPALS.

    That group is everyone whom IAM lets use Glue: a grant to it switches the finer permissions of Lake Formation off.
    Settings without default permissions leave the group out of new databases and tables.
    """
    if grant.text("principal") == _EVERYONE:
        yield Violation(f"everyone whom IAM allows ({_EVERYONE}) gets the permissions", at=grant.at("principal"))
