"""Whether caches and brokers ask their clients who they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import FSBP, ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import SECRET, UNKNOWN, Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource

REPLICATION_GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
SERVERLESS_CACHE = "aws:elasticache/serverlessCache:ServerlessCache"
CACHE_USER = "aws:elasticache/user:User"
MEMORYDB_USER = "aws:memorydb/user:User"

_CONTROLS = (NIST_800_53["IA-2"], NIST_800_53["AC-3"], PCI_DSS_4["8.3.1"], SOC2["CC6.1"], ISO_27001["A.8.5"])


@rule(
    applies_to=(REPLICATION_GROUP, SERVERLESS_CACHE),
    severity=Severity.HIGH,
    remedy="Set userGroupIds (userGroupId of a serverless cache) to a group of users, or authToken to a secret.",
    controls=(FSBP["ElastiCache.6"], *_CONTROLS),
    checkov=("CKV_AWS_31",),
    topic="Authentication and authorization in Amazon ElastiCache",
    passes=(
        {"transitEncryptionEnabled": True, "userGroupIds": [UNKNOWN]},
        {"transitEncryptionEnabled": True, "authToken": SECRET},
        {"transitEncryptionEnabled": True, "authTokenWo": SECRET, "authTokenWoVersion": 1},
        {"globalReplicationGroupId": "sgaui-sessions", "userGroupIds": ["sessions"]},
        Example({"engine": "valkey", "userGroupId": UNKNOWN}, SERVERLESS_CACHE),
        Example({"engine": "memcached"}, SERVERLESS_CACHE),
    ),
    fails=(
        {},
        {"engine": "valkey", "transitEncryptionEnabled": True},
        {"transitEncryptionEnabled": True, "userGroupIds": []},
        {"transitEncryptionEnabled": False, "authToken": SECRET},
        Example({"engine": "redis"}, SERVERLESS_CACHE),
    ),
    undecided=(
        {"globalReplicationGroupId": "sgaui-sessions"},
        {"transitEncryptionEnabled": UNKNOWN, "userGroupIds": ["sessions"]},
        Example({"engine": UNKNOWN}, SERVERLESS_CACHE),
    ),
)
def elasticache_clients_authenticate(cache: Resource) -> Iterator[Violation]:
    """ElastiCache asks clients of Redis and Valkey for a password or for IAM.

    Without it, whoever reaches the port reads, changes and deletes everything. A password needs TLS. Memcached knows no
    passwords in a serverless cache, so it is left alone.
    """
    if cache.type == SERVERLESS_CACHE:
        if not cache.has("userGroupId") and cache.text("engine") != "memcached":
            yield Violation("clients need no password", at="userGroupId")
    elif not any(map(cache.has, ("userGroupIds", "authToken", "authTokenWo"))):
        if cache.has("globalReplicationGroupId"):
            raise UnknownValue(Reason.NOT_REPORTED, "globalReplicationGroupId", "the primary of the global datastore may ask")
        yield Violation("clients need no password", at="userGroupIds")
    elif not cache.has("globalReplicationGroupId") and not cache.flag("transitEncryptionEnabled"):
        yield Violation("passwords need transitEncryptionEnabled", at="transitEncryptionEnabled")


@rule(
    applies_to=(CACHE_USER, MEMORYDB_USER),
    severity=Severity.HIGH,
    remedy="Set authenticationMode.type to iam, or to password with a secret in passwords.",
    controls=_CONTROLS,
    topic="Role-Based Access Control (RBAC)",
    passes=(
        {"authenticationMode": {"type": "iam"}, "accessString": "on ~app:* +@read"},
        {"authenticationMode": {"type": "password", "passwords": [SECRET]}, "accessString": "on ~* +@all"},
        {"passwords": SECRET, "accessString": "on ~app:* +@read", "noPasswordRequired": False},
        Example({"authenticationMode": {"type": "iam"}, "accessString": "on ~* &* +@all"}, MEMORYDB_USER),
        {"noPasswordRequired": True, "accessString": "off ~keys* -@all", "userName": "default"},
    ),
    fails=(
        {"noPasswordRequired": True, "accessString": "on ~app:* +@read"},
        {"authenticationMode": {"type": "no-password-required"}, "accessString": "on ~app:* +@read"},
        {"authenticationMode": {"type": "no-password-required"}},
        Example({"authenticationMode": {"type": "password"}, "accessString": "on nopass ~* +@all"}, MEMORYDB_USER),
    ),
    undecided=(
        {"authenticationMode": UNKNOWN},
        {"noPasswordRequired": UNKNOWN, "accessString": "on ~* +@all"},
        {"noPasswordRequired": True, "accessString": UNKNOWN},
    ),
)
def cache_user_needs_password(user: Resource) -> Iterator[Violation]:
    """Users of ElastiCache and MemoryDB need a password or IAM.

    A user without one is open to everyone who reaches the port and knows the name. Users that are switched off (`off` in the
    access string) are left alone: that is how the user default is shut out.
    """
    access = user.text("accessString").split()
    if "off" in access:
        return
    if "nopass" in access:
        yield Violation("nopass in accessString lets the user in without a password", at="accessString")
    if user.flag("noPasswordRequired"):
        yield Violation("noPasswordRequired is true", at="noPasswordRequired")
    elif user.text("authenticationMode.type") == "no-password-required":
        yield Violation("the user needs no password", at="authenticationMode.type")


@rule(
    applies_to=("aws:memorydb/cluster:Cluster",),
    severity=Severity.HIGH,
    remedy="Set aclName to an access control list of your own users.",
    controls=_CONTROLS,
    topic="Authenticating users with Access Control Lists (ACLs)",
    passes=({"aclName": "sessions"},),
    fails=({"aclName": "open-access"},),
    undecided=({"aclName": UNKNOWN},),
)
def memorydb_cluster_acl_not_open(cluster: Resource) -> Iterator[Violation]:
    """MemoryDB clusters do not use the access control list open-access.

    It lets everyone who reaches the port do everything, without a password.
    """
    if cluster.text("aclName") == "open-access":
        yield Violation("the access control list lets everyone in", at="aclName")


_OFFERED = ("clientAuthentication.sasl.iam", "clientAuthentication.sasl.scram")
_AUTHORITIES = "clientAuthentication.tls.certificateAuthorityArns"
_UNAUTHENTICATED = "clientAuthentication.unauthenticated"


@rule(
    applies_to=("aws:msk/cluster:Cluster",),
    severity=Severity.HIGH,
    remedy="Set clientAuthentication.sasl.iam to true, or another method, and leave unauthenticated out.",
    controls=(FSBP["MSK.6"], *_CONTROLS),
    topic="Authentication and authorization for Apache Kafka APIs",
    passes=(
        {"clientAuthentication": {"sasl": {"iam": True}}},
        {"clientAuthentication": {"sasl": {"scram": True}, "unauthenticated": False}},
        {"clientAuthentication": {"tls": {"certificateAuthorityArns": [UNKNOWN]}}},
    ),
    fails=(
        {},
        {"clientAuthentication": {"unauthenticated": True}},
        {"clientAuthentication": {"sasl": {"iam": True}, "unauthenticated": True}},
        {"clientAuthentication": {"sasl": {"iam": False}, "tls": {"certificateAuthorityArns": []}}},
    ),
    undecided=(
        {"clientAuthentication": UNKNOWN},
        {"clientAuthentication": {"sasl": {"iam": UNKNOWN}}},
        {"clientAuthentication": {"sasl": {"iam": True}, "unauthenticated": UNKNOWN}},
    ),
)
def msk_clients_authenticate(cluster: Resource) -> Iterator[Violation]:
    """MSK clusters let in only clients that say who they are.

    A cluster that names no method lets in every client that reaches its brokers, to read and write every topic. Serverless
    clusters always ask for IAM.
    """
    if cluster.flag(_UNAUTHENTICATED):
        yield Violation(f"{_UNAUTHENTICATED} is true", at=_UNAUTHENTICATED)
    elif not cluster.has(_AUTHORITIES) and not any(map(cluster.flag, _OFFERED)):
        yield Violation("no method of authentication is on", at="clientAuthentication")


@rule(
    applies_to=("aws:dms/endpoint:Endpoint",),
    severity=Severity.MEDIUM,
    remedy="Set mongodbSettings.authType to password, or leave it out.",
    controls=(FSBP["DMS.11"], *_CONTROLS),
    topic="Using MongoDB as a source for AWS DMS",
    passes=(
        {"engineName": "mongodb", "mongodbSettings": {"authType": "password"}},
        {"engineName": "mongodb", "mongodbSettings": {"nestingLevel": "one"}},
        {"engineName": "mongodb"},
        {"engineName": "postgres", "mongodbSettings": {"authType": "no"}},
    ),
    fails=({"engineName": "mongodb", "mongodbSettings": {"authType": "no"}},),
    undecided=(
        {"engineName": "mongodb", "mongodbSettings": UNKNOWN},
        {"engineName": UNKNOWN, "mongodbSettings": {"authType": "no"}},
    ),
)
def dms_mongodb_endpoint_authenticates(endpoint: Resource) -> Iterator[Violation]:
    """DMS logs in to MongoDB with a password.

    An endpoint that says otherwise works only with a database that lets everyone in. A password is the default.
    """
    if endpoint.text("mongodbSettings.authType") == "no" and endpoint.text("engineName") == "mongodb":
        yield Violation("mongodbSettings.authType is no", at="mongodbSettings.authType")
