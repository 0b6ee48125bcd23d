"""Who gets into Cognito user pools and identity pools, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import FSBP, ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.fix import Fix
from policies.rule import Example, Severity, Violation, rule
from policies.rule_tables import must_be
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource

IDENTITY_POOL = "aws:cognito/identityPool:IdentityPool"
ROLE_ATTACHMENT = "aws:cognito/identityPoolRoleAttachment:IdentityPoolRoleAttachment"
USER_POOL = "aws:cognito/userPool:UserPool"
RISK_CONFIGURATION = "aws:cognito/riskConfiguration:RiskConfiguration"
CLIENT = "aws:cognito/userPoolClient:UserPoolClient"

_CONTROLS = (NIST_800_53["AC-3"], NIST_800_53["IA-8"], PCI_DSS_4["7.2.1"], SOC2["CC6.1"], ISO_27001["A.8.5"])
_ROLE = "arn:aws:iam::111122223333:role/app"


@rule(
    applies_to=(IDENTITY_POOL, ROLE_ATTACHMENT),
    severity=Severity.MEDIUM,
    remedy="Set allowUnauthenticatedIdentities to false, and remove unauthenticated from roles.",
    controls=(FSBP["Cognito.2"], *_CONTROLS),
    checkov=("CKV_AWS_366",),
    topic="Identity pools console overview",
    passes=(
        {"identityPoolName": "app"},
        {"identityPoolName": "app", "allowUnauthenticatedIdentities": False},
        Example({"roles": {"authenticated": _ROLE}}, ROLE_ATTACHMENT),
    ),
    fails=(
        {"identityPoolName": "app", "allowUnauthenticatedIdentities": True},
        Example({"roles": {"authenticated": _ROLE, "unauthenticated": _ROLE}}, ROLE_ATTACHMENT),
        Example({"roles": {"unauthenticated": UNKNOWN}}, ROLE_ATTACHMENT),
    ),
    undecided=(
        {"allowUnauthenticatedIdentities": UNKNOWN},
        Example({"roles": UNKNOWN}, ROLE_ATTACHMENT),
    ),
)
def cognito_identity_pool_without_guests(resource: Resource) -> Iterator[Violation]:
    """Cognito identity pools have no guests.

    Anyone who knows the pool's id gets credentials of AWS as a guest, without signing in.
    """
    if resource.type == ROLE_ATTACHMENT:
        if "unauthenticated" in resource.entries("roles"):
            yield Violation("guests get a role", at="roles.unauthenticated")
    elif resource.flag("allowUnauthenticatedIdentities"):
        path = "allowUnauthenticatedIdentities"
        yield Violation(f"{path} is true", at=path, fix=Fix({path: False}))


def _role_mappings(attachment: Resource) -> Iterator[Block]:
    return attachment.each("roleMappings")


def _mapping(resolution: object) -> dict[str, object]:
    mapping = {"identityProvider": "accounts.google.com", "type": "Rules", "ambiguousRoleResolution": resolution}
    return {"roles": {"authenticated": _ROLE}, "roleMappings": [mapping]}


@rule(
    applies_to=(ROLE_ATTACHMENT,),
    each=_role_mappings,
    severity=Severity.LOW,
    remedy="Set ambiguousRoleResolution to Deny.",
    controls=_CONTROLS,
    topic="Using role-based access control",
    passes=({"roles": {"authenticated": _ROLE}}, _mapping("Deny")),
    fails=(
        _mapping("AuthenticatedRole"),
        {"roleMappings": [{"type": UNKNOWN, "ambiguousRoleResolution": "AuthenticatedRole"}]},
    ),
    undecided=(_mapping(UNKNOWN), {"roleMappings": UNKNOWN}),
)
def cognito_role_mapping_denies_when_ambiguous(mapping: Block) -> Iterator[Violation]:
    """Role mappings of Cognito identity pools deny users whom no rule fits.

    With AuthenticatedRole a user gets the default role where the token names no role or several, whatever the rules mean
    to say.
    """
    if mapping.text("ambiguousRoleResolution") == "AuthenticatedRole":
        path = mapping.at("ambiguousRoleResolution")
        yield Violation("users whom no rule fits get the default role", at=path, fix=Fix({path: "Deny"}))


class ThreatProtection(NamedTuple):
    """How much threat protection is enough."""

    accept_audit: Annotated[bool, "Whether it is enough to record threats."] = False


def _protected(mode: object) -> dict[str, object]:
    return {"userPoolTier": "PLUS", "userPoolAddOns": {"advancedSecurityMode": mode}}


@rule(
    applies_to=(USER_POOL,),
    severity=Severity.MEDIUM,
    remedy="Set userPoolTier to PLUS, which costs extra, and userPoolAddOns.advancedSecurityMode to ENFORCED.",
    controls=(NIST_800_53["AC-2(12)"], SOC2["CC7.2"], ISO_27001["A.8.5"]),
    topic="Advanced security with threat protection",
    parameters=ThreatProtection,
    passes=(_protected("ENFORCED"), Example(_protected("AUDIT"), parameters=ThreatProtection(accept_audit=True))),
    fails=(
        {},
        _protected("OFF"),
        _protected("AUDIT"),
        Example(_protected("OFF"), parameters=ThreatProtection(accept_audit=True)),
    ),
    undecided=(_protected(UNKNOWN), {"userPoolAddOns": UNKNOWN}),
)
def cognito_user_pool_threat_protection_enforced(pool: Resource, parameters: ThreatProtection) -> Iterator[Violation]:
    """Cognito user pools act on passwords that leaked elsewhere and on sign-ins that look wrong.

    Attackers try passwords from other sites. Threat protection is off unless the pool asks for it.
    """
    path = "userPoolAddOns.advancedSecurityMode"
    if pool.text(path, "OFF") not in ({"ENFORCED", "AUDIT"} if parameters.accept_audit else {"ENFORCED"}):
        yield Violation(f"{path} is not ENFORCED", at=path)


def _on_leaked_passwords(action: object) -> dict[str, object]:
    return {"userPoolId": "eu-west-1_a1b2c3", "compromisedCredentialsRiskConfiguration": {"actions": {"eventAction": action}}}


@rule(
    applies_to=(RISK_CONFIGURATION,),
    severity=Severity.MEDIUM,
    remedy="Set compromisedCredentialsRiskConfiguration.actions.eventAction to BLOCK.",
    controls=(NIST_800_53["AC-2(12)"], SOC2["CC7.2"], ISO_27001["A.8.5"]),
    topic="Working with compromised-credentials detection",
    passes=({"userPoolId": "eu-west-1_a1b2c3"}, _on_leaked_passwords("BLOCK")),
    fails=(_on_leaked_passwords("NO_ACTION"),),
    undecided=(_on_leaked_passwords(UNKNOWN), {"compromisedCredentialsRiskConfiguration": UNKNOWN}),
)
def cognito_leaked_passwords_blocked(configuration: Resource) -> Iterator[Violation]:
    """Cognito blocks users whose password is known to have leaked.

    Who has the leaked list signs in at the first try.
    """
    path = "compromisedCredentialsRiskConfiguration.actions.eventAction"
    if configuration.text(path) == "NO_ACTION":
        yield Violation("nothing is done about passwords that leaked", at=path, fix=Fix({path: "BLOCK"}))


_PASSWORD_FLOWS = frozenset({
    "ADMIN_NO_SRP_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH",
})  # fmt: skip


@rule(
    applies_to=(CLIENT,),
    severity=Severity.LOW,
    remedy="Let users sign in by ALLOW_USER_SRP_AUTH or ALLOW_USER_AUTH.",
    controls=_CONTROLS,
    topic="Authentication flows",
    passes=({}, {"explicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]}),
    fails=(
        {"explicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]},
        {"explicitAuthFlows": [UNKNOWN, "ADMIN_NO_SRP_AUTH"]},
    ),
    undecided=({"explicitAuthFlows": UNKNOWN}, {"explicitAuthFlows": ["ALLOW_USER_SRP_AUTH", UNKNOWN]}),
)
def cognito_client_without_password_flows(client: Resource) -> Iterator[Violation]:
    """Cognito app clients do not send passwords as they are.

    By SRP a client proves that it knows the password without sending it, so no proxy or log on the way can keep it.
    """
    if any(flow in _PASSWORD_FLOWS for flow in client.texts("explicitAuthFlows")):
        yield Violation("a flow sends the password as it is", at="explicitAuthFlows")


@rule(
    applies_to=(CLIENT,),
    severity=Severity.MEDIUM,
    remedy="Use the flow code, with PKCE in browsers and apps.",
    controls=_CONTROLS,
    topic="OAuth 2.0 grants",
    passes=({}, {"allowedOauthFlows": ["code"]}, {"allowedOauthFlows": ["client_credentials"]}),
    fails=({"allowedOauthFlows": ["code", "implicit"]}, {"allowedOauthFlows": [UNKNOWN, "implicit"]}),
    undecided=({"allowedOauthFlows": UNKNOWN}, {"allowedOauthFlows": ["code", UNKNOWN]}),
)
def cognito_client_without_implicit_grant(client: Resource) -> Iterator[Violation]:
    """Cognito app clients do not use the implicit grant of OAuth.

    It puts access tokens into addresses, which browsers remember and pages pass on.
    """
    if any(flow == "implicit" for flow in client.texts("allowedOauthFlows")):
        yield Violation("the implicit grant is allowed", at="allowedOauthFlows")


RULES = (
    must_be(
        "cognito-identity-pool-classic-flow-off",
        (IDENTITY_POOL,),
        "allowClassicFlow",
        False,  # noqa: FBT003  (the value that the property must have)
        default=False,
        title="Cognito identity pools do not admit the classic flow.",
        why="In the classic flow the app chooses the role and asks for credentials itself, without the limits of the pool.",
        severity=Severity.LOW,
        controls=_CONTROLS,
        topic="Identity pools authentication flow",
    ),
    must_be(
        "cognito-user-pool-users-made-by-administrators",
        (USER_POOL,),
        "adminCreateUserConfig.allowAdminCreateUserOnly",
        wanted=True,
        title="Users of Cognito user pools are made by administrators.",
        why="Otherwise anyone can sign up, and is a user as good as others to apps that do not look closer.",
        severity=Severity.LOW,
        controls=_CONTROLS,
        topic="Signing up and confirming user accounts",
    ),
    must_be(
        "cognito-client-hides-who-exists",
        (CLIENT,),
        "preventUserExistenceErrors",
        "ENABLED",
        title="Cognito app clients do not tell whether a user exists.",
        why="By default the API answers otherwise for users who do not exist, so anyone can find out who has an account.",
        severity=Severity.MEDIUM,
        controls=_CONTROLS,
        topic="Managing user existence error responses",
    ),
    must_be(
        "cognito-client-tokens-revocable",
        (CLIENT,),
        "enableTokenRevocation",
        wanted=True,
        default=True,
        title="Refresh tokens of Cognito app clients can be revoked.",
        why="A refresh token that was stolen gives new access for up to ten years. New clients can revoke them by default.",
        severity=Severity.MEDIUM,
        controls=_CONTROLS,
        topic="Ending user sessions with token revocation",
    ),
)
