"""Whether what policy documents name exists, and goes together: other statements never apply, and nobody says so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from policies.iam.identity_policies import ROLE, allow, statement_of
from policies.iam_analysis.document_places import IDENTITY_PLACES, PLACES, Kind, places
from policies.iam_analysis.holes import unknown
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policies.iam_analysis.document_names import Misfit
    from policies.iam_analysis.document_places import Place

_TYPES = ("aws:iam/policy:Policy", *(type_ for type_ in PLACES if type_ != "aws:iam/policy:Policy"))
_IDENTITIES = ("aws:iam/policy:Policy", *(type_ for type_ in IDENTITY_PLACES if type_ != "aws:iam/policy:Policy"))
_QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"


def _if(**condition: object) -> dict[str, object]:
    return allow("s3:GetObject", "*", Condition=condition)


def _on_queue(action: str, **elements: object) -> Example:
    statement = statement_of(action, "*", Principal={"AWS": "111122223333"}, **elements)
    return Example({"policy": json.dumps({"Statement": statement})}, _QUEUE_POLICY)


def _trust(**elements: object) -> Example:
    statement = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole", **elements}
    return Example({"assumeRolePolicy": {"Statement": statement}}, ROLE)


def _told(misfits: Iterable[Misfit], holes: Iterable[str]) -> Iterator[Violation]:
    """Report what does not fit; raises `UnknownValue` for the first hole where nothing is wrong."""
    for what, at in misfits:
        yield Violation(what, at=at)
    open_ = list(holes)
    if open_:
        raise unknown(open_)


@rule(
    applies_to=_TYPES,
    topic="Actions, resources, and condition keys for AWS services",
    each=places,
    severity=Severity.LOW,
    remedy="Correct the name of the action, or take it out.",
    passes=(
        allow(["s3:GetObject", "S3:list*", "*", "ec2:Describe*"], UNKNOWN),
        {"policy": json.dumps({"Statement": {"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"}})},
        {"policy": ""},
        _trust(),
        _on_queue("SQS:SendMessage"),
    ),
    fails=(
        allow("s3:GetObjects", "*"),
        allow(["s3:GetObject", "s3:Fetch*", UNKNOWN], "*"),
        allow("cloudwatch:PutLogEvents", "*"),
        allow("deepracer:*", "*"),
        {"policy": json.dumps({"Statement": {"Effect": "Deny", "NotAction": "iam:ListUser", "Resource": "*"}})},
        _trust(Action="sts:AssumeRoles"),
        _on_queue("sqs:SendMessages"),
    ),
    undecided=({"policy": UNKNOWN}, allow(UNKNOWN, "*"), allow(["s3:GetObject", UNKNOWN], "*"), {"policy": "{"}),
)
def iam_document_actions_exist(place: Place) -> Iterator[Violation]:
    """Policy documents name actions that AWS has.

    AWS takes any name. A misspelled one allows nothing, and a Deny of it keeps nobody out. Actions that AWS has retired
    are told as such.
    """
    from policies.iam_analysis.document_names import unknown_actions  # noqa: PLC0415  (late: the catalogue is large)

    document = place.document
    holes = (hole for statement in document.statements for hole in statement.actions.holes)
    yield from _told(unknown_actions(document), (*document.unknown, *holes))


@rule(
    applies_to=_TYPES,
    topic="AWS global condition context keys",
    each=places,
    severity=Severity.MEDIUM,
    remedy="Correct the name of the condition key.",
    passes=(
        _if(StringEquals={"aws:PrincipalOrgID": UNKNOWN, "AWS:principaltag/Team": "web"}),
        _if(StringLike={"s3:prefix": "home/*"}, Bool={"aws:SecureTransport": "true"}),
        allow(UNKNOWN, UNKNOWN),
        _trust(
            Condition={"StringEquals": {"token.actions.githubusercontent.com:sub": "repo:acme/shop:*", "sts:ExternalId": "x"}}
        ),
        _on_queue("sqs:*", Condition={"StringEquals": {"aws:SourceOwner": "111122223333"}}),
        {"policy": ""},
    ),
    fails=(
        _if(StringEquals={"aws:PrincipalOrgIds": "o-abcdefghij"}),
        _if(StringEquals={"aws:RequestTags/team": UNKNOWN}),
        _if(Bool={"aws:MultiFactorAuth": "true", "aws:SecureTransport": UNKNOWN}),
        _trust(Condition={"StringEquals": {"sts:ExternalIdentity": "x"}}),
        _on_queue("sqs:*", Condition={"ArnLike": {"aws:SourceArns": "arn:aws:sns:*:*:news"}}),
    ),
    undecided=({"policy": UNKNOWN}, allow("s3:GetObject", "*", Condition=UNKNOWN), _if(StringEquals=UNKNOWN)),
)
def iam_document_condition_keys_exist(place: Place) -> Iterator[Violation]:
    """Policy documents ask for condition keys that AWS has.

    A key that no request holds makes an Allow grant nothing, and a Deny with it lets everything through. Keys of identity
    providers are theirs to name, and are not judged.
    """
    from policies.iam_analysis.document_names import unknown_keys  # noqa: PLC0415

    document = place.document
    holes = (hole for one in document.statements for atom in one.conditions if not atom.key for hole in atom.holes)
    yield from _told(unknown_keys(document), (*document.unknown, *holes))


@rule(
    applies_to=_TYPES,
    topic="IAM JSON policy elements: Condition operators",
    each=places,
    severity=Severity.MEDIUM,
    remedy="Use the operators for the type of the key, and StringLike for wildcards.",
    passes=(
        _if(StringEquals={"aws:PrincipalOrgID": "o-abcdefghij", "aws:PrincipalArn": "arn:aws:iam::111122223333:role/app"}),
        _if(DateLessThan={"aws:CurrentTime": "2030-01-01T00:00:00Z", "aws:EpochTime": "1893456000"}),
        _if(IpAddress={"aws:SourceIp": ["10.0.0.0/8", "2001:db8::/32"]}, NumericLessThan={"aws:MultiFactorAuthAge": "3600"}),
        _if(**{"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-abcdefghij/*"}}, Null={"aws:SourceIp": "true"}),
        _if(StringEquals={"aws:SecureTransport": "true", "s3:prefix": "${*}home"}),
        _if(ArnLike={"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::reports/*"}),
        _if(StringEquals={"an:unknown-key": "value"}),
        allow(UNKNOWN, UNKNOWN),
        {"policy": ""},
    ),
    fails=(
        _if(StringEquals={"aws:SourceIp": "10.0.0.0/8"}),
        _if(StringLessThan={"aws:CurrentTime": UNKNOWN}, StringEquals={"aws:CurrentTime": UNKNOWN}),
        _if(ArnEquals={"aws:PrincipalOrgID": "o-abcdefghij"}),
        _if(StringEquals={"aws:PrincipalArn": "arn:aws:iam::111122223333:role/app-*"}),
        _if(StringLike={"aws:PrincipalOrgPaths": "o-abcdefghij/*"}),
        _if(IpAddress={"aws:SourceIp": ["10.0.0.0/8", "10.0.0"]}),
        _if(DateLessThan={"aws:CurrentTime": "tomorrow"}),
        _if(NumericLessThan={"aws:MultiFactorAuthAge": [UNKNOWN, "an hour"]}),
        _if(ArnLike={"aws:SourceArn": "my-topic"}),
        _if(Bool={"aws:SecureTransport": "yes"}),
        _trust(Condition={"StringEquals": {"aws:SourceArn": "arn:aws:ec2:*:111122223333:instance/*"}}),
        _on_queue("sqs:*", Condition={"StringNotEquals": {"aws:PrincipalArn": "arn:aws:iam::*:role/app"}}),
    ),
    undecided=(
        {"policy": UNKNOWN},
        allow("s3:GetObject", "*", Condition=UNKNOWN),
        _if(StringEquals={"aws:PrincipalArn": UNKNOWN}),
    ),
)
def iam_document_operators_fit_keys(place: Place) -> Iterator[Violation]:
    """Conditions compare keys by operators of their type, with values of that type.

    AWS takes others too, and never finds them equal: an Allow then grants nothing, a Deny keeps nobody out. StringEquals
    takes a * as the plain letter.
    """
    from policies.iam_analysis.document_names import misfit_conditions  # noqa: PLC0415

    document = place.document
    holes = (hole for one in document.statements for atom in one.conditions for hole in atom.holes)
    yield from _told(misfit_conditions(document), (*document.unknown, *holes))


@rule(
    applies_to=_IDENTITIES,
    topic="Actions, resources, and condition keys for AWS services",
    each=places,
    severity=Severity.LOW,
    remedy="Name resources of the type that the action applies to, or * for an action that takes no other.",
    passes=(
        allow(["s3:ListBucket", "s3:GetObject"], ["arn:aws:s3:::reports", "arn:aws:s3:::reports/*"]),
        allow("s3:ListBucket", ["arn:aws:s3:::${aws:PrincipalTag/team}", "arn:aws:s3:::*"]),
        allow(["ec2:DescribeInstances", "logs:CreateLogGroup"], "*"),
        allow("logs:PutLogEvents", "arn:aws:logs:eu-west-1:111122223333:log-group:/app:*"),
        allow("ec2:DescribeInstances", "arn:aws:s3:::reports", Effect="Deny"),
        {"policy": {"Statement": {"Effect": "Allow", "Action": "s3:ListBucket", "NotResource": "arn:aws:s3:::reports/*"}}},
        allow("no:SuchAction", "arn:aws:s3:::reports"),
        _trust(),
    ),
    fails=(
        allow(["s3:ListBucket", "s3:GetObject"], "arn:aws:s3:::reports/*"),
        allow("s3:GetObject", "arn:aws:s3:::reports"),
        allow(["s3:GetObject", "ec2:DescribeInstances"], "arn:aws:s3:::reports/*"),
        allow("dynamodb:*", ["arn:aws:s3:::reports"]),
        allow("sqs:SendMessage", "arn:aws:sns:eu-west-1:111122223333:news"),
        {"policy": {"Statement": [UNKNOWN, statement_of("lambda:Invoke*", "arn:aws:lambda:eu-west-1:111122223333:layer:app")]}},
    ),
    undecided=(
        {"policy": UNKNOWN},
        allow("s3:GetObject", UNKNOWN),
        allow("s3:GetObject", ["arn:aws:s3:::reports", UNKNOWN]),
        allow(["s3:GetObject", UNKNOWN], "arn:aws:s3:::reports/*"),
    ),
)
def iam_document_actions_fit_resources(place: Place) -> Iterator[Violation]:
    """Statements that allow name resources that their actions apply to.

    An action on a resource of another type allows nothing: s3:ListBucket on objects, or an action that AWS offers on
    Resource * only. Who wrote it meant something else, and the next try is often an asterisk.
    """
    from policies.iam_analysis.document_names import grant_holes, idle_actions, names_resources  # noqa: PLC0415

    if place.kind is not Kind.IDENTITY:
        return
    document = place.document
    holes = (hole for one in document.statements if names_resources(one) for hole in grant_holes(one))
    yield from _told(idle_actions(document), (*document.unknown, *holes))
