"""The plain evaluator: decides one concrete request as AWS documents it.

Findings of the analysis are replayed here, so it shares no code with it. Follows the pages "How AWS enforcement code
logic evaluates requests to allow or deny access" and "Cross-account policy evaluation logic" of the IAM User Guide,
"Key policies" of the KMS guide, and the pages on service and resource control policies of the Organizations guide.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.condition_operators import arn_matches, holds, matches, symbols
from policies.iam_analysis.request import Naming, Request, account_of, caller_of, context_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policies.iam_analysis.model import Document, Patterns, Statement

__all__ = ["Decision", "Policies", "Request", "simulate", "statement_applies"]

IDENTITY = "identity policies"
BOUNDARY = "permissions boundary"
SESSION = "session policies"
SCP = "service control policies"
RCP = "resource control policies"
ENDPOINT = "VPC endpoint policy"
RESOURCE = "resource policy"
ROOT = "the account's root user"

# What a trust policy decides besides sts:AssumeRole, AssumeRoleWithSAML and AssumeRoleWithWebIdentity.
_WITH_ASSUME_ROLE = frozenset({"sts:tagsession", "sts:setsourceidentity", "sts:setcontext"})


class Policies(NamedTuple):
    """The policies that a request meets: plain documents, without holes.

    `identity` are all that the principal has by itself and by its groups. `boundary` and `session` are None where there
    is none. `scps` are those of the principal's account and `rcps` those of the resource's, a tuple for each level from
    the root of the organisation down; each level must allow. Give none for the management account, and `rcps` only for
    services that have them. `resource` is the policy of the resource: for a role, its trust policy; for a KMS key, its
    key policy.
    """

    identity: tuple[Document, ...] = ()
    boundary: tuple[Document, ...] | None = None
    session: tuple[Document, ...] | None = None
    scps: tuple[tuple[Document, ...], ...] = ()
    rcps: tuple[tuple[Document, ...], ...] = ()
    resource: Document | None = None
    endpoint: Document | None = None


class Decision(NamedTuple):
    """Whether the request is allowed, the reason, and the statements that decided (none for an implicit deny).

    `reason` is `explicit deny by ...`, `implicit deny by ...` or `allowed by ...`, with the kind of policy.
    """

    allowed: bool
    reason: str
    statements: tuple[Statement, ...] = ()


def simulate(request: Request, policies: Policies) -> Decision:
    """Decide a request.

    A resource whose account nobody tells is taken to be in the principal's. Raises `ValueError` for a document with
    holes, and for a condition operator that IAM does not have.
    """
    return _Evaluation(request, policies).decide()


def statement_applies(statement: Statement, request: Request) -> bool:
    """Say whether a statement, Allow or Deny, is about the request. One without Principal is about every principal."""
    return _Evaluation(request, Policies()).applies(statement)


class _Evaluation:
    """One request and its policies."""

    def __init__(self, request: Request, policies: Policies) -> None:
        self.policies = policies
        self.action = request.action.lower()
        self.resource = request.resource
        self.caller = caller_of(request)
        context = {key.lower(): value for key, value in request.context.items()}
        told = context.get("aws:resourceaccount", "")
        self.owner = request.resource_account or (told if isinstance(told, str) else "") or account_of(request.resource)
        self.context = context_of(request, self.caller, self.owner or self.caller.account)

    def decide(self) -> Decision:
        for name, documents in self._documents():
            if any(document.holes for document in documents):
                raise ValueError(f"the {name} are not known")
            denies = tuple(self._deciding("Deny", documents))
            if denies:
                return Decision(allowed=False, reason=f"explicit deny by {name}", statements=denies)
        fences: list[Statement] = []
        for name, documents in self._fences():
            allows = tuple(self._deciding("Allow", documents))
            if not allows:
                return _implicit_deny(name)
            fences += allows
        granted = self._of_account() if self.caller.account else self._of_resource(Naming.ITSELF)
        return granted._replace(statements=(*granted.statements, *fences)) if granted.allowed else granted

    def _documents(self) -> Iterator[tuple[str, tuple[Document, ...]]]:
        """Yield all policies that may deny."""
        policies = self.policies
        yield IDENTITY, policies.identity
        yield BOUNDARY, policies.boundary or ()
        yield SESSION, policies.session or ()
        yield RESOURCE, (policies.resource,) if policies.resource else ()
        yield from self._fences()

    def _fences(self) -> Iterator[tuple[str, tuple[Document, ...]]]:
        """Yield the policies that must each allow whatever else does."""
        policies = self.policies
        if not self.caller.is_service_linked:
            yield from ((RCP, level) for level in policies.rcps)
            if self.caller.account:  # they limit the principals of an account, its root user too
                yield from ((SCP, level) for level in policies.scps)
        if policies.endpoint:
            yield ENDPOINT, (policies.endpoint,)

    def _of_account(self) -> Decision:
        """Decide for a principal of an account, once nothing denies and every fence lets through."""
        if self._assumes_role and self.caller.kind == "root":
            return _implicit_deny(ROOT)  # AWS refuses sts:AssumeRole to root users
        if self.owner not in {"", self.caller.account}:
            return self._of_both_accounts()
        direct = self._of_resource(Naming.ITSELF)
        if direct.allowed:
            return direct
        to_issuer = self._of_resource(Naming.ISSUER)
        if to_issuer.allowed:
            return self._limited(to_issuer)
        if self._needs_resource_policy and not self._of_resource(Naming.ACCOUNT).allowed:
            return _implicit_deny(RESOURCE)
        return self._of_principal()

    def _of_both_accounts(self) -> Decision:
        """Decide for a resource of another account: its policy and the principal's must both allow."""
        theirs = self._of_resource(Naming.ACCOUNT)
        own = self._of_principal()
        if not theirs.allowed or not own.allowed:
            return own if theirs.allowed else theirs
        reason = f"{own.reason} and {RESOURCE}"
        return Decision(allowed=True, reason=reason, statements=own.statements + theirs.statements)

    def _of_resource(self, least: Naming) -> Decision:
        """Decide by the policy of the resource, of whose statements count those that name the principal so or closer."""
        allows = tuple(statement for naming, statement in self._grants if naming >= least)
        return (
            Decision(allowed=True, reason=f"allowed by {RESOURCE}", statements=allows) if allows else _implicit_deny(RESOURCE)
        )

    @cached_property
    def _grants(self) -> list[tuple[Naming, Statement]]:
        resource = (self.policies.resource,) if self.policies.resource else ()
        return [(self.caller.named_by(allow.principals), allow) for allow in self._deciding("Allow", resource)]

    def _of_principal(self) -> Decision:
        """Decide by the policies of the principal."""
        if self.caller.kind == "root":
            return Decision(allowed=True, reason=f"allowed by {ROOT}")
        allows = tuple(self._deciding("Allow", self.policies.identity))
        if not allows:
            return _implicit_deny(IDENTITY)
        return self._limited(Decision(allowed=True, reason=f"allowed by {IDENTITY}", statements=allows))

    def _limited(self, grant: Decision) -> Decision:
        """Return the grant if boundary and session policies allow it as well."""
        if self.caller.kind == "federated-user" and self.policies.session is None:
            return _implicit_deny(SESSION)  # such a session has only what session policies hand on
        statements = list(grant.statements)
        for name, documents in ((BOUNDARY, self.policies.boundary), (SESSION, self.policies.session)):
            if documents is None:
                continue
            allows = tuple(self._deciding("Allow", documents))
            if not allows:
                return _implicit_deny(name)
            statements += allows
        return grant._replace(statements=tuple(statements))

    def _deciding(self, effect: str, documents: Iterable[Document]) -> Iterator[Statement]:
        for document in documents:
            for statement in document.statements:
                if statement.effect == effect and self.applies(statement):
                    yield statement

    def applies(self, statement: Statement) -> bool:
        return (
            self._has_action(statement.actions)
            and self._has_principal(statement)
            and (statement.resources is None or self._has_resource(statement.resources))
            and all(holds(atom, self.context) for atom in statement.conditions)
        )

    def _has_action(self, actions: Patterns) -> bool:
        found = any(matches(symbols(pattern.lower()) or (), self.action) for pattern in actions.items)
        return found is not actions.negated

    def _has_resource(self, resources: Patterns) -> bool:
        patterns = (symbols(text, self.context) for text in resources.items)
        found = any(pattern is not None and arn_matches(pattern, self.resource) for pattern in patterns)
        return found is not resources.negated

    def _has_principal(self, statement: Statement) -> bool:
        principals = statement.principals
        if principals is None:
            return True
        if principals.negated and statement.effect == "Deny" and self.policies.boundary is not None:
            return True  # AWS denies whoever has a boundary, named or not ("Permissions boundaries for IAM entities")
        return self.caller.named_by(principals) > Naming.NOT_NAMED

    @cached_property
    def _assumes_role(self) -> bool:
        if not (self.action.startswith("sts:assumerole") or self.action in _WITH_ASSUME_ROLE):
            return False
        return self._resource_is("iam", "role/")

    @cached_property
    def _needs_resource_policy(self) -> bool:
        """Say whether only the policy of the resource can let the principal's own policies count: roles and KMS keys."""
        return self._assumes_role or (self.action.startswith("kms:") and self._resource_is("kms", "key/"))

    def _resource_is(self, service: str, prefix: str) -> bool:
        parts = self.resource.split(":", 5)
        return parts[2:3] == [service] and parts[-1].startswith(prefix)


def _implicit_deny(name: str) -> Decision:
    return Decision(allowed=False, reason=f"implicit deny by {name}")
