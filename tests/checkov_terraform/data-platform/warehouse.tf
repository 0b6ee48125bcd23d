resource "aws_redshift_cluster" "warehouse" {
  cluster_identifier           = local.prefix
  node_type                    = "ra3.xlplus"
  master_username              = "loader"
  master_password              = var.warehouse_password
  encrypted                    = true
  kms_key_id                   = aws_kms_key.data.arn
  cluster_parameter_group_name = aws_redshift_parameter_group.warehouse.name
  publicly_accessible          = false
  skip_final_snapshot          = true
}

resource "aws_redshift_parameter_group" "warehouse" {
  name   = local.prefix
  family = "redshift-1.0"

  parameter {
    name  = "require_ssl"
    value = "true"
  }
}

resource "aws_redshift_cluster" "sandbox" {
  #checkov:skip=CKV_AWS_87:The sandbox is reached from the office only
  cluster_identifier = "${local.prefix}-sandbox"
  node_type          = "ra3.large"
  master_username    = "sandbox"
  master_password    = var.warehouse_password
  encrypted          = false
}

resource "aws_redshift_parameter_group" "sandbox" {
  name   = "${local.prefix}-sandbox"
  family = "redshift-1.0"
}

resource "aws_rds_cluster" "catalogue" {
  cluster_identifier                  = "${local.prefix}-catalogue"
  engine                              = "aurora-postgresql"
  master_username                     = "catalogue"
  manage_master_user_password         = true
  storage_encrypted                   = true
  kms_key_id                          = aws_kms_key.data.arn
  iam_database_authentication_enabled = true
  copy_tags_to_snapshot               = true
  deletion_protection                 = true
  backup_retention_period             = 14
}

resource "aws_rds_cluster_instance" "catalogue" {
  count = 2

  identifier                   = "${local.prefix}-catalogue-${count.index}"
  cluster_identifier           = aws_rds_cluster.catalogue.id
  engine                       = aws_rds_cluster.catalogue.engine
  instance_class               = "db.r7g.large"
  performance_insights_enabled = true
}

resource "aws_rds_cluster" "legacy" {
  cluster_identifier = "${local.prefix}-legacy"
  engine             = "aurora-mysql"
  master_username    = "legacy"
  master_password    = var.warehouse_password
}

resource "aws_rds_cluster" "serverless" {
  cluster_identifier = "${local.prefix}-serverless"
  engine             = "aurora-postgresql"
  engine_mode        = "serverless"
  master_username    = "serverless"
  master_password    = var.warehouse_password
}

resource "aws_docdb_cluster" "documents" {
  cluster_identifier              = "${local.prefix}-documents"
  master_username                 = "documents"
  master_password                 = var.warehouse_password
  storage_encrypted               = true
  db_cluster_parameter_group_name = aws_docdb_cluster_parameter_group.documents.name
}

resource "aws_docdb_cluster_parameter_group" "documents" {
  family = "docdb5.0"
  name   = local.prefix

  parameter {
    name  = "tls"
    value = "disabled"
  }
}

resource "aws_neptune_cluster" "graph" {
  cluster_identifier                  = "${local.prefix}-graph"
  storage_encrypted                   = true
  iam_database_authentication_enabled = false
}

resource "aws_db_snapshot" "before_migration" {
  db_instance_identifier = "orders"
  db_snapshot_identifier = "${local.prefix}-before-migration"
  shared_accounts        = ["all"]
}

module "sessions" {
  source = "./modules/table"

  name   = "${local.prefix}-sessions"
  hash   = "session"
  key    = aws_kms_key.data.arn
  backup = true
}

module "locks" {
  source = "./modules/table"

  name = "${local.prefix}-locks"
  hash = "lock"
}

resource "aws_dynamodb_table" "jobs" {
  name         = "${local.prefix}-jobs"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "job"

  attribute {
    name = "job"
    type = "S"
  }

  server_side_encryption {
    enabled = true
  }

  replica {
    region_name = "eu-west-1"
  }
}

