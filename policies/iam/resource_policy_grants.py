"""What resource policies allow to whom, beside everyone: NotPrincipal, all actions, other accounts, services."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from policies.controls import ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.iam.resource_policies import BUCKET_POLICY, KEY, POLICIES, QUEUE, TOPICS, Grant, element, grants
from policies.iam.trusted_accounts import Trusted, foreign_principals, is_whole_account, outsider, own_account
from policies.iam_analysis.holes import unknown
from policies.iam_analysis.service_callers import keys_sent, says_for_whom
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.stack import Stack

CONTROLS = (NIST_800_53["AC-3"], NIST_800_53["AC-6"], PCI_DSS_4["7.2.1"], SOC2["CC6.1"], ISO_27001["A.5.15"])
TYPES = tuple(POLICIES)
"""All types with a resource policy, roles left out."""

_SERVICE_ACTIONS = re.compile(r"([A-Za-z0-9-]+:)?\*+")
_OWN = {"allowedAccountIds": '["111122223333"]'}
_ROOT = "arn:aws:iam::111122223333:root"


def policy(principal: object, action: object = "sqs:SendMessage", **elements: object) -> dict[str, object]:
    """Return inputs whose policy has one statement, as an object."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*", **elements}
    return {"policy": {"Version": "2012-10-17", "Statement": [statement]}}


def _on(type_: str, inputs: dict[str, object], parameters: object = None) -> Example:
    return Example(inputs, type_, provider=_OWN, parameters=parameters)


_WRITTEN = {"Statement": {"Effect": "Allow", "NotPrincipal": {"AWS": _ROOT}, "Action": "sqs:*", "Resource": "*"}}
_NOT = {"policy": {"Statement": {"Effect": "Allow", "NotPrincipal": {"AWS": UNKNOWN}, "Action": "s3:*", "Resource": UNKNOWN}}}


@rule(
    applies_to=TYPES,
    topic="AWS JSON policy elements: NotPrincipal",
    each=grants,
    severity=Severity.CRITICAL,
    remedy="Name those who are allowed in Principal; to keep somebody out, use a Deny.",
    controls=CONTROLS,
    passes=(Example(policy({"AWS": _ROOT}), QUEUE), Example({}, QUEUE)),
    fails=(Example(_NOT, BUCKET_POLICY), Example({"policy": json.dumps(_WRITTEN)}, QUEUE)),
    undecided=(Example({"policy": UNKNOWN}, QUEUE),),
)
def resource_policy_without_not_principal(grant: Grant) -> Iterator[Violation]:
    """Resource policies that allow say to whom by Principal.

    NotPrincipal beside Allow is everyone but a few, callers without an AWS account included. AWS does not support it.
    """
    statement, principals = grant.statement, grant.statement.principals
    if statement.effect == "Deny" or not principals:
        return
    hidden = [hole for hole in principals.holes if ".NotPrincipal" in hole and not principals.negated]
    if hidden or (principals.negated and not statement.effect):
        raise unknown(hidden or statement.holes)
    if principals.negated:
        yield Violation("allows everyone but those in NotPrincipal", at=element(statement, "Principal"))


@rule(
    applies_to=TYPES,
    topic="IAM JSON policy elements: Action",
    each=grants,
    severity=Severity.MEDIUM,
    remedy="Name the actions that the principals need.",
    controls=CONTROLS,
    checkov=("CKV_AWS_72",),
    passes=(
        Example(policy({"AWS": "arn:aws:iam::111122223333:role/app"}, ["sqs:SendMessage", "sqs:Get*"]), QUEUE),
        Example(policy({"AWS": _ROOT}, "kms:*"), KEY),
        Example(policy("*", "sqs:*", Effect="Deny"), QUEUE),
    ),
    fails=(
        Example(policy({"AWS": "arn:aws:iam::111122223333:role/app"}, "sqs:*"), QUEUE),
        Example(policy({"AWS": [_ROOT, "arn:aws:iam::111122223333:role/app"]}, "kms:*"), KEY),
        Example(policy({"Service": "sns.amazonaws.com"}, [UNKNOWN, "*"]), QUEUE),
    ),
    undecided=(
        Example({"policy": UNKNOWN}, QUEUE),
        Example(policy({"AWS": "arn:aws:iam::111122223333:role/app"}, UNKNOWN), QUEUE),
        Example(policy({"AWS": UNKNOWN}, "kms:*"), KEY),
    ),
)
def resource_policy_actions_named(grant: Grant) -> Iterator[Violation]:
    """Resource policies name the actions they allow.

    All actions of a service are those that delete the resource and change its policy too. An account as a whole may have them:
    its own policies then say who may do what, as in the default policy of KMS keys.
    """
    statement = grant.statement
    principals, actions = statement.principals, statement.actions
    if statement.effect == "Deny" or principals is None:
        return
    others = principals.negated or [item for item in principals.items if not is_whole_account(item)]
    if not others and not principals.holes:
        return
    broad = (
        next((item for item in actions.items if _SERVICE_ACTIONS.fullmatch(item)), "") if not actions.negated else "all others"
    )
    if not broad and not actions.holes:
        return
    if not broad or not others or not statement.effect:
        raise unknown(statement.holes)
    yield Violation(f"allows {broad}", at=element(statement, "Action"))


