"""Services with doors of their own: event buses, CodeBuild projects, OpenSearch Serverless, VPC Lattice, IoT, private APIs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from policies.block import Block
from policies.controls import ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.iam.properties import Property
from policies.iam.public_policies import is_open, open_grants
from policies.iam.resource_policies import element, grants, grants_at
from policies.iam_analysis.holes import unknown
from policies.rule import ANY_ACCOUNT, Example, Reference, Severity, Violation, rule
from policies.rule_tables import must_be
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.iam.resource_policies import Grant
    from policies.resource import Resource
    from policies.stack import Stack

EVENT_PERMISSION = "aws:cloudwatch/eventPermission:EventPermission"
NETWORK_POLICY = "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy"
LATTICE = ("aws:vpclattice/service:Service", "aws:vpclattice/serviceNetwork:ServiceNetwork")
AUTH_POLICY = "aws:vpclattice/authPolicy:AuthPolicy"
IOT_POLICY = "aws:iot/policy:Policy"
REST_API = "aws:apigateway/restApi:RestApi"
REST_API_POLICY = "aws:apigateway/restApiPolicy:RestApiPolicy"
PRIVATE_DOMAIN = "aws:apigateway/domainName:DomainName"

_CONTROLS = (NIST_800_53["AC-3"], NIST_800_53["AC-21"], PCI_DSS_4["7.2.1"], SOC2["CC6.1"], ISO_27001["A.5.15"])

RULES = (
    must_be(
        "codebuild-project-private",
        ("aws:codebuild/project:Project",),
        "projectVisibility",
        "PRIVATE",
        default="PRIVATE",
        title="CodeBuild projects are private.",
        why="The logs and artifacts of a public project can be read by anyone, and they often hold credentials.",
        severity=Severity.HIGH,
        controls=_CONTROLS,
        topic="Get public build project URLs",
    ),
    must_be(
        "vpclattice-requires-iam",
        LATTICE,
        "authType",
        "AWS_IAM",
        title="VPC Lattice services and service networks require IAM authentication.",
        why="Without it whoever reaches the service over the network may call it, and an auth policy has no effect.",
        severity=Severity.MEDIUM,
        controls=_CONTROLS,
        topic="Control access to VPC Lattice services using auth policies",
    ),
)


@rule(
    applies_to=(EVENT_PERMISSION,),
    topic="Permissions for event buses in Amazon EventBridge",
    severity=Severity.HIGH,
    remedy="Name the account in principal, or add the condition StringEquals aws:PrincipalOrgID.",
    controls=_CONTROLS,
    passes=(
        {"principal": "111122223333"},
        {"principal": "*", "condition": {"type": "StringEquals", "key": "aws:PrincipalOrgID", "value": "o-abcdefghij"}},
    ),
    fails=({"principal": "*"}, {"principal": "*", "statementId": UNKNOWN, "condition": {}}),
    undecided=({"principal": UNKNOWN}, {"principal": "*", "condition": UNKNOWN}),
)
def event_bus_permission_not_public(permission: Resource) -> Iterator[Violation]:
    """Permissions on event buses do not let every account send events.

    Events of strangers start your rules and what they call, at your cost. AWS takes no other condition here than the id of an
    organization.
    """
    if permission.text("principal") == "*" and not permission.block("condition").has("value"):
        yield Violation("every account (*) may send events", at="principal", exposed_to=ANY_ACCOUNT)


def _network(*rules: dict[str, object]) -> dict[str, object]:
    return {"type": "network", "policy": json.dumps(rules)}


_COLLECTION: dict[str, object] = {"Rules": [{"ResourceType": "collection", "Resource": ["collection/logs"]}]}


@rule(
    applies_to=(NETWORK_POLICY,),
    topic="Network access for Amazon OpenSearch Serverless",
    severity=Severity.HIGH,
    remedy="Set AllowFromPublic to false and name VPC endpoints in SourceVPCEs.",
    controls=_CONTROLS,
    passes=(
        _network(_COLLECTION | {"AllowFromPublic": False, "SourceVPCEs": ["vpce-1a2b3c4d"]}),
        {"type": "encryption", "policy": UNKNOWN},
    ),
    fails=(_network(_COLLECTION | {"AllowFromPublic": True}), _network(_COLLECTION, _COLLECTION | {"AllowFromPublic": True})),
    undecided=({"type": "network", "policy": UNKNOWN}, {"type": UNKNOWN, "policy": json.dumps([{"AllowFromPublic": True}])}),
)
def opensearch_serverless_not_on_internet(policy: Resource) -> Iterator[Violation]:
    """OpenSearch Serverless collections are not reached from the internet.

    Then only data access policies and the keys of their principals keep the data from everyone.
    """
    if policy.text("type") != "network":
        return
    for document in Block({"policy": policy.json("policy")}).each("policy"):
        if document.flag("AllowFromPublic"):
            yield Violation("AllowFromPublic is true", at="policy")
            return


def _auth(principal: object, **elements: object) -> dict[str, object]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "vpc-lattice-svcs:Invoke", "Resource": "*", **elements}
    return {"policy": {"Version": "2012-10-17", "Statement": [statement]}}


@rule(
    applies_to=(AUTH_POLICY,),
    topic="Control access to VPC Lattice services using auth policies",
    each=grants,
    severity=Severity.MEDIUM,
    remedy="Name accounts or roles in Principal, or add a Condition such as aws:PrincipalOrgID or vpc-lattice-svcs:SourceVpc.",
    controls=_CONTROLS,
    passes=(
        _auth({"AWS": "111122223333"}),
        _auth("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}),
        _auth("*", Condition={"StringEquals": {"vpc-lattice-svcs:SourceVpc": "vpc-1a2b3c4d"}}),
    ),
    fails=(_auth("*"), _auth("*", Condition={"StringEquals": {"vpc-lattice-svcs:RequestMethod": "GET"}})),
    undecided=({"policy": UNKNOWN}, _auth({"AWS": UNKNOWN})),
)
def vpclattice_auth_policy_not_public(grant: Grant) -> Iterator[Violation]:
    """Auth policies of VPC Lattice do not let everyone in.

    Every caller that the network lets through, of any account and without credentials, may then call the service.
    """
    yield from open_grants(grant)


def _iot(actions: object, resources: object, **elements: object) -> dict[str, object]:
    statement = {"Effect": "Allow", "Action": actions, "Resource": resources, **elements}
    return {"policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}


def _iot_grants(policy: Resource) -> Iterator[Grant]:
    return grants_at(policy, "policy")


@rule(
    applies_to=(IOT_POLICY,),
    topic="AWS IoT Core policies",
    each=_iot_grants,
    severity=Severity.HIGH,
    remedy="Name the actions, and the client, topics and shadows of the device by ${iot:Connection.Thing.ThingName}.",
    controls=_CONTROLS,
    passes=(
        _iot(["iot:Connect"], ["arn:aws:iot:eu-west-1:111122223333:client/${iot:Connection.Thing.ThingName}"]),
        _iot("iot:*", "*", Effect="Deny"),
        _iot("iot:Connect", "*"),
    ),
    fails=(_iot("iot:*", "*"), _iot(["*"], ["*"]), _iot("iot:*", "arn:aws:iot:eu-west-1:111122223333:*")),
    undecided=(
        {"policy": UNKNOWN},
        {"policy": {"Statement": {"Effect": "Allow", "Action": "iot:*", "Resource": UNKNOWN}}},
    ),
)
def iot_policy_limits_devices(grant: Grant) -> Iterator[Violation]:
    """IoT policies do not let a device do everything to every resource.

    One stolen device could then read the messages of all others, and send orders in their name.
    """
    statement = grant.statement
    actions, resources = statement.actions, statement.resources
    if statement.effect == "Deny" or resources is None:
        return
    all_actions = actions.negated or any(item.lower() in {"*", "iot:*"} for item in actions.items)
    all_resources = resources.negated or any(item.rpartition(":")[2] == "*" for item in resources.items)
    if (not all_actions and not actions.holes) or (not all_resources and not resources.holes):
        return
    if not (all_actions and all_resources and statement.effect):
        raise unknown(statement.holes)
    yield Violation("allows all actions on all resources", at=element(statement, "Action"))


def _api_policy(condition: object = None, effect: str = "Allow") -> dict[str, object]:
    invoke = {"Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
    statements: list[dict[str, object]] = [{"Effect": "Allow", **invoke}]
    if condition and effect == "Deny":
        statements.append({"Effect": "Deny", **invoke, "Condition": condition})
    elif condition:
        statements[0]["Condition"] = condition
    return {"policy": json.dumps({"Version": "2012-10-17", "Statement": statements})}


_PRIVATE: dict[str, object] = {"endpointConfiguration": {"types": "PRIVATE"}}
_ENDPOINT = {"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}


@rule(
    applies_to=(REST_API, REST_API_POLICY, PRIVATE_DOMAIN),
    topic="Private REST APIs in API Gateway",
    severity=Severity.MEDIUM,
    remedy="Add a Deny with the condition StringNotEquals aws:SourceVpce, or narrow the Allow by aws:SourceVpce.",
    controls=_CONTROLS,
    passes=(
        _PRIVATE | _api_policy(_ENDPOINT, "Deny"),
        _PRIVATE | _api_policy({"StringEquals": {"aws:SourceVpc": "vpc-1a2b3c4d"}}),
        {"endpointConfiguration": {"types": "REGIONAL"}, **_api_policy()},
        _api_policy(),
        _PRIVATE,
    ),
    fails=(
        _PRIVATE | _api_policy(),
        _PRIVATE | _api_policy({"StringNotLike": {"aws:SourceVpce": "vpce-*"}}, "Deny"),
        Example(
            {"restApiId": Reference("api"), **_api_policy()},
            REST_API_POLICY,
            related=(Example(_PRIVATE, REST_API, name="api"),),
        ),
    ),
    undecided=(_PRIVATE | {"policy": UNKNOWN}, _api_policy() | {"endpointConfiguration": UNKNOWN}),
)
def apigateway_private_api_names_endpoints(subject: Resource, stack: Stack) -> Iterator[Violation]:
    """Private APIs say from which VPC endpoints they are called.

    A private API is reached through any VPC endpoint for API Gateway, those of other accounts too, unless its policy says
    otherwise.
    """
    api = stack.target(subject, (REST_API,), "restApiId") if subject.type == REST_API_POLICY else subject
    if api is None or "PRIVATE" not in Property(api, "endpointConfiguration.types").texts():
        return
    for grant in grants(subject):
        if is_open(grant):
            yield Violation("the policy lets any VPC endpoint call the API", at=element(grant.statement, "Principal"))
