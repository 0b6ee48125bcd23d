"""Issuers of OpenID Connect tokens that roles trust, and the claims that say whose token it is.

Sources: "Identity-provider controls for shared OIDC providers" in the IAM user guide (which issuers sign for everybody, and
the claim that each must be checked by), "Available keys for AWS OIDC federation" there (the claims that AWS takes as
condition keys), the service's own documentation for the form of subjects: docs.github.com "OpenID Connect reference",
docs.gitlab.com "OpenID Connect (OIDC) Authentication Using ID Tokens", developer.hashicorp.com "Workload identity token",
www.pulumi.com "Configuring OpenID Connect", buildkite.com "OIDC in Buildkite Pipelines", vercel.com "OIDC Federation
Reference", docs.aws.amazon.com "Assign IAM roles to Kubernetes service accounts". Where the form of a subject is not
written down there, `FIXED` only asks that the value does not begin with a wildcard.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Claim(NamedTuple):
    """How much of a claim's value must be fixed: up to the tenant, and up to the repository, workspace or the like.

    The expressions match from the start the part of a value before its first wildcard; the end of a value counts as a colon.
    A claim that cannot name the project alone has none for it.
    """

    tenant: re.Pattern[str]
    project: re.Pattern[str] | None = None


class Issuer(NamedTuple):
    """Who signs tokens: `host` is the issuer without https://, as in ARNs and condition keys.

    `shared` issuers sign for every customer of a service. `claims` are those that name the tenant; `tenant` and `project` are
    the words for what they name.
    """

    name: str
    host: str
    shared: bool
    claims: dict[str, Claim]
    tenant: str = "organization"
    project: str = "project"


FIXED = re.compile(r".+")
_ONE_VALUE = Claim(FIXED, FIXED)
_TENANT_ONLY = Claim(FIXED)
_NUMBER = re.compile(r"\d+:")


def _claim(tenant: str, project: str = "") -> Claim:
    return Claim(re.compile(tenant), re.compile(project) if project else None)


GITHUB = Issuer(
    "GitHub Actions",
    "token.actions.githubusercontent.com",
    shared=True,
    claims={
        "sub": _claim(
            r"repo:[^/:]+/|(repository_owner_id|repository_owner|repository_id):[^:]+:",
            r"repo:[^/:]+/[^/:]+:|repository_id:[^:]+:|repository_owner(_id)?:[^:]+:repository:[^:]+:",
        ),
        "enterprise_id": Claim(_NUMBER),
        "repository_owner_id": Claim(_NUMBER),
        "repository_id": Claim(_NUMBER, _NUMBER),
        "repository": _claim(r"[^/:]+/", r"[^/:]+/[^/:]+:"),
    },
    tenant="owner",
    project="repository",
)
SHARED = (
    GITHUB,
    Issuer(
        "GitLab.com",
        "gitlab.com",
        shared=True,
        claims={
            "sub": _claim(r"project_path:[^/:]+/", r"project_path:[^:]+:"),
            "namespace_id": Claim(_NUMBER),
            "project_id": Claim(_NUMBER, _NUMBER),
        },
        tenant="group",
    ),
    Issuer(
        "HCP Terraform",
        "app.terraform.io",
        shared=True,
        claims={"sub": _claim(r"organization:[^:]+:", r"organization:[^:]+:project:[^:]+:workspace:[^:]+:")},
        project="workspace",
    ),
    Issuer(
        "Pulumi Cloud",
        "api.pulumi.com/oidc",
        shared=True,
        claims={
            "aud": Claim(re.compile(r"[^*?]+:")),
            "sub": _claim(
                r"pulumi:(deploy|environments):org:[^:]+:",
                r"pulumi:(deploy:org:[^:]+:project:[^:]+:stack:[^:]+|environments:org:[^:]+:env:[^:]+):",
            ),
        },
        project="stack or environment",
    ),
    Issuer(
        "Buildkite",
        "agent.buildkite.com",
        shared=True,
        claims={
            "sub": _claim(r"organization:[^:]+:", r"organization:[^:]+:pipeline:[^:]+:"),
            "organization_id": _TENANT_ONLY,
            "organization_slug": Claim(re.compile(r"[^:]+:")),
            "pipeline_id": _ONE_VALUE,
        },
        project="pipeline",
    ),
    Issuer(
        "Vercel",
        "oidc.vercel.com",
        shared=True,
        claims={
            "aud": Claim(re.compile(r"https://vercel\.com/[^:]+:")),
            "sub": _claim(r"owner:[^:]+:", r"owner:[^:]+:project:[^:]+:"),
        },
        tenant="team",
    ),
    Issuer(
        "Google", "accounts.google.com", shared=True, claims=dict.fromkeys(("aud", "oaud", "sub"), _ONE_VALUE), tenant="client"
    ),
    Issuer(
        "Login with Amazon",
        "www.amazon.com",
        shared=True,
        claims=dict.fromkeys(("app_id", "user_id"), _ONE_VALUE),
        tenant="app",
    ),
    Issuer("Facebook", "graph.facebook.com", shared=True, claims=dict.fromkeys(("app_id", "id"), _ONE_VALUE), tenant="app"),
    Issuer("Amazon Cognito", "cognito-identity.amazonaws.com", shared=True, claims={"aud": _ONE_VALUE}, tenant="identity pool"),
    *(
        Issuer(name, host, shared=True, claims={claim: _ONE_VALUE}, tenant="tenant")
        for name, host, claim in (
            ("GitHub audit log streaming", "oidc-configuration.audit-log.githubusercontent.com", "sub"),
            ("GitHub vstoken", "vstoken.actions.githubusercontent.com", "sub"),
            ("Codefresh", "oidc.codefresh.io", "sub"),
            ("DVC Studio", "studio.datachain.ai/api", "sub"),
            ("Scalr", "scalr.io", "sub"),
            ("Shisho Cloud", "tokens.cloud.shisho.dev", "sub"),
            ("Upbound", "proidc.upbound.io", "sub"),
            ("sandboxes.cloud", "sandboxes.cloud", "aud"),
        )
    ),
)
_BY_HOST = {issuer.host: issuer for issuer in SHARED}
_ANY = Claim(FIXED, FIXED)
OWN = Issuer("", "", shared=False, claims={"": _ANY}, project="user or workload")
"""An issuer that is not known here: its host is the owner's own, and any claim but aud may say who it is."""


