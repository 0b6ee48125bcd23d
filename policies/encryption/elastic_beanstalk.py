"""Encryption in transit of Elastic Beanstalk environments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import IN_TRANSIT
from policies.encryption.load_balancer import CURRENT
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN, Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    from policies.block import Block
    from policies.resource import Resource
    from policies.stack import Stack

    Settings: TypeAlias = dict[str, dict[str, Block]]

ENVIRONMENT = "aws:elasticbeanstalk/environment:Environment"
TEMPLATE = "aws:elasticbeanstalk/configurationTemplate:ConfigurationTemplate"

GENERAL = "aws:elasticbeanstalk:environment"
CLASSIC_LISTENER = "aws:elb:listener"
LISTENER = "aws:elbv2:listener:"


def _option(namespace: object, name: str, value: object) -> dict[str, object]:
    return {"namespace": namespace, "name": name, "value": value}


def _with(*options: dict[str, object]) -> dict[str, object]:
    return {"settings": list(options)}


def _listener(port: int, **options: object) -> list[dict[str, object]]:
    return [_option(f"{LISTENER}{port}", name, value) for name, value in options.items()]


def _template(*options: dict[str, object]) -> Example:
    return Example(_with(*options), type=TEMPLATE, name="template")


HTTPS = _option(f"{LISTENER}443", "Protocol", "HTTPS")
FROM_TEMPLATE = {"templateName": Reference("template", "name")}


@rule(
    applies_to=(ENVIRONMENT,),
    severity=Severity.MEDIUM,
    remedy=(
        "Add settings for a listener: in namespace aws:elbv2:listener:443 Protocol HTTPS, SSLCertificateArns and SSLPolicy,"
        " or in aws:elb:listener:443 ListenerProtocol HTTPS and SSLCertificateId."
    ),
    controls=IN_TRANSIT,
    topic="Configuring HTTPS for your Elastic Beanstalk environment",
    passes=(
        _with(HTTPS),
        _with(_option("aws:elb:listener:443", "ListenerProtocol", "SSL")),
        _with(_option("aws:elb:listener:443", "ListenerProtocol", "TCP")),
        _with(_option("aws:elb:loadbalancer", "LoadBalancerHTTPSPort", "443")),
        _with(_option(GENERAL, "EnvironmentType", "SingleInstance")),
        _with(_option(GENERAL, "LoadBalancerType", "network")),
        _with(_option(GENERAL, "LoadBalancerIsShared", "true")),
        {"tier": "Worker"},
        Example(FROM_TEMPLATE, related=(_template(HTTPS),)),
    ),
    fails=(
        {},
        _with(_option(GENERAL, "LoadBalancerType", "application")),
        _with(HTTPS, _option(f"{LISTENER}443", "ListenerEnabled", "false")),
        _with(_option(f"{LISTENER}8080", "Protocol", "HTTP")),
        _with(_option("aws:elb:listener:8080", "ListenerProtocol", "TCP")),
        _with(_option("aws:elb:loadbalancer", "LoadBalancerHTTPSPort", "OFF")),
        Example(FROM_TEMPLATE, related=(_template(),)),
        Example({**_with(_option(f"{LISTENER}443", "Protocol", "HTTP")), **FROM_TEMPLATE}, related=(_template(HTTPS),)),
    ),
    undecided=(
        {"settings": UNKNOWN},
        {"tier": UNKNOWN},
        {"templateName": "made-elsewhere"},
        _with(_option(f"{LISTENER}443", "Protocol", UNKNOWN)),
        _with(_option(UNKNOWN, "Protocol", "HTTPS")),
    ),
)
def elasticbeanstalk_environment_serves_https(environment: Resource, stack: Stack) -> Iterator[Violation]:
    """Elastic Beanstalk environments with a load balancer serve HTTPS.

    The load balancer listens on port 80 for plain HTTP alone unless settings add a listener. Settings inside the source
    bundle (.ebextensions) cannot be seen from here; an environment that has its listener there needs an exemption.
    """
    if environment.text("tier") == "Worker":
        return
    settings = _settings(environment, stack)
    if _is_balanced(settings) and not any(_is_encrypted(settings, namespace) for namespace in settings):
        yield Violation("no setting adds a listener for HTTPS", at="settings")


@rule(
    applies_to=(ENVIRONMENT,),
    severity=Severity.HIGH,
    remedy="Set SSLPolicy of the listener to ELBSecurityPolicy-TLS13-1-2-2021-06, or another that admits only TLS 1.2 and 1.3.",
    controls=IN_TRANSIT,
    topic="Configuring HTTPS for your Elastic Beanstalk environment",
    passes=(
        {},
        _with(*_listener(443, Protocol="HTTPS", SSLPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06")),
        _with(*_listener(443, Protocol="HTTPS", ListenerEnabled="false")),
        _with(*_listener(8080, Protocol="HTTP")),
        _with(HTTPS, _option(GENERAL, "LoadBalancerIsShared", "true")),
        Example(
            {**_with(HTTPS), **FROM_TEMPLATE},
            related=(_template(*_listener(443, SSLPolicy="ELBSecurityPolicy-TLS13-1-3-2021-06")),),
        ),
    ),
    fails=(
        _with(HTTPS),
        _with(*_listener(443, Protocol="HTTPS", SSLPolicy="ELBSecurityPolicy-2016-08")),
        Example(FROM_TEMPLATE, related=(_template(HTTPS),)),
    ),
    undecided=(
        {"settings": UNKNOWN},
        _with(*_listener(443, Protocol="HTTPS", SSLPolicy=UNKNOWN)),
        {**_with(HTTPS), "templateName": "made-elsewhere"},
    ),
)
def elasticbeanstalk_listener_tls_policy_current(environment: Resource, stack: Stack) -> Iterator[Violation]:
    """Elastic Beanstalk listeners admit nothing older than TLS 1.2.

    TLS 1.0 and 1.1 are broken and deprecated. An HTTPS listener that names no policy gets one from 2016 that admits them.
    Listeners of application load balancers are judged.
    """
    settings = _settings(environment, stack)
    for namespace in settings:
        if not namespace.startswith(LISTENER) or not _is_encrypted(settings, namespace) or not _is_balanced(settings):
            continue
        if not _value(settings, namespace, "SSLPolicy").startswith(CURRENT):
            yield Violation("the SSLPolicy of a listener admits TLS 1.0 or 1.1", at="settings")
            return


def _settings(environment: Resource, stack: Stack) -> Settings:
    """Return namespaces to names to settings: the environment's own, then those of its template."""
    found: Settings = {}
    for resource in _sources(environment, stack):
        for setting in resource.each("settings"):
            found.setdefault(setting.text("namespace"), {}).setdefault(setting.text("name"), setting)
    return found


