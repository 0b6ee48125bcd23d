"""The principals of a stack: users, groups, roles and permission sets, with all policies that they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policies.effective_tags import read_tags
from policies.iam_analysis.arns import Arn, Home, Name, homes_of, name_of, path_of, recorded_arn
from policies.iam_analysis.attachments import Edges, role_policies
from policies.iam_analysis.locations import (
    GIVING,
    GROUP,
    GROUP_MEMBERSHIP,
    KINDS,
    PERMISSION_SET,
    ROLE,
    SERVICE_ROLE,
    USER,
    USER_MEMBERSHIP,
)
from policies.iam_analysis.model import read_document, unknown_document
from policies.iam_analysis.policy_sources import Grant, Policies, label
from policies.tags import Tags
from policies.unknown import Reason, UnknownValue, told_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policies.iam_analysis.attachments import Given
    from policies.iam_analysis.model import Document
    from policies.resource import Resource
    from policies.stack import Stack

_MOST = 10
"""How many reasons are kept why a principal may hold more: one is enough to leave it open."""


class Principal(NamedTuple):
    """Someone who holds policies.

    `identity` are the policies that it holds for certain, for users those of their groups too; the document of a policy
    outside the stack is an unknown one. `unknown` says, with property paths, why it may hold others (ten reasons at
    most): any (`blank`), or one of the documents of `maybe`. `boundary` is None where there is none. `trust` is the trust
    policy of a role. Of a name or an ARN that is not exact, a `*` stands for what is not known. An `external` one is only
    read by the program, or referred to.
    """

    urn: str
    kind: str  # one of locations.KINDS
    name: Name
    arn: Arn
    path: str
    tags: Tags
    identity: tuple[Grant, ...]
    unknown: tuple[str, ...]
    blank: tuple[str, ...]
    maybe: tuple[Document, ...]
    boundary: tuple[Document, ...] | None
    trust: Document | None
    groups: tuple[str, ...]  # URNs
    credentials: tuple[str, ...]  # URNs of access keys and passwords
    external: bool

    @property
    def complete(self) -> bool:
        """Say whether `identity` is all that it holds."""
        return not self.unknown

    @property
    def documents(self) -> tuple[Document, ...]:
        """All documents, with an unknown one for each that it may hold besides."""
        return (*(grant.document for grant in self.identity), *self.maybe, *map(unknown_document, self.blank))


class _Seen(NamedTuple):
    """What a principal says of itself."""

    type: str
    name: Name
    path: str  # with a `*` where it is not known
    arn: str  # as recorded
    home: Home
    tags: Tags
    trust: Document | None
    external: bool
    unreadable: str


def principals_of(stack: Stack) -> dict[str, Principal]:
    """Return the principals of a stack by URN. What is said of them stays, their resources do not."""
    types = {urn: type_ for type_ in KINDS for urn in stack.resources.by_type.get(type_, ())}
    if not types:
        return {}
    policies = Policies(stack)
    edges = Edges(stack, policies, types)
    seen = {resource.urn: _look(resource, edges.given[resource.urn], policies, stack) for resource in stack.of(*KINDS)}
    edges.gather()
    found: dict[str, Principal] = {}
    for urn in sorted(types, key=lambda urn: types[urn] != GROUP):  # groups first: users hold what they hold
        found[urn] = _principal(urn, seen[urn], edges, found, stack)
    return {urn: found[urn] for urn in types}


def _look(resource: Resource, given: Given, policies: Policies, stack: Stack) -> _Seen:
    homes = homes_of(stack)
    home = homes.of(resource)
    try:
        name = name_of(resource) if resource.type != SERVICE_ROLE else _service_role_name(resource)
        arn = recorded_arn(resource, name)
        path = _path(resource)
        tags = Tags({}) if resource.type == GROUP else read_tags(resource)
        if resource.type in {ROLE, USER}:
            given.boundary = tuple(grant.document for grant in policies.named_by(resource, "permissionsBoundary")) or None
        if resource.type == ROLE:
            role_policies(resource, policies, given)
    except UnknownValue as error:
        why = label(resource, told_by(error))
        given.boundary = None if resource.type == GROUP else (unknown_document(why),)
        trust = unknown_document(why) if resource.type == ROLE else None
        nothing = Tags({}, Reason.NOT_REPORTED)
        return _Seen(resource.type, Name("*", known=False), "/*", "", home, nothing, trust, resource.external, why)
    homes.learn(home, arn)
    trust = read_document(resource, "assumeRolePolicy", resource.urn) if resource.type == ROLE else None
    return _Seen(resource.type, name, path, arn, home, tags, trust, resource.external, "")


def _path(resource: Resource) -> str:
    if resource.type == SERVICE_ROLE:
        service = resource.value("awsServiceName")
        return f"/aws-service-role/{service if isinstance(service, str) else '*'}/"
    return path_of(resource)


def _service_role_name(resource: Resource) -> Name:
    name = resource.outputs.value("name")
    return Name(name, known=True) if isinstance(name, str) and name else Name("AWSServiceRoleFor*", known=False)


def _principal(urn: str, seen: _Seen, edges: Edges, others: dict[str, Principal], stack: Stack) -> Principal:
    given = edges.given[urn]
    held = tuple(given.grants(edges.owners, urn))
    unknown = [*given.unknown, *edges.of_any.get(seen.type, ())[:_MOST]]
    maybe = [*given.maybe, *edges.maybe_of_any.get(seen.type, ())]
    if seen.unreadable:
        unknown.append(seen.unreadable)
    if seen.type == SERVICE_ROLE:
        unknown.append("the policies of a service-linked role are AWS's own")
    if (seen.external and stack.complete) or not stack.shows(*GIVING[seen.type]):
        unknown.append("policies that are attached to it elsewhere are not reported")
    for group in given.groups:
        held += tuple(grant._replace(through=group) for grant in others[group].identity)
        unknown += others[group].blank
        maybe += others[group].maybe
    if seen.type == USER and not stack.shows(GROUP_MEMBERSHIP, USER_MEMBERSHIP):
        groups = [group for urn, group in others.items() if group.kind == KINDS[GROUP] and urn not in given.groups]
        maybe += _of_groups(groups)
    blank = tuple(dict.fromkeys(unknown))[:_MOST]
    if len(maybe) > _MOST * _MOST:  # too many to be looked at one by one
        blank, maybe = (*blank, maybe[0].unsure), []
    return Principal(
        urn=urn,
        kind=KINDS[seen.type],
        name=seen.name,
        arn=_arn(seen, homes_of(stack).account(seen.home)),
        path=seen.path,
        tags=seen.tags,
        identity=held,
        unknown=tuple(dict.fromkeys((*blank, *(document.unsure for document in maybe))))[:_MOST],
        blank=blank,
        maybe=tuple(maybe),
        boundary=given.boundary,
        trust=seen.trust,
        groups=tuple(given.groups),
        credentials=tuple(given.credentials),
        external=seen.external,
    )


def _of_groups(groups: Iterable[Principal]) -> Iterator[Document]:
    """Yield what groups hold, as documents that nobody knows a user to hold."""
    for group in groups:
        why = f"whether it is in {group.urn.rpartition('::')[2]} is not reported"
        for document in group.documents:
            yield document._replace(unsure=why)


def _arn(seen: _Seen, account: str) -> Arn:
    if seen.type == PERMISSION_SET:  # the roles that Identity Center makes of it, one in each account
        path = "aws-reserved/sso.amazonaws.com/*AWSReservedSSO_"
        return Arn(f"arn:{seen.home.partition}:iam::*:role/{path}{seen.name.text}_*", exact=False)
    if seen.arn:
        return Arn(seen.arn, exact=True)
    kind = "role" if seen.type == SERVICE_ROLE else KINDS[seen.type]
    text = f"arn:{seen.home.partition}:iam::{account or '*'}:{kind}{seen.path}{seen.name.text}"
    return Arn(text, exact="*" not in text)
