"""What a way to more rights can be bound to in a stack: roles, users, groups, policies, resources that carry a role."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.access import NO, Answer, Verdict
from policies.iam_analysis.model import Patterns
from policies.iam_analysis.search import Question
from policies.iam_analysis.stack_arns import StackArns
from policies.iam_analysis.variants import without_boundary, without_denials, without_tags
from policies.iam_catalogue.actions import universe
from policies.iam_catalogue.escalation_paths import Kind, Path, Step, Target, escalation_paths
from policies.iam_catalogue.resources import resource_types

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from policies.iam_analysis.actors import Actor
    from policies.iam_analysis.conditions import Facts
    from policies.iam_analysis.graph import Graph
    from policies.stack import Stack

ADMIN = "administrator"
"""What is gained where an actor may write policies itself."""

KEYS = "keys"
"""What is gained where an actor may open KMS keys to others."""

OUTSIDE = "outside"
"""What is gained where the target is not in the stack: nobody knows its rights."""

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
    trusts_actor: bool = False
    possible: bool = False


class Targets:
    """All targets of a stack."""

    def __init__(self, stack: Stack, graph: Graph, actors: Mapping[str, Actor]) -> None:
        """Look at a stack; `actors` by their id."""
        self._graph = graph
        self.actors = dict(actors)
        self._arns = StackArns(stack)
        self._trust: dict[tuple[str, str], Answer] = {}
        self._roles = [actor for actor in actors.values() if actor.principal.kind == "role"]
        self._users = [actor for actor in actors.values() if actor.principal.kind == "user"]

    @cached_property
    def paths(self) -> tuple[tuple[Path, int], ...]:
        """All paths with the set of actions that each needs; an action that AWS does not document is left out there."""
        known = universe()
        return tuple((path, _mask(path, known.index)) for path in escalation_paths())

    def of(self, path: Path, actor: Actor, wanted: Collection[str]) -> Iterator[Bound]:
        """Yield the targets on which a path can be open to an actor, if one of `wanted` is gained there."""
        if path.kind is Kind.EXPOSURE:
            yield from [Bound("KMS keys", KEYS, {})] if KEYS in wanted else ()
        elif path.kind is Kind.SELF:
            yield from self._self(path, actor, wanted)
        elif path.kind is Kind.NEW:
            yield from self._passed(path, wanted)
        elif path.kind is Kind.EXISTING:
            yield from self._held(path, actor, wanted)
        else:
            yield from self._others(path, actor, wanted)

    def outside(self, path: Path) -> Bound | None:
        """Return a target of a path outside the stack, of a name that no policy has planned for; None where it needs none."""
        kinds = {step.target for step in path.steps} - {Target.ANY}
        if not kinds or path.kind in {Kind.SELF, Kind.EXPOSURE} or {step.action for step in path.steps} == {"sts:AssumeRole"}:
            return None
        arns = {step.action: _elsewhere(step) for step in path.steps if step.target is not Target.ANY}
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
            bound = Bound(
                f"group {group.name.text}", ADMIN, {action: group.arn.text}, ({"iam:policyarn": ((_ADMINISTRATOR_ACCESS,),)},)
            )
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
        for role in self._roles:
            if role.id not in wanted:
                continue
            for service in path.trusts:
                trust = self.trusts_service(role, service)
                if trust.verdict is Verdict.NO:
                    continue
                facts: Facts = {
                    "iam:passedtoservice": ((service,),),
                    **({"cloudformation:rolearn": ((role.arn,),)} if role.principal.arn.exact else {}),
                }
                yield Bound(role.label, role.id, {"iam:PassRole": role.arn}, (facts,), trust.why)

    def _held(self, path: Path, actor: Actor, wanted: Collection[str]) -> Iterator[Bound]:
        types = {held.partition(".")[0] for held in path.held_by}
        for holder in self._graph.holders:
            if holder.type not in types or not any(_is_at(holder.type, holder.property, held) for held in path.held_by):
                continue
            for urn in (holder.role,) if holder.role else holder.possible or ():
                if urn in wanted and urn != actor.id:
                    arns = {step.action: self._arns.of(holder.urn, step.action) for step in path.steps}
                    bound = Bound(self._arns.label(holder.urn), urn, arns, why=(holder.why,) if holder.why else ())
                    if not path.trusts:
                        yield bound
                    arns["iam:PassRole"] = self.actors[urn].arn
                    for service in path.trusts:
                        trust = self.trusts_service(self.actors[urn], service)
                        if trust.verdict is not Verdict.NO:
                            yield bound._replace(facts=({"iam:passedtoservice": ((service,),)},), why=(*bound.why, *trust.why))

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
        for role in self._roles:
            gains = list(self._gains(actions, role, wanted))
            if role.id == actor.id or not gains:
                continue
            assumed = Answer(Verdict.YES) if "iam:UpdateAssumeRolePolicy" in actions else self.trusts(role, actor)
            if assumed.verdict is Verdict.NO:
                continue
            direct = _names(role, actor)
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

    def trusts_service(self, role: Actor, service: str) -> Answer:
        """Say whether a service may assume a role."""
        for name in (service, f"{service}.cn"):
            answer = self._trusts(role, f"Service:{name}", {})
            if answer.verdict is not Verdict.NO:
                return answer
        return NO

    def trusts(self, role: Actor, actor: Actor) -> Answer:
        """Say whether the trust policy of a role lets an actor assume it."""
        return self._trusts(role, f"AWS:{actor.arn}", actor.facts)

    def _trusts(self, role: Actor, principal: str, facts: Facts) -> Answer:
        key = role.id, principal
        if key not in self._trust:
            question = Question(Patterns(("sts:AssumeRole",)), principals=Patterns((principal,)), facts=facts)
            self._trust[key] = role.trust.allows(question)
        return self._trust[key]


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


def _mask(path: Path, index: object) -> int:
    places = (index(step.action) for step in path.steps)  # type: ignore[operator]
    return sum({1 << place for place in places if place is not None})


def _is_at(type_: str, property_: str, held: str) -> bool:
    held_type, _, wanted = held.partition(".")
    return held_type == type_ and property_.partition("[")[0].startswith(wanted.partition("[")[0])


def _names(role: Actor, actor: Actor) -> bool:
    """Say whether a trust policy names an actor itself, not only its account."""
    statements = role.principal.trust.statements if role.principal.trust else ()
    return any(
        f"AWS:{actor.arn}" in statement.principals.items
        for statement in statements
        if statement.effect == "Allow" and statement.principals and not statement.principals.negated
    )


def _writing_facts(target: Actor) -> Facts:
    """Return what a request says that attaches AdministratorAccess to a target, or writes as much into a policy of it."""
    facts: dict[str, tuple[tuple[str, ...] | None, ...]] = {"iam:policyarn": ((_ADMINISTRATOR_ACCESS,),)}
    if not target.principal.boundary:
        facts["iam:permissionsboundary"] = (None,)
    return facts
