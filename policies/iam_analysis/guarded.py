"""The resources whose own policies say who may use them: roles by their trust policies, keys, buckets and all others.

Each statement is bound to its resource: the `Resource` of a key policy is `*`, and that of a trust policy is not there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.actors import probe
from policies.iam_analysis.arns import Arn, account_in, homes_of
from policies.iam_analysis.languages import compiled, matches
from policies.iam_analysis.model import ALL, Document, Patterns, Statement, unknown_document
from policies.iam_analysis.naming import OWN_ACCOUNT
from policies.iam_analysis.resource_policies import arn_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.iam_analysis.graph import Graph
    from policies.stack import Stack

KEY, ROLE = "key", "role"
_KEYS = (
    "aws:kms/key:Key", "aws:kms/externalKey:ExternalKey", "aws:kms/replicaKey:ReplicaKey",
    "aws:kms/replicaExternalKey:ReplicaExternalKey",
)  # fmt: skip
ASSUMING = Patterns((
    "sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity",
    "sts:SetContext",
))  # fmt: skip
"""Actions on a role that need its trust policy."""
KEY_USE = Patterns(("kms:*",))
_DEFAULT = "the default key policy"


class Guarded(NamedTuple):
    """A resource with the documents that stand on it. `needs` is KEY or ROLE where nobody is let in without them.

    `account` is that of the resource, empty where it is not known. `whose` is the URN of the resource, or its ARN where it
    is not in the stack.
    """

    whose: str
    arn: Arn
    account: str
    documents: tuple[Document, ...]
    needs: str = ""

    def most(self) -> Iterator[Statement]:
        """Yield the statements that allow at least what the policies will allow."""
        for document in self.documents:
            for statement in document.largest():
                yield from _bound(statement, self._arn(widest=statement.effect == "Allow"), widest=statement.effect == "Allow")

    def least(self) -> Iterator[Statement]:
        """Yield the statements that allow at most what the policies will allow."""
        for document in self.documents:
            for statement in document.smallest():
                yield from _bound(statement, self._arn(widest=statement.effect != "Allow"), widest=statement.effect != "Allow")

    def _arn(self, *, widest: bool) -> str:
        return self.arn.text if widest or self.arn.exact else probe(self.arn.text, self.account)

    @property
    def holes(self) -> tuple[str, ...]:
        """What is not known of the documents."""
        return tuple(hole for document in self.documents for hole in document.holes)


def _bound(statement: Statement, arn: str, *, widest: bool) -> Iterator[Statement]:
    """Yield a statement so that it applies to the resource with an ARN only, and to what is in it."""
    inside = (arn, f"{arn}/*", f"{arn}:*")
    resources = statement.resources
    if resources is None:
        yield statement._replace(resources=Patterns(inside))
    elif resources.negated:
        if widest:
            yield statement._replace(resources=Patterns(inside))
    else:
        items = tuple(dict.fromkeys(text for item in resources.items for text in _within(item, arn, inside)))
        yield statement._replace(resources=Patterns(items))


def _within(item: str, arn: str, inside: tuple[str, ...]) -> tuple[str, ...]:
    if "*" not in item and "?" not in item:
        return (item,)
    pattern = compiled(item, arn=True)
    if pattern.is_prefix and matches(pattern, arn):
        return inside
    return (item, arn) if matches(pattern, arn) and not item.startswith(arn) else (item,)


def guarded_of(stack: Stack, graph: Graph) -> tuple[Guarded, ...]:
    """Return the guarded resources of a stack; read once."""
    return stack.once("guarded resources", lambda: tuple(_guarded(stack, graph)))


def _guarded(stack: Stack, graph: Graph) -> Iterator[Guarded]:
    documents: dict[str, list[Document]] = {}
    arns: dict[str, Arn] = {}
    uncertain: list[str] = []
    for policy in graph.resource_policies:
        if policy.kind != "resource":
            continue
        if policy.urn or policy.arn.exact:
            documents.setdefault(policy.urn or policy.arn.text, []).append(policy.document)
            arns.setdefault(policy.urn or policy.arn.text, policy.arn)
        if policy.why and policy.type in _KEYS:
            uncertain.append(policy.why)
        elif policy.why:
            yield Guarded(policy.source, policy.arn, "", (_unknown_grant(policy.document, policy.why),))
    _add_default_keys(stack, documents, arns, uncertain)
    homes = homes_of(stack)
    for whose, found in documents.items():
        resource = stack.get(whose)
        account = account_in(arns[whose].text) or (homes.account(homes.of(resource)) if resource else "") or graph.account or ""
        needs = KEY if resource is not None and resource.type in _KEYS else ""
        yield Guarded(whose, arns[whose], account, tuple(found), needs)
    for urn, principal in graph.principals.items():
        if principal.trust is not None:
            trust = _trust(principal.trust)
            yield Guarded(urn, principal.arn, account_in(principal.arn.text) or graph.account or "", (trust,), ROLE)


def _add_default_keys(stack: Stack, documents: dict[str, list[Document]], arns: dict[str, Arn], uncertain: list[str]) -> None:
    """Add the keys without a policy of their own, which have AWS's default one or one that is not known to be theirs."""
    for type_ in _KEYS:
        for key in stack.of(type_):
            if key.urn not in documents:
                arns[key.urn] = arn_of(key, homes_of(stack))
                default = Document((Statement("Allow", KEY_USE, ALL, Patterns((OWN_ACCOUNT,)), source=key.urn, at=_DEFAULT),))
                documents[key.urn] = [default, *(unknown_document(why) for why in uncertain)]


def _unknown_grant(document: Document, why: str) -> Document:
    """Return a document that may stand on a resource or not."""
    return document._replace(statements=(), unknown=(*document.unknown, why))


def _trust(document: Document) -> Document:
    """Return a trust policy; what it says of other actions than those about roles has no effect."""
    statements = tuple(
        statement._replace(actions=statement.actions._replace(items=ASSUMING.items))
        if "*" in statement.actions.items and not statement.actions.negated
        else statement
        for statement in document.statements
    )
    return document._replace(statements=statements)
