"""Passwords and tokens by which clients of caches and message brokers sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import SECRETS
from policies.plain_secrets import plain_secret_violations
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import SECRET, UNKNOWN, Reason, Unknown, UnknownValue, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource

REPLICATION_GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
CACHE_USER = "aws:elasticache/user:User"
MEMORYDB_USER = "aws:memorydb/user:User"
BROKER = "aws:mq/broker:Broker"

_PASSWORDS = {
    REPLICATION_GROUP: ("authToken", "authTokenWo"),
    CACHE_USER: ("passwords", "passwordsWo", "authenticationMode.passwords"),
    MEMORYDB_USER: ("authenticationMode.passwords",),
}
"""Where a token, a password or a list of passwords stands."""


def _mode(*passwords: object) -> dict[str, object]:
    return {"userName": "app", "authenticationMode": {"type": "password", "passwords": [*passwords]}}


@rule(
    applies_to=_PASSWORDS,
    severity=Severity.HIGH,
    remedy="Pass the token or the passwords as secrets, then replace those that were seen; IAM authentication needs none.",
    controls=SECRETS,
    topic="Authenticating users with role-based access control (RBAC) in ElastiCache",
    judges_secrecy=True,
    each=lambda resource: ((resource, path) for path in _PASSWORDS[resource.type]),
    passes=(
        {"replicationGroupId": "sessions"},
        {"replicationGroupId": "sessions", "authToken": SECRET},
        Example({"userName": "app", "passwords": SECRET}, CACHE_USER),
        Example({"userName": "app", "authenticationMode": {"type": "iam"}}, CACHE_USER),
        Example(_mode(SECRET, SECRET), MEMORYDB_USER),
        Example({"userName": "app", "authenticationMode": SECRET}, MEMORYDB_USER),
    ),
    fails=(
        {"replicationGroupId": "sessions", "authToken": "an-example-of-a-token"},
        {"authToken": UNKNOWN, "authTokenWo": "an-example-of-a-token"},
        Example({"userName": "app", "passwords": ["an-example-of-16"]}, CACHE_USER),
        Example(_mode(SECRET, UNKNOWN, "an-example-of-16"), CACHE_USER),
        Example(_mode("an-example-of-16"), MEMORYDB_USER),
    ),
    undecided=(
        {"authToken": UNKNOWN},
        Example({"userName": "app", "passwords": UNKNOWN}, CACHE_USER),
        Example(_mode(SECRET, UNKNOWN), MEMORYDB_USER),
    ),
)
def cache_passwords_secret(item: tuple[Resource, str]) -> Iterator[Violation]:
    """Tokens and passwords of ElastiCache and MemoryDB are secrets.

    One in plain text is known to everyone who may read the program or the state. Pulumi's AWS provider marks authToken and
    passwords as secret itself, those of authenticationMode it does not.
    """
    resource, path = item
    passwords = resource.value(path)
    if isinstance(passwords, list):
        yield from _plain_items(passwords, resource.at(path))
    else:
        yield from plain_secret_violations(resource, path)


def _plain_items(passwords: list[object], path: str) -> Iterator[Violation]:
    """Yield a violation for each text of a list that is not a secret; what may be one raises at the end."""
    unknown: UnknownValue | None = None
    for index, item in enumerate(map(read, passwords)):
        place = f"{path}[{index}]"
        if isinstance(item, Unknown):
            if item.reason is not Reason.SECRET:
                unknown = UnknownValue(item.reason, place)
        elif item:
            yield Violation(f"{place} is plain text, not a secret", at=place)
    if unknown:
        raise unknown


def _user(password: object, **inputs: object) -> dict[str, object]:
    return {"username": "app", "password": password, **inputs}


@rule(
    applies_to=(BROKER,),
    severity=Severity.HIGH,
    remedy="Pass the passwords as secrets, then replace those that were seen.",
    controls=SECRETS,
    topic="Amazon MQ broker users",
    judges_secrecy=True,
    each=lambda broker: broker.each("users"),
    passes=(
        {"engineType": "ActiveMQ", "users": [_user(SECRET), _user(SECRET)]},
        {"engineType": "ActiveMQ", "authenticationStrategy": "ldap"},
    ),
    fails=(
        {"engineType": "RabbitMQ", "users": [_user("an-example-of-12")]},
        {"users": [_user(SECRET), UNKNOWN, _user("an-example-of-12")]},
        {"users": [_user(UNKNOWN), _user("an-example-of-12")]},
    ),
    undecided=({"users": UNKNOWN}, {"users": [_user(SECRET), _user(UNKNOWN)]}),
)
def mq_user_passwords_secret(user: Block) -> Iterator[Violation]:
    """Passwords of the users of Amazon MQ brokers are secrets.

    A password in plain text is known to everyone who may read the program or the state, and Pulumi's AWS provider does not
    mark it.
    """
    yield from plain_secret_violations(user, "password")
