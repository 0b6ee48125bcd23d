"""Condition keys that say who calls, and those that are taken for it and do not.

Sources: "Blocking public access to your Amazon S3 storage" (The meaning of "public") in the Amazon S3 user guide for the
keys, their fixed values and the sizes of address ranges; "AWS global condition context keys" in the IAM user guide for what
a key says and when it is there; "Example cases for Amazon SNS access control" for aws:SourceOwner; the service
authorization reference for keys of one service.
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Who(IntEnum):
    """Callers, from few to all: each class is within the next as far as an owner's worry goes."""

    NOBODY = 0
    OWN_ACCOUNT = 1
    ORGANIZATION = 2
    NAMED = 3
    """Accounts, roles, networks or resources that the policy names."""
    ANY_SERVICE = 4
    ANY_ACCOUNT = 5
    ANYONE = 6
    """Callers without an AWS account too."""

    @property
    def is_public(self) -> bool:
        """Say whether strangers are among them."""
        return self >= Who.ANY_ACCOUNT


class CallerKey(NamedTuple):
    """A condition key that narrows callers to `who`, if each of its values `is_fixed`.

    `name` is the key as AWS writes it; `kind` what it is about: `principal`, `network` or `source` (the resource for which a
    service calls).
    """

    name: str
    who: Who
    is_fixed: Callable[[str], bool]
    kind: str = "principal"


SMALLEST_PREFIX = {4: 8, 6: 32}
"""What S3 still takes for the addresses of one organization, by version of IP."""

_UNIQUE_ID = re.compile(r"A[A-Z]{3}[A-Z0-9]{8,}:\*")
_ACCOUNT_ARN = re.compile(r"arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:\d{12}:")
_PARTITION_AND_REGION = re.compile(r"^arn:[a-z*-]+:([a-z0-9-]+):[a-z0-9*-]*:")


def is_fixed(value: str) -> bool:
    """Say whether a value stands for itself: no wildcard, no policy variable."""
    return bool(value) and not any(mark in value for mark in ("*", "?", "${"))


def names_account(value: str) -> bool:
    """Say whether an ARN names its account; where the service's ARNs have none, it must name the whole resource."""
    if is_fixed(value):
        return True
    head, _, _ = value.partition("*")
    return "?" not in value and "${" not in value and bool(_ACCOUNT_ARN.match(head))


def names_account_by_parts(value: str) -> bool:
    """Like `names_account`, for operators that compare ARNs part by part: partition and region may be wildcards."""
    return names_account(_PARTITION_AND_REGION.sub(r"arn:aws:\1::", value))


def names_organization(value: str) -> bool:
    """Say whether a path starts at one organization: `o-abcdefghij/...`, a wildcard at its end at most."""
    head, _, rest = value.partition("*")
    return head.startswith("o-") and "/" in head and not rest and "?" not in head and "${" not in head


def names_service(value: str) -> bool:
    """Say whether a value is a service principal, or all of them."""
    return is_fixed(value) or value == "*.amazonaws.com"


def is_true(value: str) -> bool:
    """Say whether a value is true."""
    return value.lower() == "true"


def names_role(value: str) -> bool:
    """Say whether a value is a user's unique id or all sessions of one role (`AROA...:*`)."""
    return is_fixed(value) or bool(_UNIQUE_ID.fullmatch(value))


def _keys(*keys: CallerKey) -> dict[str, CallerKey]:
    return {key.name.lower(): key for key in keys}


ADDRESS = "aws:sourceip"
"""Judged by the size of all ranges together, and by the operator IpAddress alone."""

CALLER_KEYS = _keys(
    CallerKey("aws:PrincipalAccount", Who.NAMED, is_fixed),
    CallerKey("aws:PrincipalArn", Who.NAMED, names_account),
    CallerKey("aws:PrincipalOrgID", Who.ORGANIZATION, is_fixed),
    CallerKey("aws:PrincipalOrgPaths", Who.ORGANIZATION, names_organization),
    CallerKey("aws:userid", Who.NAMED, names_role),
    CallerKey("kms:CallerAccount", Who.NAMED, is_fixed),
    CallerKey("aws:PrincipalIsAWSService", Who.ANY_SERVICE, is_true, "source"),
    CallerKey("aws:PrincipalServiceName", Who.NAMED, names_service, "source"),
    CallerKey("aws:PrincipalServiceNamesList", Who.NAMED, names_service, "source"),
    CallerKey("aws:SourceAccount", Who.NAMED, is_fixed, "source"),
    CallerKey("aws:SourceArn", Who.NAMED, names_account, "source"),
    CallerKey("aws:SourceOrgID", Who.ORGANIZATION, is_fixed, "source"),
    CallerKey("aws:SourceOrgPaths", Who.ORGANIZATION, names_organization, "source"),
    CallerKey("aws:SourceOwner", Who.NAMED, is_fixed, "source"),
    CallerKey("lambda:EventSourceToken", Who.NAMED, is_fixed, "source"),
    CallerKey("aws:SourceVpc", Who.NAMED, is_fixed, "network"),
    CallerKey("aws:SourceVpcArn", Who.NAMED, names_account, "network"),
    CallerKey("aws:SourceVpce", Who.NAMED, is_fixed, "network"),
    CallerKey("aws:VpceAccount", Who.NAMED, is_fixed, "network"),
    CallerKey("aws:VpceOrgID", Who.ORGANIZATION, is_fixed, "network"),
    CallerKey("aws:VpceOrgPaths", Who.ORGANIZATION, names_organization, "network"),
    CallerKey("elasticfilesystem:AccessedViaMountTarget", Who.NAMED, is_true, "network"),
    CallerKey("vpc-lattice-svcs:SourceVpc", Who.NAMED, is_fixed, "network"),
    CallerKey("vpc-lattice-svcs:SourceVpcOwnerAccount", Who.NAMED, is_fixed, "network"),
    CallerKey("s3:DataAccessPointAccount", Who.NAMED, is_fixed, "network"),
    CallerKey("s3:DataAccessPointArn", Who.NAMED, names_account, "network"),
    CallerKey("aws:SourceIp", Who.NAMED, bool, "network"),
)
"""By key in lower case, as conditions are read."""

