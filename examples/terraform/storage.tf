# A bucket done right: a key of its own, no public access, TLS only.
resource "aws_kms_key" "documents" {
  description             = "Documents of customers"
  enable_key_rotation     = true
  deletion_window_in_days = 30

  tags = {
    environment = var.environment
  }
}

resource "aws_s3_bucket" "documents" {
  bucket = "example-documents"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "documents" {
  bucket = aws_s3_bucket.documents.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.documents.arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "documents" {
  bucket                  = aws_s3_bucket.documents.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

data "aws_iam_policy_document" "tls_only" {
  statement {
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.documents.arn, "${aws_s3_bucket.documents.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "documents" {
  bucket = aws_s3_bucket.documents.id
  policy = data.aws_iam_policy_document.tls_only.json
}

# Everything below leaves something open.
resource "aws_s3_bucket" "scratch" {
  #checkov:skip=CKV_AWS_18:Scratch data, deleted every night
  bucket = "example-scratch"
  acl    = "public-read"
}

resource "aws_ebs_volume" "cache" {
  availability_zone = "eu-west-1a"
  size              = 20

  tags = {
    "cost-center" = "none"
  }
}

resource "aws_db_instance" "orders" {
  identifier                  = "orders-${var.environment}"
  engine                      = "postgres"
  instance_class              = "db.t4g.micro"
  allocated_storage           = 20
  username                    = "orders"
  manage_master_user_password = true
  storage_encrypted           = false
  skip_final_snapshot         = true
}

resource "aws_db_instance" "invoices" {
  identifier                  = "invoices"
  engine                      = "postgres"
  instance_class              = "db.t4g.micro"
  allocated_storage           = 20
  username                    = "invoices"
  manage_master_user_password = true
  storage_encrypted           = var.environment == "production"
}

resource "aws_sqs_queue" "jobs" {
  count                   = 2
  name                    = "jobs-${count.index}"
  sqs_managed_sse_enabled = false
}

resource "aws_sns_topic" "alerts" {
  name              = "alerts"
  kms_master_key_id = aws_kms_key.documents.id
}
