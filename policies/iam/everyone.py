"""Whether a statement lets everyone in: an Allow for everyone, without a condition that says who they are.

This is what S3 Block Public Access means by public: one narrowing condition with fixed values is enough, a Deny
elsewhere in the document does not count. The keys that narrow are in `_NARROWING`. What a caller chooses freely does
not narrow: aws:SecureTransport, aws:UserAgent, aws:Referer, the time, tags and names in the caller's own account, and
keys about the resource instead of the caller. Neither does an operator that is true where the key is missing: the
negated ones, ...IfExists, ForAllValues and Null.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policies.policy_matching import any_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from policies.policy_document import Condition, Statement

_EQUALS = frozenset({
    "bool", "stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "foranyvalue:stringequals",
    "foranyvalue:stringequalsignorecase", "foranyvalue:stringlike", "foranyvalue:arnequals", "foranyvalue:arnlike",
})  # fmt: skip
_SMALLEST_PREFIX = {4: 8, 6: 32}  # what S3 still takes for a range of one organization


def _is_fixed(value: str) -> bool:
    return bool(value) and not any(mark in value for mark in ("*", "?", "${"))


def _names_an_account(value: str) -> bool:
    """Say whether an ARN names its account; where the service's ARNs have none, it must name the whole resource."""
    if _is_fixed(value):
        return True
    head, _, _ = value.partition("*")
    return "?" not in value and "${" not in value and bool(re.match(r"arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:\d{12}:", head))


def _names_an_account_in_any_region(value: str) -> bool:
    """Like `_names_an_account`, for operators that compare ARNs part by part: partition and region may be wildcards."""
    return _names_an_account(re.sub(r"^arn:[a-z*-]+:([a-z0-9-]+):[a-z0-9*-]*:", r"arn:aws:\1::", value))


def _names_an_organization(value: str) -> bool:
    head, _, rest = value.partition("*")
    return head.startswith("o-") and "/" in head and not rest and "?" not in head and "${" not in head


def _names_a_service(value: str) -> bool:
    return _is_fixed(value) or value == "*.amazonaws.com"


def _is_true(value: str) -> bool:
    return value.lower() == "true"


def _names_a_role(value: str) -> bool:
    return _is_fixed(value) or bool(re.fullmatch(r"A[A-Z]{3}[A-Z0-9]{8,}:\*", value))


_NARROWING: dict[str, Callable[[str], bool]] = {
    "aws:principalaccount": _is_fixed,
    "aws:principalarn": _names_an_account,
    "aws:principalorgid": _is_fixed,
    "aws:principalisawsservice": _is_true,
    "aws:principalorgpaths": _names_an_organization,
    "aws:principalservicename": _names_a_service,
    "aws:principalservicenameslist": _names_a_service,
    "aws:sourceaccount": _is_fixed,
    "aws:sourcearn": _names_an_account,
    "aws:sourceorgid": _is_fixed,
    "aws:sourceorgpaths": _names_an_organization,
    "aws:sourceowner": _is_fixed,
    "aws:sourcevpc": _is_fixed,
    "aws:sourcevpcarn": _names_an_account,
    "aws:sourcevpce": _is_fixed,
    "aws:userid": _names_a_role,
    "aws:vpceaccount": _is_fixed,
    "aws:vpceorgid": _is_fixed,
    "aws:vpceorgpaths": _names_an_organization,
    "elasticfilesystem:accessedviamounttarget": _is_true,
    "kms:calleraccount": _is_fixed,
    "lambda:eventsourcetoken": _is_fixed,
    "s3:dataaccesspointaccount": _is_fixed,
    "s3:dataaccesspointarn": _names_an_account,
}


def lets_everyone_in(statement: Statement) -> bool:
    """Say whether a statement allows something to everyone, anonymous callers included.

    Takes a statement of a resource's policy or of a role's trust policy. Raises `UnknownValue` where a value decides
    that is not known, such as the ARN in aws:SourceArn.
    """
    if not statement.allows:
        return False
    if not statement.has("NotPrincipal") and not any(principal.is_everyone for principal in statement.principals()):
        return False
    return not any_of(statement.conditions(), _narrows)


def _narrows(condition: Condition) -> bool:
    if condition.key == "aws:sourceip":
        return condition.operator == "ipaddress" and _are_few_addresses(condition.values())
    is_narrow = _NARROWING.get(condition.key)
    if is_narrow is None or condition.operator not in _EQUALS:
        return False
    if is_narrow is _names_an_account and "arn" in condition.operator:
        is_narrow = _names_an_account_in_any_region
    empty = True
    for value in condition.values():
        empty = False
        if not is_narrow(value):
            return False
    return not empty


def _are_few_addresses(values: Iterator[str]) -> bool:
    """Say whether address ranges, all of them together, leave most of the internet out."""
    import ipaddress  # noqa: PLC0415  (late: few policies have addresses)

    ranges: dict[int, list[ipaddress.IPv4Network | ipaddress.IPv6Network]] = {4: [], 6: []}
    for value in values:
        try:
            network = ipaddress.ip_network(value, strict=False)
        except ValueError:
            return False
        if network.prefixlen < _SMALLEST_PREFIX[network.version]:
            return False
        ranges[network.version].append(network)
    return any(ranges.values()) and all(
        network.prefixlen >= _SMALLEST_PREFIX[version]
        for version, networks in ranges.items()
        for network in ipaddress.collapse_addresses(networks)  # type: ignore[type-var]
    )
