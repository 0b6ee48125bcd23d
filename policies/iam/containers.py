"""Roles of ECS tasks, and as whom containers use EFS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import FSBP, ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.iam.identity_policies import ROLE
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

TASK = "aws:ecs/taskDefinition:TaskDefinition"
ACCESS_POINT = "aws:efs/accessPoint:AccessPoint"

_APP = "arn:aws:iam::111122223333:role/app"
_OTHER = "arn:aws:iam::444455556666:role/app"
_PULL = "arn:aws:iam::111122223333:role/pull"
_ROLES = (Example({}, ROLE, name="app"), Example({}, ROLE, name="pull"))


@rule(
    applies_to=(TASK,),
    severity=Severity.MEDIUM,
    remedy="Give executionRoleArn a role of its own, with AmazonECSTaskExecutionRolePolicy.",
    controls=(NIST_800_53["AC-5"], NIST_800_53["AC-6"], PCI_DSS_4["7.2.2"], SOC2["CC6.3"], ISO_27001["A.8.2"]),
    checkov=("CKV_AWS_249",),
    topic="Amazon ECS task execution IAM role",
    passes=(
        {},
        {"executionRoleArn": _PULL},
        {"executionRoleArn": _PULL, "taskRoleArn": _APP},
        Example({"executionRoleArn": Reference("pull", "arn"), "taskRoleArn": Reference("app", "arn")}, related=_ROLES),
        Example({"executionRoleArn": _OTHER, "taskRoleArn": Reference("app", "arn")}, related=_ROLES),
        Example({"executionRoleArn": Reference("pull", "arn"), "taskRoleArn": _OTHER}, related=_ROLES),
    ),
    fails=(
        {"executionRoleArn": _APP, "taskRoleArn": _APP},
        Example({"executionRoleArn": Reference("app", "arn"), "taskRoleArn": Reference("app", "arn")}, related=_ROLES),
    ),
    undecided=({"executionRoleArn": UNKNOWN, "taskRoleArn": _APP}, {"executionRoleArn": _PULL, "taskRoleArn": UNKNOWN}),
)
def ecs_task_roles_differ(task: Resource, stack: Stack) -> Iterator[Violation]:
    """ECS tasks run with another role than the one that starts them.

    The execution role pulls images and reads the secrets that ECS hands over, for ECS alone. With one role for both, a
    program in the container can do the same.
    """
    paths = ("executionRoleArn", "taskRoleArn")
    if not all(map(task.has, paths)):
        return
    start, run = map(task.value, paths)
    if isinstance(start, str) and isinstance(run, str):
        same = start == run
    else:
        starts, runs = (stack.target(task, (ROLE,), path) for path in paths)
        same = starts is not None and runs is not None and starts.urn == runs.urn
    if same:
        yield Violation("executionRoleArn and taskRoleArn are one role", at="taskRoleArn")


_STORAGE = (NIST_800_53["AC-3"], NIST_800_53["AC-6"], PCI_DSS_4["7.2.1"], SOC2["CC6.3"], ISO_27001["A.8.3"])


@rule(
    applies_to=(ACCESS_POINT,),
    severity=Severity.MEDIUM,
    remedy="Set posixUser to the user and group that the program needs; this replaces the access point.",
    controls=(FSBP["EFS.4"], *_STORAGE),
    checkov=("CKV_AWS_330",),
    topic="Working with Amazon EFS access points",
    passes=({"posixUser": {"uid": 1000, "gid": 1000}}, {"posixUser": UNKNOWN}),
    fails=({}, {"rootDirectory": {"path": "/app"}}),
)
def efs_access_point_enforces_user(access_point: Resource) -> Iterator[Violation]:
    """EFS access points say as whom files are used.

    Otherwise each client says itself who it is, and root on one client is root on all files.
    """
    if not access_point.has("posixUser"):
        yield Violation("clients say themselves who they are", at="posixUser")


@rule(
    applies_to=(ACCESS_POINT,),
    severity=Severity.MEDIUM,
    remedy="Set rootDirectory.path to a directory of the program's own; this replaces the access point.",
    controls=(FSBP["EFS.3"], *_STORAGE),
    checkov=("CKV_AWS_329",),
    topic="Working with Amazon EFS access points",
    passes=({"rootDirectory": {"path": "/app"}},),
    fails=({}, {"rootDirectory": {"path": "/"}}, {"rootDirectory": {"creationInfo": UNKNOWN}}),
    undecided=({"rootDirectory": UNKNOWN}, {"rootDirectory": {"path": UNKNOWN}}),
)
def efs_access_point_enforces_root_directory(access_point: Resource) -> Iterator[Violation]:
    """EFS access points lead to a directory, not to the whole file system.

    Without one, whoever uses the access point sees the files of all others. The default is the root of the file system.
    """
    if not access_point.text("rootDirectory.path", "/").strip("/"):
        yield Violation("the access point leads to the whole file system", at="rootDirectory.path")
