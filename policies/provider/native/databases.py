"""Twins of databases, caches and search."""

from __future__ import annotations

from policies.provider.native.conversions import TAGGED
from policies.provider.native.twin import Field, Twin
from policies.unknown import read


def _log_options(value: object) -> object:
    """Return a map of log types as a list of them."""
    options = read(value)
    if not isinstance(options, dict):
        return value
    return [
        {"logType": type_, "cloudwatchLogGroupArn": option.get("cloudWatchLogsLogGroupArn"), "enabled": option.get("enabled")}
        if isinstance(option, dict)
        else option
        for type_, option in ((type_, read(item)) for type_, item in options.items())
    ]


def parameters(value: object) -> object:
    """Return a map of parameters as a list of them."""
    known = read(value)
    if not isinstance(known, dict):
        return value
    return [{"name": name, "value": item} for name, item in known.items()]


_SEARCH = {
    **TAGGED,
    "encryptionAtRestOptions": Field("encryptAtRest"),
    "logPublishingOptions": Field("logPublishingOptions", convert=_log_options),
    "nodeToNodeEncryptionOptions": Field("nodeToNodeEncryption"),
}
_PARAMETERS = {**TAGGED, "parameters": Field("parameters", convert=parameters)}
_CACHE = {
    **TAGGED,
    "cacheNodeType": Field("nodeType"),
    "cacheParameterGroupName": Field("parameterGroupName"),
    "cacheSecurityGroupNames": Field("securityGroupNames"),
    "cacheSubnetGroupName": Field("subnetGroupName"),
    "preferredMaintenanceWindow": Field("maintenanceWindow"),
}

