"""Twins of what runs programs: instances, functions, containers, builds, notebooks, networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.provider.native.conversions import TAGGED, TAGS, is_enabled, listed, tag_map, texts_of
from policies.provider.native.twin import OTHERS, Field, Twin, unread
from policies.unknown import Unknown, read

if TYPE_CHECKING:
    from collections.abc import Mapping

_ROOT_DEVICES = frozenset({"/dev/xvda", "/dev/sda1"})
"""Names that AWS keeps for root volumes."""

_DEVICES = ("rootBlockDevice", "ebsBlockDevices", "ephemeralBlockDevices")


def _devices(value: object) -> Mapping[str, object]:
    """Return block device mappings as the root device, the EBS volumes and the instance stores."""
    if value is None:
        return {}
    if not isinstance(value, list):
        return unread(*_DEVICES)
    found: dict[str, object] = {}
    volumes: list[object] = []
    for item in map(read, value):
        name = read(item.get("deviceName")) if isinstance(item, dict) else item
        if not isinstance(item, dict) or isinstance(name, Unknown):
            found |= unread("rootBlockDevice")
        if not isinstance(item, dict):
            volumes.append(item)
            continue
        ebs = read(item.get("ebs"))
        if item.get("noDevice") is not None:
            volumes.append({"deviceName": name, "noDevice": True})
        elif isinstance(ebs, Unknown):
            volumes.append(ebs)
            found |= unread("rootBlockDevice") if name in _ROOT_DEVICES else {}
        elif isinstance(ebs, dict) and isinstance(name, str) and name in _ROOT_DEVICES:
            found["rootBlockDevice"] = {"deviceName": name, **ebs}
        elif isinstance(ebs, dict):
            volumes.append({"deviceName": name, **ebs})
    return {**found, "ebsBlockDevices": volumes}


def _volume_tags(value: object) -> Mapping[str, object]:
    """Return what is known of the tags of volumes: CloudFormation copies those of the instance, if it is told to."""
    return {} if value in (None, False) else unread("volumeTags")


def _template_tags(value: object) -> Mapping[str, object]:
    """Return the tags of a launch template itself; what it says of its instances stays."""
    items = read(value)
    if items is None:
        return {}
    if not isinstance(items, list):
        return unread("tags")
    if not any(isinstance(item, dict) and item.get("resourceType") == "launch-template" for item in map(read, items)):
        return {"tagSpecifications": items}
    found = [item for item in map(read, items) if not isinstance(item, dict) or item.get("resourceType") == "launch-template"]
    if len(found) > 1 or not isinstance(found[0], dict):
        return unread("tags")
    return {"tags": tag_map(found[0].get("tags"))}


_SPECIFICATIONS = Field("tagSpecifications", {"tags": TAGS})
_TEMPLATE = Field(
    "",
    {
        "networkInterfaces": Field("networkInterfaces", {"groups": Field("securityGroups")}),
        "securityGroupIds": Field("vpcSecurityGroupIds"),
        "securityGroups": Field("securityGroupNames"),
        "tagSpecifications": _SPECIFICATIONS,
    },
    names=(OTHERS,),
)
_PEER = {
    "cidrIp": Field("cidrBlocks", convert=listed),
    "cidrIpv6": Field("ipv6CidrBlocks", convert=listed),
    "destinationPrefixListId": Field("prefixListIds", convert=listed),
    "ipProtocol": Field("protocol"),
    "sourcePrefixListId": Field("prefixListIds", convert=listed),
}
_RULE = {
    **_PEER,
    "destinationSecurityGroupId": Field("securityGroups", convert=listed),
    "sourceSecurityGroupId": Field("securityGroups", convert=listed),
}
_OWN_RULE = {
    **_PEER,
    "destinationSecurityGroupId": Field("sourceSecurityGroupId"),
    "groupId": Field("securityGroupId"),
}
_SOURCE = {"buildSpec": Field("buildspec")}
_EFS_VOLUME = Field("efsVolumeConfiguration", {"filesystemId": Field("fileSystemId")})
_SERVICE_VOLUME = {
    "managedEbsVolume": Field(
        "managedEbsVolume",
        {
            "filesystemType": Field("fileSystemType"),
            "sizeInGiB": Field("sizeInGb"),
            "tagSpecifications": _SPECIFICATIONS,
        },
    )
}

_TEMPLATE_NAMED = Field("launchTemplate", {"launchTemplateId": Field("id"), "launchTemplateName": Field("name")})

TWINS = {
    "aws-native:autoscaling:AutoScalingGroup": Twin(
        "aws:autoscaling/group:Group",
        {
            "autoScalingGroupName": Field("name"),
            "launchConfigurationName": Field("launchConfiguration"),
            "launchTemplate": _TEMPLATE_NAMED,
        },
    ),
    "aws-native:autoscaling:LaunchConfiguration": Twin(
        "aws:ec2/launchConfiguration:LaunchConfiguration",
        {
            "blockDeviceMappings": Field("", spread=_devices, names=_DEVICES),
            "instanceMonitoring": Field("enableMonitoring"),
            "launchConfigurationName": Field("name"),
            "userData": Field("userDataBase64"),
        },
    ),
    "aws-native:codebuild:Project": Twin(
        "aws:codebuild/project:Project",
        {
            **TAGGED,
            "logsConfig": Field("logsConfig", {"cloudWatchLogs": Field("cloudwatchLogs")}),
            "queuedTimeoutInMinutes": Field("queuedTimeout"),
            "secondarySources": Field("secondarySources", _SOURCE),
            "source": Field("source", _SOURCE),
            "timeoutInMinutes": Field("buildTimeout"),
            "visibility": Field("projectVisibility"),
        },
    ),
    "aws-native:ec2:Instance": Twin(
        "aws:ec2/instance:Instance",
        {
            **TAGGED,
            "blockDeviceMappings": Field("", spread=_devices, names=_DEVICES),
            "imageId": Field("ami"),
            "launchTemplate": _TEMPLATE_NAMED,
            "placementGroupName": Field("placementGroup"),
            "privateIpAddress": Field("privateIp"),
            "propagateTagsToVolumeOnCreation": Field("", spread=_volume_tags, names=("volumeTags",)),
            "securityGroupIds": Field("vpcSecurityGroupIds"),
            "userData": Field("userDataBase64"),
        },
    ),
    "aws-native:ec2:LaunchTemplate": Twin(
        "aws:ec2/launchTemplate:LaunchTemplate",
        {
            "launchTemplateData": _TEMPLATE,
            "launchTemplateName": Field("name"),
            "tagSpecifications": Field("", spread=_template_tags, names=("tags",)),
            "versionDescription": Field("description"),
        },
    ),
    "aws-native:ec2:SecurityGroup": Twin(
        "aws:ec2/securityGroup:SecurityGroup",
        {
            **TAGGED,
            "groupDescription": Field("description"),
            "groupName": Field("name"),
            "securityGroupEgress": Field("egress", _RULE),
            "securityGroupIngress": Field("ingress", _RULE),
        },
    ),
    "aws-native:ec2:SecurityGroupEgress": Twin(
        "aws:ec2/securityGroupRule:SecurityGroupRule", _OWN_RULE, given={"type": "egress"}
    ),
    "aws-native:ec2:SecurityGroupIngress": Twin(
        "aws:ec2/securityGroupRule:SecurityGroupRule", _OWN_RULE, given={"type": "ingress"}
    ),
    "aws-native:ec2:Subnet": Twin("aws:ec2/subnet:Subnet", TAGGED),
    "aws-native:ec2:Vpc": Twin("aws:ec2/vpc:Vpc", TAGGED),
    "aws-native:ecs:Cluster": Twin(
        "aws:ecs/cluster:Cluster",
        {
            **TAGGED,
            "clusterName": Field("name"),
            "clusterSettings": Field("settings"),
            "configuration": Field(
                "configuration",
                {
                    "executeCommandConfiguration": Field(
                        "executeCommandConfiguration",
                        {
                            "logConfiguration": Field(
                                "logConfiguration", {"s3EncryptionEnabled": Field("s3BucketEncryptionEnabled")}
                            )
                        },
                    )
                },
            ),
        },
    ),
    "aws-native:ecs:Service": Twin(
        "aws:ecs/service:Service",
        {
            **TAGGED,
            "loadBalancers": Field("loadBalancers", {"loadBalancerName": Field("elbName")}),
            "networkConfiguration": Field(
                "networkConfiguration",
                {"awsvpcConfiguration": Field("", {"assignPublicIp": Field("assignPublicIp", convert=is_enabled)})},
            ),
            "role": Field("iamRole"),
            "serviceName": Field("name"),
            "volumeConfigurations": Field("volumeConfiguration", _SERVICE_VOLUME),
        },
    ),
    "aws-native:ecs:TaskDefinition": Twin(
        "aws:ecs/taskDefinition:TaskDefinition",
        {**TAGGED, "volumes": Field("volumes", {"efsVolumeConfiguration": _EFS_VOLUME})},
    ),
    "aws-native:eks:Cluster": Twin(
        "aws:eks/cluster:Cluster",
        {
            **TAGGED,
            "logging": Field(
                "",
                {"clusterLogging": Field("", {"enabledTypes": Field("enabledClusterLogTypes", convert=texts_of("type"))})},
            ),
            "resourcesVpcConfig": Field("vpcConfig"),
        },
    ),
    "aws-native:eks:Nodegroup": Twin(
        "aws:eks/nodeGroup:NodeGroup",
        {
            **TAGGED,
            "nodeRole": Field("nodeRoleArn"),
            "nodegroupName": Field("nodeGroupName"),
            "remoteAccess": Field("remoteAccess", {"sourceSecurityGroups": Field("sourceSecurityGroupIds")}),
            "subnets": Field("subnetIds"),
        },
    ),
    "aws-native:lambda:Function": Twin("aws:lambda/function:Function", {**TAGGED, "functionName": Field("name")}),
    "aws-native:sagemaker:NotebookInstance": Twin(
        "aws:sagemaker/notebookInstance:NotebookInstance",
        {
            **TAGGED,
            "notebookInstanceName": Field("name"),
            "securityGroupIds": Field("securityGroups"),
            "volumeSizeInGb": Field("volumeSize"),
        },
    ),
}
