"""Access that single services give: Transfer Family users, AWS Config's role, directories, domains, brokers."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import FSBP, ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.iam.identity_policies import ROLE
from policies.policy_matching import any_of
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.rule_tables import must_be
from policies.unknown import UNKNOWN, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource
    from policies.stack import Stack

TRANSFER_USER = "aws:transfer/user:User"
TRANSFER_ACCESS = "aws:transfer/access:Access"
RECORDER = "aws:cfg/recorder:Recorder"
SERVICE_LINKED_ROLE = "aws:iam/serviceLinkedRole:ServiceLinkedRole"
DIRECTORY = "aws:directoryservice/directory:Directory"
BROKER = "aws:mq/broker:Broker"
RADIUS = "aws:directoryservice/radiusSettings:RadiusSettings"

RULES = (
    must_be(
        "route53-domain-transfer-locked",
        ("aws:route53domains/registeredDomain:RegisteredDomain", "aws:route53domains/domain:Domain"),
        "transferLock",
        wanted=True,
        default=True,
        title="Domains are locked against transfer.",
        why="Whoever gets hold of the account for a moment can move an unlocked domain to another registrar, and it is gone.",
        severity=Severity.LOW,
        controls=(NIST_800_53["AC-3"], ISO_27001["A.8.9"]),
        checkov=("CKV_AWS_377",),
        topic="Locking a domain to prevent unauthorized transfer to another registrar",
    ),
)

_MAPPINGS = [{"entry": "/", "target": "/uploads/alice"}]


@rule(
    applies_to=(TRANSFER_USER, TRANSFER_ACCESS),
    severity=Severity.MEDIUM,
    remedy="Set homeDirectoryType to LOGICAL with homeDirectoryMappings, or set policy to what the user may reach.",
    controls=(NIST_800_53["AC-6"], PCI_DSS_4["7.2.2"], SOC2["CC6.3"], ISO_27001["A.8.3"]),
    topic="Using logical directories to simplify your Transfer Family directory structures",
    passes=(
        {"homeDirectoryType": "LOGICAL", "homeDirectoryMappings": _MAPPINGS},
        {"homeDirectory": "/uploads/alice", "policy": '{"Statement": []}'},
        {"homeDirectoryType": UNKNOWN, "policy": UNKNOWN},
        {"homeDirectoryType": "LOGICAL", "homeDirectoryMappings": UNKNOWN},
    ),
    fails=(
        {"homeDirectory": "/uploads/alice"},
        {"homeDirectoryType": "PATH", "homeDirectory": "/uploads/alice"},
        {"homeDirectoryType": "LOGICAL"},
        {"homeDirectoryType": "PATH", "homeDirectoryMappings": UNKNOWN},
    ),
    undecided=({"homeDirectoryType": UNKNOWN, "homeDirectoryMappings": _MAPPINGS},),
)
def transfer_user_confined(user: Resource) -> Iterator[Violation]:
    """Users of Transfer Family are confined to directories of their own.

    With a home directory of the type PATH, which is the default, a user can leave it and reach all that the role may, in
    every bucket.
    """
    if user.has("policy"):
        return
    if not user.has("homeDirectoryMappings") or user.text("homeDirectoryType") != "LOGICAL":
        yield Violation("neither logical directories nor a policy confine the user", at="homeDirectoryType")


_LINKED = ":role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"


@rule(
    applies_to=(RECORDER,),
    severity=Severity.LOW,
    remedy="Set roleArn to the service-linked role AWSServiceRoleForConfig; iam.ServiceLinkedRole makes it.",
    controls=(FSBP["Config.1"], NIST_800_53["CM-8"], ISO_27001["A.8.9"]),
    topic="Using service-linked roles for AWS Config",
    passes=(
        {"roleArn": f"arn:aws:iam::111122223333{_LINKED}"},
        Example(
            {"roleArn": Reference("linked", "arn")},
            related=(Example({"awsServiceName": "config.amazonaws.com"}, SERVICE_LINKED_ROLE, name="linked"),),
        ),
    ),
    fails=(
        {"roleArn": "arn:aws:iam::111122223333:role/config"},
        Example(
            {"roleArn": Reference("linked", "arn")},
            related=(Example({"awsServiceName": "ssm.amazonaws.com"}, SERVICE_LINKED_ROLE, name="linked"),),
        ),
        Example({"roleArn": Reference("config", "arn")}, related=(Example({"name": "config"}, ROLE, name="config"),)),
    ),
    undecided=({"roleArn": UNKNOWN},),
)
def config_recorder_uses_service_linked_role(recorder: Resource, stack: Stack) -> Iterator[Violation]:
    """AWS Config records with its service-linked role.

    AWS keeps the rights of this role up to date; with a role of your own, new types of resources are silently left out.
    """
    role = stack.target(recorder, (SERVICE_LINKED_ROLE, ROLE), by="roleArn")
    if role is None:
        linked = recorder.text("roleArn").endswith(_LINKED)
    else:
        linked = role.text("awsServiceName") == "config.amazonaws.com"
    if not linked:
        yield Violation("records with another role than AWSServiceRoleForConfig", at="roleArn")


def _radius(directory: object, protocol: object) -> tuple[Example, ...]:
    return (Example({"directoryId": directory, "authenticationProtocol": protocol}, RADIUS, name="radius"),)


_OWN = Reference("example")


@rule(
    applies_to=(DIRECTORY,),
    severity=Severity.LOW,
    remedy="Add directoryservice.RadiusSettings for the directory with authenticationProtocol MS-CHAPv2.",
    controls=(NIST_800_53["IA-2(1)"], NIST_800_53["IA-2(2)"], ISO_27001["A.8.5"]),
    topic="Enabling multi-factor authentication for AWS Managed Microsoft AD",
    passes=(
        Example({"type": "MicrosoftAD"}, related=_radius(_OWN, "MS-CHAPv2")),
        Example({"type": "ADConnector"}, related=_radius(_OWN, "CHAP")),
        {"type": "SimpleAD"},
        {},
    ),
    fails=(
        {"type": "MicrosoftAD"},
        Example({"type": "ADConnector"}, related=_radius("d-1234567890", "MS-CHAPv2")),
        Example({"type": "MicrosoftAD"}, related=_radius(_OWN, "PAP")),
    ),
    undecided=(
        {"type": UNKNOWN},
        Example({"type": "MicrosoftAD"}, related=_radius(UNKNOWN, "MS-CHAPv2")),
        Example({"type": "MicrosoftAD"}, related=_radius(_OWN, UNKNOWN)),
    ),
)
def directory_requires_mfa(directory: Resource, stack: Stack) -> Iterator[Violation]:
    """Directories ask a RADIUS server for a second factor, by a protocol that does not send it in the clear.

    Who has learned a password can sign in to WorkSpaces, the console and VPNs otherwise. Simple AD cannot ask for more.
    """
    if directory.text("type") not in {"MicrosoftAD", "ADConnector"}:
        return
    settings = stack.related(directory, (RADIUS,), "directoryId")
    if not any_of(settings, lambda found: found.text("authenticationProtocol") != "PAP"):
        yield Violation("no RADIUS settings of the stack ask for a second factor")


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
