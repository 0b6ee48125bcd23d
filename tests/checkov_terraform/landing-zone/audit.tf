module "trail" {
  source = "./modules/trail"

  name = "organization"
  key  = aws_kms_key.audit.arn
}

module "trail_sandbox" {
  source = "./modules/trail"

  name       = "sandbox"
  validation = false
}

resource "aws_kms_key" "audit" {
  description         = "Trails"
  enable_key_rotation = local.baseline.kms
  policy              = data.aws_iam_policy_document.audit_key.json
}

data "aws_iam_policy_document" "audit_key" {
  statement {
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root"]
    }
  }

  statement {
    actions   = ["kms:GenerateDataKey*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["cloudtrail.amazonaws.com"]
    }

    condition {
      test     = "StringLike"
      variable = "kms:EncryptionContext:aws:cloudtrail:arn"
      values   = ["arn:aws:cloudtrail:*:${data.aws_caller_identity.current.account_id}:trail/*"]
    }
  }
}

resource "aws_cloudtrail_event_data_store" "events" {
  name             = "organization"
  retention_period = 90
}

resource "aws_config_configuration_recorder" "main" {
  role_arn = aws_iam_role.config.arn

  recording_group {
    all_supported                 = true
    include_global_resource_types = true
  }
}

resource "aws_config_delivery_channel" "main" {
  s3_bucket_name = aws_s3_bucket.config.bucket
  depends_on     = [aws_config_configuration_recorder.main]
}

resource "aws_s3_bucket" "config" {
  bucket        = "landing-zone-config"
  force_destroy = true

  tags = {
    Name = "config"
  }
}

resource "aws_s3_bucket_acl" "config" {
  bucket = aws_s3_bucket.config.id
  acl    = "private"
}

resource "aws_s3_bucket_ownership_controls" "config" {
  bucket = aws_s3_bucket.config.id

  rule {
    object_ownership = "BucketOwnerPreferred"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "config" {
  bucket = aws_s3_bucket.config.id

  rule {
    id     = "expire"
    status = "Enabled"

    expiration {
      days = var.retention
    }
  }
}

resource "aws_s3_account_public_access_block" "account" {
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_guardduty_detector" "main" {
  enable = true
}

resource "aws_securityhub_account" "main" {}

resource "aws_accessanalyzer_analyzer" "main" {
  analyzer_name = "organization"
  type          = "ACCOUNT"
}

resource "aws_cloudwatch_log_group" "flow" {
  name              = "/vpc/flow"
  retention_in_days = var.retention
}

resource "aws_cloudwatch_log_group" "audit" {
  #checkov:skip=CKV_AWS_158:AWS's own key is enough for these
  provider = aws.audit

  name              = "/audit"
  retention_in_days = 400
}

resource "aws_ebs_encryption_by_default" "main" {
  enabled = false
}

resource "aws_sns_topic" "security" {
  name              = "security-findings"
  kms_master_key_id = "alias/aws/sns"
}

resource "aws_backup_vault" "main" {
  name = "main"
}

resource "aws_backup_plan" "daily" {
  name = "daily"

  rule {
    rule_name         = "daily"
    target_vault_name = aws_backup_vault.main.name
    schedule          = "cron(0 3 * * ? *)"
  }
}
