"""Tags of what ECS, Batch, EKS, SageMaker, spot fleets and Image Builder launch or make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import INVENTORY
from policies.fix import Fix
from policies.rule import Example, Severity, Violation, rule
from policies.rule_tables import must_be
from policies.tagging.wanted_keys import OWNER, WantedKeys, keys_in, lack
from policies.unknown import UNKNOWN, in_turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource

SERVICE = "aws:ecs/service:Service"
EVENT_TARGET = "aws:cloudwatch/eventTarget:EventTarget"
SCHEDULE = "aws:scheduler/schedule:Schedule"
PIPE = "aws:pipes/pipe:Pipe"
_TASK_PARAMETERS = {
    EVENT_TARGET: "ecsTarget",
    SCHEDULE: "target.ecsParameters",
    PIPE: "targetParameters.ecsTaskParameters",
}

_TAGS = {"Owner": "platform"}
_TASK = {"taskDefinitionArn": "arn:aws:ecs:eu-west-1:111122223333:task-definition/nightly"}

RULES = (
    must_be(
        "ecs-service-adds-managed-tags",
        (SERVICE,),
        "enableEcsManagedTags",
        True,  # noqa: FBT003  (the value that the property must have)
        title="ECS services add their managed tags to tasks.",
        why="The tags name the cluster and the service. Without them cost reports cannot tell the tasks of one from another.",
        severity=Severity.LOW,
        controls=INVENTORY,
        topic="Tagging Amazon ECS resources",
    ),
    must_be(
        "sagemaker-domain-propagates-tags",
        ("aws:sagemaker/domain:Domain",),
        "tagPropagation",
        "ENABLED",
        title="SageMaker domains propagate their tags to what users make in them.",
        why="By default notebooks and jobs that users start carry no tags of the domain, so their costs have no owner.",
        severity=Severity.LOW,
        controls=INVENTORY,
        topic="Amazon SageMaker AI domain tag propagation",
    ),
)


@rule(
    applies_to=("aws:batch/jobDefinition:JobDefinition",),
    severity=Severity.LOW,
    remedy="Set propagateTags to true.",
    controls=INVENTORY,
    topic="Tagging your AWS Batch resources",
    passes=({"propagateTags": True}, {"eksProperties": {"podProperties": {"hostNetwork": True}}}),
    fails=({}, {"propagateTags": False}),
    undecided=({"propagateTags": UNKNOWN},),
)
def batch_job_definition_propagates_tags(definition: Resource) -> Iterator[Violation]:
    """Batch job definitions propagate their tags to ECS tasks.

    By default the tags stay on the definition and its jobs, and the tasks that cost the money have none.
    """
    path = "propagateTags"
    if definition.has("eksProperties"):
        return  # its jobs are pods, not ECS tasks
    if not definition.flag(path):
        yield Violation("propagateTags is not true", at=path, fix=Fix({path: True}))


@rule(
    applies_to=(SERVICE,),
    severity=Severity.LOW,
    remedy="Set propagateTags to SERVICE, or to TASK_DEFINITION.",
    controls=INVENTORY,
    topic="Tagging Amazon ECS resources",
    passes=({"propagateTags": "SERVICE"}, {"propagateTags": "TASK_DEFINITION"}),
    fails=({}, {"propagateTags": "NONE"}),
    undecided=({"propagateTags": UNKNOWN},),
)
def ecs_service_propagates_tags(service: Resource) -> Iterator[Violation]:
    """ECS services propagate tags to their tasks.

    By default tags stay on the service or the task definition, and the tasks that cost the money have none.
    """
    if service.text("propagateTags") not in {"SERVICE", "TASK_DEFINITION"}:
        yield Violation("no tags reach the tasks", at="propagateTags", fix=Fix({"propagateTags": "SERVICE"}))


@rule(
    applies_to=(EVENT_TARGET, SCHEDULE, PIPE),
    severity=Severity.LOW,
    remedy="Set propagateTags of the ECS parameters to TASK_DEFINITION, or give the tasks tags of their own there.",
    controls=INVENTORY,
    topic="Tagging Amazon ECS resources",
    passes=(
        {"ecsTarget": {**_TASK, "propagateTags": "TASK_DEFINITION"}},
        Example({"target": {"ecsParameters": {**_TASK, "propagateTags": "TASK_DEFINITION"}}}, type=SCHEDULE),
        {"ecsTarget": {**_TASK, "tags": _TAGS}},
        {"ecsTarget": {**_TASK, "tags": _TAGS, "propagateTags": UNKNOWN}},
        Example({"targetParameters": {"ecsTaskParameters": {**_TASK, "tags": _TAGS}}}, type=PIPE),
        {},
    ),
    fails=(
        {"ecsTarget": _TASK},
        {"ecsTarget": {**_TASK, "tags": {}}},
        Example({"target": {"ecsParameters": _TASK}}, type=SCHEDULE),
        Example({"targetParameters": {"ecsTaskParameters": _TASK}}, type=PIPE),
    ),
    undecided=(
        {"ecsTarget": {**_TASK, "propagateTags": UNKNOWN}},
        {"ecsTarget": {**_TASK, "tags": UNKNOWN}},
        {"ecsTarget": UNKNOWN},
    ),
)
def ecs_task_starter_propagates_tags(starter: Resource) -> Iterator[Violation]:
    """Event rules, schedules and pipes propagate tags to the ECS tasks that they start.

    By default such tasks carry no tags, so their costs have no owner.
    """
    path = _TASK_PARAMETERS[starter.type]
    if not starter.has(path):
        return  # it starts something else
    task = starter.block(path)
    if not any(True for _ in in_turn(_propagated(task), keys_in(task, "tags"))):
        fix = Fix({f"{path}.propagateTags": "TASK_DEFINITION"})
        yield Violation("no tags reach the tasks", at=f"{path}.propagateTags", fix=fix)


def _propagated(task: Block) -> Iterator[str]:
    """Yield where the tags of a task come from, where it takes those of its definition."""
    if task.text("propagateTags") == "TASK_DEFINITION":
        yield "propagateTags"


def _volume(**properties: object) -> dict[str, object]:
    return {"volumeConfiguration": {"name": "data", "managedEbsVolume": {"roleArn": "role", **properties}}}


@rule(
    applies_to=(SERVICE,),
    severity=Severity.LOW,
    remedy="Add tagSpecifications for volumes to managedEbsVolume.",
    controls=INVENTORY,
    topic="Tagging Amazon ECS resources",
    passes=(
        _volume(tagSpecifications=[{"resourceType": "volume", "tags": _TAGS}]),
        _volume(tagSpecifications=[{"resourceType": "volume", "propagateTags": "SERVICE"}]),
        {},
    ),
    fails=(
        _volume(),
        _volume(tagSpecifications=[{"resourceType": "volume", "propagateTags": "NONE"}]),
    ),
    undecided=(_volume(tagSpecifications=UNKNOWN), {"volumeConfiguration": UNKNOWN}),
)
def ecs_service_volumes_tagged(service: Resource) -> Iterator[Violation]:
    """ECS services tag the EBS volumes that they attach.

    ECS makes a volume for each task. Without tags nobody knows which service a volume is, or whether it is still needed.
    """
    path = "volumeConfiguration.managedEbsVolume"
    if not service.has(path):
        return
    volume = service.block(path)
    if not any(in_turn(map(_gives_tags, volume.each("tagSpecifications")))):
        yield Violation(f"{path} has no tagSpecifications with tags", at=f"{path}.tagSpecifications")


def _gives_tags(specification: Block) -> bool:
    return bool(specification.entries("tags")) or specification.text("propagateTags", "NONE") != "NONE"


def _compute(type_: object, **properties: object) -> dict[str, object]:
    return {"computeResources": {"type": type_, **properties}}


@rule(
    applies_to=("aws:batch/computeEnvironment:ComputeEnvironment",),
    severity=Severity.LOW,
    remedy="Set computeResources.tags.",
    controls=INVENTORY,
    topic="Tagging your AWS Batch resources",
    parameters=WantedKeys,
    passes=(
        _compute("EC2", tags=_TAGS),
        _compute("SPOT", launchTemplate={"launchTemplateId": UNKNOWN}),
        _compute("FARGATE"),
        {"type": "UNMANAGED"},
    ),
    fails=(
        {**_compute("EC2"), "tags": _TAGS},
        _compute("SPOT", tags={}),
        Example(_compute("EC2", tags={"Team": "data"}), parameters=OWNER),
    ),
    undecided=(_compute("EC2", tags=UNKNOWN), _compute(UNKNOWN), {"computeResources": UNKNOWN}),
)
def batch_instances_tagged(environment: Resource, parameters: WantedKeys) -> Iterator[Violation]:
    """Batch compute environments tag their instances.

    The tags of the environment do not reach the instances that cost the money.
    """
    compute = environment.block("computeResources")
    if compute.has("launchTemplate") or not compute.has("type"):
        return  # the template may tag the instances; or others manage them
    missing = lack(keys_in(compute, "tags"), parameters.keys)
    if missing and compute.text("type") in {"EC2", "SPOT"}:
        yield Violation(f"instances: {missing}", at="computeResources.tags")


@rule(
    applies_to=("aws:eks/nodeGroup:NodeGroup",),
    severity=Severity.LOW,
    remedy=(
        "Set launchTemplate to a template with tagSpecifications for instances and volumes; this replaces a group that has"
        " none."
    ),
    controls=INVENTORY,
    topic="Customize managed nodes with launch templates",
    passes=(
        {"launchTemplate": {"id": "lt-1", "version": "1"}},
        {"launchTemplate": {"id": UNKNOWN}},
        {"launchTemplate": UNKNOWN},
    ),
    fails=({}, {"tags": _TAGS}),
)
def eks_node_group_instances_tagged(group: Resource) -> Iterator[Violation]:
    """EKS node groups tag their instances through a launch template.

    The tags of a node group reach neither its instances nor their volumes; those of its Auto Scaling group reach only
    instances launched later. What the template tags is the question of launch-template-tags-what-it-launches.
    """
    if not group.has("launchTemplate"):
        yield Violation("no launch template tags the instances", at="launchTemplate")


@rule(
    applies_to=("aws:ec2/spotFleetRequest:SpotFleetRequest",),
    severity=Severity.LOW,
    remedy="Set tags in each of launchSpecifications.",
    controls=INVENTORY,
    topic="Tag your Amazon EC2 resources",
    parameters=WantedKeys,
    each=lambda fleet: fleet.each("launchSpecifications"),
    passes=(
        {"launchSpecifications": [{"instanceType": "m7g.large", "tags": _TAGS}]},
        {"launchTemplateConfigs": [{"launchTemplateSpecification": {"id": "lt-1", "version": "1"}}]},
    ),
    fails=(
        {"launchSpecifications": [{"instanceType": "m7g.large"}], "tags": _TAGS},
        {"launchSpecifications": [{"tags": UNKNOWN}, {"instanceType": "m7g.large"}]},
        Example({"launchSpecifications": [{"tags": {"Team": "data"}}]}, parameters=OWNER),
    ),
    undecided=({"launchSpecifications": [{"tags": UNKNOWN}]}, {"launchSpecifications": UNKNOWN}),
)
def spot_fleet_instances_tagged(launched: Block, parameters: WantedKeys) -> Iterator[Violation]:
    """Spot fleets tag their instances.

    The tags of the request stay on the request; what a launch template tags is a question to the template.
    """
    yield from _untagged(launched, "tags", parameters.keys)


def _untagged(block: Block, path: str, keys: tuple[str, ...]) -> Iterator[Violation]:
    if missing := lack(keys_in(block, path), keys):
        yield Violation(f"{block.at(path)}: {missing}", at=block.at(path))


@rule(
    applies_to=("aws:imagebuilder/infrastructureConfiguration:InfrastructureConfiguration",),
    severity=Severity.LOW,
    remedy="Set resourceTags.",
    controls=INVENTORY,
    topic="EC2 Image Builder tagging",
    parameters=WantedKeys,
    passes=({"resourceTags": _TAGS}, Example({"resourceTags": {"Owner": UNKNOWN}}, parameters=OWNER)),
    fails=({"tags": _TAGS}, {}, Example({"resourceTags": {"Team": "data"}}, parameters=OWNER)),
    undecided=({"resourceTags": UNKNOWN},),
)
def imagebuilder_instances_tagged(configuration: Resource, parameters: WantedKeys) -> Iterator[Violation]:
    """Image Builder tags the instances that it builds on.

    The tags of the configuration stay on the configuration.
    """
    yield from _untagged(configuration, "resourceTags", parameters.keys)


def _images(configuration: Resource) -> Iterator[Block]:
    return (image for item in configuration.each("distributions") for image in item.each("amiDistributionConfiguration"))


def _distribution(**properties: object) -> dict[str, object]:
    return {"distributions": [{"region": "eu-west-1", **properties}]}


@rule(
    applies_to=("aws:imagebuilder/distributionConfiguration:DistributionConfiguration",),
    severity=Severity.LOW,
    remedy="Set amiTags in each amiDistributionConfiguration.",
    controls=INVENTORY,
    topic="EC2 Image Builder tagging",
    parameters=WantedKeys,
    each=_images,
    passes=(
        _distribution(amiDistributionConfiguration={"amiTags": _TAGS}),
        _distribution(licenseConfigurationArns=["arn:aws:license-manager:eu-west-1:111122223333:license-configuration:lic-1"]),
    ),
    fails=(
        _distribution(amiDistributionConfiguration={"name": "base-{{ imagebuilder:buildDate }}"}),
        Example(_distribution(amiDistributionConfiguration={"amiTags": {"Team": "data"}}), parameters=OWNER),
    ),
    undecided=(_distribution(amiDistributionConfiguration={"amiTags": UNKNOWN}), {"distributions": UNKNOWN}),
)
def imagebuilder_images_tagged(image: Block, parameters: WantedKeys) -> Iterator[Violation]:
    """Image Builder tags the machine images that it distributes.

    Images without tags are kept for years, with their snapshots, because nobody knows who needs them.
    """
    yield from _untagged(image, "amiTags", parameters.keys)
