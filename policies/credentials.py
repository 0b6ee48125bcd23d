"""Credentials, known by their form wherever they stand. What is found is named by its kind and never quoted."""

from __future__ import annotations

import re

_FORMS = tuple(
    (mark, kind, re.compile(pattern))
    for kind, marks, pattern in (
        ("an AWS access key", "AKIA ASIA", r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
        (
            "an AWS secret access key",
            "aws_secret AWS_SECRET awsSecret AwsSecret",
            r"(?i:aws_?secret_?access_?key)['\"]?[\s=:]{1,4}['\"]?[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])",
        ),
        ("a private key", "-----BEGIN", r"-----BEGIN (?:[A-Z0-9]+ ){0,5}PRIVATE KEY"),
        ("a password in a URL", "://", r"[a-z]://[^/\s:@]*:[^/\s:@${<%*][^/\s@]*@"),
        ("a JSON web token", "eyJ", r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\."),
        ("a GitHub token", "gh github_pat_", r"\bgh[oprsu]_[A-Za-z0-9]{20}|\bgithub_pat_\w{20}"),
        ("a GitLab token", "glpat-", r"\bglpat-[\w-]{20}"),
        (
            "a Slack token",
            "xox xapp- slack",
            r"\bxox[abeoprs]-[\w-]{10}|\bxapp-\d-\w{8}|hooks\.slack\.com/services/T\w+/B\w+/\w{20}",
        ),
        ("a Stripe key", "k_live_", r"\b[rs]k_live_\w{16}"),
        ("a SendGrid key", "SG.", r"\bSG\.[\w-]{20,}\.[\w-]{40}"),
        ("a Google key", "AIza", r"\bAIza[\w-]{35}"),
        ("a key of OpenAI or Anthropic", "sk-", r"\bsk-(?:proj|svcacct|admin|ant)-[\w-]{20}"),
        ("an npm token", "npm_", r"\bnpm_[A-Za-z0-9]{36}"),
        ("a PyPI token", "pypi-", r"\bpypi-AgEI[\w-]{20}"),
        ("a Docker Hub token", "dckr_", r"\bdckr_[op]at_[\w-]{20}"),
        ("a Vault token", "hvb. hvs.", r"\bhv[bs]\.[\w-]{24}"),
        ("a Pulumi token", "pul-", r"\bpul-[0-9a-f]{40}"),
    )
    for mark in marks.split()
)
"""A text that every credential of the form holds, for the search is dear; the kind; and the form."""

_SHORTEST = 15  # of all forms but that of a URL


def kind_of_credential(text: str) -> str:
    """Return what credential a text holds, such as "an AWS access key"; an empty text where none is seen."""
    if len(text) >= _SHORTEST or "://" in text:
        for mark, kind, pattern in _FORMS:
            if mark in text and pattern.search(text):
                return kind
    return ""
