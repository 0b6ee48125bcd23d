"""What a way to more rights can be bound to in a stack: roles, users, groups, policies, resources that carry a role."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.access import Answer, Verdict
from policies.iam_analysis.actors import probe
from policies.iam_analysis.stack_arns import StackArns
from policies.iam_analysis.trust import Trust, names_itself
from policies.iam_analysis.variants import without_boundary, without_denials, without_tags
from policies.iam_catalogue.escalation_paths import Kind, Path, Step, Target
from policies.iam_catalogue.resources import resource_types

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from policies.iam_analysis.actors import Actor
    from policies.iam_analysis.conditions import Facts
    from policies.iam_analysis.graph import Graph
    from policies.iam_analysis.holders import Holder
    from policies.stack import Stack

ADMIN = "administrator"
"""What is gained where an actor may write policies itself."""

KEYS = "keys"
"""What is gained where an actor may open KMS keys to others."""

OUTSIDE = "outside"
"""What is gained where the target is not in the stack: nobody knows its rights."""

_ANY_ROLE = "*"
_WRITING = frozenset({
    "iam:AttachRolePolicy", "iam:AttachUserPolicy", "iam:AttachGroupPolicy", "iam:PutRolePolicy", "iam:PutUserPolicy",
    "iam:PutGroupPolicy", "iam:CreatePolicyVersion",
})  # fmt: skip
"""Actions that write what their target may do."""

_BOUNDARY = frozenset({
    "iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary", "iam:PutRolePermissionsBoundary",
    "iam:PutUserPermissionsBoundary",
})  # fmt: skip
_DENIALS = {
    "iam:DetachRolePolicy": True,
    "iam:DetachUserPolicy": True,
    "iam:DeleteRolePolicy": False,
    "iam:DeleteUserPolicy": False,
}
"""Actions that take a policy away; whether it is an attached one."""

_NOUNS = {
    Target.PASSED_ROLE: "role", Target.ROLE: "role", Target.USER: "user", Target.GROUP: "group", Target.POLICY: "policy",
    Target.INSTANCE_PROFILE: "instance profile", Target.SAML_PROVIDER: "SAML provider", Target.HOLDER: "resource with a role",
}  # fmt: skip
_TAGS = frozenset({"iam:TagRole", "iam:TagUser"})
_ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"


class Bound(NamedTuple):
    """A target: its name for people, what is gained, the ARN (`*` where it is not known) that each action must be allowed on.

    An empty ARN stands for any resource. `facts` are what the requests must say, one after the other to be tried; `why`
    says what keeps the target from being certain. `trusts_actor` says that a trust policy names the actor itself,
    `possible` that nobody knows what the target leads to.
    """

    label: str
    gained: str
    arns: Mapping[str, str]
    facts: tuple[Facts, ...] = ({},)
    why: tuple[str, ...] = ()
    trusts_actor: Verdict = Verdict.NO
    possible: bool = False


class Targets:
    """All targets of a stack."""

    def __init__(self, stack: Stack, graph: Graph, actors: Mapping[str, Actor], account: str) -> None:
        """Look at a stack; `actors` by their id, `account` that of the stack if it is known."""
        self._stack = stack
        self._graph = graph
        self.actors = dict(actors)
        self._arns = StackArns(stack)
        self.account = account
        self._roles, self._users = (
            [actor for actor in actors.values() if actor.principal.kind == kind and not actor.freedom]
            for kind in ("role", "user")
        )
        self._trust = Trust(self._roles, account)
        self._role_ids = {role.id for role in self._roles}
        self._by_service: dict[str, dict[str, Answer]] = {}
        self._by_path: dict[str, dict[str, list[Holder]]] = {}

    def of(self, path: Path, actor: Actor, wanted: Collection[str]) -> Iterator[Bound]:
        """Yield the targets on which a path can be open to an actor, if one of `wanted` is gained there."""
        if path.kind is Kind.EXPOSURE:
            key = probe("arn:*:kms:*:*:key/*", self.account)
            yield from [Bound("any key", KEYS, {step.action: key for step in path.steps})] if KEYS in wanted else ()
        elif path.kind is Kind.SELF:
            yield from self._self(path, actor, wanted)
        elif path.kind is Kind.NEW:
            yield from self._passed(path, wanted)
        elif path.kind is Kind.EXISTING:
            yield from self._held(path, actor, wanted)
            yield from self._unlisted(path, actor, wanted)
        else:
            yield from self._others(path, actor, wanted)

    def outside(self, path: Path) -> Bound | None:
        """Return a target of a path outside the stack, of a name that no policy has planned for; None where it needs none."""
        kinds = {step.target for step in path.steps} - {Target.ANY}
        if not kinds or path.kind in {Kind.SELF, Kind.EXPOSURE} or {step.action for step in path.steps} == {"sts:AssumeRole"}:
            return None
        arns = {step.action: probe(_elsewhere(step), self.account) for step in path.steps if step.target is not Target.ANY}
        facts = tuple({"iam:passedtoservice": ((service,),)} for service in path.trusts) or ({},)
        label = " and ".join(sorted(_NOUNS[kind] for kind in kinds))
        return Bound(f"any {label}", OUTSIDE, arns, facts, possible=True)

    def _self(self, path: Path, actor: Actor, wanted: Collection[str]) -> Iterator[Bound]:
        action, target = path.steps[0].action, path.steps[0].target
        principal = actor.principal
        if target is Target.POLICY:
            for arn in self._policies(actor) if ADMIN in wanted else ():
                yield Bound(f"policy {arn}", ADMIN, {action: arn})
        elif target is Target.GROUP:
            yield from self._groups(action, actor, wanted)
        elif target == f"target-{principal.kind}":
            arns = {action: actor.arn}
            if action in _WRITING:
                if ADMIN in wanted:
                    yield Bound("itself", ADMIN, arns, (_writing_facts(actor),))
            else:
                for variant in self._freed(action, actor):
                    if variant.id in wanted:
                        yield Bound("itself", variant.id, arns)

    def _groups(self, action: str, actor: Actor, wanted: Collection[str]) -> Iterator[Bound]:
        own = {actor.id} if actor.principal.kind == "group" else set(actor.principal.groups)
        for group in self._graph.principals.values():
            if group.kind != "group":
                continue
            label = f"group {group.urn.rpartition('::')[2]}"
            facts: Facts = {"iam:policyarn": ((_ADMINISTRATOR_ACCESS,),)}
            bound = Bound(label, ADMIN, {action: group.arn.text}, (facts,))
            if action in _WRITING:
                if group.urn in own and ADMIN in wanted:
                    yield bound
            elif group.urn not in own and group.urn in wanted and actor.principal.kind == "user":
                yield bound._replace(gained=group.urn, facts=({},))

    def _freed(self, action: str, actor: Actor) -> Iterator[Actor]:
        if action in _BOUNDARY:
            yield from without_boundary(actor)
        elif action in _DENIALS:
            yield from without_denials(actor, attached=_DENIALS[action])
        elif action in _TAGS:
            yield from without_tags(actor)

    def _passed(self, path: Path, wanted: Collection[str]) -> Iterator[Bound]:
        for service in path.trusts:
            for role, trust in self._trusting(service).items():
                if role in wanted:
                    actor = self.actors[role]
                    facts: Facts = {
                        "iam:passedtoservice": ((service,),),
                        **({"cloudformation:rolearn": ((actor.arn,),)} if actor.principal.arn.exact else {}),
                    }
                    yield Bound(actor.label, role, {"iam:PassRole": actor.arn}, (facts,), trust.why)

    def _held(self, path: Path, actor: Actor, wanted: Collection[str]) -> Iterator[Bound]:
        by_role = self._holders(path)
        for role in wanted if _ANY_ROLE in by_role or len(wanted) < len(by_role) else by_role:
            if role not in wanted or role == actor.id:
                continue
            for holder in (*by_role.get(role, ()), *(by_role.get(_ANY_ROLE, ()) if role in self._role_ids else ())):
                arns = {step.action: self._arns.of(holder.urn, step.action) for step in path.steps}
                bound = Bound(self._arns.label(holder.urn), role, arns, why=(holder.why,) if holder.why else ())
                if not path.trusts:
                    yield bound
                arns["iam:PassRole"] = self.actors[role].arn
                for service in path.trusts:
                    trust = self._trusting(service).get(role)
                    if trust is not None:
                        yield bound._replace(facts=({"iam:passedtoservice": ((service,),)},), why=(*bound.why, *trust.why))

    def _unlisted(self, path: Path, actor: Actor, wanted: Collection[str]) -> Iterator[Bound]:
        """Yield what the stack may hold beside what its source shows: a resource with any of the roles."""
        if self._stack.complete or self._stack.shows(*{held.partition(".")[0] for held in path.held_by}):
            return
        why = ("resources that carry a role are not all reported",)
        for role in wanted:
            if role in self._role_ids and role != actor.id:
                yield Bound("a resource that is not reported", role, {"iam:PassRole": self.actors[role].arn}, why=why)

    def _trusting(self, service: str) -> dict[str, Answer]:
        """Return the roles that a service may assume, or may come to."""
        if service not in self._by_service:
            self._by_service[service] = self._trust.of_service(service)
        return self._by_service[service]

    def _holders(self, path: Path) -> dict[str, list[Holder]]:
        """Return the resources that a path can act on, by the roles that they carry or may carry; `_ANY_ROLE` for each."""
        if path.id not in self._by_path:
            found: dict[str, list[Holder]] = {}
            for holder in self._graph.holders:
                if any(_is_at(holder.type, holder.property, held) for held in path.held_by):
                    possible = (_ANY_ROLE,) if holder.possible is None else holder.possible
                    for role in (holder.role,) if holder.role else possible:
                        if role in self.actors or role == _ANY_ROLE:
                            found.setdefault(role, []).append(holder)
            self._by_path[path.id] = found
        return self._by_path[path.id]

    def _others(self, path: Path, actor: Actor, wanted: Collection[str]) -> Iterator[Bound]:
        targets = {step.target for step in path.steps}
        if Target.ROLE in targets:
            yield from self._other_roles(path, actor, wanted)
        elif Target.USER in targets:
            yield from self._other_users(path, actor, wanted)
        elif Target.SAML_PROVIDER in targets:
            yield from self._federated(path, wanted)
        elif ADMIN in wanted and Target.POLICY in targets:
            for arn in self._policies(actor):
                yield Bound(f"policy {arn}", ADMIN, {path.steps[0].action: arn}, possible=True)
        elif ADMIN in wanted:
            yield Bound("permission sets", ADMIN, {})

    def _other_roles(self, path: Path, actor: Actor, wanted: Collection[str]) -> Iterator[Bound]:
        actions = {step.action for step in path.steps}
        rewritten = "iam:UpdateAssumeRolePolicy" in actions
        if actions & _BOUNDARY and actor.principal.kind == "role":  # its own needs no other role
            for gained in self._gains(actions, actor, wanted):
                yield Bound("itself", gained, {step.action: actor.arn for step in path.steps})
        for role in self._roles if rewritten else self._trust.that_may_name(actor):
            gains = list(self._gains(actions, role, wanted))
            if role.id == actor.id or not gains:
                continue
            assumed = Answer(Verdict.YES) if rewritten else self._trust.lets(role, actor)
            if assumed.verdict is Verdict.NO:
                continue
            direct = names_itself(role, actor)
            for gained in gains:
                for arn in self._policies(role) if Target.POLICY in {step.target for step in path.steps} else ("",):
                    arns = {
                        step.action: arn if step.target is Target.POLICY else role.arn
                        for step in path.steps
                        if step.target is not Target.ANY
                    }
                    yield Bound(role.label, gained, arns, (_writing_facts(role),), assumed.why, direct)

    def _other_users(self, path: Path, actor: Actor, wanted: Collection[str]) -> Iterator[Bound]:
        actions = {step.action for step in path.steps}
        for user in self._users:
            if user.id == actor.id and not actions & _BOUNDARY:
                continue
            for gained in self._gains(actions, user, wanted):
                arns = {step.action: user.arn for step in path.steps}
                yield Bound(user.label, gained, arns, (_writing_facts(user),))

    def _gains(self, actions: set[str], target: Actor, wanted: Collection[str]) -> Iterator[str]:
        """Yield what is gained with a target."""
        if actions & _WRITING:
            gained = [ADMIN]
        elif actions & _BOUNDARY:
            gained = [variant.id for variant in without_boundary(target)]
        else:
            gained = [target.id]
        yield from (one for one in gained if one in wanted)

    def _federated(self, path: Path, wanted: Collection[str]) -> Iterator[Bound]:
        for provider, roles in self._arns.saml_providers(self._roles).items():
            for role in roles:
                if role.id in wanted:
                    yield Bound(role.label, role.id, {path.steps[0].action: provider})

    def _policies(self, actor: Actor) -> Iterator[str]:
        """Yield the ARNs of the customer managed policies that an actor holds."""
        for grant in actor.principal.identity:
            arn = self._arns.of_policy(grant.source)
            if arn and ":iam::aws:" not in arn:
                yield arn


def _elsewhere(step: Step) -> str:
    kind = {
        Target.PASSED_ROLE: "role",
        Target.ROLE: "role",
        Target.USER: "user",
        Target.GROUP: "group",
        Target.POLICY: "policy",
    }
    if step.target in kind:
        return f"arn:*:iam::*:{kind[step.target]}/*"
    types = resource_types(step.action)
    return types[0].patterns[0] if types else ""


def _is_at(type_: str, property_: str, held: str) -> bool:
    held_type, _, wanted = held.partition(".")
    return held_type == type_ and property_.partition("[")[0].startswith(wanted.partition("[")[0])


def _writing_facts(target: Actor) -> Facts:
    """Return what a request says that attaches AdministratorAccess to a target, or writes as much into a policy of it."""
    facts: dict[str, tuple[tuple[str, ...] | None, ...]] = {"iam:policyarn": ((_ADMINISTRATOR_ACCESS,),)}
    if not target.principal.boundary:
        facts["iam:permissionsboundary"] = (None,)
    return facts
