"""Whom policies let in: each condition, operator and value as AWS documents it, and what Deny statements take back."""

from __future__ import annotations

import itertools

import pytest

from policies.iam_analysis.caller_keys import Who
from policies.iam_analysis.federation import WEB_IDENTITY, Pin, trusts
from policies.iam_analysis.model import Document, Statement, document_of
from policies.iam_analysis.oidc_issuers import issuer_of
from policies.iam_analysis.public import ACCESS_POINTS, S3, Definition, exposure
from policies.iam_analysis.service_callers import keys_sent, says_for_whom
from policies.iam_analysis.strangers import Entry, entry
from policies.unknown import COMPUTED

ORGANIZATION = {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}
ALLOW = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"}


def document(*statements: dict[str, object]) -> Document:
    return document_of({"Version": "2012-10-17", "Statement": list(statements)})


def only(**elements: object) -> Statement:
    (statement,) = document(ALLOW | elements).statements
    return statement


def everyone(*conditions: tuple[str, str, object]) -> Statement:
    merged: dict[str, dict[str, object]] = {}
    for operator, key, value in conditions:
        merged.setdefault(operator, {})[key] = value
    return only(Condition=merged)


# IAM user guide: "AWS global condition context keys"; Amazon S3 user guide: "The meaning of public"
NARROW = [
    ("StringEquals", "aws:PrincipalOrgID", "o-abcdefghij"),
    ("stringequals", "AWS:PRINCIPALORGID", "o-abcdefghij"),
    ("StringEqualsIgnoreCase", "aws:PrincipalAccount", "111122223333"),
    ("StringLike", "AWS:SourceAccount", ["111122223333"]),
    ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-abcdefghij/r-ab12/*"),
    ("ArnLike", "aws:SourceArn", "arn:aws:sns:*:111122223333:topic"),
    ("ArnEquals", "aws:SourceArn", "arn:aws:personalize:eu-west-1:111122223333:*"),
    ("StringLike", "aws:PrincipalArn", "arn:aws:iam::111122223333:role/*"),
    ("ArnEquals", "aws:SourceArn", "arn:aws:s3:::uploads"),
    ("StringEquals", "aws:SourceOwner", "111122223333"),
    ("StringEquals", "aws:SourceOrgID", "o-abcdefghij"),
    ("StringEquals", "aws:SourceVpce", "vpce-1a2b3c4d"),
    ("StringLike", "aws:SourceVpc", "vpc-1a2b3c4d"),
    ("IpAddress", "aws:SourceIp", ["203.0.113.0/24", "2001:db8::/32"]),
    ("IpAddress", "aws:SourceIp", "203.0.113.7"),
    ("IpAddress", "aws:SourceIp", "10.0.0.0/8"),
    ("Bool", "aws:PrincipalIsAWSService", "true"),
    ("StringEquals", "kms:CallerAccount", 111122223333),
    ("StringEquals", "lambda:EventSourceToken", "amzn1.ask.skill.1"),
]
WIDE = [
    ("StringLike", "aws:PrincipalOrgID", "o-*"),
    ("StringEquals", "aws:PrincipalOrgID", "${aws:PrincipalOrgID}"),
    ("StringEquals", "aws:PrincipalOrgID", []),
    ("StringEquals", "aws:PrincipalOrgID", ""),
    ("StringEquals", "aws:SourceAccount", ["111122223333", "*"]),
    ("StringEqualsIfExists", "aws:PrincipalOrgID", "o-abcdefghij"),
    ("StringNotEquals", "aws:PrincipalOrgID", "o-abcdefghij"),
    ("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::111122223333:role/*"),
    ("ForAllValues:StringLike", "aws:PrincipalOrgPaths", "o-abcdefghij/r-ab12/*"),
    ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-*"),
    ("ArnLike", "aws:SourceArn", "arn:aws:s3:*:*:*"),
    ("ArnLike", "aws:SourceArn", "arn:aws:sns:eu-west-1:*:topic"),
    ("ArnLike", "aws:SourceArn", "*"),
    ("ArnLike", "aws:SourceArn", "arn:aws:s3:::upload*"),
    ("StringLike", "aws:SourceArn", "arn:aws:*:111122223333:topic"),
    ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/admin"),
    ("StringLike", "aws:SourceVpce", "vpce-*"),
    ("Null", "aws:PrincipalOrgID", "false"),
    ("Bool", "aws:SecureTransport", "true"),
    ("Bool", "aws:PrincipalIsAWSService", "false"),
    ("Bool", "aws:MultiFactorAuthPresent", "true"),
    ("StringEquals", "aws:ResourceAccount", "111122223333"),
    ("StringEquals", "s3:ResourceAccount", "111122223333"),
    ("StringEquals", "kms:ViaService", "s3.eu-west-1.amazonaws.com"),
    ("StringEquals", "aws:PrincipalTag/team", "blue"),
    ("StringEquals", "aws:username", "alice"),
    ("StringEquals", "aws:PrincipalType", "User"),
    ("StringEquals", "aws:UserAgent", "browser"),
    ("StringLike", "aws:Referer", "https://example.org/*"),
    ("StringEquals", "aws:RequestedRegion", "eu-west-1"),
    ("IpAddress", "aws:VpcSourceIp", "10.0.0.0/8"),
    ("StringEquals", "sts:ExternalId", "partner"),
    ("StringEquals", "sns:Protocol", "https"),
    ("DateLessThan", "aws:CurrentTime", "2030-01-01T00:00:00Z"),
    ("NotIpAddress", "aws:SourceIp", "203.0.113.0/24"),
    ("IpAddressIfExists", "aws:SourceIp", "203.0.113.0/24"),
    ("StringEquals", "aws:SourceIp", "203.0.113.0/24"),
    ("IpAddress", "aws:SourceIp", "0.0.0.0/0"),
    ("IpAddress", "aws:SourceIp", "8.0.0.0/7"),
    ("IpAddress", "aws:SourceIp", "2000::/31"),
    ("IpAddress", "aws:SourceIp", ["0.0.0.0/1", "128.0.0.0/1"]),
    ("IpAddress", "aws:SourceIp", [f"{first}.0.0.0/8" for first in range(256)]),
    ("IpAddress", "aws:SourceIp", "::/0"),
    ("IpAddress", "aws:SourceIp", "home"),
]


@pytest.mark.parametrize("condition", NARROW, ids=str)
@pytest.mark.parametrize("definition", [ACCESS_POINTS, S3])
def test_a_condition_that_says_who_keeps_everyone_out(condition: tuple[str, str, object], definition: Definition) -> None:
    assert not exposure(everyone(condition), definition).may_be_public


@pytest.mark.parametrize("condition", WIDE, ids=lambda item: str(item)[:60])
@pytest.mark.parametrize("definition", [ACCESS_POINTS, S3])
def test_a_condition_that_says_something_else_lets_everyone_in(
    condition: tuple[str, str, object], definition: Definition
) -> None:
    assert exposure(everyone(condition), definition).is_public


@pytest.mark.parametrize(("narrow", "wide"), list(itertools.product(NARROW[:3], WIDE[5:8])), ids=str)
def test_one_narrow_condition_is_enough(narrow: tuple[str, str, object], wide: tuple[str, str, object]) -> None:
    assert not exposure(everyone(wide, narrow)).may_be_public


@pytest.mark.parametrize("operator", ["StringEqualsIfExists", "ForAllValues:StringEquals"])
def test_a_key_that_has_to_be_there_narrows_in_any_form(operator: str) -> None:
    """IAM user guide, "Multivalued context keys": ForAllValues holds where the key is missing, Null excludes that."""
    assert not exposure(
        everyone((operator, "aws:PrincipalOrgID", "o-a"), ("Null", "aws:PrincipalOrgID", "false"))
    ).may_be_public
    assert exposure(everyone((operator, "aws:PrincipalOrgID", "o-a"), ("Null", "aws:PrincipalOrgID", "true"))).is_public
    unknown = exposure(everyone((operator, "aws:PrincipalOrgID", "o-a"), ("Null", "aws:PrincipalOrgID", COMPUTED)))
    assert (unknown.is_public, unknown.may_be_public) == (False, True)


@pytest.mark.parametrize(
    ("condition", "of_s3", "of_callers"),
    [
        (("StringLike", "aws:userid", "AROAEXAMPLEID:*"), True, False),
        (("StringEquals", "aws:userid", "AROAEXAMPLEID:session"), False, False),
        (
            ("StringEquals", "s3:x-amz-server-side-encryption-aws-kms-key-id", "arn:aws:kms:eu-west-1:111122223333:key/a"),
            False,
            True,
        ),
    ],
)
def test_s3_has_a_definition_of_its_own(condition: tuple[str, str, object], *, of_s3: bool, of_callers: bool) -> None:
    """Amazon S3 user guide, "Blocking public access to your Amazon S3 storage", The meaning of "public"."""
    assert exposure(everyone(condition), S3).is_public is of_s3
    assert exposure(everyone(condition)).is_public is of_callers


def test_an_access_point_names_itself_not_the_caller() -> None:
    """Amazon S3 user guide, "Blocking public access ...": access point policies that use s3:DataAccessPointArn are public."""
    statement = everyone(("StringLike", "s3:DataAccessPointArn", "arn:aws:s3:eu-west-1:111122223333:accesspoint/*"))
    assert not exposure(statement).may_be_public
    assert exposure(statement, ACCESS_POINTS).is_public


def test_an_unknown_condition_decides_only_where_no_other_does() -> None:
    unknown = ("ArnEquals", "aws:SourceArn", COMPUTED)
    found = exposure(everyone(unknown))
    assert (found.is_public, found.may_be_public) == (False, True)
    assert found.holes == ('policy.Statement[0].Condition.ArnEquals["aws:SourceArn"]: computed',)
    assert not exposure(everyone(unknown, NARROW[0])).may_be_public
    assert exposure(everyone(("StringLike", "aws:SourceVpc", [COMPUTED, "vpc-*"]))).is_public


@pytest.mark.parametrize(
    ("elements", "least", "most"),
    [
        ({"Principal": {"AWS": "111122223333"}}, Who.NAMED, Who.NAMED),
        ({"Principal": {"Service": "*"}}, Who.ANY_SERVICE, Who.ANY_SERVICE),
        ({"Principal": "*", "Effect": "Deny"}, Who.NOBODY, Who.NOBODY),
        ({"Principal": None, "NotPrincipal": {"AWS": "111122223333"}}, Who.ANYONE, Who.ANYONE),
        ({"Principal": {"AWS": ["111122223333", COMPUTED]}}, Who.NAMED, Who.ANYONE),
        ({"Principal": {"AWS": ["*", COMPUTED]}}, Who.ANYONE, Who.ANYONE),
        ({"Condition": ORGANIZATION}, Who.ORGANIZATION, Who.ORGANIZATION),
        ({"Condition": {"Bool": {"aws:PrincipalIsAWSService": True}}}, Who.ANY_SERVICE, Who.ANY_SERVICE),
        ({"Condition": COMPUTED}, Who.NOBODY, Who.ANYONE),
        ({"Effect": COMPUTED}, Who.NOBODY, Who.ANYONE),
        ({"Principal": None}, Who.NOBODY, Who.NOBODY),
    ],
)
def test_callers_are_told_apart_by_class(elements: dict[str, object], least: Who, most: Who) -> None:
    found = exposure(only(**elements))
    assert (found.least, found.most) == (least, most)


def weighed(deny: dict[str, object], **allow: object) -> Entry:
    read = document(ALLOW | allow, {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"} | deny)
    return entry(read.statements[0], read)


@pytest.mark.parametrize(
    "deny",
    [
        {},
        {"Principal": None, "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:root"}},
        {"Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}},
        {"Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}},
        {"Condition": {"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24", "198.51.100.0/24"]}}},
        {"Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}}},
        {"Condition": {"StringNotEqualsIfExists": {"aws:PrincipalAccount": "111122223333"}}},
        {"Condition": {"StringNotLike": {"aws:userid": ["AROAEXAMPLEID:*", "111122223333"]}}},
        {"Action": "s3:Get*", "Resource": "arn:aws:s3:::reports/*"},
        {
            "Condition": {
                "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-abcdefghij"},
                "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
            }
        },
    ],
    ids=str,
)
def test_a_deny_of_strangers_closes_a_policy(deny: dict[str, object]) -> None:
    assert weighed(deny) == Entry()


@pytest.mark.parametrize(
    "deny",
    [
        {"Principal": {"AWS": "111122223333"}},
        {"Action": "s3:PutObject"},
        {"Resource": "arn:aws:s3:::reports/secret/*"},
        {"Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}},
        {"Condition": {"StringNotEquals": {"aws:UserAgent": "browser"}}},
        {"Condition": {"StringNotLike": {"aws:PrincipalOrgID": "o-*"}}},
        {"Condition": {"NotIpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}}},
        {"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}},
        {"Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-a"}, "Bool": {"aws:MultiFactorAuthPresent": "true"}}},
        {"Condition": {"StringNotEquals": {"aws:ResourceAccount": "111122223333"}}},
    ],
    ids=str,
)
def test_a_deny_that_strangers_get_past_closes_nothing(deny: dict[str, object]) -> None:
    found = weighed(deny)
    assert found.is_open
    assert (found.who, found.action) in {("a caller without credentials", "s3:GetObject"), ("any AWS account", "s3:GetObject")}
    assert found.resource.startswith("arn:aws:s3:::reports/")


@pytest.mark.parametrize(
    ("deny", "allow"),
    [
        ({"Condition": {"StringNotEquals": {"aws:PrincipalOrgID": COMPUTED}}}, {}),
        ({"Principal": COMPUTED}, {}),
        ({"Effect": COMPUTED}, {}),
        ({"Resource": COMPUTED}, {}),
        ({"Resource": "arn:aws:s3:::reports/*"}, {"Resource": COMPUTED}),
        ({"Action": "s3:Put*"}, {"Action": COMPUTED}),
        ({"Action": "s3:Put*"}, {"Condition": {"StringEquals": {"aws:PrincipalOrgID": COMPUTED}}}),
    ],
    ids=str,
)
def test_what_may_close_a_policy_leaves_it_undecided(deny: dict[str, object], allow: dict[str, object]) -> None:
    found = weighed(deny, **allow)
    assert not found.is_open
    assert found.holes


def test_an_unknown_resource_hides_nothing_that_no_deny_covers() -> None:
    assert weighed({"Condition": {"Bool": {"aws:SecureTransport": "false"}}, "Resource": COMPUTED}, Resource=COMPUTED).is_open


GITHUB = "token.actions.githubusercontent.com"
PINS = [  # docs.github.com: "OpenID Connect reference"; IAM user guide: "Identity-provider controls for shared OIDC providers"
    (GITHUB, "StringLike", {"sub": "repo:*"}, Pin.OPEN),
    (GITHUB, "StringLike", {"sub": "repo:acme*"}, Pin.OPEN),
    (GITHUB, "StringLike", {"sub": "repo:*/shop:*"}, Pin.OPEN),
    (GITHUB, "StringLike", {"sub": "*acme/shop*"}, Pin.OPEN),
    (GITHUB, "StringLike", {"sub": "repo:acme/*"}, Pin.TENANT),
    (GITHUB, "StringLike", {"sub": "repo:acme/shop*"}, Pin.TENANT),
    (GITHUB, "StringLike", {"sub": "repo:acme/shop:*"}, Pin.PROJECT),
    (GITHUB, "StringEquals", {"sub": "repo:acme/shop:environment:production"}, Pin.PROJECT),
    (GITHUB, "StringEquals", {"sub": "repo:acme/shop:*"}, Pin.CLOSED),
    (GITHUB, "StringEquals", {"job_workflow_ref": "acme/shop/.github/workflows/deploy.yml@main"}, Pin.OPEN),
    (GITHUB, "StringEquals", {"actor": "octocat"}, Pin.OPEN),
    (GITHUB, "StringEquals", {"repository": "acme/shop"}, Pin.PROJECT),
    (GITHUB, "StringLike", {"repository": "acme/*"}, Pin.TENANT),
    (GITHUB, "StringLike", {"repository_owner_id": "12*"}, Pin.OPEN),
    (GITHUB, "StringLikeIfExists", {"sub": "repo:acme/shop:*"}, Pin.OPEN),
    (GITHUB, "StringNotLike", {"sub": "repo:acme/shop:*"}, Pin.OPEN),
    (GITHUB, "StringLike", {"sub": ["repo:acme/shop:*", "repo:acme/*"]}, Pin.TENANT),
    ("gitlab.com", "StringLike", {"sub": "project_path:acme*"}, Pin.OPEN),
    ("gitlab.com", "StringLike", {"sub": "project_path:*/deploy:*"}, Pin.OPEN),
    ("gitlab.com", "StringLike", {"sub": "project_path:acme/*:ref_type:branch:ref:main"}, Pin.TENANT),
    ("gitlab.com", "StringLike", {"sub": "project_path:acme/sub/shop:ref_type:branch:ref:*"}, Pin.PROJECT),
    ("gitlab.com", "StringEquals", {"ref_protected": "true"}, Pin.OPEN),
    ("app.terraform.io", "StringLike", {"sub": "organization:*:project:web:*"}, Pin.OPEN),
    ("app.terraform.io", "StringLike", {"sub": "organization:acme*"}, Pin.OPEN),
    ("app.terraform.io", "StringLike", {"sub": "organization:acme:project:*:workspace:*:run_phase:*"}, Pin.TENANT),
    ("app.terraform.io", "StringLike", {"sub": "organization:acme:project:web:workspace:prod:run_phase:apply"}, Pin.PROJECT),
    ("api.pulumi.com/oidc", "StringEquals", {"aud": "aws:acme"}, Pin.TENANT),
    ("api.pulumi.com/oidc", "StringLike", {"sub": "pulumi:deploy:org:acme*"}, Pin.OPEN),
    ("api.pulumi.com/oidc", "StringLike", {"sub": "pulumi:environments:org:acme:env:web/prod"}, Pin.PROJECT),
    ("accounts.google.com", "StringEquals", {"aud": "117.apps.googleusercontent.com"}, Pin.PROJECT),
    ("login.example.org", "StringEquals", {"aud": "aws"}, Pin.OPEN),
    ("login.example.org", "StringEquals", {"groups": "deployers"}, Pin.PROJECT),
]


