"""Encryption of OpenSearch and Elasticsearch domains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import AT_REST, FSBP, IN_TRANSIT
from policies.customer_key import customer_key_rule
from policies.fix import Fix
from policies.rule import Example, Severity, Violation, rule
from policies.rule_tables import must_be
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource

ELASTICSEARCH = "aws:elasticsearch/domain:Domain"
CURRENT = "Policy-Min-TLS-1-2-PFS-2023-10"
DOMAINS = ("aws:opensearch/domain:Domain", ELASTICSEARCH)


@rule(
    applies_to=DOMAINS,
    severity=Severity.HIGH,
    remedy="Set domainEndpointOptions.enforceHttps to true.",
    controls=IN_TRANSIT,
    checkov=("CKV_AWS_83",),
    topic="Amazon OpenSearch Service domain endpoint options",
    passes=(
        {"domainEndpointOptions": {"enforceHttps": True}},
        {"domainEndpointOptions": {"tlsSecurityPolicy": "Policy-Min-TLS-1-2-PFS-2023-10"}},
        Example({"domainEndpointOptions": {"enforceHttps": True}}, type=ELASTICSEARCH),
    ),
    fails=(
        {},
        {"domainEndpointOptions": {"enforceHttps": False}},
        Example({}, type=ELASTICSEARCH),
    ),
    undecided=({"domainEndpointOptions": UNKNOWN}, {"domainEndpointOptions": {"enforceHttps": UNKNOWN}}),
)
def opensearch_https_enforced(domain: Resource) -> Iterator[Violation]:
    """OpenSearch and Elasticsearch domains accept only HTTPS.

    Otherwise queries, documents and passwords may cross the network in plain text.
    """
    path = "domainEndpointOptions.enforceHttps"
    # the provider sends true where the block is given without it; without the block AWS accepts HTTP too
    if not domain.flag(path, default=domain.has("domainEndpointOptions")):
        yield Violation("the domain accepts plain HTTP", at=path, fix=Fix({path: True}))


@rule(
    applies_to=DOMAINS,
    severity=Severity.HIGH,
    remedy="Set domainEndpointOptions.tlsSecurityPolicy to Policy-Min-TLS-1-2-PFS-2023-10.",
    controls=(FSBP["Opensearch.8"], FSBP["ES.8"], *IN_TRANSIT),
    checkov=("CKV_AWS_228",),
    topic="Amazon OpenSearch Service domain endpoint options",
    passes=(
        {"domainEndpointOptions": {"tlsSecurityPolicy": CURRENT}},
        {"domainEndpointOptions": {"tlsSecurityPolicy": "Policy-Min-TLS-1-2-FIPS-PQ-2026-10"}},
        Example({"domainEndpointOptions": {"tlsSecurityPolicy": "Policy-Min-TLS-1-2-2019-07"}}, type=ELASTICSEARCH),
    ),
    fails=(
        {},
        {"domainEndpointOptions": {"enforceHttps": True}},
        {"domainEndpointOptions": {"tlsSecurityPolicy": "Policy-Min-TLS-1-0-2019-07"}},
    ),
    undecided=({"domainEndpointOptions": UNKNOWN}, {"domainEndpointOptions": {"tlsSecurityPolicy": UNKNOWN}}),
)
def opensearch_tls_policy_current(domain: Resource) -> Iterator[Violation]:
    """OpenSearch and Elasticsearch domains admit nothing older than TLS 1.2.

    TLS 1.0 and 1.1 are broken and deprecated. A domain that names no policy admits them.
    """
    path = "domainEndpointOptions.tlsSecurityPolicy"
    if not domain.text(path).startswith("Policy-Min-TLS-1-2"):
        yield Violation("tlsSecurityPolicy admits TLS 1.0", at=path, fix=Fix({path: CURRENT}))


RULES = (
    must_be(
        "opensearch-encrypted-at-rest",
        DOMAINS,
        "encryptAtRest.enabled",
        True,  # noqa: FBT003  (the value that the property must have)
        title="OpenSearch and Elasticsearch domains are encrypted at rest.",
        why="Indexes, logs, swap files and snapshots otherwise lie unencrypted on disk.",
        severity=Severity.HIGH,
        remedy="Set encryptAtRest.enabled to true; domains older than Elasticsearch 6.7 are replaced.",
        replaces=True,  # for old versions of Elasticsearch
        controls=(FSBP["Opensearch.1"], FSBP["ES.1"], *AT_REST),
        checkov=("CKV_AWS_5",),
        topic="Encryption of data at rest for Amazon OpenSearch Service",
    ),
    must_be(
        "opensearch-encrypted-between-nodes",
        DOMAINS,
        "nodeToNodeEncryption.enabled",
        True,  # noqa: FBT003  (the value that the property must have)
        title="OpenSearch and Elasticsearch domains encrypt the traffic between their nodes.",
        why="The nodes exchange documents and queries; without TLS between them these can be read on the way.",
        severity=Severity.HIGH,
        remedy="Set nodeToNodeEncryption.enabled to true; domains older than Elasticsearch 6.7 are replaced.",
        replaces=True,  # for old versions of Elasticsearch
        controls=(FSBP["Opensearch.3"], FSBP["ES.3"], *IN_TRANSIT),
        checkov=("CKV_AWS_6",),
        topic="Node-to-node encryption for Amazon OpenSearch Service",
    ),
    customer_key_rule(
        "opensearch",
        DOMAINS,
        "encryptAtRest.kmsKeyId",
        what="OpenSearch and Elasticsearch domains",
        why=(
            "Without kmsKeyId a domain uses the AWS managed key aws/es. With a key of your own you decide who may decrypt"
            " indexes and snapshots, and you can withdraw it."
        ),
        remedy="Set encryptAtRest.kmsKeyId to the ARN of a key that you manage; this replaces the domain.",
        beside={"encryptAtRest": {"enabled": True}},
        checkov=("CKV_AWS_247",),
        topic="Encryption of data at rest for Amazon OpenSearch Service",
    ),
)