class Private(NamedTuple):
    """Issuers with a host of each customer's own: what the subject must name there."""

    name: str
    host: re.Pattern[str]
    subject: Claim
    project: str
    further: tuple[str, ...] = ()


_PRIVATE = (
    Private(
        "Amazon EKS",
        re.compile(r"oidc\.eks\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/id/.+"),
        _claim(r"system:serviceaccount:[^:]+:"),
        "namespace of a service account",
    ),
    Private(
        "CircleCI",
        re.compile(r"oidc\.circleci\.com/org/.+"),
        _claim(r"org/[^/:]+/project/[^/:]+[/:]"),
        "project",
        ("oidc.circleci.com/project-id",),
    ),
    Private("Bitbucket Pipelines", re.compile(r"api\.bitbucket\.org/.+"), _claim(r"\{?[^:{}]+\}?:"), "repository"),
    Private("Azure DevOps", re.compile(r"vstoken\.dev\.azure\.com/.+"), _claim(r"sc://[^/:]+/[^/:]+[/:]"), "project"),
    Private("Vercel", re.compile(r"oidc\.vercel\.com/.+"), _claim(r"owner:[^:]+:project:[^:]+:"), "project"),
    Private("Spacelift", re.compile(r".+\.app\.spacelift\.io"), _claim(r"space:[^:]+:"), "space"),
)


def issuer_of(principal: str) -> Issuer | None:
    """Return the issuer that a principal (`Federated:...`) of a statement names, None for one that is no OIDC provider.

    An issuer that is not known here is taken for the owner's own.
    """
    kind, _, text = principal.partition(":")
    if kind != "Federated":
        return None
    host = text.partition(":oidc-provider/")[2] if text.startswith("arn:") else text
    if "." not in host:
        return None  # a SAML provider, or nothing that AWS would take
    if host in _BY_HOST:
        return _BY_HOST[host]
    for private in _PRIVATE:
        if private.host.fullmatch(host):
            claims = {"sub": private.subject, **dict.fromkeys(private.further, _ANY)}
            return Issuer(private.name, host, shared=False, claims=claims, project=private.project)
    return OWN._replace(host=host)
