"""ARNs of the resources of a stack, as far as they are known: what is not stands there as `*`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from policies.unknown import COMPUTED, Unknown, UnknownValue, read

if TYPE_CHECKING:
    from policies.resource import Resource
    from policies.stack import Stack

_PARTITIONS = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
    "us-isof-": "aws-iso-f",
    "eusc-": "aws-eusc",
}
"""Partitions by the start of the names of their regions; all others are in `aws`."""

_ACCOUNT = re.compile(r"\d{12}")
_ANY = "*"
ANY_ACCOUNT = "?" * 12
"""Stands in ARNs of policies for the account of the stack where it is not known."""


class Arn(NamedTuple):
    """An ARN; unless it is `exact`, a `*` stands for each part that is not known."""

    text: str
    exact: bool


class Home(NamedTuple):
    """Where the provider of a resource makes it. An unknown partition or region is `*`; an account is empty then."""

    provider: str
    partition: str
    region: str
    account: str


class Name(NamedTuple):
    """The name of a resource; unless it is `known`, a `*` stands for what the provider will add."""

    text: str
    known: bool


def account_in(arn: object) -> str:
    """Return the account that an ARN names; empty where it names none."""
    parts = arn.split(":", 5) if isinstance(arn, str) and arn.startswith("arn:") else ()
    return parts[4] if len(parts) > 5 and _ACCOUNT.fullmatch(parts[4]) else ""  # noqa: PLR2004  (parts of an ARN)


def name_of(resource: Resource, property_: str = "name") -> Name:
    """Return the name of a resource. One that the program leaves to Pulumi is the logical name and a suffix.

    Without a property that holds it, the name is AWS's to give.
    """
    if not property_:
        return Name(_ANY, known=False)
    name = resource.value(property_)
    if isinstance(name, Unknown):
        return Name(_ANY, known=False)
    for value in (name, resource.outputs.value(property_)):
        if isinstance(value, str) and value:
            return Name(value, known=True)
    prefix = resource.value(f"{property_}Prefix")
    if isinstance(prefix, str) and prefix:
        return Name(f"{prefix}*", known=False)
    if prefix is not None or "." in resource.name:  # a Terraform address: Terraform's own names begin otherwise
        return Name(_ANY, known=False)
    return Name(f"{resource.name}-*", known=False)


def path_of(resource: Resource) -> str:
    """Return the path of an IAM resource, with a `*` where it is not known."""
    path = resource.value("path")
    if isinstance(path, Unknown):
        return "/*"
    return path if isinstance(path, str) and path else "/"


def recorded_arn(resource: Resource, name: Name) -> str:
    """Return the ARN that the provider recorded; empty where there is none, or the resource gets another name."""
    for value in (resource.outputs.value("arn"), resource.id):
        arn = read(value)
        if isinstance(arn, str) and arn.startswith("arn:") and (not name.known or arn.endswith(name.text)):
            return arn
    return ""


class Homes:
    """Accounts, partitions and regions of a stack: what its providers say, and what the ARNs of its resources show."""

    def __init__(self) -> None:
        """Begin without any."""
        self._homes: dict[str, Home] = {}
        self._shown: dict[str, set[str]] = {}

    def of(self, resource: Resource) -> Home:
        """Return where a resource is made, as its provider says."""
        provider = resource.provider
        urn = provider.urn if provider is not None else ""
        if urn not in self._homes:
            self._homes[urn] = home_of(provider)
            self._shown[urn] = set()
        return self._homes[urn]

    def learn(self, home: Home, arn: str) -> None:
        """Take in the ARN of a resource that is made there."""
        if account := account_in(arn):
            self._shown[home.provider].add(account)

    def account(self, home: Home) -> str:
        """Return the account of a provider; empty where it is not known."""
        if home.account:
            return home.account
        shown = self._shown.get(home.provider, set())
        return next(iter(shown)) if len(shown) == 1 else ""

    @property
    def only_account(self) -> str | None:
        """The account of the stack; None where it is not known or there are several."""
        accounts = {self.account(home) for home in self._homes.values()} - {""}
        return accounts.pop() if len(accounts) == 1 else None


def homes_of(stack: Stack) -> Homes:
    """Return what is known of the accounts of a stack; it is the same one at each call."""
    return stack.once("homes", Homes)


def home_of(provider: Resource | None) -> Home:
    """Return where a provider makes resources, as its inputs say."""
    if provider is None:
        return Home("", "aws", _ANY, "")
    try:
        region = provider.value("region")
    except UnknownValue:
        region = COMPUTED
    if isinstance(region, Unknown):
        return Home(provider.urn, _ANY, _ANY, _declared_account(provider))
    if not isinstance(region, str) or not region:
        return Home(provider.urn, "aws", _ANY, _declared_account(provider))
    partition = next((name for start, name in _PARTITIONS.items() if region.startswith(start)), "aws")
    return Home(provider.urn, partition, region, _declared_account(provider))


def _declared_account(provider: Resource) -> str:
    """Return the account of the last role that a provider assumes, or the only one that it allows."""
    try:
        roles = provider.json("assumeRoles") or provider.json("assumeRole")
        last = roles[-1] if isinstance(roles, list) and roles else roles
        if isinstance(last, dict):
            return account_in(read(last.get("roleArn")))
        allowed = provider.json("allowedAccountIds")
    except UnknownValue:
        return ""
    account = read(allowed[0]) if isinstance(allowed, list) and len(allowed) == 1 else None
    return account if isinstance(account, str) and _ACCOUNT.fullmatch(account) else ""
