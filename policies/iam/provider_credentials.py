"""Credentials that stand in the configuration of an AWS provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import NIST_800_53, SECRETS
from policies.iam.account_baseline import PROVIDER
from policies.rule import Severity, Violation, rule
from policies.unknown import SECRET, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource


@rule(
    applies_to=(PROVIDER,),
    severity=Severity.CRITICAL,
    remedy=(
        "Remove accessKey, secretKey and token from the provider and from the configuration of the stack. Take credentials from"
        " the environment: a role of the machine, OpenID Connect of the CI system, or Pulumi ESC. Then replace the key."
    ),
    controls=(NIST_800_53["AC-2(1)"], *SECRETS),
    checkov=("CKV_AWS_41",),
    topic="Pulumi AWS provider: installation and configuration",
    each=lambda provider: ((provider, path) for path in ("accessKey", "secretKey", "token")),
    passes=(
        {"region": "eu-west-1"},
        {"profile": "shop", "region": UNKNOWN},
        {"assumeRoles": '[{"roleArn": "arn:aws:iam::111122223333:role/deploy"}]', "accessKey": ""},
    ),
    fails=(
        {"accessKey": "an-example", "secretKey": "an-example"},
        {"accessKey": SECRET, "secretKey": SECRET},
        {"accessKey": UNKNOWN},
        {"token": SECRET},
    ),
)
def provider_without_access_keys(item: tuple[Resource, str]) -> Iterator[Violation]:
    """AWS providers hold no access keys.

    A key in a program or in the configuration of a stack is copied into the state, and works until somebody takes it away.
    That it is a secret of Pulumi hides it from readers, not from whoever may decrypt the state.
    """
    provider, path = item
    if provider.has(path):
        yield Violation(f"{path} is set", at=path)