S3_MORE = _keys(CallerKey("s3:x-amz-server-side-encryption-aws-kms-key-id", Who.NAMED, is_fixed))
"""What S3 counts as well: a fixed header of the request."""

S3_STRICTER = {"aws:userid": is_fixed}
"""S3 does not count all sessions of a role (`AROLEID:*`) as fixed."""

ACCESS_POINT = frozenset({"s3:dataaccesspointarn", "s3:dataaccesspointaccount"})
"""In the policy of an access point these name the access point itself, not the caller."""

_RESOURCE = "names the resource, not the caller"
_CHOSEN = "is chosen by the caller"
_THEIR_OWN = "is given by the caller's own account"
_ANY_ACCOUNT = "holds for callers of any account"
_TIME = "only says when"

SEEMING_KEYS = {
    "aws:ResourceAccount": _RESOURCE,
    "aws:ResourceOrgID": _RESOURCE,
    "aws:ResourceOrgPaths": _RESOURCE,
    "s3:ResourceAccount": _RESOURCE,
    "aws:UserAgent": _CHOSEN,
    "aws:Referer": _CHOSEN,
    "aws:RequestedRegion": _CHOSEN,
    "aws:SourceIdentity": _THEIR_OWN,
    "aws:username": _THEIR_OWN,
    "aws:PrincipalType": _ANY_ACCOUNT,
    "aws:MultiFactorAuthPresent": _ANY_ACCOUNT,
    "aws:MultiFactorAuthAge": _ANY_ACCOUNT,
    "aws:CalledVia": _ANY_ACCOUNT,
    "aws:CalledViaFirst": _ANY_ACCOUNT,
    "aws:CalledViaLast": _ANY_ACCOUNT,
    "aws:ViaAWSService": _ANY_ACCOUNT,
    "kms:ViaService": _ANY_ACCOUNT,
    "aws:TokenIssueTime": _TIME,
    "aws:VpcSourceIp": "is an address that every VPC may have",
    "sts:ExternalId": "is a name that the caller sends",
    "sts:RoleSessionName": _CHOSEN,
    "sns:Endpoint": "says where messages go, not who asks for them",
}
"""Keys that people take for a defence of a policy for everyone, and why they are none."""

SEEMING_PREFIXES = {
    "aws:PrincipalTag/": _THEIR_OWN,
    "aws:RequestTag/": _CHOSEN,
    "aws:ResourceTag/": _RESOURCE,
    "s3:ExistingObjectTag/": _RESOURCE,
    "kms:EncryptionContext": _CHOSEN,
}
_SEEMING = {key.lower(): (key, why) for key, why in SEEMING_KEYS.items()}


def seeming_key(key: str) -> tuple[str, str] | None:
    """Return the name of a key that only seems to say who calls, and why; the key is given in lower case."""
    if key in _SEEMING:
        return _SEEMING[key]
    for prefix, why in SEEMING_PREFIXES.items():
        if key.startswith(prefix.lower()):
            return prefix.rstrip("/"), why
    return None


def are_few_addresses(values: tuple[str, ...]) -> bool:
    """Say whether address ranges, all of them together, leave most of the internet out."""
    import ipaddress  # noqa: PLC0415  (late: few policies have addresses)

    ranges: dict[int, list[ipaddress.IPv4Network | ipaddress.IPv6Network]] = {4: [], 6: []}
    for value in values:
        try:
            network = ipaddress.ip_network(value, strict=False)
        except ValueError:
            return False
        if network.prefixlen < SMALLEST_PREFIX[network.version]:
            return False
        ranges[network.version].append(network)
    return any(ranges.values()) and all(
        network.prefixlen >= SMALLEST_PREFIX[version]
        for version, networks in ranges.items()
        for network in ipaddress.collapse_addresses(networks)  # type: ignore[type-var]
    )