def _sources(environment: Resource, stack: Stack) -> Iterator[Resource]:
    yield environment
    if environment.has("templateName"):
        template = stack.target(environment, (TEMPLATE,), "templateName")
        if template is None:
            raise UnknownValue(Reason.NOT_REPORTED, "templateName", "the settings of the template are not part of the stack")
        yield template


def _value(settings: Settings, namespace: str, name: str, default: str = "") -> str:
    setting = settings.get(namespace, {}).get(name)
    return setting.text("value", default) if setting else default


def _is_balanced(settings: Settings) -> bool:
    """Say whether the environment has a load balancer of its own that can speak HTTPS."""
    return (
        _value(settings, GENERAL, "EnvironmentType", "LoadBalanced") != "SingleInstance"
        and _value(settings, GENERAL, "LoadBalancerType", "classic") != "network"
        and _value(settings, GENERAL, "LoadBalancerIsShared", "false") != "true"
    )


def _is_encrypted(settings: Settings, namespace: str) -> bool:
    """Say whether a namespace is that of a listener for HTTPS; TCP at port 443 passes TLS on to the instances."""
    if namespace == "aws:elb:loadbalancer":
        return _value(settings, namespace, "LoadBalancerHTTPSPort", "OFF") != "OFF"
    if namespace.startswith(LISTENER):
        protocols, protocol = {"HTTPS"}, _value(settings, namespace, "Protocol", "HTTP")
    elif namespace.startswith(CLASSIC_LISTENER):
        protocols, protocol = {"HTTPS", "SSL"}, _value(settings, namespace, "ListenerProtocol", "HTTP")
        if namespace == f"{CLASSIC_LISTENER}:443":
            protocols.add("TCP")
    else:
        return False
    return protocol in protocols and _value(settings, namespace, "ListenerEnabled", "true") != "false"
