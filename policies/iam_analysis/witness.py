"""Witnesses as people read them, replayed on the plain evaluator before they are told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policies.iam_analysis.evaluation import Request, statement_applies
from policies.iam_analysis.languages import compiled, matches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.iam_analysis.access import Access
    from policies.iam_analysis.search import Formula, Search, Witness

_VARIABLE = re.compile(r"\$\{([^{},]*)(?:,[^{}]*)?\}")
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
_EXAMPLES = {"Partition": "aws", "Region": "us-east-1", "Account": "111122223333"}
PRIVATE_KEYS = frozenset({"sts:externalid", "lambda:eventsourcetoken"})
"""Keys whose values may be passwords: they are never shown."""


def confirmed(access: Access, witness: Witness) -> Witness:
    """Return a witness for what an access allows, as readable as it can be; see `replayed`."""
    return replayed(access.search, access.formula, witness)


def replayed(search: Search, formula: Formula, witness: Witness) -> Witness:
    """Return the most readable request like a witness for which the plain evaluator gives the same answer.

    One for which it does not is an error of this analyser: it comes back as it is, marked as approximate.
    """
    found = next((one for one in _forms(witness) if _replays(search, formula, one)), None)
    return found or witness._replace(approximate=True)


def _replays(search: Search, formula: Formula, witness: Witness) -> bool:
    context = {key: value if len(value) > 1 else value[0] for key, value in witness.context.items() if value}
    request = Request(witness.principal, witness.action, witness.resource, context)
    try:
        applying = sum(1 << i for i, statement in enumerate(search.statements) if statement_applies(statement, request))
    except ValueError:  # an operator that IAM does not have
        return False
    return formula.holds(applying)


def _forms(witness: Witness) -> Iterator[Witness]:
    """Yield forms of a request, the most readable first."""
    bound = _with_values(witness)
    for resource in _resources(bound):
        for principal in _principals(bound):
            yield bound._replace(resource=resource, principal=principal)


def _with_values(witness: Witness) -> Witness:
    """Give the policy variables of a witness values, those that its context has or examples."""
    texts = [witness.resource, *(text for value in witness.context.values() for text in value or ())]
    names = dict.fromkeys(name for text in texts for name in _VARIABLE.findall(text))
    if not names:
        return witness
    context = dict(witness.context)
    values: dict[str, str] = {}
    for name in names:
        given = context.get(name.lower())
        values[name] = given[0] if given and "${" not in given[0] else f"example-{name.rpartition(':')[2]}"
        context[name.lower()] = (values[name],)

    def filled(text: str) -> str:
        return _VARIABLE.sub(lambda variable: values[variable[1]], text)

    context = {key: tuple(map(filled, value)) if value else value for key, value in context.items()}
    return witness._replace(resource=filled(witness.resource), context=context)


def _resources(witness: Witness) -> Iterator[str]:
    from policies.iam_catalogue.resources import resource_types  # noqa: PLC0415  (late: for what is told only)

    given = witness.resource
    types = resource_types(witness.action)
    templates = [_PLACEHOLDER.sub(lambda name: _EXAMPLES.get(name[1], "example"), arn) for type_ in types for arn in type_.arns]
    if not given.startswith("arn:"):
        yield from templates or ("*",)
    elif any(matches(compiled(pattern, arn=True), given) for type_ in types for pattern in type_.patterns):
        yield given  # what the action acts on
    for text in (f"{given[:-1]}example", given) if given and not given[-2:-1].isalnum() else (given,):
        for template in templates:
            yield _completed(text, template)
        yield text


def _completed(arn: str, template: str) -> str:
    """Return an ARN with the partition, Region and account that a template has where it has none itself."""
    parts, examples = arn.split(":", 5), template.split(":", 5)
    if len(parts) < len(examples):
        return arn
    return ":".join(part or example for part, example in zip(parts, examples, strict=True))


def _principals(witness: Witness) -> Iterator[str]:
    given = witness.principal
    if given.startswith("arn:"):
        account = given.split(":")[4] if given.count(":") >= 5 else ""  # noqa: PLR2004  (parts of an ARN)
        if not given.startswith("arn:aws"):
            yield f"arn:aws:iam::{account or '111122223333'}:user/example"
    elif ":" not in given:
        yield ""
    yield given


def described(witness: Witness) -> str:
    """Return a request in words: the action, the resource, who asks and what its context must hold.

    Keys that must be absent are left out: a request has them only if someone puts them there.
    """
    resource = "any resource" if witness.resource == "*" else witness.resource
    text = f"{witness.action} on {resource}"
    if witness.principal:
        text += f" by {witness.principal}"
    shown = [_told(key, value) for key, value in sorted(witness.context.items()) if value]
    return f"{text} with {', '.join(shown)}" if shown else text


def _told(key: str, value: tuple[str, ...]) -> str:
    from policies.iam_catalogue.condition_keys import condition_key  # noqa: PLC0415  (late: for what is told only)

    known = condition_key(key.partition(":")[0], key)
    head = known.name.partition("${")[0].partition("<")[0] if known else ""
    name = head + key[len(head) :]
    return f"some {name}" if key in PRIVATE_KEYS else f"{name} {' and '.join(value)}"
