"""What the policies of identities grant to a plain request: each Allow, less all Deny statements of the same document."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from policies.block import Block
from policies.iam_analysis.access import NO, TOO_COMPLEX, Answer, Effective, Verdict
from policies.iam_analysis.holes import unknown
from policies.iam_analysis.locations import INLINE_POLICIES, POLICY, ROLE
from policies.iam_analysis.model import Document, Patterns, read_document
from policies.iam_analysis.plain_requests import NOBODYS, is_limited, plain_facts
from policies.iam_analysis.search import Question
from policies.iam_analysis.witness import confirmed
from policies.unknown import Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policies.iam_analysis.model import Statement
    from policies.iam_analysis.search import Witness
    from policies.resource import Resource

IDENTITY_POLICIES = (POLICY, *(place.type for place in INLINE_POLICIES[:3]), ROLE, INLINE_POLICIES[3].type)
"""Types with a policy of an identity."""

_PROPERTIES = {POLICY: "policy", **{place.type: place.document for place in INLINE_POLICIES}}
_EVERYTHING_IN_A_SEGMENT = re.compile(r"(^|[:/])[*?]*\*[*?]*($|[:/])")
_PLACEHOLDER = re.compile(r"\$\{\w+\}")
_COLONS = 5


class Permission(NamedTuple):
    """A statement that allows, or may, with what takes from it: the Deny statements beside it, and those not known."""

    statement: Statement
    denials: tuple[Statement, ...] = ()
    unknown: tuple[str, ...] = ()

    def allows(self, actions: tuple[str, ...], resources: tuple[str, ...]) -> Answer:
        """Say whether a plain request with one of the actions, on a resource that the patterns match, is allowed."""
        return _answer(self, actions, resources)

    def answer(self, action: str, resources: tuple[str, ...]) -> Answer:
        """Say whether a plain request for one action is allowed."""
        return self.allows((action,), resources) if _may_name(self.statement.actions, action) else NO

    def grants(self, *requests: tuple[str, tuple[str, ...]]) -> Witness | None:
        """Return a plain request if one of each kind (action, resources) is allowed; raises `UnknownValue`."""
        answer = self.all_of(requests)
        if answer.verdict is Verdict.UNKNOWN:
            raise undecided(answer, self.statement.at)
        return answer.witness

    def all_of(self, requests: Iterable[tuple[str, tuple[str, ...]]]) -> Answer:
        """Say whether a request of each kind is allowed; the witness is one of the last kind."""
        answers = [self.answer(action, resources) for action, resources in requests]
        for verdict in (Verdict.NO, Verdict.UNKNOWN):
            found = [answer for answer in answers if answer.verdict is verdict]
            if found:
                return found[0]
        return answers[-1]


def undecided(answer: Answer, at: str) -> UnknownValue:
    """Return the exception for an answer that is not known."""
    if answer.why == (TOO_COMPLEX,):
        return UnknownValue(Reason.MALFORMED, at, TOO_COMPLEX)
    return unknown(answer.why)


@lru_cache(maxsize=4_096)
def _answer(permission: Permission, actions: tuple[str, ...], resources: tuple[str, ...]) -> Answer:
    document = Document((permission.statement, *permission.denials), permission.unknown)
    facts = plain_facts(document.statements)
    effective = Effective((document,))
    answer = effective.allows(Question(Patterns(actions), Patterns(resources), facts=facts))
    if answer.verdict is Verdict.YES and answer.witness:
        return answer._replace(witness=confirmed(effective.least, answer.witness))
    if answer.verdict is Verdict.UNKNOWN and permission.unknown and not _may_allow(permission, actions, resources):
        return NO  # what is not known of the document is judged by itself
    return answer


def _may_allow(permission: Permission, actions: tuple[str, ...], resources: tuple[str, ...]) -> bool:
    return _answer(permission._replace(unknown=()), actions, resources).verdict is not Verdict.NO


def _may_name(actions: Patterns, action: str) -> bool:
    """Say, without the catalogue, whether patterns name an action or may come to."""
    from policies.iam_analysis.action_sets import names  # noqa: PLC0415

    return bool(actions.holes) or names(actions, action)


def documents(resource: Resource) -> Iterator[Document]:
    """Yield the documents that a resource gives to identities; raises `UnknownValue` where a list of them is not known."""
    if resource.type != ROLE:
        yield _document(resource, _PROPERTIES[resource.type])
        return
    for block in resource.each("inlinePolicies"):
        yield _document(block, "policy")


def _document(block: Block, name: str) -> Document:
    value = block.values.get(name)
    return _read(value, block.path, name) if isinstance(value, str) else _complete(read_document(block, name))


@lru_cache(maxsize=2_048)
def _read(text: str, path: str, name: str) -> Document:
    """Read a document once for all resources that have the same."""
    return _complete(read_document(Block({name: text}, path), name))


def _complete(document: Document) -> Document:
    """Return the document of an identity; a statement without Resource is one that AWS refuses."""
    if all(statement.resources for statement in document.statements):
        return document
    return document._replace(
        statements=tuple(
            statement
            if statement.resources
            else statement._replace(resources=Patterns((), holes=(f"{statement.at}: neither Resource nor NotResource",)))
            for statement in document.statements
        )
    )


def permissions(resource: Resource) -> Iterator[Permission]:
    """Yield the statements of a resource that allow, or may; what else is not known raises `UnknownValue` at the end."""
    missing: tuple[str, ...] = ()
    for document in documents(resource):
        yield from permissions_of(document)
        missing = missing or document.unknown
    if missing:
        raise unknown(missing)


@lru_cache(maxsize=2_048)
def permissions_of(document: Document) -> tuple[Permission, ...]:
    """Return the statements of a document that allow, or may, each with what takes from it."""
    denials = [statement for statement in document.statements if statement.effect != "Allow"]
    return tuple(
        Permission(statement, tuple(other for other in denials if other is not statement), document.unknown)
        for statement in document.statements
        if statement.effect != "Deny"
    )


def unlimited(resource: Resource) -> Iterator[Permission]:
    """Yield the permissions that no condition limits, on patterns of resources; what else is not known raises at the end."""
    missing: tuple[str, ...] = ()
    for document in documents(resource):
        yield from unlimited_of(document)
        missing = missing or document.unknown
    if missing:
        raise unknown(missing)


@lru_cache(maxsize=2_048)
def unlimited_of(document: Document) -> tuple[Permission, ...]:
    """Return the permissions of a document that no condition limits and that are on patterns of resources."""
    return tuple(
        permission
        for permission in permissions_of(document)
        if _may_be_wide(permission.statement.resources) and not is_limited(permission.statement)
    )


def _may_be_wide(resources: Patterns | None) -> bool:
    """Say whether patterns may match a resource that they do not name: a quick look that says yes too often."""
    if resources is None or resources.negated or resources.holes:
        return True
    return any(
        "*" in item and (item.count(":") < _COLONS or _EVERYTHING_IN_A_SEGMENT.search(item.split(":", _COLONS)[_COLONS]))
        for item in resources.items
    )


@cache
def unnamed(action: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return requests for an action on resources that nobody named: ARNs with `*` for partition, Region and account.

    Several where the action needs resources of several types at once. For an action that works on Resource * only, a
    resource that nothing but `*` matches.
    """
    from policies.iam_catalogue.resources import resource_types  # noqa: PLC0415

    types = resource_types(action)
    arns = [tuple(dict.fromkeys(map(_unnamed, type_.arns))) for type_ in types if type_.required]
    if not arns:
        every = tuple(sorted({_unnamed(arn) for type_ in types for arn in type_.arns}, key=lambda arn: (len(arn), arn)))
        arns = [every or of_a_service(action.partition(":")[0])]
    return tuple((action, each) for each in arns)


