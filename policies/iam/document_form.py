"""Whether policy documents are written as AWS reads them, wherever they stand."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.block import DEFAULTS
from policies.iam.identity_policies import ROLE, USER_POLICY, allow, statement_of
from policies.iam_analysis.document_form import CURRENT, mistakes
from policies.iam_analysis.document_places import OF_TRUST, PLACES, Kind, places
from policies.iam_analysis.holes import unknown
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN, Reason, Unknown, UnknownValue, holds_sentinel, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.iam_analysis.document_places import Place

_BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
_TYPES = ("aws:iam/policy:Policy", *(type_ for type_ in PLACES if type_ != "aws:iam/policy:Policy"))
_VARIABLE = re.compile(r"\$\{[^{}]+\}")
_ALLOW = statement_of("s3:GetObject", "arn:aws:s3:::reports/*")
_LAMBDA = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
_TAGS = {"aws:TagKeys": UNKNOWN}
_KEY = {**_LAMBDA, "Action": "kms:*", "Resource": "*"}


def _trust(**elements: object) -> Example:
    return Example({"assumeRolePolicy": {"Version": CURRENT, "Statement": [{**_LAMBDA, **elements}]}}, ROLE)


def _policy(*statements: object, **elements: object) -> dict[str, object]:
    return {"policy": {"Version": CURRENT, "Statement": list(statements), **elements}}


@rule(
    applies_to=_TYPES,
    topic="Grammar of the IAM JSON policy language",
    each=places,
    severity=Severity.MEDIUM,
    remedy="Write the document as the grammar says; AWS refuses it otherwise.",
    passes=(
        allow("s3:GetObject", "*"),
        {"policy": json.dumps(_policy({**_ALLOW, "Sid": "One"}, {**_ALLOW, "Sid": "Two"})["policy"])},
        {"policy": {"Version": "2008-10-17", "Id": "x", "Statement": statement_of(["s3:*", "*"], UNKNOWN)}},
        {"policy": ""},
        _policy({**_ALLOW, "Condition": {"ForAllValues:StringLikeIfExists": _TAGS, "Null": _TAGS}}),
        _trust(),
        Example({"policy": json.dumps({"Statement": {**_KEY, "Sid": "Allow use of the key"}})}, "aws:kms/key:Key"),
        Example({}, _BUCKET_POLICY),
    ),
    fails=(
        {"policy": "{Statement: []}"},
        {"policy": json.dumps({"Version": "2012-10-18", "Statement": _ALLOW})},
        {"policy": '{"Statement": {"Effect": "Allow", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}}'},
        _policy(),
        {"policy": {"Version": CURRENT}},
        allow("s3:GetObject", "*", Effect="allow"),
        _policy({"Action": "s3:*", "Resource": "*"}),
        _policy({"Effect": "Allow", "Resource": "*"}),
        _policy({"Effect": "Allow", "Action": "s3:*"}),
        _policy({"Effect": "Allow", "Actions": "s3:*", "Action": "s3:*", "Resource": "*"}),
        allow("s3:GetObject", "*", NotAction="s3:PutObject"),
        allow("s3:GetObject", "*", Principal="*"),
        allow("GetObject", "*"),
        allow(["*:Get*"], UNKNOWN),
        allow("s3:GetObject", "*", Sid="my statement"),
        _policy({**_ALLOW, "Sid": "One"}, UNKNOWN, {**_ALLOW, "Sid": "One"}),
        allow("s3:GetObject", "*", Condition={"StringEqual": {"aws:PrincipalOrgID": UNKNOWN}}),
        allow("s3:GetObject", "*", Condition={"NullIfExists": {"aws:PrincipalOrgID": "true"}}),
        _trust(Resource="*"),
        _trust(Principal=None),
        Example({"policy": json.dumps({"Statement": _ALLOW})}, _BUCKET_POLICY),
    ),
    undecided=(
        {"policy": UNKNOWN},
        _policy(UNKNOWN),
        allow(UNKNOWN, "*"),
        allow("s3:GetObject", "*", Effect=UNKNOWN),
        allow("s3:GetObject", "*", Condition=UNKNOWN),
    ),
)  # fmt: skip
def iam_document_valid(place: Place) -> Iterator[Violation]:
    """Policy documents follow the grammar of IAM.

    AWS refuses others only when it is asked to store them, in the middle of an update.
    """
    for what, at in mistakes(place).told():
        yield Violation(what, at=at)


@rule(
    applies_to=_TYPES,
    topic="IAM JSON policy elements: Version",
    each=places,
    severity=Severity.MEDIUM,
    remedy='Set Version to "2012-10-17".',
    passes=(
        allow("s3:GetObject", "arn:aws:s3:::home/${aws:username}/*"),
        {"policy": json.dumps({"Statement": _ALLOW})},
        {"policy": {"Version": "2008-10-17", "Statement": _ALLOW}},
        _trust(),
        {"policy": ""},
    ),
    fails=(
        {"policy": json.dumps({"Statement": statement_of("s3:GetObject", "arn:aws:s3:::home/${aws:username}/*")})},
        {"policy": {"Version": "2008-10-17", "Statement": [UNKNOWN, statement_of("s3:*", ["${aws:username}"])]}},
        {"policy": {"Statement": {**_ALLOW, "Condition": {"StringLike": {"s3:prefix": "${aws:username}/*"}}}}},
    ),
    undecided=(
        {"policy": UNKNOWN},
        {"policy": {"Statement": statement_of("s3:GetObject", UNKNOWN)}},
        {"policy": {"Version": UNKNOWN, "Statement": statement_of("s3:GetObject", "arn:aws:s3:::${aws:username}")}},
    ),
)
def iam_document_version_knows_variables(place: Place) -> Iterator[Violation]:
    """Policy documents with variables say Version 2012-10-17.

    In a document of the older version, or of none, ${aws:username} is plain text: an Allow matches nothing, and a Deny
    lets everything through.
    """
    found = place.document
    if not found.statements and not found.unknown:
        return
    version = _version(place)
    if version == CURRENT:
        return
    texts = (
        text
        for statement in found.statements
        for text in (
            *(statement.resources.items if statement.resources else ()),
            *(value for atom in statement.conditions for value in atom.values),
        )
    )
    if any(map(_VARIABLE.search, texts)):
        if isinstance(version, Unknown):
            raise UnknownValue(version.reason, f"{place.at}.Version")
        yield Violation("uses policy variables, which this Version does not have", at=place.at)
    elif found.holes:
        raise unknown(found.holes)


def _version(place: Place) -> object:
    """Return the Version of a document, None where it has none, an `Unknown` where it is not known."""
    value = place.block.value(place.path)
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return None
    version = read(value.get("Version")) if isinstance(value, dict) else value
    return Unknown(Reason.COMPUTED) if isinstance(version, str) and holds_sentinel(version) else version


class Sizes(NamedTuple):
    """How long documents may be where AWS can raise the limit."""

    trust_policy: Annotated[int, "Characters of a trust policy; AWS raises the quota to 8,192 at most."] = OF_TRUST.characters


_LONG = {"Statement": statement_of("s3:GetObject", [f"arn:aws:s3:::bucket-number-{number}/*" for number in range(70)])}
_LONGER = {"Statement": statement_of("s3:GetObject", [f"arn:aws:s3:::bucket-number-{number}/*" for number in range(250)])}
_LONG_TRUST = {"Statement": {**_LAMBDA, "Principal": {"AWS": [f"arn:aws:iam::{n:012}:root" for n in range(80)]}}}


@rule(
    applies_to=_TYPES,
    topic="IAM and AWS STS quotas",
    each=places,
    severity=Severity.MEDIUM,
    remedy="Split the document into several policies, or shorten it by wildcards.",
    parameters=Sizes,
    passes=(
        allow("s3:GetObject", "*"),
        {"policy": json.dumps(_LONG, indent=40)},
        Example({"assumeRolePolicy": json.dumps(_LONG_TRUST)}, ROLE, parameters=Sizes(8_192)),
        {"policy": ""},
    ),
    fails=(
        {"policy": json.dumps(_LONGER)},
        {"policy": {**_LONGER, "Version": CURRENT}},
        Example({"policy": json.dumps(_LONG)}, USER_POLICY),
        Example({"assumeRolePolicy": json.dumps(_LONG_TRUST)}, ROLE),
        Example({"policy": json.dumps(_LONGER, indent=100)}, _BUCKET_POLICY),
    ),
    undecided=({"policy": UNKNOWN}, allow("s3:GetObject", UNKNOWN)),
)
def iam_document_within_size(place: Place, parameters: Sizes) -> Iterator[Violation]:
    """Policy documents are not longer than AWS takes them.

    The limit depends on where a document stands: 6,144 characters for managed policies, 10,240 for the inline policies of
    a role, 5,120 and 2,048 for those of groups and users, without white space.
    """
    if place.limit is None:
        return
    value = place.block.value(place.path)
    most = parameters.trust_policy if place.kind is Kind.TRUST else place.limit.characters
    if isinstance(value, str) and len(value) <= most and not holds_sentinel(value):
        return
    size, missing = _size(value, place)
    if size > most:
        yield Violation(f"has {size} characters, of {most} at most", at=place.at)
    elif missing:
        raise missing.with_traceback(None)


def _known(item: object, at: str, missing: list[UnknownValue]) -> object:
    """Return what is known of a value; what is not goes into `missing`."""
    item = read(item)
    if isinstance(item, Unknown):
        missing.append(UnknownValue(item.reason, at))
        return None
    if isinstance(item, dict):
        return {key: _known(one, at, missing) for key, one in item.items() if key != DEFAULTS}
    return [_known(one, at, missing) for one in item] if isinstance(item, list) else item


def _size(value: object, place: Place) -> tuple[int, UnknownValue | None]:
    """Return how many characters count, of what is known, and what is not."""
    missing: list[UnknownValue] = []
    value = _known(value, place.at, missing)
    if value is None:
        return 0, missing[0] if missing else None
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    if holds_sentinel(text):
        return 0, UnknownValue(Reason.COMPUTED, place.at)
    counts = not place.limit or place.limit.without_white_space
    return len(re.sub(r"\s", "", text) if counts else text), missing[0] if missing else None