def trust(host: str, operator: str, claims: dict[str, object]) -> Statement:
    provider = f"arn:aws:iam::111122223333:oidc-provider/{host}"
    condition = {operator: {f"{host}:{claim}": value for claim, value in claims.items()}}
    (statement,) = document(
        {"Effect": "Allow", "Principal": {"Federated": provider}, "Action": WEB_IDENTITY, "Condition": condition}
    ).statements
    return statement


@pytest.mark.parametrize(("host", "operator", "claims", "pin"), PINS, ids=str)
def test_how_much_of_a_token_is_fixed(host: str, operator: str, claims: dict[str, object], pin: Pin) -> None:
    (found,) = trusts(trust(host, operator, claims))
    assert (found.issuer.host, found.least, found.most) == (host, pin, pin)


def test_a_condition_on_the_claims_of_another_issuer_never_holds() -> None:
    statement = trust("gitlab.com", "StringEquals", {"sub": "project_path:acme/shop:*"})
    elsewhere = statement._replace(principals=trust(GITHUB, "StringLike", {"sub": "x"}).principals)
    (found,) = trusts(elsewhere)
    assert (found.issuer.host, found.least) == (GITHUB, Pin.CLOSED)


@pytest.mark.parametrize(
    ("principal", "name"),
    [
        ("Federated:cognito-identity.amazonaws.com", "Amazon Cognito"),
        ("Federated:arn:aws-cn:iam::111122223333:oidc-provider/gitlab.com", "GitLab.com"),
        ("Federated:arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/0A1B", "Amazon EKS"),
        ("Federated:arn:aws:iam::111122223333:oidc-provider/gitlab.example.org", ""),
        ("Federated:arn:aws:iam::111122223333:saml-provider/idp", None),
        ("Service:ec2.amazonaws.com", None),
    ],
)
def test_issuers_are_known_by_their_host(principal: str, name: str | None) -> None:
    issuer = issuer_of(principal)
    assert (issuer and issuer.name) == name


