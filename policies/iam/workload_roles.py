"""Roles that machines act with: of computing services, SageMaker and agents of Bedrock."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from policies.controls import ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.iam.identity_policies import ROLE, ROLE_POLICY, allow, with_deny
from policies.iam_analysis.access import Verdict
from policies.iam_analysis.holes import unknown
from policies.iam_analysis.unnamed_resources import unnamed, whole
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN, Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.iam_analysis.access import Answer
    from policies.iam_analysis.graph import Graph
    from policies.iam_analysis.model import Document
    from policies.iam_analysis.principal_powers import Powers
    from policies.resource import Resource
    from policies.stack import Stack

_ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
_NOTEBOOK = "aws:sagemaker/notebookInstance:NotebookInstance"
_AGENT = "aws:bedrock/agentAgent:AgentAgent"
_CONTROLS = (NIST_800_53["AC-6"], NIST_800_53["AC-6(10)"], PCI_DSS_4["7.2.2"], SOC2["CC6.3"], ISO_27001["A.8.2"])
_COMPUTE = frozenset({
    "apprunner", "batch", "codebuild", "ec2", "ecs-tasks", "eks", "eks-fargate-pods", "elasticmapreduce", "glue", "lambda",
    "pods.eks", "sagemaker", "tasks.apprunner",
})  # fmt: skip
"""Services that run code of the account with a role; in principals `.amazonaws.com` follows, in China `.amazonaws.com.cn`."""


_ITSELF = Reference("app", "name")
_NOTEBOOK_OF_IT = Example({"roleArn": _ITSELF}, _NOTEBOOK, "nb")
_AGENT_OF_IT = Example({"agentResourceRoleArn": _ITSELF}, _AGENT, "agent")


def _trust(*services: str) -> str:
    principal = {"Service": [f"{service}.amazonaws.com" for service in services]}
    return json.dumps({"Statement": {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}})


def _role(inputs: dict[str, object] | None, *related: Example, trust: object = None, **more: object) -> Example:
    """Return a role with an inline policy and other resources; for examples."""
    given = {"name": "app", "assumeRolePolicy": _trust("lambda") if trust is None else trust, **more}
    policy = (Example({"role": Reference("app", "name"), **inputs}, ROLE_POLICY, "app-policy"),) if inputs else ()
    return Example(given, ROLE, "app", related=(*policy, *related))


def _attached(name: str) -> Example:
    return Example({"role": Reference("app", "name"), "policyArn": f"arn:aws:iam::aws:policy/{name}"}, _ATTACHMENT, "attached")


def _graph(stack: Stack) -> Graph:
    from policies.iam_analysis.graph import graph_of  # noqa: PLC0415  (late: not for a stack without roles)

    return graph_of(stack)


def _powers(role: Resource, stack: Stack) -> Powers | None:
    """Return what a role may do; made once for all rules that ask."""

    def look() -> Powers | None:
        from policies.iam_analysis.principal_powers import Powers  # noqa: PLC0415

        principal = _graph(stack).principal(role.urn)
        return Powers(principal) if principal else None

    return role.once("powers", look)


def _is_sure(answer: Answer) -> bool:
    """Say whether something is allowed; raises `UnknownValue` where that is not known."""
    from policies.iam_analysis.principal_powers import open_question  # noqa: PLC0415

    if answer.verdict is Verdict.UNKNOWN:
        raise open_question(answer)
    return bool(answer)


@rule(
    applies_to=(ROLE,),
    topic="Security best practices in IAM",
    severity=Severity.HIGH,
    remedy="Give the role a policy that names the actions and resources that its code needs.",
    controls=_CONTROLS,
    passes=(
        _role(allow("s3:GetObject", "arn:aws:s3:::reports/*")),
        _role(allow("*", "*"), trust=_trust("cloudformation")),
        _role(allow("*", "*"), trust=json.dumps({"Statement": {"Effect": "Allow", "Principal": {"AWS": "111122223333"},
                                                              "Action": "sts:AssumeRole"}})),
        _role(with_deny("*", "*", {"Action": "*", "Resource": "*"})),
        _role(None, _attached("ReadOnlyAccess")),
        _role(
            allow("*", "*"), Example({"name": "fence", **allow("s3:*", "*")}, "aws:iam/policy:Policy", "fence"),
            permissionsBoundary=Reference("fence", "arn"),
        ),
    ),
    fails=(
        _role(allow("*", "*")),
        _role(allow("iam:*", "*"), trust=_trust("cloudformation", "ec2")),
        _role(None, _attached("AdministratorAccess"), trust=_trust("ecs-tasks")),
        _role(None, _attached("PowerUserAccess")),
        _role(None, _attached("IAMFullAccess")),
        _role(None, inlinePolicies=[{"name": "all", **allow(["s3:GetObject", "*"], ["*", UNKNOWN])}]),
        _role(with_deny("*", "*", {"Action": "organizations:*", "Resource": "*"})),
    ),
    undecided=(
        _role({"policy": UNKNOWN}),
        _role(allow("*", "*"), trust=UNKNOWN),
        _role(allow("*", UNKNOWN)),
        _role(None, Example({"role": Reference("app", "name"), "policyArn": UNKNOWN}, _ATTACHMENT, "attached")),
        _role(allow("*", "*"), permissionsBoundary=UNKNOWN),
    ),
)  # fmt: skip
def iam_compute_role_not_administrator(role: Resource, stack: Stack) -> Iterator[Violation]:
    """Roles of functions, containers and instances are no administrators.

    Code that takes input from outside can be made to act for somebody else: then its role is theirs. All policies of the
    role count, attached ones of AWS too, with Deny and the permissions boundary.
    """
    powers = _powers(role, stack)
    if powers is None:
        return
    answer = powers.administer()
    if answer.verdict is Verdict.NO:
        return
    trusted, holes = _trusted_services(_graph(stack).principals[role.urn].trust)
    services = sorted(service for service in trusted if service.partition(".amazonaws.com")[0] in _COMPUTE)
    if not services and not holes:
        return
    if not services:
        raise unknown(holes)
    if _is_sure(answer):
        yield Violation(f"makes code that runs with {', '.join(services)} an administrator{_by(answer)}")


def _by(answer: Answer) -> str:
    """Return which policy gives a right: the name of its resource, or its ARN."""
    granting = next((one for one in answer.witness.statements if one.effect == "Allow"), None) if answer.witness else None
    source = granting.source if granting else ""
    name = source.rpartition("::")[2] if source.startswith("urn:") else source
    return f", by {name}" if name else ""


def _trusted_services(trust: Document | None) -> tuple[set[str], list[str]]:
    """Return the services that a trust policy names, and what is not known of it."""
    if trust is None:
        return set(), []
    found: set[str] = set()
    holes = list(trust.unknown)
    for statement in trust.statements:
        if statement.effect == "Deny" or not statement.principals:
            continue
        holes += statement.principals.holes
        services = {item.partition(":")[2] for item in statement.principals.items if item.startswith("Service:")}
        if statement.effect:
            found |= services
        elif services:
            holes.append(f"{statement.at}.Effect")
    return found, holes


class _Carriers(NamedTuple):
    """The names of the resources that carry a role, and why others may."""

    names: list[str]
    others: list[str]


def _carriers(role: Resource, stack: Stack, types: str) -> _Carriers:
    """Return the resources of types that begin so."""
    graph = _graph(stack)
    return _Carriers(
        [holder.urn.rpartition("::")[2] for holder in graph.holders_of(role.urn) if holder.type.startswith(types)],
        [
            holder.why
            for holder in graph.unsure_holders
            if holder.type.startswith(types) and (holder.possible is None or role.urn in holder.possible)
        ],
    )


def _report(carriers: _Carriers, answers: dict[str, Answer]) -> Iterator[Violation]:
    """Report the first of some rights that the carriers of a role have."""
    rights = [what for what, answer in answers.items() if answer] or [
        what for what, answer in answers.items() if answer.verdict is Verdict.UNKNOWN
    ]
    if not rights:
        return
    if not carriers.names:
        raise UnknownValue(Reason.COMPUTED, "", f"who has the role is not known: {carriers.others[0]}")
    if _is_sure(answers[rights[0]]):
        yield Violation(f"{rights[0]} {', '.join(sorted(set(carriers.names)))}{_by(answers[rights[0]])}")


_MAKES_ADMINISTRATOR = "makes an administrator of"


@rule(
    applies_to=(ROLE,),
    topic="SageMaker AI roles",
    severity=Severity.HIGH,
    remedy="Name the actions of SageMaker that are needed, and the roles that may be passed.",
    controls=_CONTROLS,
    checkov=("CKV2_AWS_68",),
    passes=(
        _role(allow("s3:GetObject", "arn:aws:s3:::reports/*"), _NOTEBOOK_OF_IT),
        _role(allow("sagemaker:*", "*"), _NOTEBOOK_OF_IT),
        _role(allow("*", "*")),
        _role(None, _attached("AmazonSageMakerReadOnly"), _NOTEBOOK_OF_IT),
    ),
    fails=(
        _role(allow("*", "*"), _NOTEBOOK_OF_IT),
        _role(allow(["sagemaker:*", "iam:PassRole"], "*"), _NOTEBOOK_OF_IT),
        _role(None, _attached("AdministratorAccess"), Example(
            {"defaultUserSettings": {"executionRole": _ITSELF}}, "aws:sagemaker/domain:Domain", "studio"
        )),
    ),
    undecided=(
        _role({"policy": UNKNOWN}, _NOTEBOOK_OF_IT),
        _role(allow("*", "*"), Example({"roleArn": UNKNOWN}, _NOTEBOOK, "nb")),
    ),
)  # fmt: skip
def iam_sagemaker_role_limited(role: Resource, stack: Stack) -> Iterator[Violation]:
    """Roles of SageMaker do not allow everything, nor all of SageMaker together with passing any role.

    Whoever opens a notebook acts with its role; one that may pass any role to new jobs holds the rights of all of them.
    """
    carriers = _carriers(role, stack, "aws:sagemaker/")
    powers = _powers(role, stack) if any(carriers) else None
    if powers is not None:
        answers = {
            _MAKES_ADMINISTRATOR: powers.administer(),
            "allows all of SageMaker and iam:PassRole on every role to": powers.all_of(
                (*whole("sagemaker"), *unnamed("iam:PassRole"))
            ),
        }
        yield from _report(carriers, answers)


@rule(
    applies_to=(ROLE,),
    topic="Create a service role for Amazon Bedrock Agents",
    severity=Severity.MEDIUM,
    remedy="Give each agent a role of its own that names the models and knowledge bases it uses.",
    controls=_CONTROLS,
    passes=(
        _role(
            allow("bedrock:InvokeModel", "arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-v2"),
            _AGENT_OF_IT,
        ),
        _role(allow("bedrock:*", "*")),
    ),
    fails=(
        _role(allow("bedrock:*", "*"), _AGENT_OF_IT),
        _role(None, _attached("AmazonBedrockFullAccess"), _AGENT_OF_IT),
        _role(
            allow("bedrock:InvokeModel", "arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-v2"),
            _AGENT_OF_IT,
            Example({"agentResourceRoleArn": _ITSELF}, _AGENT, "other"),
        ),
    ),
    undecided=(
        _role({"policy": UNKNOWN}, _AGENT_OF_IT),
        _role(allow("*", "*"), Example({"agentResourceRoleArn": UNKNOWN}, _AGENT, "agent")),
    ),
)  # fmt: skip
def iam_bedrock_agent_role_limited(role: Resource, stack: Stack) -> Iterator[Violation]:
    """Agents of Bedrock have roles of their own that do not allow all of Bedrock.

    What an agent does depends on what it is told. A role that several agents share lets each do what any of them needs.
    """
    carriers = _carriers(role, stack, _AGENT)
    if len(carriers.names) > 1:
        yield Violation(f"is shared by the agents {', '.join(sorted(carriers.names))}")
    powers = _powers(role, stack) if any(carriers) else None
    if powers is not None:
        answers = {_MAKES_ADMINISTRATOR: powers.administer(), "allows all of Bedrock to": powers.all_of(whole("bedrock"))}
        yield from _report(carriers, answers)
    if len(carriers.names) == 1 and carriers.others:
        raise UnknownValue(Reason.COMPUTED, "", f"another agent may have the role: {carriers.others[0]}")
