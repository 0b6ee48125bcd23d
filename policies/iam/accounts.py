"""Users' access keys and the account's password policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import CIS_AWS_5, FSBP, ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.fix import Fix
from policies.iam.references import every
from policies.iam.users import LOGIN_PROFILE
from policies.rule import Example, Rule, Severity, Violation, rule
from policies.rule_tables import must_be
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

ACCESS_KEY = "aws:iam/accessKey:AccessKey"
PASSWORD_POLICY = "aws:iam/accountPasswordPolicy:AccountPasswordPolicy"  # noqa: S105  (a type, not a password)


@rule(
    applies_to=(ACCESS_KEY,),
    severity=Severity.HIGH,
    remedy="Let programs assume a role and people sign in through IAM Identity Center; set an unused key Inactive.",
    controls=(NIST_800_53["AC-2(1)"], PCI_DSS_4["8.6.3"], SOC2["CC6.1"], ISO_27001["A.5.17"]),
    topic="Manage access keys for IAM users",
    passes=({"user": "ci", "status": "Inactive"},),
    fails=({"user": "ci"}, {"user": UNKNOWN, "status": "Active"}),
    undecided=({"user": "ci", "status": UNKNOWN},),
)
def iam_user_without_access_key(key: Resource) -> Iterator[Violation]:
    """Users have no active access keys.

    An access key never expires, and its secret stands in the state of the stack. Roles give credentials that end by
    themselves.
    """
    if key.text("status", default="Active") != "Inactive":
        yield Violation("creates an active access key for a user", at="status")


class PasswordLength(NamedTuple):
    """How long passwords must be."""

    minimum: Annotated[int, "The shortest password that may be set."] = 14


@rule(
    applies_to=(PASSWORD_POLICY,),
    severity=Severity.MEDIUM,
    remedy="Set minimumPasswordLength to 14 or more.",
    controls=(FSBP["IAM.7"], CIS_AWS_5["1.7"], NIST_800_53["IA-5(1)"], PCI_DSS_4["8.3.6"], ISO_27001["A.5.17"]),
    checkov=("CKV_AWS_10",),
    topic="Set an account password policy for IAM users",
    parameters=PasswordLength,
    passes=({"minimumPasswordLength": 14}, Example({"minimumPasswordLength": 8}, parameters=PasswordLength(8))),
    fails=({}, {"minimumPasswordLength": 13}, Example({"minimumPasswordLength": 14}, parameters=PasswordLength(16))),
    undecided=({"minimumPasswordLength": UNKNOWN},),
)
def iam_password_policy_length(policy: Resource, parameters: PasswordLength) -> Iterator[Violation]:
    """Password policies ask for long passwords.

    Short passwords are guessed; without a setting AWS takes six characters.
    """
    if (policy.number("minimumPasswordLength") or 0) < parameters.minimum:
        message = f"accepts passwords shorter than {parameters.minimum} characters"
        yield Violation(message, at="minimumPasswordLength", fix=Fix({"minimumPasswordLength": parameters.minimum}))


class PasswordReuse(NamedTuple):
    """How many passwords are remembered."""

    remembered: Annotated[int, "How many earlier passwords may not be used again."] = 24


@rule(
    applies_to=(PASSWORD_POLICY,),
    severity=Severity.MEDIUM,
    remedy="Set passwordReusePrevention to 24.",
    controls=(FSBP["IAM.7"], CIS_AWS_5["1.8"], NIST_800_53["IA-5(1)"], PCI_DSS_4["8.3.7"], ISO_27001["A.5.17"]),
    checkov=("CKV_AWS_13",),
    topic="Set an account password policy for IAM users",
    parameters=PasswordReuse,
    passes=({"passwordReusePrevention": 24}, Example({"passwordReusePrevention": 4}, parameters=PasswordReuse(4))),
    fails=({}, {"passwordReusePrevention": 5}),
    undecided=({"passwordReusePrevention": UNKNOWN},),
)
def iam_password_policy_reuse_prevented(policy: Resource, parameters: PasswordReuse) -> Iterator[Violation]:
    """Password policies keep earlier passwords from being used again.

    A password that leaked once stays useful to others for as long as people return to it.
    """
    if (policy.number("passwordReusePrevention") or 0) < parameters.remembered:
        message = f"remembers fewer than {parameters.remembered} earlier passwords"
        yield Violation(message, at="passwordReusePrevention", fix=Fix({"passwordReusePrevention": parameters.remembered}))


class PasswordAge(NamedTuple):
    """How long a password may be used."""

    maximum: Annotated[int, "The longest time for which a password is valid, in days."] = 90


@rule(
    applies_to=(PASSWORD_POLICY,),
    severity=Severity.LOW,
    remedy="Set maxPasswordAge to 90 or less.",
    controls=(NIST_800_53["IA-5(1)"], PCI_DSS_4["8.6.3"], ISO_27001["A.5.17"]),
    checkov=("CKV_AWS_9",),
    topic="Set an account password policy for IAM users",
    parameters=PasswordAge,
    passes=({"maxPasswordAge": 90}, {"maxPasswordAge": 1}, Example({"maxPasswordAge": 365}, parameters=PasswordAge(365))),
    fails=({}, {"maxPasswordAge": 91}, {"maxPasswordAge": 0}, Example({"maxPasswordAge": 90}, parameters=PasswordAge(60))),
    undecided=({"maxPasswordAge": UNKNOWN},),
)
def iam_password_policy_expires_passwords(policy: Resource, parameters: PasswordAge) -> Iterator[Violation]:
    """Password policies let passwords expire.

    A password that leaked without anyone noticing ends with its time; without a setting it never does. Where people sign in
    with MFA, NIST advises against it.
    """
    age = policy.number("maxPasswordAge") or 0
    if not 0 < age <= parameters.maximum:
        message = f"passwords are valid for more than {parameters.maximum} days"
        yield Violation(message, at="maxPasswordAge", fix=Fix({"maxPasswordAge": parameters.maximum}))


class PasswordPolicyPlace(NamedTuple):
    """Where the password policy of the account is."""

    elsewhere: Annotated[bool, "Whether another stack sets the password policy of the account."] = False


@rule(
    applies_to=(LOGIN_PROFILE,),
    severity=Severity.MEDIUM,
    remedy="Add an iam.AccountPasswordPolicy, or set elsewhere if another stack of the account has it.",
    controls=(FSBP["IAM.7"], NIST_800_53["IA-5(1)"], PCI_DSS_4["8.3.6"], ISO_27001["A.5.17"]),
    topic="Set an account password policy for IAM users",
    parameters=PasswordPolicyPlace,
    passes=(
        Example({"user": "alice"}, related=(Example({"minimumPasswordLength": 14}, PASSWORD_POLICY, name="policy"),)),
        Example({"user": "alice"}, related=(Example({"minimumPasswordLength": UNKNOWN}, PASSWORD_POLICY, name="policy"),)),
        Example({"user": "alice"}, parameters=PasswordPolicyPlace(elsewhere=True)),
    ),
    fails=({"user": "alice"}, {"user": UNKNOWN}),
)
def iam_password_policy_set(profile: Resource, stack: Stack, parameters: PasswordPolicyPlace) -> Iterator[Violation]:
    """Stacks with console users set the password policy of the account.

    Without one AWS takes passwords of eight characters, and lets people return to those they had.
    """
    del profile  # that there is one is enough
    if not parameters.elsewhere and not any(True for _ in every(stack, PASSWORD_POLICY)):
        yield Violation("gives a user a password, and the stack sets no password policy", at="user")


def _asks_for(id_: str, path: str, what: str, checkov: str) -> Rule:
    return must_be(
        id_,
        (PASSWORD_POLICY,),
        path,
        wanted=True,
        title=f"Password policies ask for {what}.",
        why="Passwords of one kind of character are guessed sooner; without the setting AWS does not ask for more.",
        severity=Severity.LOW,
        controls=(FSBP["IAM.7"], NIST_800_53["IA-5(1)"], ISO_27001["A.5.17"]),
        checkov=(checkov,),
        topic="Set an account password policy for IAM users",
    )


RULES = (
    _asks_for("iam-password-policy-lowercase", "requireLowercaseCharacters", "a lowercase letter", "CKV_AWS_11"),
    _asks_for("iam-password-policy-numbers", "requireNumbers", "a number", "CKV_AWS_12"),
    _asks_for("iam-password-policy-symbols", "requireSymbols", "a symbol", "CKV_AWS_14"),
    _asks_for("iam-password-policy-uppercase", "requireUppercaseCharacters", "an uppercase letter", "CKV_AWS_15"),
)
