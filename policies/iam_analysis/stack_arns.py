"""ARNs of the resources of a stack that ways to more rights act on, as far as they are known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policies.iam_analysis.access import Verdict
from policies.iam_analysis.arns import name_of, path_of, recorded_arn
from policies.iam_analysis.languages import compiled, matches
from policies.iam_analysis.locations import POLICY
from policies.iam_analysis.model import Patterns
from policies.iam_analysis.search import Question
from policies.iam_catalogue.resources import resource_types

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policies.iam_analysis.actors import Actor
    from policies.resource import Resource
    from policies.stack import Stack

SAML_PROVIDER = "aws:iam/samlProvider:SamlProvider"
_LAST_PART = re.compile(r"\$\{\w+\}(?=[^$]*$)")
_PART = re.compile(r"\$\{\w+\}")


class StackArns:
    """ARNs of resources by URN; a `*` stands for what is not known."""

    def __init__(self, stack: Stack) -> None:
        """Look at a stack."""
        self._stack = stack
        self._known: dict[tuple[str, str], str] = {}

    def label(self, urn: str) -> str:
        """Return the type and the name of a resource, as messages say them."""
        type_, _, name = urn.rpartition("::")
        return f"{type_.rpartition('/')[2].partition(':')[0] or 'resource'} {name}"

    def of(self, urn: str, action: str) -> str:
        """Return the ARN that an action must be allowed on to act on a resource; empty where it acts on something else."""
        key = urn, action
        if key not in self._known:
            self._known[key] = self._of(urn, action)
        return self._known[key]

    def _of(self, urn: str, action: str) -> str:
        resource = self._stack.get(urn)
        types = resource_types(action)
        if resource is None or not types:
            return ""
        name = name_of(resource)
        arn = recorded_arn(resource, name) or _identified(resource)
        patterns = [compiled(pattern, arn=True) for type_ in types for pattern in type_.patterns]
        if arn:
            return arn if any(matches(pattern, arn) for pattern in patterns) else ""
        noun = resource.type.rpartition(":")[2].lower()
        for type_ in types:
            if type_.name.replace("-", "").replace("*", "").lower() in noun or noun in type_.name.replace("-", "").lower():
                return _PART.sub("*", _LAST_PART.sub(lambda _: name.text, type_.arns[0]))
        return ""

    def of_policy(self, source: str) -> str:
        """Return the ARN of a managed policy from its URN or ARN; empty for an inline one."""
        if source.startswith("arn:"):
            return source
        if f"{POLICY}::" not in source or (resource := self._stack.get(source)) is None:
            return ""
        name = name_of(resource)
        return recorded_arn(resource, name) or f"arn:*:iam::*:policy{path_of(resource)}{name.text}"

    def saml_providers(self, roles: Iterable[Actor]) -> dict[str, list[Actor]]:
        """Return the SAML providers of the stack by ARN, with the roles that trust them."""
        found: dict[str, list[Actor]] = {}
        for provider in self._stack.of(SAML_PROVIDER):
            name = name_of(provider)
            arn = recorded_arn(provider, name) or f"arn:*:iam::*:saml-provider/{name.text}"
            question = Question(Patterns(("sts:AssumeRoleWithSAML",)), principals=Patterns((f"Federated:{arn}",)))
            found[arn] = [role for role in roles if role.trust.allows(question).verdict is not Verdict.NO]
        return found


def _identified(resource: Resource) -> str:
    """Return the ARN of an EC2 instance by its id: the provider records both, older ones the id alone."""
    arn = resource.outputs.value("arn")
    return arn if isinstance(arn, str) and arn.startswith("arn:") else ""
