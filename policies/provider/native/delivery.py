"""Twins of what stands between programs and their users: load balancers, APIs, distributions, workflows, queries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.provider.native.conversions import TAGGED
from policies.provider.native.twin import OTHERS, Field, Twin, unread
from policies.unknown import read

if TYPE_CHECKING:
    from collections.abc import Mapping


def certificate(value: object) -> object:
    """Return the ARN of the one certificate of a listener."""
    certificates = read(value)
    if not isinstance(certificates, list):
        return value
    first = read(certificates[0]) if certificates else None
    return first.get("certificateArn") if isinstance(first, dict) else first


def _is_internal(value: object) -> object:
    return {"internal": True, "internet-facing": False}.get(value, value) if isinstance(value, str) else value


def _elsewhere(name: str) -> Field:
    """Return a field that says of a property of the twin that it is told elsewhere, in a way that is not read here."""

    def spread(value: object) -> Mapping[str, object]:
        return {} if value is None else unread(name)

    return Field("", spread=spread, names=(name,))


def _origin_groups(value: object) -> object:
    groups = read(value)
    return groups.get("items") if isinstance(groups, dict) else value


_ACTION = {
    "authenticateCognitoConfig": Field("authenticateCognito"),
    "authenticateOidcConfig": Field("authenticateOidc"),
    "fixedResponseConfig": Field("fixedResponse"),
    "forwardConfig": Field("forward", {"targetGroups": Field("targetGroups", {"targetGroupArn": Field("arn")})}),
    "jwtValidationConfig": Field("jwtValidation"),
    "redirectConfig": Field("redirect"),
}
_DISTRIBUTION = {
    "cacheBehaviors": Field("orderedCacheBehaviors"),
    "customOrigin": _elsewhere("origins"),
    "ipv6Enabled": Field("isIpv6Enabled"),
    "logging": Field("loggingConfig"),
    "originGroups": Field("originGroups", convert=_origin_groups),
    "origins": Field(
        "origins",
        {
            "id": Field("originId"),
            "originCustomHeaders": Field("customHeaders", {"headerName": Field("name"), "headerValue": Field("value")}),
        },
    ),
    "s3Origin": _elsewhere("origins"),
    "viewerCertificate": Field("viewerCertificate", {"cloudFrontDefaultCertificate": Field("cloudfrontDefaultCertificate")}),
}
_RESULTS = {"encryptionConfiguration": Field("encryptionConfiguration", {"kmsKey": Field("kmsKeyArn")})}

TWINS = {
    "aws-native:apigateway:Method": Twin(
        "aws:apigateway/method:Method", {"authorizationType": Field("authorization"), "restApiId": Field("restApi")}
    ),
    "aws-native:apigateway:RestApi": Twin(
        "aws:apigateway/restApi:RestApi",
        {**TAGGED, "apiKeySourceType": Field("apiKeySource"), "mode": Field("putRestApiMode")},
    ),
    "aws-native:apigateway:Stage": Twin(
        "aws:apigateway/stage:Stage",
        {
            **TAGGED,
            "accessLogSetting": Field("accessLogSettings"),
            "canarySetting": Field("canarySettings"),
            "deploymentId": Field("deployment"),
            "restApiId": Field("restApi"),
            "tracingEnabled": Field("xrayTracingEnabled"),
        },
    ),
    "aws-native:apigatewayv2:Stage": Twin("aws:apigatewayv2/stage:Stage", {**TAGGED, "stageName": Field("name")}),
    "aws-native:appsync:GraphQlApi": Twin("aws:appsync/graphQLApi:GraphQLApi", TAGGED),
    "aws-native:athena:WorkGroup": Twin(
        "aws:athena/workgroup:Workgroup",
        {
            **TAGGED,
            "workGroupConfiguration": Field(
                "configuration",
                {
                    "enforceWorkGroupConfiguration": Field("enforceWorkgroupConfiguration"),
                    "publishCloudWatchMetricsEnabled": Field("publishCloudwatchMetricsEnabled"),
                    "resultConfiguration": Field("resultConfiguration", _RESULTS),
                },
            ),
        },
    ),
    "aws-native:cloudfront:Distribution": Twin(
        "aws:cloudfront/distribution:Distribution", {**TAGGED, "distributionConfig": Field("", _DISTRIBUTION, names=(OTHERS,))}
    ),
    "aws-native:elasticloadbalancingv2:Listener": Twin(
        "aws:lb/listener:Listener",
        {
            **TAGGED,
            "certificates": Field("certificateArn", convert=certificate),
            "defaultActions": Field("defaultActions", _ACTION),
        },
    ),
    "aws-native:elasticloadbalancingv2:LoadBalancer": Twin(
        "aws:lb/loadBalancer:LoadBalancer",
        {**TAGGED, "scheme": Field("internal", convert=_is_internal), "type": Field("loadBalancerType")},
    ),
    "aws-native:elasticloadbalancingv2:TargetGroup": Twin("aws:lb/targetGroup:TargetGroup", TAGGED),
    "aws-native:lambda:Url": Twin(
        "aws:lambda/functionUrl:FunctionUrl",
        {"authType": Field("authorizationType"), "targetFunctionArn": Field("functionName")},
    ),
    "aws-native:sns:Subscription": Twin("aws:sns/topicSubscription:TopicSubscription", {"topicArn": Field("topic")}),
    "aws-native:stepfunctions:StateMachine": Twin(
        "aws:sfn/stateMachine:StateMachine",
        {
            **TAGGED,
            "definitionS3Location": _elsewhere("definition"),
            "definitionString": Field("definition"),
            "stateMachineName": Field("name"),
            "stateMachineType": Field("type"),
        },
    ),
}
