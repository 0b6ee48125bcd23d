"""Tags that databases and file systems hand on to their snapshots and backups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import FSBP, INVENTORY
from policies.effective_tags import tags_of
from policies.fix import Fix
from policies.rule import Example, Rule, Severity, Violation, rule
from policies.rule_tables import must_be
from policies.tagging.wanted_keys import OWNER, WantedKeys, keys_in, lack
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policies.block import Block
    from policies.controls import Control
    from policies.resource import Resource


_WHY = "A snapshot holds the same data as the database and outlives it; without tags nobody knows whose it is."


def _copies_tags(  # noqa: PLR0913  (what a line of the table holds)
    id_: str,
    types: Iterable[str],
    title: str,
    *,
    path: str = "copyTagsToSnapshot",
    why: str = _WHY,
    replaces: bool = False,
    controls: Iterable[Control] = (),
    checkov: Iterable[str] = (),
    topic: str,
) -> Rule:
    return must_be(
        id_,
        types,
        path,
        True,  # noqa: FBT003  (the value that the property must have)
        title=title,
        why=why,
        severity=Severity.LOW,
        replaces=replaces,
        controls=(*controls, *INVENTORY),
        checkov=checkov,
        topic=topic,
    )


RULES = (
    _copies_tags(
        "rds-instance-copies-tags-to-snapshots",
        ("aws:rds/instance:Instance",),
        "RDS instances copy their tags to their snapshots.",
        controls=(FSBP["RDS.17"],),
        checkov=("CKV2_AWS_60",),
        topic="Tagging Amazon RDS resources",
    ),
    _copies_tags(
        "rds-cluster-copies-tags-to-snapshots",
        ("aws:rds/cluster:Cluster",),
        "RDS clusters copy their tags to their snapshots.",
        controls=(FSBP["RDS.47"], FSBP["RDS.48"], FSBP["RDS.16"]),
        checkov=("CKV_AWS_313",),
        topic="Tagging Amazon RDS resources",
    ),
    _copies_tags(
        "neptune-cluster-copies-tags-to-snapshots",
        ("aws:neptune/cluster:Cluster",),
        "Neptune clusters copy their tags to their snapshots.",
        controls=(FSBP["Neptune.8"],),
        checkov=("CKV_AWS_362",),
        topic="Tagging Amazon Neptune resources",
    ),
    _copies_tags(
        "docdb-instance-copies-tags-to-snapshots",
        ("aws:docdb/clusterInstance:ClusterInstance",),
        "DocumentDB instances copy their tags to their snapshots.",
        topic="Tagging Amazon DocumentDB resources",
    ),
)


@rule(
    applies_to=("aws:rds/snapshotCopy:SnapshotCopy", "aws:rds/clusterSnapshotCopy:ClusterSnapshotCopy"),
    severity=Severity.LOW,
    remedy="Set copyTags to true; this replaces the copy. Or set tags.",
    controls=INVENTORY,
    topic="Tagging Amazon RDS resources",
    parameters=WantedKeys,
    passes=(
        {"copyTags": True},
        {"tags": {"Owner": UNKNOWN}},
        Example({"copyTags": False, "tags": {"Owner": "data"}}, parameters=OWNER),
        Example({}, provider={"defaultTags": '{"tags": {"Owner": "data"}}'}),
    ),
    fails=(
        {},
        {"copyTags": False},
        Example({"tags": {"Team": "data"}}, parameters=OWNER),
    ),
    undecided=({"copyTags": UNKNOWN}, {"copyTags": False, "tags": UNKNOWN}),
)
def rds_snapshot_copy_tagged(copy: Resource, parameters: WantedKeys) -> Iterator[Violation]:
    """RDS snapshots that are copied carry tags.

    RDS leaves the tags of the snapshot behind unless it is told to copy them.
    """
    if copy.flag("copyTags"):
        return
    if missing := lack(tags_of(copy).keys(), parameters.keys):
        yield Violation(f"copyTags is not true, and {missing}", at="copyTags", fix=Fix({"copyTags": True}, replaces=True))


def _schedules(policy: Resource) -> Iterator[Block]:
    """Yield what says whether tags are copied: the schedules of a policy, and the details of a default policy."""
    details = policy.block("policyDetails")
    if policy.has("defaultPolicy"):
        yield details
    yield from details.each("schedules")


def _schedule(**properties: object) -> dict[str, object]:
    return {"policyDetails": {"schedules": [{"name": "daily", **properties}]}}


@rule(
    applies_to=("aws:dlm/lifecyclePolicy:LifecyclePolicy",),
    severity=Severity.LOW,
    remedy="Set copyTags of each schedule to true, or of policyDetails in a default policy.",
    controls=INVENTORY,
    topic="Amazon Data Lifecycle Manager policies",
    each=_schedules,
    passes=(
        _schedule(copyTags=True),
        _schedule(tagsToAdd={"Owner": "data"}),
        _schedule(variableTags={"Source": "$(instance-id)"}),
        {"defaultPolicy": "VOLUME", "policyDetails": {"copyTags": True}},
        {"policyDetails": {"policyType": "EVENT_BASED_POLICY"}},
    ),
    fails=(
        _schedule(),
        _schedule(copyTags=False),
        {"defaultPolicy": "VOLUME", "policyDetails": {"resourceType": "VOLUME"}},
        {"policyDetails": {"schedules": [{"name": "daily"}, {"name": "weekly", "copyTags": False}]}},
    ),
    undecided=(_schedule(copyTags=UNKNOWN), {"policyDetails": UNKNOWN}, {"policyDetails": {"schedules": UNKNOWN}}),
)
def dlm_policy_tags_snapshots(schedule: Block) -> Iterator[Violation]:
    """Lifecycle policies tag the snapshots and images that they make.

    By default the tags of the volume stay on the volume, and its snapshots pile up without an owner.
    """
    if not schedule.flag("copyTags") and not schedule.has("tagsToAdd") and not schedule.has("variableTags"):
        path = schedule.at("copyTags")
        yield Violation(f"{path} is not true", at=path, fix=Fix({path: True}))


def _backup_rule(**properties: object) -> dict[str, object]:
    return {"rules": [{"ruleName": "daily", "targetVaultName": "main", **properties}]}


@rule(
    applies_to=("aws:backup/plan:Plan",),
    severity=Severity.LOW,
    remedy="Set recoveryPointTags of each rule with the keys that the configuration names.",
    controls=INVENTORY,
    topic="Tagging AWS Backup resources",
    parameters=WantedKeys,
    each=lambda plan: plan.each("rules"),
    passes=(
        _backup_rule(),
        Example(_backup_rule(recoveryPointTags={"Owner": UNKNOWN}), parameters=OWNER),
    ),
    fails=(
        Example(_backup_rule(), parameters=OWNER),
        Example(_backup_rule(recoveryPointTags={"Team": "data"}), parameters=OWNER),
    ),
    undecided=(
        Example(_backup_rule(recoveryPointTags=UNKNOWN), parameters=OWNER),
        Example({"rules": UNKNOWN}, parameters=OWNER),
    ),
)
def backup_plan_tags_recovery_points(rule_: Block, parameters: WantedKeys) -> Iterator[Violation]:
    """Backup plans give recovery points the tags that the configuration names.

    AWS Backup copies the tags of the resource. Keys that only backups need, such as how long to keep them, stand in the
    plan. Without configuration all plans pass.
    """
    if parameters.keys and (missing := lack(keys_in(rule_, "recoveryPointTags"), parameters.keys)):
        path = rule_.at("recoveryPointTags")
        yield Violation(f"{path}: {missing}", at=path)


@rule(
    applies_to=("aws:dynamodb/table:Table",),
    severity=Severity.LOW,
    remedy="Set propagateTags of each replica to true.",
    controls=INVENTORY,
    topic="Tagging DynamoDB resources",
    each=lambda table: table.each("replicas"),
    passes=({"replicas": [{"regionName": "eu-west-1", "propagateTags": True}]}, {}),
    fails=(
        {"replicas": [{"regionName": "eu-west-1"}]},
        {"replicas": [{"regionName": "eu-west-1", "propagateTags": False}, {"propagateTags": True}]},
    ),
    undecided=({"replicas": [{"propagateTags": UNKNOWN}]}, {"replicas": UNKNOWN}),
)
def dynamodb_replicas_get_tags(replica: Block) -> Iterator[Violation]:
    """DynamoDB tables propagate their tags to their replicas.

    By default a replica in another Region has no tags, so its costs have no owner.
    """
    if not replica.flag("propagateTags"):
        path = replica.at("propagateTags")
        yield Violation(f"{path} is not true", at=path, fix=Fix({path: True}))
