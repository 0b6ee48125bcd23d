"""Roles that services of AWS may assume."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.iam.identity_policies import ROLE
from policies.iam.resource_policies import element
from policies.iam.role_trust import CONTROLS, as_text, lets_assume, trust, trust_grants
from policies.iam_analysis.federation import has_condition
from policies.iam_analysis.holes import unknown
from policies.iam_analysis.service_callers import TRUST_KEYS_SENT, says_for_whom, service_of
from policies.rule import Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.iam.resource_policies import Grant

_ACCOUNT = {"StringEquals": {"aws:SourceAccount": "111122223333"}}
_TOPIC = "The confused deputy problem"


def _service(name: str, **elements: object) -> dict[str, object]:
    return trust({"Service": f"{name}.amazonaws.com"}, **elements)


@rule(
    applies_to=(ROLE,),
    topic="AWS JSON policy elements: Principal",
    each=trust_grants,
    severity=Severity.HIGH,
    remedy="Name the service in Principal, such as ec2.amazonaws.com.",
    controls=CONTROLS,
    passes=(_service("ec2"), trust({"Service": "*"}, Effect="Deny"), trust({"Service": "*"}, Condition=_ACCOUNT)),
    fails=(trust({"Service": "*"}), as_text(trust({"Service": ["ec2.amazonaws.com", "*"]}))),
    undecided=({"assumeRolePolicy": UNKNOWN}, trust({"Service": UNKNOWN}), trust({"Service": "*"}, Condition=UNKNOWN)),
)
def iam_role_trust_names_services(grant: Grant) -> Iterator[Violation]:
    """Roles name the services that may assume them.

    A role that every service may assume can be used through services that nobody thinks of, for other customers too.
    """
    statement = grant.statement
    principals = statement.principals
    assumes = lets_assume(statement)
    if statement.effect == "Deny" or not principals or principals.negated or assumes is False:
        return
    named = "Service:*" in principals.items
    answer = says_for_whom(statement)
    if answer or (not named and not principals.holes):
        return
    if answer is None or not named or assumes is None or not statement.effect:
        raise unknown(statement.holes)
    yield Violation("every service may assume the role", at=element(statement, "Principal"), exposed_to="any AWS service")


@rule(
    applies_to=(ROLE,),
    topic=_TOPIC,
    each=trust_grants,
    severity=Severity.LOW,
    remedy="Add a condition on aws:SourceArn or aws:SourceAccount with your account.",
    controls=CONTROLS,
    passes=(
        _service("personalize", Condition=_ACCOUNT),
        _service("iot", Condition={"ArnLike": {"aws:SourceArn": "arn:aws:iot:*:111122223333:*"}}),
        _service("ec2"),
        _service("cloudtrail"),
        _service("elastictranscoder"),
    ),
    fails=(
        _service("personalize"),
        as_text(_service("textract", Condition={"ArnLike": {"aws:SourceArn": "arn:aws:textract:*:*:*"}})),
        _service("ssm", Condition={"StringEqualsIfExists": {"aws:SourceAccount": "111122223333"}}),
        trust({"Service": ["iot.amazonaws.com", UNKNOWN]}),
    ),
    undecided=(
        {"assumeRolePolicy": UNKNOWN},
        trust({"Service": UNKNOWN}),
        _service("iot", Condition={"StringEquals": {"aws:SourceAccount": UNKNOWN}}),
    ),
)
def iam_role_trust_service_source_named(grant: Grant) -> Iterator[Violation]:
    """Roles for services that act for their customers say for which account.

    iam:PassRole keeps others from passing the role, so this is a second line of defence. Only services whose guide says that
    they send the key are judged: a condition on a key that is not sent stops the service.
    """
    statement = grant.statement
    principals = statement.principals
    assumes = lets_assume(statement)
    if statement.effect == "Deny" or not principals or principals.negated or assumes is False:
        return
    answer = says_for_whom(statement)
    if answer:
        return
    for item in principals.items:
        keys = TRUST_KEYS_SENT.get(service_of(item))
        if keys:
            if answer is None or assumes is None or not statement.effect:
                raise unknown(statement.holes)
            service = item.removeprefix("Service:")
            message = f"{service} may assume the role for any account; it sends {keys}"
            yield Violation(message, at=element(statement, "Principal"), exposed_to=f"service {service}")
    if principals.holes:
        raise unknown(principals.holes)


_ANCHOR = "arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/1a2b3c4d"
_ANYWHERE = "rolesanywhere.amazonaws.com"
_ACTIONS = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
_SUBJECTS = ("aws:principaltag/x509subject", "aws:principaltag/x509san", "aws:principaltag/x509issuer", "sts:sourceidentity")


def _anywhere(condition: object = None) -> dict[str, object]:
    return trust({"Service": _ANYWHERE}, Action=_ACTIONS, **({"Condition": condition} if condition else {}))


_SUBJECT = {"StringEquals": {"aws:PrincipalTag/x509Subject/CN": "build-7"}}


@rule(
    applies_to=(ROLE,),
    topic="The IAM Roles Anywhere trust model",
    each=trust_grants,
    severity=Severity.HIGH,
    remedy="Add conditions on aws:SourceArn, with the trust anchor, and on aws:PrincipalTag/x509Subject/CN.",
    controls=CONTROLS,
    passes=(
        _anywhere(_SUBJECT | {"ArnEquals": {"aws:SourceArn": _ANCHOR}}),
        _anywhere({"StringEquals": {"sts:SourceIdentity": "build-7"}, "ArnLike": {"aws:SourceArn": f"{_ANCHOR[:-1]}*"}}),
        _service("ec2"),
    ),
    fails=(
        _anywhere(),
        as_text(_anywhere(_SUBJECT)),
        _anywhere({"ArnEquals": {"aws:SourceArn": _ANCHOR}}),
        _anywhere({"StringLike": {"aws:PrincipalTag/x509Subject/CN": "*"}, "ArnEquals": {"aws:SourceArn": _ANCHOR}}),
    ),
    undecided=(
        {"assumeRolePolicy": UNKNOWN},
        trust({"Service": UNKNOWN}),
        _anywhere(_SUBJECT | {"ArnEquals": {"aws:SourceArn": UNKNOWN}}),
    ),
)
def iam_role_trust_certificates_named(grant: Grant) -> Iterator[Violation]:
    """Roles for IAM Roles Anywhere name the trust anchor and the certificates that may assume them.

    Without the trust anchor every certificate authority that the account trusts, now or later, opens the role; without a
    condition on the certificate each of its certificates does.
    """
    statement = grant.statement
    principals = statement.principals
    assumes = lets_assume(statement)
    if statement.effect == "Deny" or not principals or principals.negated or assumes is False:
        return
    named = f"Service:{_ANYWHERE}" in principals.items
    if not named and not principals.holes:
        return
    keys = {atom.key for atom in statement.conditions if atom.key.startswith(_SUBJECTS)}
    subjects = [has_condition(statement, key) for key in keys or ("",)]
    anchor, subject = says_for_whom(statement), True if True in subjects else None if None in subjects else False
    if anchor and subject:
        return
    if not named or assumes is None or not statement.effect or (anchor is not False and subject is not False):
        raise unknown(statement.holes)
    missing = "trust anchor (aws:SourceArn)" if anchor is False else "certificate (aws:PrincipalTag/x509Subject/CN)"
    yield Violation(f"no condition names the {missing}", at=statement.at)