SOURCES = [
    ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:111122223333:orders"}}, True),
    ({"StringEquals": {"aws:SourceAccount": ["111122223333", "444455556666"]}}, True),
    ({"StringEquals": {"aws:SourceOrgID": "o-abcdefghij"}}, True),
    ({"StringEquals": {"aws:SourceOwner": "111122223333"}}, True),
    ({"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-west-1:111122223333:log-group:*"}}, True),
    ({"StringEqualsIfExists": {"aws:SourceAccount": "111122223333"}}, False),
    ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:eu-west-1:*:orders"}}, False),
    ({"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:*:*:*"}}, False),
    ({"StringEquals": {"aws:PrincipalServiceName": "sns.amazonaws.com"}}, False),
    ({"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}, False),
    ({"StringEquals": {"aws:SourceAccount": COMPUTED}}, None),
    ({"StringEquals": {"aws:SourceAccount": ["*", COMPUTED]}}, False),
    (COMPUTED, None),
]


@pytest.mark.parametrize(("condition", "answer"), SOURCES, ids=repr)
def test_a_service_acts_for_whom_the_policy_names(condition: object, *, answer: bool | None) -> None:
    """AWS IoT developer guide, "Cross-service confused deputy prevention"; CloudWatch Logs user guide on KMS keys."""
    assert says_for_whom(only(Principal={"Service": "sns.amazonaws.com"}, Condition=condition)) is answer


@pytest.mark.parametrize(
    ("principal", "to_topic", "keys"),
    [
        ("Service:sns.amazonaws.com", False, "aws:SourceArn"),
        ("Service:logs.eu-west-1.amazonaws.com", False, "aws:SourceArn or aws:SourceAccount"),
        ("Service:delivery.logs.amazonaws.com", False, "aws:SourceArn or aws:SourceAccount"),
        ("Service:s3.amazonaws.com", True, "aws:SourceAccount"),
        ("Service:events.amazonaws.com", False, "aws:SourceArn"),
        ("Service:events.amazonaws.com", True, ""),
        ("Service:ec2.amazonaws.com", False, ""),
        ("Service:eks.amazonaws.com", False, ""),
        ("AWS:111122223333", False, ""),
    ],
)
def test_only_keys_that_a_service_sends_are_asked_for(principal: str, keys: str, *, to_topic: bool) -> None:
    """EventBridge user guide, troubleshooting: no Condition blocks in policies of SNS topics."""
    assert keys_sent(principal, to_topic=to_topic) == keys


@pytest.mark.parametrize("action", [WEB_IDENTITY, "sts:*", ["sts:AssumeRole*"]])
def test_an_unknown_provider_may_be_any_issuer(action: object) -> None:
    (statement,) = document({"Effect": "Allow", "Principal": {"Federated": COMPUTED}, "Action": action}).statements
    found = {trusted.issuer.host: trusted for trusted in trusts(statement)}
    assert {GITHUB, "gitlab.com", "cognito-identity.amazonaws.com", ""} <= found.keys()
    assert not any(trusted.is_certain for trusted in found.values())


def test_conditions_tell_which_issuer_an_unknown_provider_is() -> None:
    statement = trust(GITHUB, "StringLike", {"sub": "repo:acme/shop:*"})
    hidden = statement._replace(principals=only(Principal={"Federated": COMPUTED}).principals)
    (found,) = trusts(hidden)
    assert (found.issuer.host, found.least, found.is_certain) == (GITHUB, Pin.PROJECT, False)
