"""What the control policies of an organization leave to the principals of an account.

Only their Deny, and an Allow of less than everything, take something away. They limit no principal of the management
account and no service-linked role (AWS Organizations user guide, "Service control policies" and "SCP evaluation").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.model import ALL, Document, Statement
from policies.unknown import UnknownValue, read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policies.iam_analysis.graph import Graph
    from policies.iam_analysis.organization import Control
    from policies.resource import Resource
    from policies.stack import Stack

_ACCOUNT = "aws:organizations/account:Account"
_UNIT = "aws:organizations/organizationalUnit:OrganizationalUnit"
_ORGANIZATION = "aws:organizations/organization:Organization"
_EVERYTHING = Statement("Allow", ALL, ALL)


class Fences(NamedTuple):
    """Fences that are there for certain, and those that may be there, by why that is not known."""

    sure: tuple[tuple[Document, ...], ...] = ()
    possible: Mapping[str, tuple[Document, ...]] = {}


NO_FENCES = Fences()


class Limits:
    """The control policies of a stack by the account that they limit."""

    def __init__(self, stack: Stack, graph: Graph) -> None:
        """Look at a stack."""
        self._stack = stack
        self._controls = graph.controls
        self._known: dict[str, Fences] = {}
        self._parents: dict[str, str] = {}
        self._management: set[str] = set()
        if self._controls:
            self._read_organization()

    def of(self, account: str) -> Fences:
        """Return what limits the principals of an account; empty stands for one that is not known."""
        if not self._controls or account in self._management:
            return NO_FENCES
        if account not in self._known:
            self._known[account] = self._fences(account)
        return self._known[account]

    def _read_organization(self) -> None:
        for resource in self._stack.of(_ACCOUNT, _UNIT):
            id_, parent = _text(resource, "id"), _text(resource, "parentId")
            if id_:
                self._parents[id_] = parent or ("root" if resource.type == _ACCOUNT else "")
        self._management = {_text(resource, "masterAccountId") for resource in self._stack.of(_ORGANIZATION)} - {""}

    def _above(self, account: str) -> tuple[set[str], bool]:
        """Return what is above an account, itself included, and whether that is all."""
        found = {account}
        at = account
        while at in self._parents and self._parents[at] not in found:
            at = self._parents[at]
            found.add(at)
        return found, at == "root" or at.startswith("r-")

    def _fences(self, account: str) -> Fences:
        above, complete = self._above(account)
        sure: list[tuple[Document, ...]] = []
        possible: dict[str, tuple[Document, ...]] = {}
        for control in self._controls:
            denies = _denying(control)
            where = self._where(control, account, above, complete=complete)
            if denies and where == "":
                sure.append((denies,))
            elif denies and where:
                possible[where] = (denies,)
            if where is not None and (allows := _allowing(control)):
                possible[f"{_name(control.urn)}: whether another policy beside it allows the rest"] = (allows,)
        return Fences(tuple(sure), possible)

    def _where(self, control: Control, account: str, above: set[str], *, complete: bool) -> str | None:
        """Return why it is not known whether a policy limits an account; empty if it does, None if it does not."""
        targets = [self._id(target) for target in control.targets]
        if account and any(target in above or (target.startswith("r-") and complete) for target in targets):
            return "" if control.kind == "SCP" else f"{_name(control.urn)}: which resources it limits"
        elsewhere = all(target.isdigit() or (complete and target) for target in targets)
        if account and elsewhere and not control.unknown:
            return None
        return f"{_name(control.urn)}: {next(iter(control.unknown), 'whether it limits the account is not known')}"

    def _id(self, target: str) -> str:
        """Return the id of a target; empty where it is not known."""
        if not target.startswith("urn:"):
            return target
        resource = self._stack.get(target)
        if resource is None:
            return ""
        return "r-" if resource.type == _ORGANIZATION else _text(resource, "id")


def _text(resource: Resource, name: str) -> str:
    try:
        values = [resource.id] if name == "id" else [read(resource.outputs.value(name)), read(resource.value(name))]
    except UnknownValue:
        return ""
    return next((value for value in values if isinstance(value, str)), "")


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]


def _denying(control: Control) -> Document | None:
    """Return what a policy denies as a fence that lets everything else through; None where it denies nothing."""
    document = control.document
    denies = tuple(_plain(statement) for statement in document.statements if statement.effect != "Allow")
    return Document((_EVERYTHING, *denies), document.unknown) if denies or document.unknown else None


def _allowing(control: Control) -> Document | None:
    """Return what a policy allows, if that is less than everything."""
    allows = tuple(_plain(statement) for statement in control.document.statements if statement.effect == "Allow")
    everything = any(
        not one.conditions and "*" in one.actions.items and (one.resources is None or "*" in one.resources.items)
        for one in allows
    )
    return Document(allows) if allows and not everything and control.kind != "RCP" else None


def _plain(statement: Statement) -> Statement:
    """Return a statement without its principals: in a control policy they are everyone."""
    return statement._replace(principals=None)


def limits_of(stack: Stack, graph: Graph) -> Limits:
    """Return the limits of a stack; read once."""
    return stack.once(Limits, lambda: Limits(stack, graph))
