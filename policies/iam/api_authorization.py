"""Whether methods and routes of API Gateway and APIs of AppSync ask who calls."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import FSBP, ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.iam.properties import Property, properties
from policies.policy_document import statements
from policies.policy_matching import any_of, covers_action
from policies.rule import ANYONE, Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN, in_turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.policy_document import Condition, Statement
    from policies.resource import Resource
    from policies.stack import Stack

METHOD = "aws:apigateway/method:Method"
REST_API = "aws:apigateway/restApi:RestApi"
REST_API_POLICY = "aws:apigateway/restApiPolicy:RestApiPolicy"
ROUTE = "aws:apigatewayv2/route:Route"
API = "aws:apigatewayv2/api:Api"
GRAPHQL_API = "aws:appsync/graphQLApi:GraphQLApi"
EVENT_API = "aws:appsync/api:Api"

_CONTROLS = (NIST_800_53["AC-3"], PCI_DSS_4["7.2.1"], SOC2["CC6.1"], ISO_27001["A.5.15"])


class ApiKeys(NamedTuple):
    """What an API key is worth."""

    accept_api_key: Annotated[bool, "Whether an API key is enough, though AWS does not count it as authorization."] = True


def _statement(**changes: object) -> dict[str, object]:
    return {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*", **changes}


def _policy(*listed: dict[str, object]) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": list(listed)}


_ONE_ACCOUNT = _policy(_statement(Principal={"AWS": "111122223333"}))
_NOT_THE_OFFICE = {"Effect": "Deny", "Condition": {"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}}}
_THE_OFFICE = _policy(_statement(), _statement(**_NOT_THE_OFFICE))


def _method(*related: Example, http_method: object = "GET", **inputs: object) -> Example:
    """Return a method without authorization in an API of the stack."""
    method = {"restApi": Reference("api"), "httpMethod": http_method, "authorization": "NONE", **inputs}
    return Example(method, METHOD, related=related or (Example({}, REST_API, name="api"),))


def _api(**inputs: object) -> Example:
    return Example(inputs, REST_API, name="api")


def _attached(policy: object) -> Example:
    return Example({"restApiId": Reference("api"), "policy": policy}, REST_API_POLICY, name="policy")


@rule(
    applies_to=(METHOD,),
    severity=Severity.MEDIUM,
    remedy="Set authorization to AWS_IAM, COGNITO_USER_POOLS or CUSTOM, or give the API a policy that limits its callers.",
    controls=_CONTROLS,
    checkov=("CKV_AWS_59",),
    topic="Control and manage access to REST APIs in API Gateway",
    parameters=ApiKeys,
    passes=(
        {"httpMethod": "GET", "authorization": "AWS_IAM"},
        {"httpMethod": "POST", "authorization": "CUSTOM", "authorizerId": UNKNOWN},
        {"httpMethod": "OPTIONS", "authorization": "NONE"},
        {"httpMethod": "GET", "authorization": "NONE", "apiKeyRequired": True},
        _method(_api(policy=_ONE_ACCOUNT)),
        _method(_api(policy=_THE_OFFICE)),
        _method(_api(policy=_policy(_statement(Condition={"StringEquals": {"aws:SourceVpce": "vpce-0a1b2c3d"}})))),
        _method(_api(), _attached(_ONE_ACCOUNT)),
        _method(_api(endpointConfiguration={"types": "PRIVATE"})),
    ),
    fails=(
        {"httpMethod": "GET", "authorization": "NONE"},
        {"httpMethod": "GET", "authorization": "NONE", "apiKeyRequired": False},
        Example(
            {"httpMethod": "GET", "authorization": "NONE", "apiKeyRequired": True},
            parameters=ApiKeys(accept_api_key=False),
        ),
        _method(http_method="ANY"),
        _method(_api(policy=_policy(_statement()), endpointConfiguration={"types": "REGIONAL"})),
        _method(_api(), _attached(_policy(_statement(), _statement(Effect="Deny")))),
        _method(_api(policy=_policy(_statement(Condition={"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}})))),
        _method(_api(policy=_policy(_statement(Condition={"Bool": {"aws:SecureTransport": "true"}})))),
        _method(_api(policy=_policy(_statement(), _statement(**_NOT_THE_OFFICE, Action="execute-api:ManageConnections")))),
    ),
    undecided=(
        {"httpMethod": "GET", "authorization": UNKNOWN},
        {"httpMethod": UNKNOWN, "authorization": "NONE"},
        {"httpMethod": "GET", "authorization": "NONE", "apiKeyRequired": UNKNOWN},
        _method(_api(policy=UNKNOWN)),
        _method(_api(), _attached(UNKNOWN)),
    ),
)
def apigateway_method_requires_authorization(method: Resource, stack: Stack, parameters: ApiKeys) -> Iterator[Violation]:
    """Methods of REST APIs ask who calls.

    Everyone on the internet can call a method without authorization. A policy of the API that limits callers counts too,
    and so does an API that is reached from VPC endpoints only. OPTIONS answers browsers before they send credentials.
    """
    if method.text("authorization", "NONE") != "NONE" or method.text("httpMethod").upper() == "OPTIONS":
        return
    if parameters.accept_api_key and method.flag("apiKeyRequired"):
        return
    api = stack.target(method, (REST_API,), "restApi")
    if api is None or not _limits_callers(api, stack):
        yield Violation("everyone may call the method", at="authorization", exposed_to=ANYONE)


def _limits_callers(api: Resource, stack: Stack) -> bool:
    if "PRIVATE" in Property(api, "endpointConfiguration.types").texts():
        return True
    return any_of(chain((api,), stack.related(api, (REST_API_POLICY,), by="restApiId")), _has_limiting_policy)


def _has_limiting_policy(holder: Resource) -> bool:
    """Say whether a policy admits named callers only, or denies all that do not come from named places."""
    found = list(statements(holder, "policy"))
    return bool(found) and (any_of(found, _denies_strangers) or not any_of(found, _admits_strangers))


_PLACES = frozenset({
    "aws:principalaccount", "aws:principalorgid", "aws:sourceaccount", "aws:sourcearn", "aws:sourceip", "aws:sourcevpc",
    "aws:sourcevpce", "aws:vpcsourceip",
})  # fmt: skip
_INSIDE = frozenset({"arnequals", "arnlike", "ipaddress", "stringequals", "stringequalsignorecase"})
_OUTSIDE = frozenset({"notipaddress", "stringnotequals", "stringnotequalsignorecase", "stringnotlike"})
_ANYWHERE = frozenset({"*", "0.0.0.0/0", "::/0"})


def _admits_strangers(statement: Statement) -> bool:
    if not statement.allows:
        return False
    if not statement.has("NotPrincipal") and not any(principal.is_everyone for principal in statement.principals()):
        return False
    return not any_of(statement.conditions(), lambda condition: _names_places(condition, _INSIDE))


def _denies_strangers(statement: Statement) -> bool:
    if statement.allows or not any(principal.is_everyone for principal in statement.principals()):
        return False
    if not any(covers_action(pattern, "execute-api:Invoke") for pattern in statement.actions()):
        return False
    conditions = list(statement.conditions())
    return bool(conditions) and all(_names_places(condition, _OUTSIDE) for condition in conditions)


def _names_places(condition: Condition, operators: frozenset[str]) -> bool:
    return (
        condition.key in _PLACES
        and condition.operator in operators
        and all(value not in _ANYWHERE for value in condition.values())
    )


def _route(protocol: object) -> Example:
    api = Example({"protocolType": protocol}, API, name="api")
    return Example({"apiId": Reference("api"), "routeKey": "$default"}, ROUTE, related=(api,))


@rule(
    applies_to=(ROUTE, API),
    severity=Severity.MEDIUM,
    remedy="Set authorizationType of the route to AWS_IAM, JWT or CUSTOM; make a route instead of setting target of the API.",
    controls=(FSBP["APIGateway.8"], *_CONTROLS),
    checkov=("CKV_AWS_309",),
    topic="Control and manage access to HTTP APIs in API Gateway",
    passes=(
        {"routeKey": "GET /pets", "authorizationType": "JWT", "authorizerId": "a1b2c3"},
        {"routeKey": UNKNOWN, "authorizationType": "AWS_IAM"},
        {"apiId": "a1b2c3", "routeKey": "OPTIONS /{proxy+}"},
        {"apiId": "a1b2c3", "routeKey": "$disconnect"},
        {"routeKey": "sendmessage", "authorizationType": "NONE"},
        _route("WEBSOCKET"),
        Example({"protocolType": "HTTP"}, API),
    ),
    fails=(
        {"apiId": "a1b2c3", "routeKey": "GET /pets"},
        {"routeKey": "ANY /{proxy+}", "authorizationType": "NONE"},
        {"routeKey": "$connect", "authorizationType": "NONE"},
        {"apiId": "a1b2c3", "routeKey": "$default"},
        _route("HTTP"),
        Example({"protocolType": "HTTP", "target": "https://app.example.com"}, API),
        Example({"protocolType": "HTTP", "target": UNKNOWN}, API),
    ),
    undecided=(
        {"routeKey": "GET /pets", "authorizationType": UNKNOWN},
        {"apiId": "a1b2c3", "routeKey": UNKNOWN},
        _route(UNKNOWN),
    ),
)
def apigatewayv2_route_requires_authorization(route: Resource, stack: Stack) -> Iterator[Violation]:
    """Routes of HTTP and WebSocket APIs ask who calls.

    Everyone on the internet can call a route without authorization, as the one that AWS makes for an API with a target. A
    WebSocket API asks once, when a caller connects; OPTIONS answers browsers before they send credentials.
    """
    if route.type == API:
        if route.has("target"):
            yield Violation("everyone may call the route that AWS makes for the target", at="target", exposed_to=ANYONE)
    elif route.text("authorizationType", "NONE") == "NONE" and _opens_the_api(route, stack):
        yield Violation("everyone may call the route", at="authorizationType", exposed_to=ANYONE)


def _opens_the_api(route: Resource, stack: Stack) -> bool:
    key = route.text("routeKey")
    if key == "$default":  # of either kind of API
        api = stack.target(route, (API,), "apiId")
        return api is None or api.text("protocolType") != "WEBSOCKET"
    if key == "$connect":
        return True
    method, _, path = key.partition(" ")  # the keys of messages of a WebSocket API have no path
    return bool(path) and method.upper() != "OPTIONS"


def _authentication_types(api: Resource) -> Iterator[Property]:
    if api.type == EVENT_API:
        return properties(api.block("eventConfig"), "authProviders[].authType")
    others = properties(api, "additionalAuthenticationProviders[].authenticationType")
    return in_turn((Property(api, "authenticationType"),), others)


@rule(
    applies_to=(GRAPHQL_API, EVENT_API),
    each=_authentication_types,
    severity=Severity.HIGH,
    remedy="Authenticate by AWS_IAM, AMAZON_COGNITO_USER_POOLS, OPENID_CONNECT or AWS_LAMBDA.",
    controls=(FSBP["AppSync.5"], *_CONTROLS),
    topic="Configuring authorization and authentication to secure your GraphQL APIs",
    passes=(
        {"authenticationType": "AWS_IAM"},
        {
            "authenticationType": "AMAZON_COGNITO_USER_POOLS",
            "additionalAuthenticationProviders": [{"authenticationType": "AWS_LAMBDA"}],
        },
        Example({"eventConfig": {"authProviders": [{"authType": "AWS_IAM"}]}}, EVENT_API),
    ),
    fails=(
        {"authenticationType": "API_KEY"},
        {"authenticationType": UNKNOWN, "additionalAuthenticationProviders": [UNKNOWN, {"authenticationType": "API_KEY"}]},
        Example({"eventConfig": {"authProviders": [{"authType": "AWS_IAM"}, {"authType": "API_KEY"}]}}, EVENT_API),
    ),
    undecided=(
        {"authenticationType": UNKNOWN},
        {"authenticationType": "AWS_IAM", "additionalAuthenticationProviders": UNKNOWN},
        Example({"eventConfig": UNKNOWN}, EVENT_API),
    ),
)
def appsync_without_api_keys(authentication: Property) -> Iterator[Violation]:
    """AppSync APIs do not authenticate by API keys.

    A key is one text for all users, in the code of every client. It tells nobody apart, and lasts for up to a year.
    """
    if "API_KEY" in authentication.texts():
        yield Violation("whoever has the API key may call the API", at=authentication.path)
