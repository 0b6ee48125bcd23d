"""The service and resource control policies of an organization, as far as a stack has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.model import read_document
from policies.iam_analysis.policy_sources import label
from policies.iam_analysis.references import named, targets
from policies.unknown import Unknown, UnknownValue

if TYPE_CHECKING:
    from policies.iam_analysis.model import Document
    from policies.resource import Resource
    from policies.stack import Stack

_POLICY = "aws:organizations/policy:Policy"
_ATTACHMENT = "aws:organizations/policyAttachment:PolicyAttachment"
_TARGETS = (
    "aws:organizations/account:Account",
    "aws:organizations/organizationalUnit:OrganizationalUnit",
    "aws:organizations/organization:Organization",
)
_KINDS = {"SERVICE_CONTROL_POLICY": "SCP", "RESOURCE_CONTROL_POLICY": "RCP"}


class Control(NamedTuple):
    """A policy that limits what accounts may do (`SCP`) or what may be done with their resources (`RCP`).

    `kind` is empty where it is not known which. `targets` are what it is attached to: URNs of accounts, organizational
    units and the organization, or ids (an account's 12 digits, `ou-...`, `r-...`) of those outside the stack. `unknown`
    says, with property paths, why it may be attached to others.
    """

    urn: str
    kind: str
    document: Document
    targets: tuple[str, ...]
    unknown: tuple[str, ...]


def controls_of(stack: Stack) -> tuple[Control, ...]:
    """Return the service and resource control policies of a stack; policies for tags, backups and so on are none."""
    found: dict[str, Control] = {}
    for policy in stack.of(_POLICY):
        kind = _kind(policy)
        if kind is not None:
            unknown = () if stack.complete else ("attachments of it may not be reported",)
            found[policy.urn] = Control(policy.urn, kind, read_document(policy, "content", policy.urn), (), unknown)
    if not found:
        return ()
    for attachment in stack.of(_ATTACHMENT):
        _attach(attachment, found, stack)
    return tuple(found.values())


def _kind(policy: Resource) -> str | None:
    """Return what a policy limits; None for other kinds of policies."""
    try:
        kind = policy.value("type")
    except UnknownValue:
        return ""
    return "" if isinstance(kind, Unknown) else _KINDS.get(str(kind or "SERVICE_CONTROL_POLICY"))


def _attach(attachment: Resource, controls: dict[str, Control], stack: Stack) -> None:
    policies = targets(attachment, "policyId", named(stack, _POLICY), stack)
    to = targets(attachment, "targetId", named(stack, *_TARGETS), stack)
    for urn in policies.found:
        if urn in controls:
            control = controls[urn]
            unknown = (*control.unknown, *((label(attachment, to.why),) if to.why and not to.outside else ()))
            controls[urn] = control._replace(targets=(*control.targets, *to.found, *to.outside), unknown=unknown)
    for urn in controls if policies.possible is None else policies.possible:
        if urn in controls:
            controls[urn] = controls[urn]._replace(unknown=(*controls[urn].unknown, label(attachment, policies.why)))
