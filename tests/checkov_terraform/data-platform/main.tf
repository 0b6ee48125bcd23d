terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

provider "aws" {
  region = "eu-central-1"

  default_tags {
    tags = {
      Owner      = "data-platform"
      CostCenter = "8120"
    }
  }
}

variable "stage" {
  type    = string
  default = "production"
}

variable "subnets" {
  type = list(string)
}

variable "security_groups" {
  type = list(string)
}

variable "warehouse_password" {
  type      = string
  sensitive = true
}

locals {
  prefix     = "data-${var.stage}"
  zones      = ["raw", "clean", "curated"]
  encryption = { type = "KMS", bucket_key = true }
}

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

resource "aws_kms_key" "data" {
  description             = "Everything the platform stores"
  enable_key_rotation     = true
  deletion_window_in_days = 30

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Account"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
    ]
  })
}

resource "aws_kms_key" "exchange" {
  description = "Files exchanged with partners"

  policy = <<-POLICY
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "Everybody",
          "Effect": "Allow",
          "Principal": {"AWS": "*"},
          "Action": ["kms:Encrypt", "kms:Decrypt"],
          "Resource": "*"
        }
      ]
    }
  POLICY
}

resource "aws_kms_key" "old" {
  description         = "Before 2023"
  is_enabled          = false
  enable_key_rotation = false
}

resource "aws_kms_alias" "data" {
  name          = "alias/${local.prefix}"
  target_key_id = aws_kms_key.data.key_id
}
