provider "aws" {
  region = "eu-central-1"
  default_tags {
    tags = {
      owner = "platform"
    }
  }
}

variable "names" {
  type    = set(string)
  default = ["raw", "curated"]
}

variable "ports" {
  type    = list(number)
  default = [22, 443]
}

variable "encrypt" {}

data "aws_iam_policy_document" "queue" {
  statement {
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.jobs[0].arn]
    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }
  }
}

resource "aws_sqs_queue_policy" "jobs" {
  queue_url = aws_sqs_queue.jobs[0].id
  policy    = data.aws_iam_policy_document.queue.json
}

resource "aws_s3_bucket" "logs" {
  #checkov:skip=CKV_AWS_18:These are the access logs
  bucket = "acme-logs"
}

resource "aws_s3_bucket_public_access_block" "logs" {
  bucket                  = aws_s3_bucket.logs.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_sqs_queue" "jobs" {
  count                   = 2
  name                    = "jobs-${count.index}"
  sqs_managed_sse_enabled = false
}

resource "aws_sns_topic" "by_name" {
  for_each = var.names
  name     = each.key
}

resource "aws_sns_topic" "keyed" {
  for_each = {
    "a.b"  = "alias/a"
    "c[0]" = "alias/c"
  }
  name              = each.key
  kms_master_key_id = each.value
}

resource "aws_iam_policy" "admin" {
  name   = "admin"
  policy = <<-POLICY
    {
      "Version": "2012-10-17",
      "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"}
      ]
    }
  POLICY
}

resource "aws_iam_role" "app" {
  name = "app"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.amazonaws.com" }
    }]
  })
}

resource "aws_instance" "web" {
  ami           = "ami-12345678"
  instance_type = "t3.micro"
  dynamic "ebs_block_device" {
    for_each = var.ports
    content {
      device_name = ebs_block_device.value
      encrypted   = false
    }
  }
  root_block_device {
    encrypted = false
  }
}

resource "aws_ebs_volume" "data" {
  availability_zone = "eu-central-1a"
  size              = 10
  encrypted         = var.encrypt
}

module "store" {
  source = "./modules/store"
  count  = 2
  name   = "store-${count.index}"
}

module "each" {
  source   = "./modules/store"
  for_each = toset(["x", "y"])
  name     = each.key
}
