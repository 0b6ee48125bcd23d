module "logs" {
  source = "./modules/bucket"

  name          = "${local.name}-logs"
  force_destroy = false
}

module "uploads" {
  source = "./modules/bucket"

  name    = "${local.name}-uploads"
  kms_key = aws_kms_key.app.arn
  public  = false
}

resource "aws_s3_bucket" "site" {
  for_each = local.static_sites

  bucket = "${local.name}-${each.key}"
}

resource "aws_s3_bucket_public_access_block" "site" {
  for_each = local.static_sites

  bucket                  = aws_s3_bucket.site[each.key].id
  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = false
  restrict_public_buckets = false
}

resource "aws_s3_bucket_policy" "site" {
  for_each = local.static_sites

  bucket = aws_s3_bucket.site[each.key].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Readers"
      Effect    = "Allow"
      Principal = "*"
      Action    = "s3:GetObject"
      Resource  = "${aws_s3_bucket.site[each.key].arn}/*"
    }]
  })
}

resource "aws_s3_bucket" "media" {
  #checkov:skip=CKV_AWS_144:Media can be made again from their originals
  bucket = "${local.name}-media"
}

resource "aws_s3_bucket_acl" "media" {
  bucket = aws_s3_bucket.media.id
  acl    = "public-read"
}

resource "aws_s3_bucket_versioning" "media" {
  bucket = aws_s3_bucket.media.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_cors_configuration" "media" {
  bucket = aws_s3_bucket.media.id

  cors_rule {
    allowed_methods = ["GET", "PUT"]
    allowed_origins = ["*"]
  }
}

resource "aws_db_instance" "shop" {
  identifier        = local.name
  engine            = "postgres"
  engine_version    = "16.3"
  instance_class    = "db.t4g.medium"
  allocated_storage = 50
  username          = "shop"
  password          = var.db_password

  storage_encrypted                   = var.db_encrypted
  multi_az                            = local.multi_az
  iam_database_authentication_enabled = true
  performance_insights_enabled        = true
  auto_minor_version_upgrade          = true
  backup_retention_period             = 7
  copy_tags_to_snapshot               = true
  ca_cert_identifier                  = "rds-ca-rsa2048-g1"
  skip_final_snapshot                 = false
}

resource "aws_db_instance" "reports" {
  identifier          = "${local.name}-reports"
  engine              = "mysql"
  instance_class      = "db.t4g.small"
  allocated_storage   = 20
  username            = "reports"
  password            = "correct-horse-battery"
  publicly_accessible = true
  skip_final_snapshot = true
}

resource "aws_elasticache_replication_group" "sessions" {
  replication_group_id       = local.name
  description                = "Sessions"
  node_type                  = "cache.t4g.small"
  num_cache_clusters         = 2
  automatic_failover_enabled = true
  at_rest_encryption_enabled = true
  transit_encryption_enabled = true
  auth_token                 = var.db_password
}

resource "aws_elasticache_replication_group" "fragments" {
  replication_group_id = "${local.name}-fragments"
  description          = "Rendered fragments"
  node_type            = "cache.t4g.small"
}

resource "aws_secretsmanager_secret" "db" {
  name       = "${local.name}/db"
  kms_key_id = aws_kms_key.app.arn
}

resource "aws_secretsmanager_secret" "mail" {
  name = "${local.name}/mail"
}

resource "aws_ssm_parameter" "settings" {
  for_each = {
    log_level = "info"
    feature_x = "on"
  }

  name  = "/${local.name}/${each.key}"
  type  = "String"
  value = each.value
}

resource "aws_ssm_parameter" "token" {
  name  = "/${local.name}/token"
  type  = "SecureString"
  value = var.db_password
}

# Written before encryption had a resource of its own.
resource "aws_s3_bucket" "archive" {
  bucket = "shop-archive"

  server_side_encryption_configuration {
    rule {
      apply_server_side_encryption_by_default {
        sse_algorithm = "aws:kms:dsse"
      }
    }
  }
}