TWINS = {
    "aws-native:dax:Cluster": Twin(
        "aws:dax/cluster:Cluster",
        {**TAGGED, "sseSpecification": Field("serverSideEncryption", {"sseEnabled": Field("enabled")})},
    ),
    "aws-native:docdb:DbCluster": Twin(
        "aws:docdb/cluster:Cluster",
        {
            **TAGGED,
            "dbClusterIdentifier": Field("clusterIdentifier"),
            "enableCloudwatchLogsExports": Field("enabledCloudwatchLogsExports"),
            "masterUserPassword": Field("masterPassword"),
            "sourceDbClusterIdentifier": Field("restoreToPointInTime"),
        },
    ),
    "aws-native:docdb:DbClusterParameterGroup": Twin("aws:docdb/clusterParameterGroup:ClusterParameterGroup", _PARAMETERS),
    "aws-native:dynamodb:Table": Twin(
        "aws:dynamodb/table:Table",
        {
            **TAGGED,
            "pointInTimeRecoverySpecification": Field("pointInTimeRecovery", {"pointInTimeRecoveryEnabled": Field("enabled")}),
            "tableName": Field("name"),
            "sseSpecification": Field(
                "serverSideEncryption", {"sseEnabled": Field("enabled"), "kmsMasterKeyId": Field("kmsKeyArn")}
            ),
        },
    ),
    "aws-native:elasticache:CacheCluster": Twin(
        "aws:elasticache/cluster:Cluster",
        {**_CACHE, "clusterName": Field("clusterId"), "vpcSecurityGroupIds": Field("securityGroupIds")},
    ),
    "aws-native:elasticache:ReplicationGroup": Twin(
        "aws:elasticache/replicationGroup:ReplicationGroup",
        {**_CACHE, "replicationGroupDescription": Field("description")},
    ),
    "aws-native:elasticsearch:Domain": Twin(
        "aws:elasticsearch/domain:Domain", {**_SEARCH, "elasticsearchClusterConfig": Field("clusterConfig")}
    ),
    "aws-native:neptune:DbCluster": Twin(
        "aws:neptune/cluster:Cluster",
        {
            **TAGGED,
            "dbClusterIdentifier": Field("clusterIdentifier"),
            "dbClusterParameterGroupName": Field("neptuneClusterParameterGroupName"),
            "dbInstanceParameterGroupName": Field("neptuneInstanceParameterGroupName"),
            "dbPort": Field("port"),
            "dbSubnetGroupName": Field("neptuneSubnetGroupName"),
            "iamAuthEnabled": Field("iamDatabaseAuthenticationEnabled"),
            "kmsKeyId": Field("kmsKeyArn"),
            "sourceDbClusterIdentifier": Field("replicationSourceIdentifier"),
        },
    ),
    "aws-native:opensearchservice:Domain": Twin("aws:opensearch/domain:Domain", _SEARCH),
    "aws-native:qldb:Ledger": Twin("aws:qldb/ledger:Ledger", TAGGED),
    "aws-native:rds:DbCluster": Twin(
        "aws:rds/cluster:Cluster",
        {
            **TAGGED,
            "dbClusterIdentifier": Field("clusterIdentifier"),
            "enableCloudwatchLogsExports": Field("enabledCloudwatchLogsExports"),
            "enableIamDatabaseAuthentication": Field("iamDatabaseAuthenticationEnabled"),
            "masterUserPassword": Field("masterPassword"),
            "sourceDbClusterIdentifier": Field("restoreToPointInTime"),
            "sourceDbClusterResourceId": Field("restoreToPointInTime"),
        },
    ),
    "aws-native:rds:DbClusterParameterGroup": Twin(
        "aws:rds/clusterParameterGroup:ClusterParameterGroup",
        {**_PARAMETERS, "dbClusterParameterGroupName": Field("name")},
    ),
    "aws-native:rds:DbInstance": Twin(
        "aws:rds/instance:Instance",
        {
            **TAGGED,
            "caCertificateIdentifier": Field("caCertIdentifier"),
            "dbClusterIdentifier": Field("clusterIdentifier"),
            "dbClusterSnapshotIdentifier": Field("snapshotIdentifier"),
            "dbInstanceClass": Field("instanceClass"),
            "dbInstanceIdentifier": Field("identifier"),
            "dbParameterGroupName": Field("parameterGroupName"),
            "dbSnapshotIdentifier": Field("snapshotIdentifier"),
            "enableCloudwatchLogsExports": Field("enabledCloudwatchLogsExports"),
            "enableIamDatabaseAuthentication": Field("iamDatabaseAuthenticationEnabled"),
            "enablePerformanceInsights": Field("performanceInsightsEnabled"),
            "masterUserPassword": Field("password"),
            "masterUsername": Field("username"),
            "sourceDbClusterIdentifier": Field("replicateSourceDb"),
            "sourceDbInstanceAutomatedBackupsArn": Field("restoreToPointInTime"),
            "sourceDbInstanceIdentifier": Field("replicateSourceDb"),
            "sourceDbiResourceId": Field("restoreToPointInTime"),
            "vpcSecurityGroups": Field("vpcSecurityGroupIds"),
        },
        members={"dbClusterIdentifier": "aws:rds/clusterInstance:ClusterInstance"},
    ),
    "aws-native:rds:DbParameterGroup": Twin(
        "aws:rds/parameterGroup:ParameterGroup", {**_PARAMETERS, "dbParameterGroupName": Field("name")}
    ),
    "aws-native:rds:DbProxy": Twin("aws:rds/proxy:Proxy", {**TAGGED, "auth": Field("auths"), "dbProxyName": Field("name")}),
    "aws-native:redshift:Cluster": Twin(
        "aws:redshift/cluster:Cluster",
        {
            **TAGGED,
            "availabilityZoneRelocation": Field("availabilityZoneRelocationEnabled"),
            "dbName": Field("databaseName"),
            "masterUserPassword": Field("masterPassword"),
        },
    ),
    "aws-native:redshift:ClusterParameterGroup": Twin(
        "aws:redshift/parameterGroup:ParameterGroup",
        {
            **TAGGED,
            "parameterGroupFamily": Field("family"),
            "parameterGroupName": Field("name"),
            "parameters": Field("parameters", {"parameterName": Field("name"), "parameterValue": Field("value")}),
        },
    ),
    "aws-native:timestream:Database": Twin("aws:timestreamwrite/database:Database", TAGGED),
}
