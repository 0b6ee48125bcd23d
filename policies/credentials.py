"""Credentials, known by their form wherever they stand. What is found is named by its kind and never quoted."""

from __future__ import annotations

import re

_KINDS = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("an AWS access key", r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
        ("a private key", r"-----BEGIN (?:[A-Z0-9]+ ){0,5}PRIVATE KEY"),
        ("a password in a URL", r"[a-z]://[^/\s:@]*:[^/\s:@${<%*][^/\s@]*@"),
        ("a JSON web token", r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\."),
        ("a GitHub token", r"\bgh[oprsu]_[A-Za-z0-9]{20}|\bgithub_pat_\w{20}"),
        ("a GitLab token", r"\bglpat-[\w-]{20}"),
        ("a Slack token", r"\bxox[abeoprs]-[\w-]{10}|\bxapp-\d-\w{8}|hooks\.slack\.com/services/T\w+/B\w+/\w{20}"),
        ("a Stripe key", r"\b[rs]k_live_\w{16}"),
        ("a SendGrid key", r"\bSG\.[\w-]{20,}\.[\w-]{40}"),
        ("a Google key", r"\bAIza[\w-]{35}"),
        ("a key of OpenAI or Anthropic", r"\bsk-(?:proj|svcacct|admin|ant)-[\w-]{20}"),
        ("an npm token", r"\bnpm_[A-Za-z0-9]{36}"),
        ("a PyPI token", r"\bpypi-AgEI[\w-]{20}"),
        ("a Docker Hub token", r"\bdckr_[op]at_[\w-]{20}"),
        ("a Vault token", r"\bhv[bs]\.[\w-]{24}"),
        ("a Pulumi token", r"\bpul-[0-9a-f]{40}"),
    )
)


def kind_of_credential(text: str) -> str:
    """Return what credential a text holds, such as "an AWS access key"; an empty text where none is seen."""
    return next((kind for kind, pattern in _KINDS if pattern.search(text)), "")
