"""Who may use KMS keys: policies of one's own, grants, and enclaves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.iam.resource_policies import KEY
from policies.policy_document import statements
from policies.policy_matching import any_of, covers_action
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN, Reason, UnknownValue, in_turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.policy_document import Condition, Statement
    from policies.resource import Resource
    from policies.stack import Stack

KEY_POLICY = "aws:kms/keyPolicy:KeyPolicy"
REPLICA_KEY = "aws:kms/replicaKey:ReplicaKey"
EXTERNAL_KEY = "aws:kms/externalKey:ExternalKey"
KEYS = (KEY, REPLICA_KEY, EXTERNAL_KEY, "aws:kms/replicaExternalKey:ReplicaExternalKey")

_CONTROLS = (NIST_800_53["AC-3"], NIST_800_53["AC-6"], PCI_DSS_4["7.2.2"], SOC2["CC6.1"], ISO_27001["A.8.24"])


def _attached(key: object) -> tuple[Example, ...]:
    return (Example({"keyId": key, "policy": UNKNOWN}, KEY_POLICY, name="attached"),)


@rule(
    applies_to=KEYS,
    severity=Severity.LOW,
    remedy="Set policy, or attach a kms.KeyPolicy, that says who administers and who uses the key.",
    controls=_CONTROLS,
    checkov=("CKV2_AWS_64",),
    topic="Key policies in AWS KMS",
    passes=(
        {"policy": {"Statement": []}},
        {"policy": UNKNOWN},
        Example({}, related=_attached(Reference("example"))),
        Example({"policy": UNKNOWN}, EXTERNAL_KEY),
    ),
    fails=({}, {"policy": ""}, Example({}, REPLICA_KEY), Example({}, related=_attached("another-key"))),
    undecided=(Example({}, related=_attached(UNKNOWN)),),
)
def kms_key_policy_defined(key: Resource, stack: Stack) -> Iterator[Violation]:
    """KMS keys have a key policy of their own.

    With the default policy, whoever has the right in IAM may use the key: every administrator, and every role with kms:Decrypt
    on all keys.
    """
    if key.recorded:
        raise UnknownValue(Reason.NOT_REPORTED, "policy", "what AWS shows may be its default policy")
    if not key.has("policy") and not any(True for _ in stack.related(key, (KEY_POLICY,), by="keyId")):
        yield Violation("the key has AWS's default policy", at="policy")


class Grants(NamedTuple):
    """What grants must say."""

    require_constraints: Annotated[bool, "Whether a grant must name an encryption context; not every service has one."] = False


_CONSTRAINED = Grants(require_constraints=True)
_ACCOUNT = re.compile(r"\d{12}|arn:[^:]+:iam::\d{12}:root|\*")
_ROLE = "arn:aws:iam::111122223333:role/app"


def _grant(*operations: object, principal: object = _ROLE, **inputs: object) -> dict[str, object]:
    return {"keyId": "alias/orders", "granteePrincipal": principal, "operations": [*operations], **inputs}


@rule(
    applies_to=("aws:kms/grant:Grant",),
    severity=Severity.MEDIUM,
    remedy="Name a role in granteePrincipal, and leave CreateGrant out of operations.",
    controls=_CONTROLS,
    topic="Grants in AWS KMS",
    parameters=Grants,
    passes=(
        _grant("Encrypt", "Decrypt"),
        _grant("CreateGrant", "DescribeKey"),
        Example(_grant("Decrypt", constraints=[{"encryptionContextEquals": {"Tenant": "a"}}]), parameters=_CONSTRAINED),
    ),
    fails=(
        _grant("Decrypt", "CreateGrant"),
        _grant("Decrypt", principal="arn:aws:iam::111122223333:root"),
        _grant(UNKNOWN, "CreateGrant", "Decrypt", principal=UNKNOWN),
        Example(_grant("Decrypt"), parameters=_CONSTRAINED),
    ),
    undecided=(
        _grant("Decrypt", principal=UNKNOWN),
        _grant("Decrypt", UNKNOWN),
        {"keyId": "alias/orders", "granteePrincipal": _ROLE, "operations": UNKNOWN},
    ),
)
def kms_grant_limited(grant: Resource, parameters: Grants) -> Iterator[Violation]:
    """KMS grants name a role, and cannot be passed on together with the right to decrypt.

    A grant for an account is one for everyone in it. CreateGrant lets the holder give the same rights to others, past key
    policies and IAM.
    """
    yield from in_turn(_grantee(grant), _operations(grant))
    if parameters.require_constraints and not grant.has("constraints"):
        yield Violation("the grant names no encryption context", at="constraints")


def _grantee(grant: Resource) -> Iterator[Violation]:
    if _ACCOUNT.fullmatch(grant.text("granteePrincipal")):
        yield Violation("the grant is for a whole account", at="granteePrincipal")


def _operations(grant: Resource) -> Iterator[Violation]:
    missing = {"CreateGrant", "Decrypt"}
    for operation in grant.texts("operations"):
        missing.discard(operation)
        if not missing:
            yield Violation("the right to decrypt can be passed on: operations holds CreateGrant and Decrypt", at="operations")
            return


_ATTESTED = "kms:recipientattestation:"
_ATTESTABLE = ("kms:Decrypt", "kms:DeriveSharedSecret", "kms:GenerateDataKey", "kms:GenerateDataKeyPair", "kms:GenerateRandom")
"""The operations that know attestation: "Cryptographic attestation support in AWS KMS" in its developer guide."""
_COMPARISONS = frozenset({"stringequals", "stringequalsignorecase", "stringlike"})
_IMAGE = "0123456789abcdef" * 6
_DEBUG = "0" * 96


def _policy(*given: dict[str, object]) -> dict[str, object]:
    principal = {"AWS": _ROLE}
    return {"policy": {"Statement": [{"Effect": "Allow", "Principal": principal, "Resource": "*", **item} for item in given]}}


def _enclave(image: object, operator: str = "StringEqualsIgnoreCase", action: object = "kms:Decrypt") -> dict[str, object]:
    return {"Action": action, "Condition": {operator: {"kms:RecipientAttestation:ImageSha384": image}}}


@rule(
    applies_to=(KEY_POLICY, *KEYS),
    severity=Severity.LOW,
    remedy="Compare with the measurements of a release, and take the actions that enclaves need out of all other statements;"
    " replace kms:* for the account by the actions that administer the key.",
    controls=_CONTROLS,
    topic="Cryptographic attestation support in AWS KMS",
    passes=(
        {},
        _policy({"Action": "kms:*"}),
        _policy(_enclave(_IMAGE)),
        _policy(_enclave(_IMAGE), {"Action": ["kms:DescribeKey", "kms:PutKeyPolicy", "kms:Encrypt"]}),
        _policy(_enclave(_IMAGE), {"Action": "kms:*"}, {"Effect": "Deny", **_enclave(_IMAGE, "StringNotEqualsIgnoreCase")}),
    ),
    fails=(
        _policy(_enclave(_DEBUG)),
        _policy(_enclave([_IMAGE, _DEBUG])),
        _policy(_enclave(_IMAGE), {"Action": "kms:*"}),
        _policy(_enclave(_IMAGE), {"Action": ["kms:DescribeKey", "kms:decrypt"]}),
        _policy(_enclave(_IMAGE), {"NotAction": "kms:Encrypt"}),
        _policy(_enclave(_IMAGE), _enclave("*", "StringLike")),
        _policy(_enclave(_IMAGE), _enclave(_IMAGE, "StringEqualsIfExists")),
    ),
    undecided=(
        {"policy": UNKNOWN},
        _policy(_enclave(UNKNOWN)),
        _policy(_enclave(_IMAGE), {"Action": UNKNOWN}),
    ),
)
def kms_key_for_enclaves_asks_for_attestation(key: Resource) -> Iterator[Violation]:
    """KMS keys that serve enclaves give nothing to callers without attestation.

    Attestation proves which program asks. It proves nothing where the measurement is all zeros, which is an enclave in debug
    mode, or where another statement allows the same without it. Keys whose policies do not speak of enclaves pass.
    """
    attested: list[Statement] = []
    others: list[Statement] = []
    guarded: list[Statement] = []
    for statement in statements(key, "policy"):
        conditions = [condition for condition in statement.conditions() if condition.key.startswith(_ATTESTED)]
        if not statement.allows:
            guarded += [statement] if conditions else []
            continue
        for condition in conditions:
            if any_of(condition.values(), lambda value: not value.strip("0")):
                yield Violation("accepts enclaves in debug mode: the measurement is all zeros", at=condition.at)
        (attested if any(map(_pins, conditions)) else others).append(statement)
    protected = [action for action in _ATTESTABLE if _any_covers(attested, action) and not _any_covers(guarded, action)]
    for statement in others:
        action = next((action for action in protected if _covers(statement, action)), None)
        if action:
            yield Violation(f"allows {action} without attestation, which another statement asks for", at=statement.at)


def _pins(condition: Condition) -> bool:
    return condition.operator in _COMPARISONS and not any_of(condition.values(), lambda value: not value.strip("*"))


def _any_covers(found: list[Statement], action: str) -> bool:
    return any_of(found, lambda statement: _covers(statement, action))


def _covers(statement: Statement, action: str) -> bool:
    if statement.has("NotAction"):
        return not any_of(statement.not_actions(), lambda pattern: covers_action(pattern, action))
    return any_of(statement.actions(), lambda pattern: covers_action(pattern, action))
