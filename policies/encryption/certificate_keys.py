"""The keys in certificates."""

from __future__ import annotations

import base64
import re

from policies.unknown import Reason, UnknownValue

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")
_RSA_KEY = bytes.fromhex("300d06092a864886f70d010101050003")
"""How the part of a certificate begins that holds an RSA key: rsaEncryption, no parameters, the tag of a bit string."""
_LONG = 0x80


def rsa_key_bits(pem: str, path: str) -> int | None:
    """Return the size of the RSA key in a certificate in PEM; None where the key is of another kind.

    Raises `UnknownValue` (malformed) for a text that is no certificate; `path` is the property that holds it.
    """
    found = _PEM.search(pem)
    if found is None:
        raise UnknownValue(Reason.MALFORMED, path, "not a certificate in PEM")
    try:
        der = base64.b64decode("".join(found[1].split()), validate=True)
        at = der.find(_RSA_KEY)
        if at < 0:
            return None
        bits, _ = _content(der, at + len(_RSA_KEY) - 1)
        key, _ = _content(der, bits + 1)  # past the count of unused bits
        modulus, size = _content(der, key)
    except (IndexError, ValueError):
        raise UnknownValue(Reason.MALFORMED, path, "not a certificate in PEM") from None
    return int.from_bytes(der[modulus : modulus + size], "big").bit_length()


def _content(der: bytes, at: int) -> tuple[int, int]:
    """Return where the content of the DER element at `at` begins, and its length."""
    start, length = at + 2, der[at + 1]
    if length < _LONG:
        return start, length
    count = length - _LONG
    return start + count, int.from_bytes(der[start : start + count], "big")


def _pem(*lines: str) -> str:
    return "\n".join(("-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""))


# Self-signed certificates for examples; nobody has their private keys.
WITH_RSA_1024 = _pem(
    "MIIBmjCCAQMCFEe3Jo2RvQDECTWKkH7tEUq11962MA0GCSqGSIb3DQEBCwUAMAwxCjAIBgNVBAMMAWEwHhcNMjYxMTIxMDkzMzU3WhcNMzYxMTE4",
    "MDkzMzU3WjAMMQowCAYDVQQDDAFhMIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDc2vk8V23xJFhtQiJcpxyDfqA9udVFcLxiMheTDx5cpJGy",
    "4mCoKyvMdE1EU3OG+sQGRI3nonDuj65DvI0b0prb8KkGADOpOfhk9OzIAmtV/Zpjebvl7zgaAd6jrkdFOBP8ZQ4e6Zl6nak7dDxqRQ4YaXynPjds",
    "/66gOiKg6qUHpQIDAQABMA0GCSqGSIb3DQEBCwUAA4GBALXJEtKXufIZ28mZmN4EqVNDC7oZtaPSBP7X9zxyaqCe1XPcrLX3Hq3wnp9CcsFFlXRj",
    "LgvyyzyV3wympAdibllv2qCy8bk+c4qg000mFPwUe/sGD6l2eYd3Jygp8MN7NYY3YgwPdLVYz79vvqrM+eumO0e6bfjZD5Z7jzU0T0rv",
)
WITH_RSA_2048 = _pem(
    "MIICnzCCAYcCFGwm5cOLmNfCC5DSIy/sT47Isy3qMA0GCSqGSIb3DQEBCwUAMAwxCjAIBgNVBAMMAWEwHhcNMjYxMTIxMDkzMzU3WhcNMzYxMTE4",
    "MDkzMzU3WjAMMQowCAYDVQQDDAFhMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEArJAPdTsvvVihQBl1wHBVYSMvwMufiOvjdzScKky8",
    "F2jPcqUwKQGSLLmg0oEpxDEYorEIYJHH9YhvGM5NrLZyPLhyzkE0fgIDKw+vQlUbzq5Ot0+/guv/3mI2b6cJwv3aogHiB6I7+Vz9NKhXRbV6600R",
    "077wDGzFgCyebBETq4cj/G30W1gatUz8xCt/b400WTftoqURjG91x5kPn1DCrPvWKgPrCkLFQ3WbMXGHwmzjlmTMad0n3HtYpRd4ScGyYX75H4KO",
    "bYVoa1lgOa1TbGoJai9lgz1YD9WXe7Wftk2V+HtRgW+H3+d5ukZTwLmHjfSLBa1PmkXX6qj/gfyEcwIDAQABMA0GCSqGSIb3DQEBCwUAA4IBAQCd",
    "HQ4IYBhlywI7liqwKVt2FAQw5cuE+EbR6NSvD9oOl+JDpW6trFM8mSuvXeb0cZhw8PvIVR6cPg+OKi24KVVDARnOgoODPjAdBbuq+VifyhMfmoox",
    "S+RkaPfGIJ3t9RWjf2hQQTLlDTcL0uAjz/g2p+bpKe1yWq2ezKDHzEpppCpx5ujqTrbdsFR4T+8bc1kJp8mHERHU24PtFFKAZi4IuKqzB6STylbB",
    "QAsj4FD7nXCh2o7ViYhV+jU0r4Xl1r6LwdrSySYYTWYEbZsPMEsuXCBOxxpV1l05NF/D0NC5XhpfA27m5mko5VVpmlWiFqSwLIfvNGoB4DWSR4nI",
    "LXmI",
)
WITH_EC = _pem(
    "MIIBbDCCAROgAwIBAgIUYrO6ZhGzdW2rcqd9VGaDcxMwX5QwCgYIKoZIzj0EAwIwDDEKMAgGA1UEAwwBYTAeFw0yNjExMjEwOTMzNTdaFw0zNjEx",
    "MTgwOTMzNTdaMAwxCjAIBgNVBAMMAWEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATicKW79/kKTfQB5KhrGHGmK6dM4HbV8kcI3fKPObEq0t4o",
    "kAaq693QgVtQyN+GMWCg2QaXZcLhf6U1G0lRkVgMo1MwUTAdBgNVHQ4EFgQUY5TF3PnEb6D+enjLjJem+9Q+bYEwHwYDVR0jBBgwFoAUY5TF3PnE",
    "b6D+enjLjJem+9Q+bYEwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiAq8X7C5nXsu0QLSZX+Gw06pp3fwqwdWHQ1FOB36aapCQIg",
    "I1XvOOup0xjACGCUS50oCKUSkWadoXQg+LAzNGoiGV8=",
)
