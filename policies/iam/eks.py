"""Who may reach and use EKS clusters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import FSBP, ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.exemptions import wildcard
from policies.iam.identity_policies import ROLE
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN, in_turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

CLUSTER = "aws:eks/cluster:Cluster"
USER = "aws:iam/user:User"

_ACCESS = (NIST_800_53["AC-3"], NIST_800_53["AC-6"], PCI_DSS_4["7.2.2"], SOC2["CC6.3"], ISO_27001["A.5.15"])
_NETWORK = (NIST_800_53["AC-3"], NIST_800_53["SC-7"], PCI_DSS_4["1.4.2"], SOC2["CC6.6"], ISO_27001["A.8.20"])


class ConfigMap(NamedTuple):
    """Whether the old way to give access is accepted beside the new one."""

    accept_config_map: Annotated[bool, "Whether a cluster may use the ConfigMap aws-auth beside access entries."] = True


@rule(
    applies_to=(CLUSTER,),
    severity=Severity.MEDIUM,
    remedy="Set accessConfig.authenticationMode to API_AND_CONFIG_MAP, move the entries of aws-auth, then set it to API.",
    controls=_ACCESS,
    topic="Grant IAM users access to Kubernetes with EKS access entries",
    parameters=ConfigMap,
    passes=(
        {"accessConfig": {"authenticationMode": "API"}},
        {"accessConfig": {"authenticationMode": "API_AND_CONFIG_MAP"}},
    ),
    fails=(
        {},
        {"accessConfig": {"authenticationMode": "CONFIG_MAP"}},
        {"accessConfig": {"bootstrapClusterCreatorAdminPermissions": False}},
        Example({"accessConfig": {"authenticationMode": "API_AND_CONFIG_MAP"}}, parameters=ConfigMap(accept_config_map=False)),
    ),
    undecided=({"accessConfig": UNKNOWN}, {"accessConfig": {"authenticationMode": UNKNOWN}}),
)
def eks_cluster_uses_access_entries(cluster: Resource, parameters: ConfigMap) -> Iterator[Violation]:
    """EKS clusters give access by access entries.

    The ConfigMap aws-auth lies inside the cluster, where neither IAM nor CloudTrail sees who is let in, and a mistake in it
    locks everyone out. It is what EKS uses for a cluster that says nothing.
    """
    mode = cluster.text("accessConfig.authenticationMode", "CONFIG_MAP")
    if mode == "CONFIG_MAP":
        yield Violation("the cluster has no access entries", at="accessConfig.authenticationMode")
    elif mode != "API" and not parameters.accept_config_map:
        yield Violation("the ConfigMap aws-auth gives access as well", at="accessConfig.authenticationMode")


class Administrators(NamedTuple):
    """Who may administer whole clusters."""

    allowed: Annotated[tuple[str, ...], "Patterns of the ARNs of principals that may; `*` stands for any characters."] = ()


_POLICIES = "arn:aws:eks::aws:cluster-access-policy/"
_ADMINISTRATORS = ("/AmazonEKSClusterAdminPolicy", "/AmazonEKSAdminPolicy")
_OPERATORS = Administrators(allowed=("arn:aws:iam::*:role/operators",))


def _association(policy: object, scope: object = "cluster", principal: object = UNKNOWN) -> dict[str, object]:
    return {"policyArn": policy, "accessScope": {"type": scope}, "principalArn": principal}


@rule(
    applies_to=("aws:eks/accessPolicyAssociation:AccessPolicyAssociation",),
    severity=Severity.MEDIUM,
    remedy="Associate AmazonEKSEditPolicy or AmazonEKSViewPolicy, or set accessScope.type to namespace and name namespaces;"
    " list who has to administer the cluster in the rule's parameter.",
    controls=_ACCESS,
    topic="Associate access policies with access entries",
    parameters=Administrators,
    passes=(
        _association(f"{_POLICIES}AmazonEKSViewPolicy"),
        _association(f"{_POLICIES}AmazonEKSAdminPolicy", "namespace"),
        Example(
            _association(f"{_POLICIES}AmazonEKSClusterAdminPolicy", principal="arn:aws:iam::111122223333:role/operators"),
            parameters=_OPERATORS,
        ),
    ),
    fails=(
        _association(f"{_POLICIES}AmazonEKSClusterAdminPolicy"),
        _association("arn:aws-us-gov:eks::aws:cluster-access-policy/AmazonEKSAdminPolicy"),
        Example(
            _association(f"{_POLICIES}AmazonEKSAdminPolicy", principal="arn:aws:iam::111122223333:role/app"),
            parameters=_OPERATORS,
        ),
    ),
    undecided=(
        _association(UNKNOWN),
        _association(f"{_POLICIES}AmazonEKSAdminPolicy", UNKNOWN),
        Example(_association(f"{_POLICIES}AmazonEKSAdminPolicy"), parameters=_OPERATORS),
    ),
)
def eks_access_policy_limited(association: Resource, parameters: Administrators) -> Iterator[Violation]:
    """EKS access policies make nobody an administrator of a whole cluster.

    Such a principal reads every secret and runs every program in all namespaces. Rights in some namespaces are enough for
    most, and those who need more can be listed.
    """
    policy = association.text("policyArn")
    if not policy.endswith(_ADMINISTRATORS) or association.text("accessScope.type") != "cluster":
        return
    if parameters.allowed:
        principal = association.text("principalArn")
        if any(wildcard(pattern).fullmatch(principal) for pattern in parameters.allowed):
            return
    yield Violation(f"gives {policy} for the whole cluster", at="policyArn")


_IDENTITY = re.compile(r"arn:[^:]+:iam::\d+:(user|role)/")
_USER = Reference("alice", "arn")
_ALICE = (Example({}, USER, name="alice"),)
_APP = (Example({}, ROLE, name="app"),)


@rule(
    applies_to=("aws:eks/accessEntry:AccessEntry",),
    severity=Severity.HIGH,
    remedy="Name a role in principalArn, and groups of your own in kubernetesGroups; associate an access policy for the rights"
    " of an administrator.",
    controls=_ACCESS,
    topic="Create access entries",
    passes=(
        {"principalArn": "arn:aws:iam::111122223333:role/app", "kubernetesGroups": ["deployers"]},
        Example({"principalArn": Reference("app", "arn")}, related=_APP),
    ),
    fails=(
        {"principalArn": UNKNOWN, "kubernetesGroups": ["deployers", "system:masters"]},
        {"principalArn": "arn:aws:iam::111122223333:user/alice"},
        Example({"principalArn": _USER, "kubernetesGroups": UNKNOWN}, related=_ALICE),
    ),
    undecided=(
        {"principalArn": UNKNOWN},
        {"principalArn": "arn:aws:iam::111122223333:role/app", "kubernetesGroups": UNKNOWN},
    ),
)
def eks_access_entry_limited(entry: Resource, stack: Stack) -> Iterator[Violation]:
    """EKS access entries are for roles, and put nobody into a group of Kubernetes itself.

    A user of IAM has keys that do not expire. system:masters may do everything, past all other rules of the cluster; EKS
    refuses groups that begin with system: when the entry is made.
    """
    yield from in_turn(_groups(entry), _principal(entry, stack))


def _groups(entry: Resource) -> Iterator[Violation]:
    if any(group.startswith("system:") for group in entry.texts("kubernetesGroups")):
        yield Violation("kubernetesGroups holds a group of Kubernetes itself", at="kubernetesGroups")


def _principal(entry: Resource, stack: Stack) -> Iterator[Violation]:
    arn = entry.value("principalArn")
    if isinstance(arn, str) and (identity := _IDENTITY.match(arn)):
        is_user = identity[1] == "user"
    else:
        found = stack.target(entry, (USER, ROLE), "principalArn")
        is_user = found is not None and found.type == USER
    if is_user:
        yield Violation("principalArn is a user, not a role", at="principalArn")


_OPEN = {"subnetIds": ["subnet-0a", "subnet-0b"]}
_OFFICE = {"publicAccessCidrs": ["203.0.113.0/24"]}
_PRIVATE = {"endpointPublicAccess": False, "endpointPrivateAccess": True}


@rule(
    applies_to=(CLUSTER,),
    severity=Severity.HIGH,
    remedy="Set vpcConfig.publicAccessCidrs to the ranges that need the API, or endpointPublicAccess to false.",
    controls=_NETWORK,
    checkov=("CKV_AWS_38",),
    topic="Cluster API server endpoint",
    passes=(
        {"vpcConfig": _OPEN | _OFFICE},
        {"vpcConfig": _OPEN | _PRIVATE},
        {"vpcConfig": _OPEN | {"endpointPublicAccess": False, "publicAccessCidrs": ["0.0.0.0/0"]}},
    ),
    fails=(
        {"vpcConfig": _OPEN},
        {"vpcConfig": _OPEN | {"endpointPrivateAccess": True}},
        {"vpcConfig": _OPEN | {"publicAccessCidrs": [UNKNOWN, "0.0.0.0/0"]}},
        {"vpcConfig": _OPEN | {"publicAccessCidrs": ["203.0.113.0/24", "::/0"]}},
    ),
    undecided=(
        {"vpcConfig": UNKNOWN},
        {"vpcConfig": _OPEN | {"endpointPublicAccess": UNKNOWN}},
        {"vpcConfig": _OPEN | {"publicAccessCidrs": UNKNOWN}},
    ),
)
def eks_cluster_endpoint_not_open_to_all(cluster: Resource) -> Iterator[Violation]:
    """EKS clusters do not answer the whole internet.

    Every caller of the API must still log in, but a weakness of it or a leaked token is then of use to everyone. EKS opens
    it to all addresses unless told otherwise.
    """
    network = cluster.block("vpcConfig")
    if network.flag("endpointPublicAccess", default=True) and (
        not network.has("publicAccessCidrs") or any(cidr.endswith("/0") for cidr in network.texts("publicAccessCidrs"))
    ):
        yield Violation("the API answers all addresses", at=network.at("publicAccessCidrs"))


@rule(
    applies_to=(CLUSTER,),
    severity=Severity.LOW,
    remedy="Set vpcConfig.endpointPrivateAccess to true and endpointPublicAccess to false, once all who use the API reach it"
    " through the VPC.",
    controls=(FSBP["EKS.1"], *_NETWORK),
    checkov=("CKV_AWS_39",),
    topic="Cluster API server endpoint",
    passes=({"vpcConfig": _OPEN | _PRIVATE},),
    fails=({"vpcConfig": _OPEN}, {"vpcConfig": _OPEN | _OFFICE}),
    undecided=({"vpcConfig": UNKNOWN}, {"vpcConfig": _OPEN | {"endpointPublicAccess": UNKNOWN}}),
)
def eks_cluster_endpoint_private(cluster: Resource) -> Iterator[Violation]:
    """EKS clusters are reached through their VPC only.

    An address range keeps most of the internet out, but whoever works behind it stays in. The API is public by default.
    """
    network = cluster.block("vpcConfig")
    if network.flag("endpointPublicAccess", default=True):
        yield Violation("the API has a public endpoint", at=network.at("endpointPublicAccess"))
