"""Encryption of Athena query results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import AT_REST, CUSTOMER_KEY
from policies.customer_key import KEY_ARN, KEY_OF_THE_STACK, RELATED_KEY, customer_key_violations
from policies.fix import Fix
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.rule_tables import must_be
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

WORKGROUP = "aws:athena/workgroup:Workgroup"
DATABASE = "aws:athena/database:Database"

OPTIONS = frozenset({"SSE_S3", "SSE_KMS", "CSE_KMS"})
OPTION = "configuration.resultConfiguration.encryptionConfiguration.encryptionOption"
KEY = "configuration.resultConfiguration.encryptionConfiguration.kmsKeyArn"
MANAGED = "configuration.managedQueryResultsConfiguration.enabled"
MANAGED_KEY = "configuration.managedQueryResultsConfiguration.encryptionConfiguration.kmsKey"
ENFORCED = "configuration.enforceWorkgroupConfiguration"


def _results(option: object, **key: object) -> dict[str, object]:
    return {"configuration": {"resultConfiguration": {"encryptionConfiguration": {"encryptionOption": option, **key}}}}


def _managed(**settings: object) -> dict[str, object]:
    return {"configuration": {"managedQueryResultsConfiguration": {"enabled": True, **settings}}}


def _encrypts(workgroup: Resource) -> bool:
    return workgroup.flag(MANAGED) or workgroup.text(OPTION) in OPTIONS


@rule(
    applies_to=(WORKGROUP,),
    severity=Severity.LOW,
    remedy="Set encryptionOption of the result configuration to SSE_S3, SSE_KMS or CSE_KMS, or use managed query results.",
    controls=AT_REST,
    checkov=("CKV_AWS_159",),
    topic="Encrypt Athena query results stored in Amazon S3",
    passes=(_results("SSE_S3"), _results("SSE_KMS", kmsKeyArn=KEY_ARN), _results("CSE_KMS", kmsKeyArn=KEY_ARN), _managed()),
    fails=(
        {},
        {"configuration": {"resultConfiguration": {"outputLocation": "s3://results/"}}},
        {"configuration": {"managedQueryResultsConfiguration": {"enabled": False}}},
    ),
    undecided=({"configuration": UNKNOWN}, _results(UNKNOWN)),
)
def athena_workgroup_results_encrypted(workgroup: Resource) -> Iterator[Violation]:
    """Athena workgroups say how the results of queries are encrypted.

    S3 encrypts new objects by itself, so the results are not plain text. Without a setting of the workgroup, though, the
    bucket or the client that starts a query decides how.
    """
    if not _encrypts(workgroup):
        yield Violation("the results have no encryption of their own", at=OPTION, fix=Fix({OPTION: "SSE_S3"}))


@rule(
    applies_to=(WORKGROUP,),
    severity=Severity.LOW,
    remedy="Set encryptionOption to SSE_KMS, and kmsKeyArn (kmsKey for managed query results) to a key that you manage.",
    controls=CUSTOMER_KEY,
    topic="Encrypt Athena query results stored in Amazon S3",
    passes=(
        _results("SSE_KMS", kmsKeyArn=KEY_ARN),
        _results("CSE_KMS", kmsKeyArn=KEY_ARN),
        _managed(encryptionConfiguration={"kmsKey": KEY_ARN}),
        Example(_results("SSE_KMS", kmsKeyArn=KEY_OF_THE_STACK), related=RELATED_KEY),
        Example(_managed(encryptionConfiguration={"kmsKey": KEY_OF_THE_STACK}), related=RELATED_KEY),
    ),
    fails=({}, _results("SSE_S3"), _results("SSE_KMS", kmsKeyArn="alias/aws/s3"), _managed()),
    undecided=(
        _results("SSE_KMS", kmsKeyArn=UNKNOWN),
        _results(UNKNOWN, kmsKeyArn=KEY_ARN),
        {"configuration": UNKNOWN},
    ),
)
def athena_workgroup_results_encrypted_with_customer_key(workgroup: Resource, stack: Stack) -> Iterator[Violation]:
    """Athena workgroups encrypt the results of queries with a customer managed key.

    Results often hold the most telling part of the data. With a key of your own, who reads them needs your key too.
    """
    if workgroup.flag(MANAGED):
        yield from customer_key_violations(workgroup, workgroup, MANAGED_KEY, stack)
    elif workgroup.text(OPTION) in {"SSE_KMS", "CSE_KMS"}:
        yield from customer_key_violations(workgroup, workgroup, KEY, stack)
    else:
        yield Violation("the results are not encrypted with a KMS key", at=OPTION)


@rule(
    applies_to=(DATABASE,),
    severity=Severity.LOW,
    # no fix: AWS replaces the database for it, and its tables go with it
    remedy="Set encryptionConfiguration.encryptionOption, or create the database in a workgroup that enforces encryption.",
    controls=AT_REST,
    checkov=("CKV_AWS_77",),
    topic="Encryption at rest in Athena",
    passes=(
        {"encryptionConfiguration": {"encryptionOption": "SSE_S3"}},
        {"encryptionConfiguration": {"encryptionOption": "CSE_KMS", "kmsKey": KEY_ARN}},
        Example({"workgroup": Reference("team")}, related=(Example(_results("SSE_S3"), type=WORKGROUP, name="team"),)),
        Example({"workgroup": "team"}, related=(Example({"name": "team", **_managed()}, type=WORKGROUP, name="team"),)),
    ),
    fails=(
        {},
        {"workgroup": "made-elsewhere"},
        Example({"workgroup": Reference("team")}, related=(Example({}, type=WORKGROUP, name="team"),)),
        Example(
            {"workgroup": Reference("team")},
            related=(Example({"configuration": {"enforceWorkgroupConfiguration": False}}, type=WORKGROUP, name="team"),),
        ),
    ),
    undecided=(
        {"encryptionConfiguration": UNKNOWN},
        {"workgroup": UNKNOWN},
        Example({"workgroup": Reference("team")}, related=(Example(_results(UNKNOWN), type=WORKGROUP, name="team"),)),
    ),
)
def athena_database_results_encrypted(database: Resource, stack: Stack) -> Iterator[Violation]:
    """Athena databases say how the results of the query that creates them are encrypted.

    S3 encrypts new objects by itself; without a setting of the database or of its workgroup the bucket decides how.
    """
    path = "encryptionConfiguration.encryptionOption"
    if database.text(path) in OPTIONS:
        return
    workgroup = stack.target(database, (WORKGROUP,), "workgroup")
    if workgroup is None or not workgroup.flag(ENFORCED, default=True) or not _encrypts(workgroup):
        yield Violation("the results have no encryption of their own", at=path)


RULES = (
    must_be(
        "athena-workgroup-settings-enforced",
        (WORKGROUP,),
        ENFORCED,
        True,  # noqa: FBT003  (the value that the property must have)
        default=True,
        title="Athena workgroups enforce their settings.",
        why="Otherwise whoever starts a query chooses where its results go, and whether and how they are encrypted.",
        severity=Severity.MEDIUM,
        controls=AT_REST,
        checkov=("CKV_AWS_82",),
        topic="Override client-side settings in Athena",
    ),
)
