resource "aws_s3_bucket" "lake" {
  count = length(local.zones)

  bucket = "${local.prefix}-${local.zones[count.index]}"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "lake" {
  count = length(local.zones)

  bucket = aws_s3_bucket.lake[count.index].id

  rule {
    bucket_key_enabled = local.encryption.bucket_key

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.data.arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "lake" {
  count = length(local.zones)

  bucket                  = aws_s3_bucket.lake[count.index].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_policy" "lake" {
  bucket = aws_s3_bucket.lake[0].id
  policy = data.aws_iam_policy_document.lake.json
}

data "aws_iam_policy_document" "lake" {
  source_policy_documents = [data.aws_iam_policy_document.tls.json]

  statement {
    sid       = "Producers"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.lake[0].arn}/*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::444455556666:root"]
    }
  }
}

data "aws_iam_policy_document" "tls" {
  statement {
    sid       = "Tls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.lake[0].arn, "${aws_s3_bucket.lake[0].arn}/*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket" "exchange" {
  bucket = "${local.prefix}-exchange"
}

resource "aws_s3_bucket_policy" "exchange" {
  bucket = aws_s3_bucket.exchange.id

  policy = <<-POLICY
    {
      "Version": "2012-10-17",
      "Statement": {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::data-production-exchange/*"],
        "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
      }
    }
  POLICY
}

resource "aws_s3_object" "mapping" {
  bucket = aws_s3_bucket.lake[0].id
  key    = "mapping.json"
  source = "mapping.json"
}

resource "aws_s3_object" "schema" {
  bucket     = aws_s3_bucket.lake[0].id
  key        = "schema.json"
  source     = "schema.json"
  kms_key_id = aws_kms_key.data.arn
}

resource "aws_glue_catalog_database" "lake" {
  for_each = toset(local.zones)

  name = "${local.prefix}_${each.key}"
}

resource "aws_glue_data_catalog_encryption_settings" "lake" {
  data_catalog_encryption_settings {
    connection_password_encryption {
      return_connection_password_encrypted = true
      aws_kms_key_id                       = aws_kms_key.data.arn
    }

    encryption_at_rest {
      catalog_encryption_mode = "SSE-KMS"
      sse_aws_kms_key_id      = aws_kms_key.data.arn
    }
  }
}

resource "aws_glue_security_configuration" "jobs" {
  name = local.prefix

  encryption_configuration {
    cloudwatch_encryption {
      cloudwatch_encryption_mode = "DISABLED"
    }

    job_bookmarks_encryption {
      job_bookmarks_encryption_mode = "CSE-KMS"
      kms_key_arn                   = aws_kms_key.data.arn
    }

    s3_encryption {
      s3_encryption_mode = "SSE-KMS"
      kms_key_arn        = aws_kms_key.data.arn
    }
  }
}

resource "aws_glue_job" "clean" {
  name                   = "${local.prefix}-clean"
  role_arn               = aws_iam_role.glue.arn
  security_configuration = aws_glue_security_configuration.jobs.name

  command {
    script_location = "s3://${aws_s3_bucket.lake[1].bucket}/clean.py"
  }
}

resource "aws_glue_crawler" "raw" {
  name          = "${local.prefix}-raw"
  role          = aws_iam_role.glue.arn
  database_name = aws_glue_catalog_database.lake["raw"].name

  s3_target {
    path = "s3://${aws_s3_bucket.lake[0].bucket}"
  }
}

resource "aws_athena_workgroup" "analysts" {
  name = "${local.prefix}-analysts"

  configuration {
    enforce_workgroup_configuration = true

    result_configuration {
      output_location = "s3://${aws_s3_bucket.lake[2].bucket}/results/"

      encryption_configuration {
        encryption_option = "SSE_KMS"
        kms_key_arn       = aws_kms_key.data.arn
      }
    }
  }
}

resource "aws_athena_workgroup" "experiments" {
  name = "${local.prefix}-experiments"

  configuration {
    enforce_workgroup_configuration = false
  }
}

resource "aws_athena_database" "lake" {
  name   = "lake"
  bucket = aws_s3_bucket.lake[2].bucket
}