resource "aws_dax_cluster" "jobs" {
  cluster_name       = "jobs"
  iam_role_arn       = aws_iam_role.glue.arn
  node_type          = "dax.t3.small"
  replication_factor = 1
}

resource "aws_opensearch_domain" "search" {
  domain_name    = local.prefix
  engine_version = "OpenSearch_2.13"

  cluster_config {
    instance_type  = "m7g.large.search"
    instance_count = 3
  }

  encrypt_at_rest {
    enabled    = true
    kms_key_id = aws_kms_key.data.arn
  }

  node_to_node_encryption {
    enabled = true
  }

  domain_endpoint_options {
    enforce_https       = true
    tls_security_policy = "Policy-Min-TLS-1-2-PFS-2023-10"
  }

  advanced_security_options {
    enabled                        = true
    internal_user_database_enabled = false

    master_user_options {
      master_user_arn = aws_iam_role.glue.arn
    }
  }
}

resource "aws_elasticsearch_domain" "logs" {
  domain_name           = "${local.prefix}-logs"
  elasticsearch_version = "7.10"

  cluster_config {
    instance_type  = "t3.small.elasticsearch"
    instance_count = 1
  }

  encrypt_at_rest {
    enabled = true
  }

  access_policies = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "*" }
      Action    = "es:*"
      Resource  = "arn:aws:es:${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}:domain/*"
    }]
  })
}

resource "aws_elasticache_cluster" "memcached" {
  cluster_id      = "${local.prefix}-cache"
  engine          = "memcached"
  node_type       = "cache.t4g.small"
  num_cache_nodes = 1
}

resource "aws_memorydb_cluster" "features" {
  name       = "${local.prefix}-features"
  acl_name   = "open-access"
  node_type  = "db.t4g.small"
  kms_key_arn = aws_kms_key.data.arn
}

resource "aws_backup_vault" "data" {
  name        = local.prefix
  kms_key_arn = aws_kms_key.data.arn
}

resource "aws_dms_replication_instance" "migration" {
  replication_instance_id    = local.prefix
  replication_instance_class = "dms.t3.medium"
}

resource "aws_dms_endpoint" "source" {
  endpoint_id   = "orders"
  endpoint_type = "source"
  engine_name   = "mysql"
  server_name   = "orders.internal"
  port          = 3306
  username      = "replica"
  password      = var.warehouse_password
  ssl_mode      = "none"
}

resource "aws_sagemaker_notebook_instance" "research" {
  name                   = "${local.prefix}-research"
  role_arn               = aws_iam_role.notebook.arn
  instance_type          = "ml.t3.medium"
  root_access            = "Enabled"
  kms_key_id             = aws_kms_key.data.arn
  direct_internet_access = "Disabled"
}

resource "aws_sagemaker_endpoint_configuration" "model" {
  name = local.prefix

  production_variants {
    variant_name           = "a"
    model_name             = "model"
    instance_type          = "ml.m5.large"
    initial_instance_count = 1
  }
}

resource "aws_emr_cluster" "batch" {
  name                   = local.prefix
  release_label          = "emr-7.1.0"
  applications           = ["Spark"]
  service_role           = aws_iam_role.glue.arn
  security_configuration = aws_emr_security_configuration.batch.name

  ec2_attributes {
    instance_profile = "arn:aws:iam::111122223333:instance-profile/emr"
  }

  master_instance_group {
    instance_type = "m7g.xlarge"
  }

  core_instance_group {
    instance_type = "m7g.xlarge"
  }
}

resource "aws_emr_security_configuration" "batch" {
  name = local.prefix

  configuration = <<-EOT
    {
      "EncryptionConfiguration": {
        "EnableInTransitEncryption": false,
        "EnableAtRestEncryption": true,
        "AtRestEncryptionConfiguration": {
          "S3EncryptionConfiguration": {"EncryptionMode": "SSE-S3"},
          "LocalDiskEncryptionConfiguration": {
            "EncryptionKeyProviderType": "AwsKms",
            "AwsKmsKey": "${aws_kms_key.data.arn}",
            "EnableEbsEncryption": true
          }
        }
      }
    }
  EOT
}
