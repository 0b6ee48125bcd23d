"""Those who act in a stack, each with what it may do: a principal, or what it would be without a fence of its own.

What is known of the caller's requests goes with it: its ARN, account, name and tags are facts, not conditions that a
caller can choose.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from policies.iam_analysis.access import Effective, Verdict, includes
from policies.iam_analysis.arns import account_in
from policies.iam_analysis.model import ALL, Document, Patterns, Statement
from policies.iam_analysis.search import Question
from policies.iam_analysis.variables import has_variables
from policies.iam_catalogue.actions import universe
from policies.unknown import UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policies.iam_analysis.access import Access
    from policies.iam_analysis.conditions import Facts, Value
    from policies.iam_analysis.graph import Graph
    from policies.iam_analysis.principals import Principal

_TAG = "aws:principaltag/"
_PROBE = "a-name-that-nobody-planned"
_ACCOUNT = "111122223333"
ADMINISTRATOR = Statement("Allow", Patterns(("iam:*",)), ALL)
"""Who may do all of IAM may give itself the rest."""

_ASSUMES = Document((Statement("Allow", Patterns(("sts:AssumeRole",)), ALL),))
_NAMES: dict[str, dict[str, str | None]] = {
    "group": {"aws:username": _PROBE},
    **{kind: {"aws:username": None} for kind in ("role", "service-linked role", "permission set")},
}
"""What `${aws:username}` stands for: any member of a group has a name of its own, sessions of roles have none."""

EVERYTHING_ALLOWED = Document((Statement("Allow", ALL, ALL),))
"""FullAWSAccess, which AWS attaches beside every service control policy: they take away, and do not add."""


class Freedom(StrEnum):
    """Which fence of its own an actor is thought to be without."""

    NONE = ""
    BOUNDARY = "without its permissions boundary"
    ATTACHED_DENIALS = "without the attached policies that deny"
    INLINE_DENIALS = "without the inline policies that deny"
    TAGS = "with tags of its choice"


class Actor:
    """A principal of the graph with its effective access; `id` is its URN, with its `freedom` if it has one."""

    def __init__(
        self,
        principal: Principal,
        freedom: Freedom = Freedom.NONE,
        documents: tuple[Document, ...] | None = None,
        controls: tuple[Document, ...] = (),
    ) -> None:
        """Look at a principal; `documents` are its policies if they are not all that it holds.

        `controls` are the service control policies that are attached to its account.
        """
        self.principal = principal
        self.controls = controls
        self.freedom = freedom
        self.id = f"{principal.urn} {freedom}" if freedom else principal.urn
        self.arn = principal.arn.text
        given = principal.documents if documents is None else documents
        boundary = principal.boundary if freedom is not Freedom.BOUNDARY else None
        bound: dict[str, str | None] = {**_NAMES.get(principal.kind, {}), **self._values}
        fences = [*([boundary] if boundary else []), *([(*controls, EVERYTHING_ALLOWED)] if controls else [])]
        self._documents = [document.bound(bound) for document in given]
        self._fences = [[document.bound(bound) for document in fence] for fence in fences]
        self.access = Effective(self._documents, self._fences)

    @property
    def label(self) -> str:
        """The kind and the name that the program gives it, as messages say them."""
        label = f"{self.principal.kind} {self.principal.urn.rpartition('::')[2]}"
        return f"{label} {self.freedom}" if self.freedom else label

    @cached_property
    def when_named(self) -> Effective:
        """What it may do where a trust policy names it: no policy of its own has to allow that, but none may deny it.

        The boundary of a role must allow it too, that of a user need not ("Permissions boundaries for IAM entities").
        """
        free = [EVERYTHING_ALLOWED] if self.principal.kind == "user" else []
        return Effective([*self._documents, _ASSUMES], [[*fence, *free] for fence in self._fences])

    @cached_property
    def trust(self) -> Effective:
        """What the trust policy of a role allows; nothing for others."""
        return Effective([self.principal.trust] if self.principal.trust else [])

    @cached_property
    def _values(self) -> dict[str, str]:
        principal = self.principal
        values: dict[str, str] = {}
        if principal.arn.exact:
            values["aws:principalarn"] = principal.arn.text
        if account := account_in(principal.arn.text):
            values["aws:principalaccount"] = account
        if principal.kind == "user" and principal.name.known:
            values["aws:username"] = principal.name.text
        return values

    @cached_property
    def facts(self) -> Facts:
        """What every request of this actor says of it."""
        facts: dict[str, tuple[Value, ...]] = {key: ((value,),) for key, value in self._values.items()}
        if self.principal.kind not in {"user", "group"}:
            facts["aws:username"] = (None,)
        for key in self.tag_keys if self.freedom is not Freedom.TAGS else ():
            try:
                value = next(
                    (text for name, text in self.principal.tags.texts() if name.lower() == key.removeprefix(_TAG)), None
                )
            except UnknownValue as error:
                error.with_traceback(None)
                continue
            facts[key] = ((value,),) if value is not None else (None,)
        return facts

    @cached_property
    def tag_keys(self) -> set[str]:
        """The condition keys about its tags that its policies name."""
        statements = self.access.most.search.statements
        return {atom.key for statement in statements for atom in statement.conditions if atom.key.startswith(_TAG)}

    @cached_property
    def actions(self) -> int:
        """The actions that it may come to be allowed on something, as a set of `policies.iam_catalogue.actions`."""
        return self.access.most.actions

    @cached_property
    def likeness(self) -> object:
        """Equal for actors that are allowed the same: with the same statements, and nothing in them about the caller."""
        statements = self.access.most.search.statements
        atoms = [atom for statement in statements for atom in statement.conditions]
        if self.access.holes or any(atom.key in self.facts for atom in atoms) or any(map(has_variables, statements)):
            return self.id
        said = tuple(
            (statement.effect, statement.actions, statement.resources, statement.conditions) for statement in statements
        )
        return said, self.access.most.formula

    @cached_property
    def sure_actions(self) -> int:
        """Documented actions that it is allowed on something whatever a request says; none if anything is denied or fenced."""
        access = self.access.least
        if access.formula.deny or len(access.formula.groups) > 1:
            return 0
        free = sum(1 << i for i, statement in enumerate(access.search.statements) if not statement.conditions)
        return access.search.actions_of(free) & universe().every

    @cached_property
    def administrator(self) -> Verdict:
        """Say whether it may do all of IAM on everything, where it meets the conditions of its policies.

        So a policy that asks for MFA, or denies other Regions, makes an administrator too.
        """
        if self._may_do_all_of_iam(self.access.least):
            return Verdict.YES
        return Verdict.UNKNOWN if self.access.holes and self._may_do_all_of_iam(self.access.most) else Verdict.NO

    @property
    def is_administrator(self) -> bool:
        """Whether it is one for certain."""
        return self.administrator is Verdict.YES

    def _may_do_all_of_iam(self, access: Access) -> bool:
        if universe().mask("iam:*") & ~access.actions:
            return False
        return includes(access.at_best(self.facts), (ADMINISTRATOR,), Question(facts=self.facts))


def actors_of(graph: Graph) -> Iterator[Actor]:
    """Yield the principals of a graph that the stack itself makes, and others of which all is known."""
    controls: dict[str, tuple[Document, ...]] = {}
    for control in graph.controls:
        for target in control.targets if control.kind == "SCP" else ():
            controls[target] = (*controls.get(target, ()), control.document)
    for principal in graph.principals.values():
        if principal.complete or not principal.external:
            yield Actor(principal, controls=controls.get(account_in(principal.arn.text), ()))


def probe(template: str, account: str) -> str:
    """Return an ARN that a template with `*` for what is not known stands for, by names that no policy has planned for.

    `account` is that of the stack, empty where it is not known.
    """
    examples = ("arn", "aws", _PROBE, "us-east-1", account or _ACCOUNT, _PROBE)
    parts = template.split(":", 5)
    if len(parts) < len(examples):
        return template.replace("*", _PROBE)
    return ":".join(part.replace("*", example) for part, example in zip(parts, examples, strict=True))


def account_of(graph: Graph, actors: Iterable[Actor]) -> str:
    """Return the account of a stack; where it does not say, the only one whose roles and users its policies name."""
    if graph.account:
        return graph.account
    named = {
        account
        for actor in actors
        for statement in actor.access.most.search.statements
        for text in (statement.resources.items if statement.resources else ())
        if text.startswith("arn:") and (account := account_in(text))
    }
    return named.pop() if len(named) == 1 else ""
