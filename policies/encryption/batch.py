"""Encryption in transit of AWS Batch jobs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from policies.controls import IN_TRANSIT
from policies.embedded_json import json_block
from policies.encryption.efs import mounts_without_tls
from policies.fix import path_steps
from policies.rule import Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource

JOB = "aws:batch/jobDefinition:JobDefinition"

ENCRYPTED = {"volumes": [{"efsVolumeConfiguration": {"fileSystemId": "fs-1", "transitEncryption": "ENABLED"}}]}
PLAIN = {"volumes": [{"host": {"sourcePath": "/tmp"}}, {"efsVolumeConfiguration": {"fileSystemId": "fs-1"}}]}  # noqa: S108


def _volumes(job: Resource) -> Iterator[Block]:
    """Yield the volumes of each container: of a single job, of tasks, and of the nodes of a parallel job."""
    yield from json_block(job, "containerProperties").block("containerProperties").each("volumes")
    yield from _task_volumes(json_block(job, "ecsProperties").block("ecsProperties"))
    for nodes in json_block(job, "nodeProperties").block("nodeProperties").each("nodeRangeProperties"):
        yield from nodes.block("container").each("volumes")
        yield from _task_volumes(nodes.block("ecsProperties"))


def _task_volumes(properties: Block) -> Iterator[Block]:
    for task in properties.each("taskProperties"):
        yield from task.each("volumes")


@rule(
    applies_to=(JOB,),
    severity=Severity.HIGH,
    remedy="Set transitEncryption to ENABLED in each efsVolumeConfiguration.",
    controls=IN_TRANSIT,
    topic="Amazon EFS volumes for AWS Batch",
    each=_volumes,
    passes=(
        {},
        {"containerProperties": json.dumps(ENCRYPTED)},
        {"containerProperties": json.dumps({"image": "busybox"})},
        {"ecsProperties": json.dumps({"taskProperties": [ENCRYPTED]})},
        {"nodeProperties": json.dumps({"nodeRangeProperties": [{"container": ENCRYPTED}]})},
    ),
    fails=(
        {"containerProperties": json.dumps(PLAIN)},
        {"containerProperties": json.dumps({"Volumes": [{"EfsVolumeConfiguration": {"TransitEncryption": "DISABLED"}}]})},
        {"ecsProperties": json.dumps({"taskProperties": [PLAIN]})},
        {"nodeProperties": json.dumps({"nodeRangeProperties": [{"container": PLAIN}]})},
        {"nodeProperties": json.dumps({"nodeRangeProperties": [{"ecsProperties": {"taskProperties": [PLAIN]}}]})},
    ),
    undecided=({"containerProperties": UNKNOWN}, {"containerProperties": "{"}),
)
def batch_job_efs_volume_encrypted_in_transit(volume: Block) -> Iterator[Violation]:
    """Batch jobs encrypt their traffic with EFS.

    NFS carries files in plain text. Batch mounts EFS without TLS unless the volume asks for it.
    """
    for mount in mounts_without_tls(volume):
        at = mount.at("transitEncryption")
        yield Violation(f"{at} is not ENABLED", at=str(path_steps(at)[0]))
