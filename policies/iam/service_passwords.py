"""Passwords and tokens by which clients of caches and message brokers sign in."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import ISO_27001, NIST_800_53, PCI_DSS_4, SECRETS, SOC2
from policies.encryption.plain_secrets import plain_secret_violations
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


class ConsoleUsers(NamedTuple):
    """How many users may use the console of a broker."""

    maximum: Annotated[int, "How many users of a broker may have access to its web console."] = 1


def _broker(engine: object, *users: object) -> dict[str, object]:
    return {"engineType": engine, "users": [*users]}


def _access(value: object) -> dict[str, object]:
    return {"username": "app", "consoleAccess": value}


_ADMIN, _APP = _access(value=True), _access(value=False)


@rule(
    applies_to=(BROKER,),
    severity=Severity.LOW,
    remedy="Set consoleAccess to false for users that programs sign in as.",
    controls=(NIST_800_53["AC-6"], PCI_DSS_4["7.2.2"], SOC2["CC6.3"], ISO_27001["A.8.2"]),
    topic="Amazon MQ broker users",
    parameters=ConsoleUsers,
    passes=(
        _broker("ActiveMQ", _ADMIN, _APP),
        _broker("ActiveMQ", {"username": "app"}, {"username": "other"}),
        Example(_broker("ActiveMQ", _ADMIN, _ADMIN), parameters=ConsoleUsers(2)),
        _broker("RabbitMQ", _ADMIN, _ADMIN),
        {"engineType": "ActiveMQ"},
    ),
    fails=(
        _broker("ActiveMQ", _ADMIN, _ADMIN),
        _broker("ActiveMQ", _ADMIN, _access(UNKNOWN), _ADMIN),
        Example(_broker("ActiveMQ", _ADMIN), parameters=ConsoleUsers(0)),
    ),
    undecided=(
        {"engineType": "ActiveMQ", "users": UNKNOWN},
        _broker("ActiveMQ", _ADMIN, _access(UNKNOWN)),
        _broker(UNKNOWN, _ADMIN, _ADMIN),
    ),
)
def mq_console_users_few(broker: Resource, parameters: ConsoleUsers) -> Iterator[Violation]:
    """Few users of an ActiveMQ broker may use its web console.

    The console shows, moves and deletes messages of every queue. RabbitMQ has no such setting.
    """
    if broker.text("engineType").lower() == "rabbitmq":
        return
    if any(True for _ in islice(_with_console(broker), parameters.maximum, None)):
        yield Violation(f"more than {parameters.maximum} users may use the web console", at="users")


def _with_console(broker: Resource) -> Iterator[Block]:
    """Yield the users that may use the console; what is not known raises at the end."""
    unknown: UnknownValue | None = None
    for user in broker.each("users"):
        try:
            if user.flag("consoleAccess"):
                yield user
        except UnknownValue as error:
            unknown = error.with_traceback(None)
    if unknown:
        raise unknown
