"""Roles for identity providers: whose tokens and assertions they take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.iam.identity_policies import ROLE
from policies.iam.role_trust import CONTROLS, as_text, trust, trust_grants
from policies.iam_analysis.federation import SAML, WEB_IDENTITY, Pin, allows, has_condition, trusts
from policies.iam_analysis.holes import unknown
from policies.iam_analysis.oidc_issuers import GITHUB
from policies.rule import Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.iam.resource_policies import Grant

_TOPIC = "Create a role for OpenID Connect federation (console)"


def _role(host: str, condition: object = None, operator: str = "StringLike", **elements: object) -> dict[str, object]:
    """Return inputs of a role for an issuer; the condition is on its claims."""
    provider = host if host.count(".") and host in _BUILT_IN else f"arn:aws:iam::111122223333:oidc-provider/{host}"
    conditions: dict[str, object] = {}
    if isinstance(condition, dict):
        conditions = {"Condition": {operator: {f"{host}:{claim}": value for claim, value in condition.items()}}}
    return trust({"Federated": provider}, Action=WEB_IDENTITY, **conditions, **elements)


_BUILT_IN = ("accounts.google.com", "www.amazon.com", "graph.facebook.com", "cognito-identity.amazonaws.com")
_GITLAB = "gitlab.com"
_TERRAFORM = "app.terraform.io"
_PULUMI = "api.pulumi.com/oidc"
_GITHUB = GITHUB.host
_COGNITO = "cognito-identity.amazonaws.com"
_EKS = "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF"


@rule(
    applies_to=(ROLE,),
    topic="Identity-provider controls for shared OIDC providers",
    each=trust_grants,
    severity=Severity.CRITICAL,
    remedy="Add a condition on the issuer's sub (or aud, where the issuer puts the tenant there) that names your organization.",
    controls=CONTROLS,
    passes=(
        _role(_GITLAB, {"sub": "project_path:acme/shop:ref_type:branch:ref:main"}),
        _role(_TERRAFORM, {"sub": "organization:acme:project:*:workspace:*:run_phase:*"}),
        _role(_PULUMI, {"aud": "acme"}, "StringEquals"),
        _role(_PULUMI, {"sub": "pulumi:deploy:org:acme:*"}),
        _role("oidc.vercel.com/acme", {"aud": "https://vercel.com/acme"}),
        _role(_COGNITO, {"aud": "eu-west-1:12345678-dead-beef-beef-1234567890ab"}, "StringEquals"),
        _role(_GITLAB, {"sub": "*"}, "StringEquals"),
        _role(_GITHUB),
        trust({"Service": "ec2.amazonaws.com"}),
    ),
    fails=(
        _role(_GITLAB),
        _role(_GITLAB, {"aud": "https://gitlab.com"}),
        _role(_GITLAB, {"sub": "project_path:acme*"}),
        _role(_GITLAB, {"sub": ["project_path:acme/shop:*", "project_path:*/deploy:*"]}),
        _role(_GITLAB, {"ref_protected": "true", "user_login": "alice"}, "StringEquals"),
        as_text(_role(_TERRAFORM, {"sub": "organization:*:project:shop:*", "aud": "aws.workload.identity"})),
        _role(_PULUMI, {"sub": "pulumi:*"}),
        _role(_COGNITO, {"amr": "authenticated"}, "ForAnyValue:StringLike"),
        _role("accounts.google.com", {"sub": "117*"}, "StringLikeIfExists"),
        _role("agent.buildkite.com", {"sub": "organization:acme:*"}, "ForAllValues:StringLike"),
        _role("oidc.codefresh.io", {"sub": "*"}),
    ),
    undecided=(
        {"assumeRolePolicy": UNKNOWN},
        _role(_GITLAB, {"sub": UNKNOWN}),
        trust({"Federated": UNKNOWN}, Action=WEB_IDENTITY),
    ),
)
def iam_role_trust_shared_issuer_pinned(grant: Grant) -> Iterator[Violation]:
    """Roles for an identity provider that many organizations share name the organization.

    GitLab.com, HCP Terraform, Pulumi Cloud, Buildkite, Google and others sign the tokens of all their customers with one
    issuer. Without a condition on the claim that names the customer, every other customer can assume the role. IAM asks for
    such a claim when a role is written now, but takes any value.
    """
    for found in trusts(grant.statement):
        if found.issuer is GITHUB or not found.issuer.shared or found.least > Pin.OPEN:
            continue
        if found.most > Pin.OPEN or not found.is_certain:
            raise unknown(grant.statement.holes)
        claims = " or ".join(f"{found.issuer.host}:{claim}" for claim in found.issuer.claims)
        yield Violation(f"no condition on {claims} names the {found.issuer.tenant}", at=grant.statement.at)


@rule(
    applies_to=(ROLE,),
    topic=_TOPIC,
    each=trust_grants,
    severity=Severity.MEDIUM,
    remedy="Name the repository, project or workspace in the condition on sub, with a colon after its name.",
    controls=CONTROLS,
    passes=(
        _role(_GITHUB, {"sub": "repo:acme/shop:*"}),
        _role(_GITHUB, {"repository_id": "4711"}),
        _role(_GITHUB, {"sub": "repo:acme/*", "repository": "acme/shop"}),
        _role(_GITLAB, {"sub": "project_path:acme/shop:ref_type:branch:ref:main"}),
        _role(_TERRAFORM, {"sub": "organization:acme:project:web:workspace:production:run_phase:*"}),
        _role(_PULUMI, {"sub": "pulumi:deploy:org:acme:project:web:stack:production:*"}),
        _role(_GITHUB),
        _role(_COGNITO, {"aud": "eu-west-1:12345678-dead-beef-beef-1234567890ab"}),
    ),
    fails=(
        _role(_GITHUB, {"sub": "repo:acme/*"}),
        _role(_GITHUB, {"sub": "repo:acme/shop*"}),
        _role(_GITHUB, {"sub": ["repo:acme/shop:*", "repo:acme/*:ref:refs/heads/main"]}),
        _role(_GITHUB, {"repository_owner_id": "123456"}),
        _role(_GITLAB, {"sub": "project_path:acme/*:ref_type:branch:ref:main"}),
        _role(_TERRAFORM, {"sub": "organization:acme:*"}),
        _role(_PULUMI, {"aud": "acme"}),
    ),
    undecided=({"assumeRolePolicy": UNKNOWN}, _role(_GITHUB, {"sub": ["repo:acme/shop:*", UNKNOWN]})),
)
def iam_role_trust_repository_named(grant: Grant) -> Iterator[Violation]:
    """Roles for a shared identity provider name the repository or workspace, not only its owner.

    Whoever may make a repository in the organization, or run a job in any of them, can assume such a role. `acme/shop*` is
    `acme/shop-test` too.
    """
    for found in trusts(grant.statement):
        issuer = found.issuer
        if not issuer.shared or not any(claim.project for claim in issuer.claims.values()) or found.least > Pin.TENANT:
            continue
        if found.most == Pin.OPEN:
            continue  # another rule's: not even the owner is named
        if found.least == found.most and found.is_certain:
            yield Violation(f"a condition names the {issuer.tenant}, but any {issuer.project} of it", at=grant.statement.at)
        else:
            raise unknown(grant.statement.holes)


@rule(
    applies_to=(ROLE,),
    topic=_TOPIC,
    each=trust_grants,
    severity=Severity.MEDIUM,
    remedy="Add a condition on the issuer's sub: for EKS system:serviceaccount:NAMESPACE:NAME.",
    controls=CONTROLS,
    passes=(
        _role(_EKS, {"sub": "system:serviceaccount:shop:api"}, "StringEquals"),
        _role(_EKS, {"sub": "system:serviceaccount:shop:*"}),
        _role("oidc.circleci.com/org/12ab", {"sub": "org/12ab/project/34cd/user/*"}),
        _role("login.example.org", {"groups": "deployers"}),
        _role(_GITLAB),
    ),
    fails=(
        _role(_EKS),
        _role(_EKS, {"aud": "sts.amazonaws.com"}),
        _role(_EKS, {"sub": "system:serviceaccount:*:*"}),
        _role("oidc.circleci.com/org/12ab", {"sub": "org/12ab/project/*"}),
        _role("login.example.org", {"aud": "aws"}),
    ),
    undecided=({"assumeRolePolicy": UNKNOWN}, _role(_EKS, {"sub": UNKNOWN})),
)
def iam_role_trust_oidc_subject_checked(grant: Grant) -> Iterator[Violation]:
    """Roles for an identity provider of one's own say which of its users or workloads may assume them.

    With the audience alone every pod of an EKS cluster, every project of a CircleCI organization or every user of the
    provider can assume the role.
    """
    for found in trusts(grant.statement):
        if found.issuer.shared or found.least > Pin.OPEN:
            continue
        if found.most > Pin.OPEN or not found.is_certain:
            raise unknown(grant.statement.holes)
        message = f"no condition on {found.issuer.host}:sub says which {found.issuer.project} may assume the role"
        yield Violation(message, at=grant.statement.at)


@rule(
    applies_to=(ROLE,),
    topic=_TOPIC,
    each=trust_grants,
    severity=Severity.LOW,
    remedy="Add a condition StringEquals on the issuer's aud.",
    controls=CONTROLS,
    passes=(
        _role(_GITHUB, {"aud": "sts.amazonaws.com", "sub": "repo:acme/shop:*"}, "StringEquals"),
        _role("graph.facebook.com", {"app_id": "4711"}),
        trust({"AWS": "111122223333"}),
    ),
    fails=(
        _role(_GITHUB, {"sub": "repo:acme/shop:*"}),
        _role(_EKS, {"sub": "*"}),
        _role(_GITLAB, {"aud": "x"}, "StringEqualsIfExists"),
    ),
    undecided=({"assumeRolePolicy": UNKNOWN}, trust({"Federated": UNKNOWN}, Action=WEB_IDENTITY)),
)
def iam_role_trust_oidc_audience_checked(grant: Grant) -> Iterator[Violation]:
    """Roles for identity providers check for whom a token was made.

    IAM takes only tokens for the client ids of the provider, so the condition matters where a provider has several: without it
    a token made for one application opens the roles of all others.
    """
    for found in trusts(grant.statement):
        claims = ("aud", "oaud", "app_id")
        answers = [has_condition(grant.statement, f"{found.issuer.host}:{claim}") for claim in claims]
        if True in answers:
            continue
        if None in answers or not found.is_certain:
            raise unknown(grant.statement.holes)
        yield Violation(f"no condition on {found.issuer.host}:aud", at=grant.statement.at)


_SAML_PROVIDER = {"Federated": "arn:aws:iam::111122223333:saml-provider/idp"}


def _saml(condition: object = None) -> dict[str, object]:
    return trust(_SAML_PROVIDER, Action=SAML, **({"Condition": condition} if condition else {}))


@rule(
    applies_to=(ROLE,),
    topic="Create a role for SAML 2.0 federation (console)",
    each=trust_grants,
    severity=Severity.MEDIUM,
    remedy="Add the condition StringEquals SAML:aud https://signin.aws.amazon.com/saml.",
    controls=CONTROLS,
    passes=(
        _saml({"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}),
        _saml({"StringEquals": {"SAML:aud": ["https://eu-west-1.signin.aws.amazon.com/saml"]}}),
        _role(_GITHUB),
        trust({"AWS": "111122223333"}),
    ),
    fails=(_saml(), as_text(_saml({"StringEqualsIfExists": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}))),
    undecided=({"assumeRolePolicy": UNKNOWN}, trust(_SAML_PROVIDER, Action=SAML, Condition=UNKNOWN)),
)
def iam_role_trust_saml_audience_checked(grant: Grant) -> Iterator[Violation]:
    """Roles for SAML providers check that an assertion was made for AWS.

    An assertion that was made for another service, and got into other hands there, would open the role.
    """
    statement = grant.statement
    assumes = allows(statement, SAML) if statement.effect != "Deny" else False
    if assumes is False or not statement.principals:
        return
    named = any(":saml-provider/" in item for item in statement.principals.items)
    checked = has_condition(statement, "SAML:aud")
    if checked or (not named and not statement.principals.holes):
        return
    if checked is None or assumes is None or not named or not statement.effect:
        raise unknown(statement.holes)
    yield Violation("no condition on SAML:aud", at=statement.at)


@rule(
    applies_to=(ROLE,),
    topic="IAM roles",
    each=trust_grants,
    severity=Severity.HIGH,
    remedy="Add a condition on cognito-identity.amazonaws.com:amr: authenticated, or unauthenticated in roles for guests.",
    controls=CONTROLS,
    passes=(
        _role(_COGNITO, {"amr": "authenticated"}, "ForAnyValue:StringLike"),
        _role(_GITHUB),
        trust({"Service": "ec2.amazonaws.com"}),
    ),
    fails=(
        _role(_COGNITO, {"aud": "eu-west-1:12345678-dead-beef-beef-1234567890ab"}, "StringEquals"),
        as_text(_role(_COGNITO)),
    ),
    undecided=({"assumeRolePolicy": UNKNOWN}, _role(_COGNITO, Condition=UNKNOWN)),
)
def iam_role_trust_cognito_sign_in_checked(grant: Grant) -> Iterator[Violation]:
    """Roles for Amazon Cognito identity pools say whether a caller has signed in.

    A pool that admits guests gives them tokens too. Without a condition on amr a guest can assume the role of users.
    """
    for found in trusts(grant.statement):
        if found.issuer.host != _COGNITO:
            continue
        checked = has_condition(grant.statement, f"{_COGNITO}:amr")
        if checked:
            continue
        if checked is None or not found.is_certain:
            raise unknown(grant.statement.holes)
        yield Violation(f"no condition on {_COGNITO}:amr tells guests from users", at=grant.statement.at)
