"""Which policies, groups and boundaries the resources of a stack give to its principals."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.arns import name_of
from policies.iam_analysis.locations import (
    ATTACHMENTS,
    CREDENTIALS,
    CUSTOMER_POLICIES,
    CUSTOMER_POLICY,
    EXCLUSIVE_INLINE,
    GROUP,
    GROUP_MEMBERSHIP,
    INLINE_POLICIES,
    PERMISSION_SET,
    PERMISSION_SET_BOUNDARY,
    POLICY,
    ROLE,
    USER,
    USER_MEMBERSHIP,
)
from policies.iam_analysis.model import unknown_document
from policies.iam_analysis.policy_sources import Grant, inline, label
from policies.iam_analysis.references import NOTHING_NAMED, Targets, dependencies, named, targets, targets_of
from policies.unknown import Unknown, UnknownValue, read, told_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policies.iam_analysis.model import Document
    from policies.iam_analysis.policy_sources import Policies
    from policies.resource import Resource
    from policies.stack import Stack


class Only(NamedTuple):
    """What a resource leaves to a principal (keys of policies, names of inline ones) or to a policy (URNs of principals)."""

    by: str  # its URN
    kept: frozenset[str]


class Given:
    """What one principal is given, before what takes it away again is looked at."""

    __slots__ = ("boundary", "credentials", "groups", "inline", "managed", "maybe", "only_inline", "only_managed", "unknown")

    def __init__(self) -> None:
        """Begin with nothing."""
        self.inline: list[tuple[str, Grant]] = []  # with the name of the policy, empty where it is not known
        self.managed: list[Grant] = []
        self.only_inline: list[Only] = []
        self.only_managed: list[Only] = []
        self.groups: dict[str, None] = {}
        self.credentials: list[str] = []
        self.boundary: tuple[Document, ...] | None = None
        self.unknown: list[str] = []
        self.maybe: list[Document] = []

    def grants(self, owners: dict[str, list[Only]], urn: str) -> Iterator[Grant]:
        """Yield what the principal holds for certain, and file the rest under what is unknown.

        A policy that one resource attaches and another takes away is there or not by the order in which they are made.
        """
        held: set[str] = set()
        for name, grant in self.inline:
            if taken := next((only for only in self.only_inline if _takes(only, grant, name)), None):
                self._disputed(grant, taken)
            else:
                held.add(name)
                yield grant
        for only in (only for only in self.only_inline if only.by != urn):
            self.unknown += [f"{_short(only.by)}: an inline policy that is not in the stack" for _ in _names(only, held)][:1]
        given: set[str] = set()
        for grant in self.managed:
            rivals = (*self.only_managed, *(only for only in owners.get(grant.key, ()) if urn not in only.kept))
            if taken := next((only for only in rivals if _takes(only, grant, grant.key)), None):
                self._disputed(grant, taken)
            elif grant.key not in given:
                given.add(grant.key)
                yield grant

    def _disputed(self, grant: Grant, taken: Only) -> None:
        self.unknown.append(f"{_short(grant.through)}: attached by it, and detached by {_short(taken.by)}")


def _takes(only: Only, grant: Grant, name: str) -> bool:
    return only.by != grant.through and not only.kept & {name, grant.source}


def _names(only: Only, held: set[str]) -> list[str]:
    return sorted(name for name in only.kept - held if not name.startswith("urn:"))


def _short(urn: str) -> str:
    return urn.rpartition("::")[2]


class Edges:
    """Everything that the resources of a stack give to its principals."""

    def __init__(self, stack: Stack, policies: Policies, principals: dict[str, str]) -> None:
        """Take the principals as URNs with types."""
        self._stack = stack
        self._policies = policies
        self.given = {urn: Given() for urn in principals}
        self._types = principals
        self.of_any: dict[str, list[str]] = {}
        """Why each principal of a type may hold anything; in `maybe_of_any`, what each may hold."""
        self.maybe_of_any: dict[str, list[Document]] = {}
        self.owners: dict[str, list[Only]] = {}
        """The principals that each policy is left to, by the key of the policy."""

    def gather(self) -> None:
        """Look at all resources that give something to a principal."""
        self._managed()
        self._listed_by_policies()
        self._inline()
        self._exclusive_inline()
        self._memberships()
        self._identity_center()
        for resource in self._stack.of(*CREDENTIALS):
            for urn in self._targets(resource, "user", USER).found:
                self.given[urn].credentials.append(resource.urn)

    def _targets(self, resource: Resource, path: str, type_: str) -> Targets:
        several = path in {"roles", "users", "groups"}
        return targets(resource, path, named(self._stack, type_), self._stack, several=several)

    def _to_all(self, found: Targets, type_: str, why: str, grants: Iterable[Grant] = ()) -> None:
        """Say that each principal that may be meant may be given something: some policies, if they are known."""
        maybe = [grant.document._replace(unsure=why) for grant in grants]
        if found.possible is None:
            self.maybe_of_any.setdefault(type_, []).extend(maybe)
            self.of_any.setdefault(type_, []).extend([] if maybe else [why])
        for urn in found.possible or ():
            self.given[urn].maybe += maybe
            self.given[urn].unknown += [] if maybe else [why]

    def _managed(self) -> None:
        kept: dict[str, dict[str, set[str]]] = {}
        for spec in ATTACHMENTS:
            for resource in self._stack.of(spec.type):
                grants = self._policies.named_by(resource, spec.policy)
                found = self._targets(resource, spec.by, spec.to)
                for urn in found.found:
                    given = self.given[urn]
                    given.managed += grants
                    if spec.exclusive == "principal":
                        given.only_managed.append(Only(resource.urn, frozenset(grant.key for grant in grants)))
                if grants:
                    self._to_all(found, spec.to, label(resource, found.why), grants)
                if spec.exclusive == "policy":
                    for grant in grants:
                        kept.setdefault(grant.key, {}).setdefault(resource.urn, set()).update(found.found)
        self.owners = {key: [Only(by, frozenset(urns)) for by, urns in resources.items()] for key, resources in kept.items()}

    def _listed_by_policies(self) -> None:
        """Look at the principals that policies of aws-native list."""
        for policy in self._stack.of(POLICY):
            for path, type_ in (("roles", ROLE), ("users", USER), ("groups", GROUP)) if policy.native else ():
                grant = self._policies.itself(policy)
                found = self._targets(policy, path, type_)
                for urn in found.found:
                    self.given[urn].managed.append(grant)
                self._to_all(found, type_, label(policy, found.why), (grant,))

    def _inline(self) -> None:
        for spec in INLINE_POLICIES:
            for resource in self._stack.of(spec.type):
                found = self._targets(resource, spec.by, spec.to)
                for grant in inline(resource, spec.document, resource.urn):
                    name = _known_name(resource)
                    for urn in found.found:
                        self.given[urn].inline.append((name, grant))
                    self._to_all(found, spec.to, label(resource, found.why), (grant,))

    def _exclusive_inline(self) -> None:
        types = tuple(spec.type for spec in INLINE_POLICIES)
        for type_, to, by in EXCLUSIVE_INLINE:
            for resource in self._stack.of(type_):
                # names are those of one principal: they are compared with its own policies, not looked up
                depends = dependencies(resource, "policyNames", types, self._stack)
                kept = targets_of(_value(resource, "policyNames"), "policyNames", depends, NOTHING_NAMED, several=True)
                only = Only(resource.urn, frozenset((*depends, *kept.outside)))
                for urn in self._targets(resource, by, to).found:
                    self.given[urn].only_inline.append(only)
                    if kept.why:
                        self.given[urn].unknown.append(label(resource, kept.why))

    def _memberships(self) -> None:
        for resource in self._stack.of(GROUP_MEMBERSHIP):
            self._join(resource, self._targets(resource, "users", USER), self._targets(resource, "group", GROUP))
        for resource in self._stack.of(USER_MEMBERSHIP):
            self._join(resource, self._targets(resource, "user", USER), self._targets(resource, "groups", GROUP))

    def _join(self, resource: Resource, users: Targets, groups: Targets) -> None:
        for urn in users.found:
            given = self.given[urn]
            given.groups |= dict.fromkeys(groups.found)
            given.unknown += [label(resource, "a group that is not in the stack") for _ in groups.outside[:1]]
            if groups.why:
                given.unknown.append(label(resource, groups.why))
        if groups != Targets():
            self._to_all(users, USER, label(resource, users.why))

    def _identity_center(self) -> None:
        for resource in self._stack.of(CUSTOMER_POLICY, CUSTOMER_POLICIES):
            found = self._targets(resource, "permissionSetArn", PERMISSION_SET)
            grants = tuple(self._references(resource))
            for urn in found.found:
                self.given[urn].inline += [("", grant) for grant in grants]
            self._to_all(found, PERMISSION_SET, label(resource, found.why), grants)
        for resource in self._stack.of(PERMISSION_SET_BOUNDARY):
            found = self._targets(resource, "permissionSetArn", PERMISSION_SET)
            boundary = self._boundary(resource)
            for urn in found.found:
                self.given[urn].boundary = boundary
            for urn in self._types if found.possible is None else found.possible:
                if self._types[urn] == PERMISSION_SET and self.given[urn].boundary is None:
                    self.given[urn].boundary = (unknown_document(label(resource, found.why)),)

    def _references(self, resource: Resource) -> Iterator[Grant]:
        if resource.type == CUSTOMER_POLICY:
            yield self._policies.referred_by(resource, resource, "customerManagedPolicyReference")
            return
        try:
            for block in resource.each("customerManagedPolicyReferences"):
                yield self._policies.referred_by(resource, block, "")
        except UnknownValue as error:
            yield Grant(unknown_document(label(resource, told_by(error))), "", resource.urn)

    def _boundary(self, resource: Resource) -> tuple[Document, ...]:
        path = "permissionsBoundary"
        grants = self._policies.named_by(resource, f"{path}.managedPolicyArn")
        if not grants:
            grants = (self._policies.referred_by(resource, resource, f"{path}.customerManagedPolicyReference"),)
        return tuple(grant.document for grant in grants)


def role_policies(role: Resource, policies: Policies, given: Given) -> None:
    """Read the policies that stand on a role itself: it keeps no others of the kind, as far as it sets any.

    The provider aws-native leaves other policies alone.
    """
    program = not role.recorded and not role.external and not role.native  # what a provider records is no wish of the program
    grants = policies.named_by(role, "managedPolicyArns")
    given.managed += grants
    if program and role.value("managedPolicyArns") is not None:
        given.only_managed.append(Only(role.urn, frozenset(grant.key for grant in grants)))
    names: list[str] = []
    blocks = 0
    try:
        for block in role.each("inlinePolicies"):
            blocks += 1
            name = read(block.values.get("name"))
            names += [name] if isinstance(name, str) else []
            given.inline += [(name if isinstance(name, str) else "", grant) for grant in inline(block, "policy", role.urn)]
    except UnknownValue as error:
        blocks += 1
        given.unknown.append(label(role, told_by(error)))
    if program and blocks:
        given.only_inline.append(Only(role.urn, frozenset(names)))


def _known_name(resource: Resource) -> str:
    try:
        name = name_of(resource)
    except UnknownValue:
        return ""
    return name.text if name.known else ""


def _value(resource: Resource, path: str) -> object:
    try:
        return resource.value(path)
    except UnknownValue as error:
        return Unknown(error.with_traceback(None).reason)
