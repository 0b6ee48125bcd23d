"""What the nodes of EKS clusters may do, and who may log in to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.exemptions import wildcard
from policies.iam.attachments import ROLE_ATTACHMENT, attached_policies
from policies.iam.identity_policies import ROLE
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN, Reason, UnknownValue, in_turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"

_NEEDED = frozenset({
    "AmazonEKSWorkerNodePolicy", "AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryReadOnly",
    "AmazonEC2ContainerRegistryPullOnly", "AmazonEKS_CNI_Policy", "AmazonSSMManagedInstanceCore",
})  # fmt: skip
"""AWS's policies that a node works with: "Amazon EKS node IAM role" in the user guide of EKS."""


class NodePolicies(NamedTuple):
    """What nodes need beside what every node needs."""

    allowed: Annotated[tuple[str, ...], "Patterns of the ARNs of further policies; `*` stands for any characters."] = ()


_AWS = "arn:aws:iam::aws:policy/"
_NODES = {"nodeRoleArn": Reference("nodes", "arn")}
_ROLE = Example({}, ROLE, name="nodes")


def _attached(policy: object) -> Example:
    return Example({"role": Reference("nodes", "name"), "policyArn": policy}, ROLE_ATTACHMENT, name="attached")


def _listed(*policies: object) -> Example:
    return Example({"managedPolicyArns": [*policies]}, ROLE, name="nodes")


@rule(
    applies_to=(NODE_GROUP,),
    severity=Severity.MEDIUM,
    remedy="Detach the policy, and give its rights to the pods that need them: by EKS Pod Identity or a role for their service"
    " account. List what nodes need themselves in the rule's parameter.",
    controls=(NIST_800_53["AC-6"], PCI_DSS_4["7.2.2"], SOC2["CC6.3"], ISO_27001["A.8.2"]),
    topic="Amazon EKS node IAM role",
    parameters=NodePolicies,
    passes=(
        Example(_NODES, related=(_ROLE, _attached(f"{_AWS}AmazonEKSWorkerNodePolicy"))),
        Example(_NODES, related=(_listed(f"{_AWS}AmazonEKS_CNI_Policy", f"{_AWS}AmazonSSMManagedInstanceCore"),)),
        Example(
            _NODES,
            related=(_ROLE, _attached(f"{_AWS}CloudWatchAgentServerPolicy")),
            parameters=NodePolicies(allowed=("*/CloudWatchAgentServerPolicy",)),
        ),
    ),
    fails=(
        Example(_NODES, related=(_ROLE, _attached(f"{_AWS}AmazonS3FullAccess"))),
        Example(_NODES, related=(_listed(UNKNOWN, f"{_AWS}AmazonDynamoDBFullAccess"),)),
        Example(_NODES, related=(_ROLE, _attached("arn:aws:iam::111122223333:policy/AmazonEKSWorkerNodePolicy"))),
    ),
    undecided=(
        {"nodeRoleArn": UNKNOWN},
        {"nodeRoleArn": "arn:aws:iam::111122223333:role/nodes"},
        Example(_NODES, related=(_ROLE, _attached(UNKNOWN))),
    ),
)
def eks_node_role_minimal(nodes: Resource, stack: Stack, parameters: NodePolicies) -> Iterator[Violation]:
    """EKS nodes have only the policies that nodes need.

    Every pod on a node can take the rights of its role, unless the metadata service is closed to it. What programs need
    belongs to their own roles.
    """
    role = stack.target(nodes, (ROLE,), "nodeRoleArn")
    if role is None or role.external:
        raise UnknownValue(Reason.NOT_REPORTED, "nodeRoleArn", "the role is not in the stack")
    allowed = [wildcard(pattern) for pattern in parameters.allowed]
    for arn in in_turn(_policies(role), _attached_policies(role, stack)):
        account, _, name = arn.partition(":policy/")
        needed = account.endswith(":iam::aws") and name.rpartition("/")[2] in _NEEDED
        if not needed and not any(pattern.fullmatch(arn) for pattern in allowed):
            yield Violation(f"{arn} is attached to the role of the nodes", at="nodeRoleArn")


def _policies(resource: Resource) -> Iterator[str]:
    for attached in attached_policies(resource):
        yield attached.arn


def _attached_policies(role: Resource, stack: Stack) -> Iterator[str]:
    for attachment in stack.related(role, (ROLE_ATTACHMENT,), by="role"):
        yield from _policies(attachment)


def _remote_access(**settings: object) -> dict[str, object]:
    return {"remoteAccess": settings}


@rule(
    applies_to=(NODE_GROUP,),
    severity=Severity.HIGH,
    remedy="Leave remoteAccess out and log in with Session Manager, or name security groups in sourceSecurityGroupIds; both"
    " replace the node group.",
    controls=(NIST_800_53["AC-17"], NIST_800_53["SC-7"], PCI_DSS_4["1.4.2"], SOC2["CC6.6"], ISO_27001["A.8.20"]),
    checkov=("CKV_AWS_100",),
    topic="Create a managed node group for your cluster",
    passes=(
        {},
        _remote_access(ec2SshKey="operators", sourceSecurityGroupIds=[UNKNOWN]),
        _remote_access(sourceSecurityGroupIds=["sg-0123456789abcdef0"]),
        {"launchTemplate": {"id": UNKNOWN, "version": "1"}},
    ),
    fails=(
        _remote_access(ec2SshKey="operators"),
        _remote_access(ec2SshKey=UNKNOWN),
        _remote_access(ec2SshKey="operators", sourceSecurityGroupIds=[]),
    ),
    undecided=({"remoteAccess": UNKNOWN},),
)
def eks_node_group_login_restricted(nodes: Resource) -> Iterator[Violation]:
    """EKS node groups do not open SSH or RDP to the whole internet.

    With a key and no security groups to come from, EKS opens port 22, or 3389 of Windows nodes, to all addresses.
    """
    if nodes.has("remoteAccess.ec2SshKey") and not nodes.has("remoteAccess.sourceSecurityGroupIds"):
        yield Violation("all addresses may log in to the nodes", at="remoteAccess.sourceSecurityGroupIds")