def _unnamed(template: str) -> str:
    head = template.split(":", _COLONS)
    head[1] = "*"
    head[3:5] = [part and "*" for part in head[3:5]]
    return _PLACEHOLDER.sub(NOBODYS, ":".join(head))


def of_a_service(*services: str) -> tuple[str, ...]:
    """Return ARNs of resources of services, of a kind and a name that nobody planned."""
    return tuple(f"arn:*:{service}:*:*:{name}" for service in services for name in (NOBODYS, f"{NOBODYS}/{NOBODYS}"))


def whole(service: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return requests that only who has all of a service may make: an action and a resource that nobody named."""
    return ((f"{service}:{NOBODYS}", of_a_service(service)),)


def first_granted(permission: Permission, actions: tuple[str, ...]) -> Witness | None:
    """Return a plain request for one of some actions on a resource that the permission does not name; raises `UnknownValue`."""
    answer = _first(permission, actions)
    if answer.verdict is Verdict.UNKNOWN:
        raise undecided(answer, permission.statement.at)
    return answer.witness


@lru_cache(maxsize=4_096)
def _first(permission: Permission, actions: tuple[str, ...]) -> Answer:
    return first_answer(permission.all_of(unnamed(action)) for action in actions)


def first_answer(answers: Iterable[Answer]) -> Answer:
    """Return the first yes; else what is unknown, if anything is; else no."""
    found = NO
    for answer in answers:
        if answer:
            return answer
        if answer.verdict is Verdict.UNKNOWN:
            found = answer
    return found


def named_actions(permission: Permission) -> int:
    """Return the set of documented actions that a permission names; see `universe`."""
    from policies.iam_catalogue.actions import universe  # noqa: PLC0415

    found = 0
    for item in permission.statement.actions.items:
        found |= universe().mask(item)
    return universe().every & ~found if permission.statement.actions.negated else found


def told(witness: Witness) -> str:
    """Return a request as messages tell it: the action, a resource if it has types of them, and what is absent."""
    if NOBODYS not in witness.resource or witness.resource.startswith("arn::"):
        return f"{witness.action}{without(witness)}"
    return f"{witness.action} on resources that it does not name, such as {witness.resource}{without(witness)}"


def without(witness: Witness) -> str:
    """Return which keys a request must not have; of others nothing is told, for values may be secrets."""
    absent = [f"no {key}" for key, value in sorted(witness.context.items()) if value is None]
    return f" with {', '.join(absent)}" if absent else ""
