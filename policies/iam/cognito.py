"""How users of Cognito user pools sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import FSBP, ISO_27001, NIST_800_53, PCI_DSS_4
from policies.fix import Fix
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource

USER_POOL = "aws:cognito/userPool:UserPool"

_POLICY = "passwordPolicy"
_KINDS = ("requireLowercase", "requireUppercase", "requireNumbers", "requireSymbols")
_LENGTH = "minimumLength"
_VALIDITY = "temporaryPasswordValidityDays"


class PoolPasswords(NamedTuple):
    """What passwords of user pools must be like."""

    minimum: Annotated[int, "The shortest password that a user may set."] = 14
    temporary_days: Annotated[int, "The longest validity of a temporary password, in days."] = 7


def _pool(**policy: object) -> dict[str, object]:
    """Return a user pool with a strong password policy and some changes."""
    return {_POLICY: {_LENGTH: 14, **dict.fromkeys(_KINDS, True), **policy}}


@rule(
    applies_to=(USER_POOL,),
    severity=Severity.MEDIUM,
    remedy="Set passwordPolicy: minimumLength 14, all four require properties true, temporaryPasswordValidityDays 7 or less.",
    controls=(FSBP["Cognito.3"], NIST_800_53["IA-5(1)"], PCI_DSS_4["8.3.6"], ISO_27001["A.5.17"]),
    topic="Adding user pool password requirements",
    parameters=PoolPasswords,
    each=lambda pool: ((pool, name) for name in (_LENGTH, *_KINDS, _VALIDITY)),
    passes=(
        _pool(),
        _pool(minimumLength=20, temporaryPasswordValidityDays=1),
        _pool(temporaryPasswordValidityDays=0),
        Example(_pool(minimumLength=8, temporaryPasswordValidityDays=14), parameters=PoolPasswords(8, 14)),
        Example({}, parameters=PoolPasswords(8)),
    ),
    fails=(
        {},
        _pool(minimumLength=8),
        _pool(requireSymbols=False),
        _pool(temporaryPasswordValidityDays=30),
        {_POLICY: {_LENGTH: 14}},
        _pool(minimumLength=13, requireNumbers=False),
        Example({}, parameters=PoolPasswords(8, 3)),
    ),
    undecided=({_POLICY: UNKNOWN}, _pool(minimumLength=UNKNOWN), _pool(requireNumbers=UNKNOWN)),
)
def cognito_user_pool_passwords_strong(item: tuple[Resource, str], parameters: PoolPasswords) -> Iterator[Violation]:
    """User pools of Cognito ask for strong passwords.

    Cognito takes eight characters unless told otherwise, and a pool with a policy of its own asks only for the kinds of
    characters that the policy names. Security Hub asks for eight characters at least.
    """
    pool, name = item
    path = f"{_POLICY}.{name}"
    if name == _LENGTH:
        if (pool.number(path) or 8) < parameters.minimum:
            message = f"accepts passwords shorter than {parameters.minimum} characters"
            yield Violation(message, at=path, fix=_fix(pool, parameters, {path: parameters.minimum}))
    elif name == _VALIDITY:
        if (pool.number(path) or 7) > parameters.temporary_days:
            message = f"temporary passwords are valid for more than {parameters.temporary_days} days"
            yield Violation(message, at=path, fix=_fix(pool, parameters, {path: parameters.temporary_days}))
    elif pool.value(_POLICY) is not None and not pool.flag(path):
        yield Violation(f"{name} is not true", at=path, fix=Fix({path: True}))


def _fix(pool: Resource, parameters: PoolPasswords, changes: dict[str, object]) -> Fix:
    """Return a patch; a pool without a policy gets a whole one, for Cognito's defaults end with the first setting."""
    whole = {_LENGTH: max(8, parameters.minimum), **dict.fromkeys(_KINDS, True)} if pool.value(_POLICY) is None else {}
    return Fix({**{f"{_POLICY}.{name}": value for name, value in whole.items()}, **changes})


class PoolMfa(NamedTuple):
    """Which MFA is enough."""

    optional: Annotated[bool, "Whether it is enough that users may turn on MFA."] = False


@rule(
    applies_to=(USER_POOL,),
    severity=Severity.MEDIUM,
    remedy="Set mfaConfiguration to ON, with softwareTokenMfaConfiguration, and tell users to enrol a device.",
    controls=(NIST_800_53["IA-2(1)"], NIST_800_53["IA-2(2)"], ISO_27001["A.8.5"]),
    topic="Adding MFA to a user pool",
    parameters=PoolMfa,
    passes=({"mfaConfiguration": "ON"}, Example({"mfaConfiguration": "OPTIONAL"}, parameters=PoolMfa(optional=True))),
    fails=(
        {},
        {"mfaConfiguration": "OFF"},
        {"mfaConfiguration": "OPTIONAL"},
        Example({"mfaConfiguration": "OFF"}, parameters=PoolMfa(optional=True)),
    ),
    undecided=({"mfaConfiguration": UNKNOWN},),
)
def cognito_user_pool_requires_mfa(pool: Resource, parameters: PoolMfa) -> Iterator[Violation]:
    """User pools of Cognito require a second factor.

    A password alone is guessed or taken from another service. Without a setting Cognito offers no second factor.
    """
    path = "mfaConfiguration"
    configured = pool.text(path)
    if configured != "ON" and not (parameters.optional and configured == "OPTIONAL"):
        yield Violation("a second factor is not required", at=path)