_KNOWN = Trusted(accounts=("111122223333",), organizations=("o-abcdefghij",))
_PARTNER = policy({"AWS": "arn:aws:iam::444455556666:role/partner"})


@rule(
    applies_to=TYPES,
    topic="Cross-account policy evaluation logic",
    each=grants,
    severity=Severity.MEDIUM,
    remedy="Remove the account from Principal, or put it on the list.",
    controls=CONTROLS,
    checkov=("CKV_AWS_385",),
    parameters=Trusted,
    passes=(
        _on(QUEUE, _PARTNER),
        _on(QUEUE, policy({"AWS": ["111122223333", _ROOT]}), _KNOWN),
        _on(QUEUE, policy({"Service": "sns.amazonaws.com"}), _KNOWN),
        _on(QUEUE, policy("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}), _KNOWN),
        Example(policy({"AWS": "444455556666"}), QUEUE, parameters=Trusted(accounts=("444455556666",))),
    ),
    fails=(
        _on(QUEUE, _PARTNER, _KNOWN),
        _on(BUCKET_POLICY, policy({"AWS": [UNKNOWN, "444455556666"]}, "s3:GetObject"), _KNOWN),
        _on(QUEUE, policy({"AWS": "444455556666"}, Condition={"StringLike": {"aws:PrincipalOrgID": "o-*"}}), _KNOWN),
    ),
    undecided=(_on(QUEUE, {"policy": UNKNOWN}, _KNOWN), Example(_PARTNER, QUEUE, parameters=_KNOWN)),
)
def resource_policy_accounts_known(grant: Grant, stack: Stack, parameters: Trusted) -> Iterator[Violation]:
    """Resources are shared with accounts that are on a list.

    Judged where accounts or organizations are listed. The stack's own account needs no entry.
    """
    if parameters == Trusted():
        return
    for principal in foreign_principals(grant.statement, own_account(grant.resource, stack), parameters):
        message = f"{principal} is of an account that is not on the list of trusted ones"
        yield Violation(message, at=element(grant.statement, "Principal"), exposed_to=outsider(principal))


_SOURCE = {"ArnEquals": {"aws:SourceArn": "arn:aws:sns:eu-west-1:111122223333:orders"}}


@rule(
    applies_to=TYPES,
    topic="Cross-service confused deputy prevention",
    each=grants,
    severity=Severity.MEDIUM,
    remedy="Add a condition on aws:SourceArn, aws:SourceAccount or aws:SourceOrgID with fixed values.",
    controls=CONTROLS,
    passes=(
        Example(policy({"Service": "sns.amazonaws.com"}, Condition=_SOURCE), QUEUE),
        Example(policy({"Service": "logs.eu-west-1.amazonaws.com"}, "kms:Decrypt", Condition=_SOURCE), KEY),
        Example(
            policy(
                {"Service": "logs.eu-west-1.amazonaws.com"},
                "kms:Decrypt",
                Condition={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-west-1:111122223333:*"}},
            ),
            KEY,
        ),
        Example(policy({"Service": "events.amazonaws.com"}, "sns:Publish"), TOPICS[0]),
        Example(policy({"Service": "eks.amazonaws.com"}), QUEUE),
        Example(policy({"AWS": _ROOT}), QUEUE),
    ),
    fails=(
        Example(policy({"Service": "sns.amazonaws.com"}), QUEUE),
        Example(policy({"Service": ["events.amazonaws.com", UNKNOWN]}), QUEUE),
        Example(policy({"Service": "s3.amazonaws.com"}, Condition={"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:*"}}), QUEUE),
        Example(policy({"Service": "cloudfront.amazonaws.com"}, "s3:GetObject"), BUCKET_POLICY),
    ),
    undecided=(
        Example({"policy": UNKNOWN}, QUEUE),
        Example(policy({"Service": "sns.amazonaws.com"}, Condition={"ArnEquals": {"aws:SourceArn": UNKNOWN}}), QUEUE),
        Example(policy({"Service": UNKNOWN}), QUEUE),
    ),
)
def resource_policy_service_source_named(grant: Grant) -> Iterator[Violation]:
    """Resource policies for services say for which account or resource the service may act.

    A service acts for all of its customers. Without a source another customer can have it call your resource. Services that
    send no such key are left alone, EventBridge in policies of SNS topics too: a condition would stop them.
    """
    statement, principals = grant.statement, grant.statement.principals
    if statement.effect == "Deny" or not principals or principals.negated:
        return
    answer = says_for_whom(statement)
    if answer:
        return
    for item in principals.items:
        keys = keys_sent(item, to_topic=grant.resource.type in TOPICS)
        if keys:
            if answer is None or not statement.effect:
                raise unknown(statement.holes)
            service = item.removeprefix("Service:")
            message = f"{service} may act for any account; it sends {keys}"
            yield Violation(message, at=element(statement, "Principal"), exposed_to=f"service {service}")
    if principals.holes:
        raise unknown(principals.holes)
