"""Credentials of IAM users that do not end by themselves: access keys, SSH keys, certificates and keys of single services."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policies.controls import CIS_AWS_5, FSBP, ISO_27001, NIST_800_53, PCI_DSS_4, SECRETS, SOC2
from policies.iam.accounts import ACCESS_KEY
from policies.iam.references import every
from policies.iam.users import LOGIN_PROFILE, USER
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.rule_tables import must_be_set
from policies.unknown import UNKNOWN, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

SSH_KEY = "aws:iam/sshKey:SshKey"
SIGNING_CERTIFICATE = "aws:iam/signingCertificate:SigningCertificate"
SERVICE_CREDENTIAL = "aws:iam/serviceSpecificCredential:ServiceSpecificCredential"

_LONG_LIVED = (NIST_800_53["AC-2(1)"], PCI_DSS_4["8.6.3"], SOC2["CC6.1"], ISO_27001["A.5.17"])
_BEDROCK = "bedrock.amazonaws.com"

RULES = (
    must_be_set(
        "iam-user-credential-encrypted-with-pgp",
        (ACCESS_KEY, LOGIN_PROFILE),
        "pgpKey",
        title="Secrets of access keys and first passwords are encrypted with a PGP key.",
        why=(
            "The state keeps the secret otherwise, and whoever may decrypt the state can use it. With a PGP key only its owner"
            " can read it. The provider encrypts once, when the credential is made."
        ),
        severity=Severity.MEDIUM,
        remedy="Set pgpKey to the public key of who is to have the credential; this makes a new one.",
        example="keybase:alice",
        controls=SECRETS,
        topic="Manage access keys for IAM users",
    ),
)


def _is_active(credential: Resource) -> bool:
    return credential.text("status", "Active").lower() == "active"


@rule(
    applies_to=(ACCESS_KEY,),
    severity=Severity.HIGH,
    remedy="Remove the key, and let programs assume a role.",
    controls=(FSBP["IAM.4"], CIS_AWS_5["1.3"], *_LONG_LIVED),
    checkov=("CKV_AWS_348",),
    topic="Root user best practices for your AWS account",
    passes=({"user": "ci"}, {"user": "rooter", "status": "Inactive"}),
    fails=({"user": "root"}, {"user": "<root_account>"}, {"user": "root", "status": UNKNOWN}),
    undecided=({"user": UNKNOWN},),
)
def iam_root_without_access_key(key: Resource) -> Iterator[Violation]:
    """Access keys are not made for the root user.

    Nothing limits what a key of the root user may do. Where the user of a key is called root, this is what its author
    meant.
    """
    if key.text("user") in {"root", "<root_account>"}:
        yield Violation("makes an access key for the root user", at="user")


def _key(user: object, **inputs: object) -> Example:
    return Example({"user": user, **inputs}, ACCESS_KEY, name="other-key")


_ALICE = Example({"name": "alice"}, USER, name="alice")
_BOB = Example({"name": "bob"}, USER, name="bob")
_OF_ALICE = {"user": Reference("alice", "name")}


@rule(
    applies_to=(ACCESS_KEY,),
    severity=Severity.MEDIUM,
    remedy="Keep one key of the user; set the other Inactive while you change to the new one, then remove it.",
    controls=(CIS_AWS_5["1.12"], *_LONG_LIVED),
    topic="Manage access keys for IAM users",
    passes=(
        {"user": "alice"},
        Example({"user": "alice"}, related=(_key("bob"), _key("alice", status="Inactive")._replace(name="old-key"))),
        Example({"user": "alice", "status": "Inactive"}, related=(_key("alice"),)),
        Example(_OF_ALICE, related=(_ALICE, _BOB, _key(Reference("bob", "name")))),
    ),
    fails=(
        Example({"user": "alice"}, related=(_key("alice"),)),
        Example(_OF_ALICE, related=(_ALICE, _key(Reference("alice", "name"), status="Active"))),
        Example(_OF_ALICE, related=(_ALICE, _key("alice"))),
    ),
    undecided=(
        Example({"user": "alice"}, related=(_key(UNKNOWN),)),
        Example({"user": "alice"}, related=(_key("alice", status=UNKNOWN),)),
        Example({"user": "alice", "status": UNKNOWN}, related=(_key("alice"),)),
        Example({"user": UNKNOWN}, related=(_key("alice"),)),
    ),
)
def iam_user_has_one_access_key(key: Resource, stack: Stack) -> Iterator[Violation]:
    """Users have one active access key at most.

    Two keys are twice as many to lose. A second one is for the days in which programs change from the old to the new.
    """
    if not _is_active(key):
        return
    keys = stack.once("active access keys", lambda: _active_keys(stack))
    if any(urn != key.urn for urn in keys.by_user.get(_user_of(key, stack), ())):
        yield Violation("is the second active access key of the user", at="user")
    elif keys.unknown:
        raise keys.unknown.with_traceback(None)


class _Keys(NamedTuple):
    """URNs of the active keys of each user, and what keeps others from being told."""

    by_user: dict[str, list[str]]
    unknown: UnknownValue | None


def _active_keys(stack: Stack) -> _Keys:
    by_user: dict[str, list[str]] = {}
    unknown: UnknownValue | None = None
    keys = every(stack, ACCESS_KEY)
    while True:
        try:
            key = next(keys)
            if _is_active(key):
                by_user.setdefault(_user_of(key, stack), []).append(key.urn)
        except StopIteration:
            return _Keys(by_user, unknown)
        except UnknownValue as error:
            unknown = error.with_traceback(None)


def _user_of(key: Resource, stack: Stack) -> str:
    """Return whose key it is: the URN of a user of the stack, or a name."""
    user = stack.target(key, (USER,), by="user")
    return user.urn if user else key.text("user")


@rule(
    applies_to=(SSH_KEY, SIGNING_CERTIFICATE, SERVICE_CREDENTIAL),
    severity=Severity.LOW,
    remedy="Let people and programs use a role: git and Cassandra clients can sign requests with it. Set unused ones Inactive.",
    controls=_LONG_LIVED,
    topic="Use IAM with CodeCommit: Git credentials, SSH keys, and AWS access keys",
    passes=(
        {"username": "alice", "encoding": "SSH", "publicKey": "ssh-rsa AAAA", "status": "Inactive"},
        Example({"userName": "alice", "serviceName": "codecommit.amazonaws.com", "status": "inactive"}, SERVICE_CREDENTIAL),
        Example({"userName": "alice", "serviceName": _BEDROCK}, SERVICE_CREDENTIAL),
    ),
    fails=(
        {"username": "alice", "encoding": "SSH", "publicKey": "ssh-rsa AAAA"},
        {"username": UNKNOWN, "encoding": "SSH", "publicKey": UNKNOWN, "status": "active"},
        Example({"userName": "alice", "certificateBody": UNKNOWN, "status": "Active"}, SIGNING_CERTIFICATE),
        Example({"userName": UNKNOWN, "serviceName": "cassandra.amazonaws.com"}, SERVICE_CREDENTIAL),
    ),
    undecided=(
        {"username": "alice", "encoding": "SSH", "publicKey": "ssh-rsa AAAA", "status": UNKNOWN},
        Example({"userName": "alice", "serviceName": UNKNOWN}, SERVICE_CREDENTIAL),
    ),
)  # fmt: skip
def iam_user_without_service_credentials(credential: Resource) -> Iterator[Violation]:
    """Users have no active SSH keys, signing certificates or passwords of single services.

    They hold until somebody takes them away, and no password policy and no MFA applies to them. API keys of Bedrock have a
    rule of their own.
    """
    if credential.text("serviceName") == _BEDROCK:
        return
    if _is_active(credential):
        yield Violation("gives a user a credential that does not end", at="status")


@rule(
    applies_to=(SERVICE_CREDENTIAL,),
    severity=Severity.HIGH,
    remedy="Let programs assume a role, or make short-term API keys from its session; set this key Inactive.",
    controls=_LONG_LIVED,
    topic="Amazon Bedrock API keys",
    passes=(
        {"userName": "alice", "serviceName": "codecommit.amazonaws.com"},
        {"userName": "alice", "serviceName": _BEDROCK, "status": "Inactive"},
    ),
    fails=(
        {"userName": "alice", "serviceName": _BEDROCK},
        {"userName": UNKNOWN, "serviceName": _BEDROCK, "status": "Active", "credentialAgeDays": 30},
    ),
    undecided=({"serviceName": UNKNOWN}, {"serviceName": _BEDROCK, "status": UNKNOWN}),
)
def iam_user_without_bedrock_api_key(credential: Resource) -> Iterator[Violation]:
    """Users have no long-term API keys of Bedrock.

    Whoever finds such a key can use models at your cost, and read what the user may read of Bedrock. AWS recommends it for
    trying things out only.
    """
    if credential.text("serviceName") == _BEDROCK and _is_active(credential):
        yield Violation("gives a user a long-term API key of Bedrock", at="status")
