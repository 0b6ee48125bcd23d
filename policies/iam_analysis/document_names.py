"""Names and values in policy documents that AWS does not know, or that do not go together: such statements never apply."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.conditions import moment, number
from policies.iam_analysis.languages import compiled, intersects
from policies.iam_catalogue.condition_keys import KeyType, condition_key, nearest_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from policies.iam_analysis.model import Atom, Document, Statement
    from policies.iam_catalogue.condition_keys import ConditionKey

_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9*?-]+")
_OF_PROVIDERS = re.compile(r"[^:/]+\.[^:]+:.+")
"""Keys that begin with the host of an identity provider: it decides which there are."""

_LEGACY_KEYS = frozenset({"aws:principalorgmasteraccountid", "aws:sourceowner"})
_OPERATORS = {
    KeyType.STRING: ("string", "binary"),
    KeyType.ARN: ("arn", "string"),
    KeyType.BOOL: ("bool", "string"),
    KeyType.NUMERIC: ("numeric",),
    KeyType.DATE: ("date", "numeric"),
    KeyType.IP_ADDRESS: ("ipaddress", "notipaddress"),
}
"""How the operators begin that fit keys of a type. AWS compares flags and ARNs as texts too."""

_EXACT = frozenset({"stringequals", "stringnotequals", "stringequalsignorecase", "stringnotequalsignorecase"})
_MOST_MEMBERS = 300
_SHOWN = 3
_BUCKET = "arn:*:s3:::*"
_SLASH_IN_NAME = re.compile(r"([^*?$/]|\$\{[^{}]*\})*/")
_BOTH_VERSIONS = "elasticloadbalancing:"
"""Two APIs with actions of the same names: the catalogue has the resources of one of them only."""


class Misfit(NamedTuple):
    """What does not fit, as a clause, and the property path of the element."""

    what: str
    at: str


@lru_cache(maxsize=2_048)
def unknown_actions(document: Document) -> tuple[Misfit, ...]:
    """Return the actions that AWS does not have, with what was probably meant."""
    from policies.iam_catalogue.actions import universe  # noqa: PLC0415  (late: read for documents only)

    known = universe()
    found: list[Misfit] = []
    for statement in document.statements:
        for action in statement.actions.items:
            if not _ACTION.fullmatch(action) or known.mask(action):
                continue
            if known.is_retired(action):
                why = "AWS has retired it"
            else:
                near = known.nearest(action) if "*" not in action and "?" not in action else None
                why = f"meant was probably {near}" if near else "no action of AWS has this name"
            found.append(Misfit(f"names {action}: {why}", _element(statement, "Action")))
    return tuple(found)


@lru_cache(maxsize=2_048)
def unknown_keys(document: Document) -> tuple[Misfit, ...]:
    """Return the condition keys that AWS does not have, with what was probably meant."""
    found: list[Misfit] = []
    for statement in document.statements:
        for atom in statement.conditions:
            if atom.key and _key(atom.key, statement) is None and not _is_elsewhere(atom.key):
                near = nearest_key(None, atom.key)
                why = f"meant was probably {near}" if near else "AWS has no such key"
                found.append(Misfit(f"asks for {atom.key}: {why}", f"{statement.at}.Condition"))
    return tuple(found)


def _is_elsewhere(key: str) -> bool:
    return key in _LEGACY_KEYS or _OF_PROVIDERS.fullmatch(key) is not None


def _key(key: str, statement: Statement) -> ConditionKey | None:
    """Return what is known of a key, first where the actions of the statement belong."""
    services = dict.fromkeys(action.partition(":")[0].lower() for action in statement.actions.items)
    for service in services:
        if "*" not in service and (found := condition_key(service, key)):
            return found
    return condition_key(None, key)


@lru_cache(maxsize=2_048)
def misfit_conditions(document: Document) -> tuple[Misfit, ...]:
    """Return the conditions whose operator, or values, do not fit the type of their key."""
    return tuple(
        Misfit(what, f"{statement.at}.Condition")
        for statement in document.statements
        for atom in statement.conditions
        for what in _misfits(atom, statement)
    )


def _misfits(atom: Atom, statement: Statement) -> Iterator[str]:
    key = _key(atom.key, statement) if atom.key else None
    if key is not None and atom.operator != "null":
        if not atom.operator.startswith(_fitting(key)):
            yield f"compares {_named(atom, key)} by {atom.operator}, which is not for keys of type {key.type.value}"
            return
        if key.multivalued and not atom.sets and atom.key.startswith("aws:"):
            yield f"compares {_named(atom, key)} with one value, but it has several: ForAnyValue or ForAllValues is missing"
    if atom.operator in _EXACT and any(_is_pattern(value) for value in atom.values):
        yield f"compares {_named(atom, key)} by {atom.operator} with a wildcard, which only StringLike takes as one"
    readable = next((reads for family, reads in _READERS.items() if family in atom.operator), None)
    if readable and not all("${" in value or readable(value) for value in atom.values):
        yield f"compares {_named(atom, key)} by {atom.operator} with a value that is none of its type"


def _fitting(key: ConditionKey) -> tuple[str, ...]:
    fitting = _OPERATORS[key.type]
    return (*fitting, "arn") if "arn" in key.name.lower() or "${" in key.name else fitting


def _named(atom: Atom, key: ConditionKey | None) -> str:
    return key.name if key and "${" not in key.name and "<" not in key.name else atom.key


def _is_pattern(value: str) -> bool:
    return "*" in re.sub(r"\$\{[*?$]\}", "", value)


def _is_address(value: str) -> bool:
    import ipaddress  # noqa: PLC0415  (late: few policies have addresses)

    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    return True


_READERS: dict[str, Callable[[str], bool]] = {
    "numeric": lambda value: number(value) is not None,
    "date": lambda value: moment(value) is not None,
    "ipaddress": _is_address,
    "bool": lambda value: value.lower() in ("true", "false"),
    "arn": lambda value: value.startswith(("arn:", "*", "?")),
}


@lru_cache(maxsize=2_048)
def idle_actions(document: Document) -> tuple[Misfit, ...]:
    """Return for each Allow the actions that never apply to a resource that it names."""
    found: list[Misfit] = []
    for statement in document.statements:
        resources = statement.resources
        if statement.effect != "Allow" or resources is None or resources.holes or not names_resources(statement):
            continue
        idle = [action for action in statement.actions.items if not _applies(action, resources.items)]
        if idle:
            more = f" and {len(idle) - _SHOWN} more" if len(idle) > _SHOWN else ""
            told = ", ".join(f"{action} (applies to {_kinds(action)})" for action in idle[:_SHOWN])
            found.append(Misfit(f"allows on no resource that it names {told}{more}", _element(statement, "Resource")))
    return tuple(found)


def names_resources(statement: Statement) -> bool:
    """Say whether a statement may allow actions on some resources only."""
    resources = statement.resources
    if statement.effect == "Deny" or resources is None or resources.negated or statement.actions.negated:
        return False
    return all(item.strip("*?:") for item in resources.items)


def grant_holes(statement: Statement) -> tuple[str, ...]:
    """Return what is not known of what a statement allows, conditions left out."""
    return statement._replace(conditions=()).holes


@lru_cache(maxsize=16_384)
def _applies(action: str, resources: tuple[str, ...]) -> bool:
    """Say whether an action, or one that a pattern of actions covers, applies to any of some resources."""
    from policies.iam_catalogue.actions import universe  # noqa: PLC0415  (late: read for documents only)

    known = universe()
    mask = known.mask(action)
    if not mask or mask.bit_count() > _MOST_MEMBERS or action.lower().startswith(_BOTH_VERSIONS):
        return True  # told elsewhere, or certainly one of so many
    return any(
        _fits(template, resource) for name in known.members(mask) for template in _templates(name) for resource in resources
    )


@lru_cache(maxsize=16_384)
def _fits(template: str, resource: str) -> bool:
    """Say whether a pattern of Resource matches an ARN of a template."""
    service = resource.split(":", 3)[2:3]
    if service and "*" not in service[0] and "?" not in service[0] and service[0] != template.split(":", 3)[2]:
        return False
    if template == _BUCKET and _SLASH_IN_NAME.match(resource.rpartition(":::")[2]):
        return False  # the name of a bucket has no slash
    return intersects(compiled(template, arn=True), compiled(resource, arn=True))


@cache
def _templates(action: str) -> tuple[str, ...]:
    """Return the ARNs that an action applies to."""
    from policies.iam_catalogue.resources import resource_types  # noqa: PLC0415

    return tuple(pattern for type_ in resource_types(action) for pattern in type_.patterns)


def _kinds(action: str) -> str:
    """Return what an action applies to, for messages."""
    from policies.iam_catalogue.resources import resource_types  # noqa: PLC0415

    names = [type_.name for type_ in resource_types(action)]
    return " or ".join(names[:_SHOWN]) if names else "* only" if "*" not in action and "?" not in action else "others"


def _element(statement: Statement, element: str) -> str:
    patterns = statement.actions if element == "Action" else statement.resources
    return f"{statement.at}.Not{element}" if patterns and patterns.negated else f"{statement.at}.{element}"
