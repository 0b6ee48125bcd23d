"""Encryption in transit at classic load balancers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import CERTIFICATES, FSBP, IN_TRANSIT
from policies.encryption.certificate_store import ACM_ARN, IAM_ARN, RELATED_CERTIFICATES, is_kept_in_acm
from policies.encryption.load_balancer import NO_TCP, Tcp
from policies.fix import Fix
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource
    from policies.stack import Stack

BALANCER = "aws:elb/loadBalancer:LoadBalancer"
POLICY = "aws:elb/loadBalancerPolicy:LoadBalancerPolicy"
NEGOTIATION = "aws:elb/sslNegotiationPolicy:SslNegotiationPolicy"
LISTENER_POLICY = "aws:elb/listenerPolicy:ListenerPolicy"

CURRENT = "ELBSecurityPolicy-TLS-1-2-2017-01"
"""The only predefined policy of classic load balancers that admits nothing older than TLS 1.2."""

_OLD = frozenset({"Protocol-SSLv2", "Protocol-SSLv3", "Protocol-TLSv1", "Protocol-TLSv1.1"})
_BROKEN = frozenset({"RC2", "RC4", "DES", "3DES", "EXP", "ADH", "NULL", "MD5"})
"""Parts of the names of ciphers that can be broken."""


def _listener(protocol: object, **more: object) -> dict[str, object]:
    return {"instancePort": 8080, "instanceProtocol": "http", "lbPort": 80, "lbProtocol": protocol, **more}


@rule(
    applies_to=(BALANCER,),
    severity=Severity.HIGH,
    remedy="Set lbProtocol to https with a certificate, or move to an application load balancer, which can redirect to HTTPS.",
    controls=(FSBP["ELB.3"], *IN_TRANSIT),
    checkov=("CKV_AWS_376",),
    topic="Listeners for your Classic Load Balancer",
    parameters=Tcp,
    each=lambda balancer: balancer.each("listeners"),
    passes=(
        {"listeners": [_listener("https"), _listener("SSL"), _listener("tcp")]},
        {"listeners": []},
        Example({"listeners": [_listener("https")]}, parameters=NO_TCP),
    ),
    fails=(
        {"listeners": [_listener("http")]},
        {"listeners": [UNKNOWN, _listener("https"), _listener("HTTP")]},
        Example({"listeners": [_listener("tcp")]}, parameters=NO_TCP),
    ),
    undecided=({"listeners": UNKNOWN}, {"listeners": [_listener(UNKNOWN)]}),
)
def elb_listener_uses_tls(listener: Block, parameters: Tcp) -> Iterator[Violation]:
    """Classic load balancer listeners use HTTPS or TLS.

    Plain HTTP can be read and changed on the way. Listeners for TCP pass through what the service behind them encrypts,
    and are left alone unless you ask for TLS at the load balancer.
    """
    protocol = listener.text("lbProtocol").upper()
    if protocol == "HTTP":
        yield Violation("the listener serves plain HTTP", at=listener.at("lbProtocol"))
    elif protocol == "TCP" and parameters.refuse_tcp:
        yield Violation("the listener does not encrypt TCP", at=listener.at("lbProtocol"))


def _tls_listeners(balancer: Resource) -> Iterator[tuple[Resource, Block]]:
    for listener in balancer.each("listeners"):
        yield balancer, listener


def _uses_tls(listener: Block) -> bool:
    return listener.text("lbProtocol").upper() in {"HTTPS", "SSL"}


@rule(
    applies_to=(BALANCER,),
    severity=Severity.MEDIUM,
    remedy="Request the certificate from ACM, or import it there, and set sslCertificateId to its ARN.",
    controls=(FSBP["ELB.2"], *CERTIFICATES),
    checkov=("CKV_AWS_127",),
    topic="SSL/TLS certificates for Classic Load Balancers",
    each=_tls_listeners,
    passes=(
        {"listeners": [_listener("https", sslCertificateId=ACM_ARN), _listener("http")]},
        Example({"listeners": [_listener("ssl", sslCertificateId=Reference("acm", "arn"))]}, related=RELATED_CERTIFICATES),
    ),
    fails=(
        {"listeners": [_listener("https")]},
        {"listeners": [_listener("https", sslCertificateId=UNKNOWN), _listener("ssl", sslCertificateId=IAM_ARN)]},
    ),
    undecided=(
        {"listeners": UNKNOWN},
        {"listeners": [_listener(UNKNOWN, sslCertificateId=IAM_ARN)]},
        {"listeners": [_listener("https", sslCertificateId=UNKNOWN)]},
    ),
)
def elb_listener_certificate_in_acm(item: tuple[Resource, Block], stack: Stack) -> Iterator[Violation]:
    """Classic load balancer listeners with TLS use a certificate of ACM.

    ACM renews the certificates that it issues and shows when the others expire. IAM does neither.
    """
    balancer, listener = item
    path = listener.at("sslCertificateId")
    if not _uses_tls(listener):
        return
    if not listener.has("sslCertificateId"):
        yield Violation("sslCertificateId is not set", at=path)
    elif not is_kept_in_acm(balancer, listener, "sslCertificateId", stack):
        yield Violation("the certificate is kept in IAM", at=path)


def _negotiation(*attributes: tuple[object, object]) -> Example:
    return Example({"attributes": [{"name": name, "value": value} for name, value in attributes]}, type=NEGOTIATION)


def _policy(type_: object, *attributes: tuple[object, object]) -> dict[str, object]:
    return {"policyTypeName": type_, "policyAttributes": [{"name": name, "value": value} for name, value in attributes]}


_SSL = "SSLNegotiationPolicyType"
_REFERENCE = "Reference-Security-Policy"
_TLS_1_2 = ("Protocol-TLSv1.2", "true")


@rule(
    applies_to=(POLICY, NEGOTIATION),
    severity=Severity.HIGH,
    remedy=f"Set the attribute {_REFERENCE} to {CURRENT}, or switch off what is older than TLS 1.2 and broken ciphers.",
    controls=(FSBP["ELB.8"], *IN_TRANSIT),
    checkov=("CKV_AWS_213",),
    topic="Predefined SSL security policies for Classic Load Balancers",
    passes=(
        _policy(_SSL, (_REFERENCE, CURRENT)),
        _policy(_SSL, _TLS_1_2, ("Protocol-TLSv1.1", "false"), ("ECDHE-RSA-AES128-GCM-SHA256", "true")),
        _policy("PublicKeyPolicyType", ("PublicKey", "MIIB")),
        _negotiation((_REFERENCE, CURRENT)),
        _negotiation(_TLS_1_2, ("DES-CBC3-SHA", "false")),
    ),
    fails=(
        _policy(_SSL),
        _policy(_SSL, (_REFERENCE, "ELBSecurityPolicy-2016-08")),
        _policy(_SSL, _TLS_1_2, ("Protocol-TLSv1", "true")),
        _policy(_SSL, _TLS_1_2, ("EDH-RSA-DES-CBC3-SHA", "true")),
        _negotiation(_TLS_1_2, ("Protocol-SSLv3", "true"), ("RC4-MD5", "true")),
        _negotiation(("Protocol-TLSv1.1", "false")),
    ),
    undecided=(
        _policy(UNKNOWN, (_REFERENCE, "ELBSecurityPolicy-2016-08")),
        _policy(_SSL, (_REFERENCE, UNKNOWN)),
        _negotiation(_TLS_1_2, ("Protocol-TLSv1", UNKNOWN)),
        Example({"attributes": UNKNOWN}, type=NEGOTIATION),
    ),
)
def elb_tls_policy_current(policy: Resource) -> Iterator[Violation]:
    """TLS policies of classic load balancers admit nothing older than TLS 1.2, and no broken ciphers.

    SSL 3.0, TLS 1.0 and 1.1 are broken and deprecated. Of the policies that AWS offers for classic load balancers, all but
    one admit them.
    """
    if policy.type == POLICY and policy.text("policyTypeName") != _SSL:
        return
    path = "policyAttributes" if policy.type == POLICY else "attributes"
    replaces = policy.type == NEGOTIATION  # the provider mends the other type in place
    current = False
    for attribute in policy.each(path):
        at, name = attribute.at("value"), attribute.text("name")
        if name == _REFERENCE:
            current = True
            if attribute.text("value") != CURRENT:
                yield Violation("the predefined policy admits TLS 1.0 or 1.1", at=at, fix=Fix({at: CURRENT}, replaces=replaces))
        elif name == "Protocol-TLSv1.2":
            current = current or attribute.flag("value")
        elif name in _OLD and attribute.flag("value"):
            version = name.removeprefix("Protocol-")
            yield Violation(f"the policy admits {version}", at=at, fix=Fix({at: "false"}, replaces=replaces))
        elif not _BROKEN.isdisjoint(name.split("-")) and attribute.flag("value"):
            yield Violation("the policy admits a broken cipher", at=at, fix=Fix({at: "false"}, replaces=replaces))
    if not current:
        yield Violation("the policy does not switch on TLS 1.2", at=path)


_THE_BALANCER = Reference("example")
_PASSING = Example({"loadBalancer": _THE_BALANCER, "lbPort": 443, "attributes": []}, type=NEGOTIATION, name="policy")
_ATTACHED = Example(
    {"loadBalancerName": _THE_BALANCER, "loadBalancerPort": 443, "policyNames": ["tls"]}, type=LISTENER_POLICY, name="policy"
)
_SECURE = _listener("https", lbPort=443)


def _with(policy: Example, **changes: object) -> Example:
    """Return a balancer with one listener, and a policy that refers to it but for some changes."""
    return Example({"listeners": [_SECURE]}, related=(Example({**policy.inputs, **changes}, policy.type, policy.name),))


@rule(
    applies_to=(BALANCER,),
    severity=Severity.HIGH,
    remedy=f"Add an elb.SslNegotiationPolicy for the port of the listener, with {_REFERENCE} set to {CURRENT}.",
    controls=IN_TRANSIT,
    topic="Predefined SSL security policies for Classic Load Balancers",
    each=_tls_listeners,
    passes=(
        {"listeners": [_listener("http"), _listener("tcp")]},
        _with(_PASSING),
        Example({"name": "shop", "listeners": [_SECURE]}, related=(_ATTACHED,)),
    ),
    fails=(
        {"listeners": [_SECURE]},
        {"listeners": [UNKNOWN, _listener("ssl", lbPort=993)]},
        Example({"listeners": [_SECURE, _listener("ssl", lbPort=993)]}, related=(_PASSING,)),
        _with(_ATTACHED, policyNames=[]),
    ),
    undecided=(
        {"listeners": UNKNOWN},
        {"listeners": [_listener(UNKNOWN)]},
        Example({"listeners": [_listener("https", lbPort=UNKNOWN)]}, related=(_PASSING,)),
        _with(_PASSING, lbPort=UNKNOWN),
        _with(_PASSING, loadBalancer=UNKNOWN),
    ),
)
def elb_listener_names_tls_policy(item: tuple[Resource, Block], stack: Stack) -> Iterator[Violation]:
    """Classic load balancer listeners with TLS have a TLS policy of their own.

    A listener without one gets a policy from 2016 that admits TLS 1.0 and 1.1, which are broken and deprecated.
    """
    balancer, listener = item
    if not _uses_tls(listener):
        return
    for policy in stack.related(balancer, (NEGOTIATION,), "loadBalancer"):
        if policy.number("lbPort") == listener.number("lbPort"):
            return
    for policy in stack.related(balancer, (LISTENER_POLICY,), "loadBalancerName"):
        if policy.has("policyNames") and policy.number("loadBalancerPort") == listener.number("lbPort"):
            return
    yield Violation("the listener has no TLS policy, so it admits TLS 1.0 and 1.1", at=listener.at("lbProtocol"))
