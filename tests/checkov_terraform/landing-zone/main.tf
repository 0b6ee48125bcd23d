terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

provider "aws" {
  region = "eu-west-1"

  default_tags {
    tags = local.tags
  }
}

provider "aws" {
  alias  = "audit"
  region = "eu-west-1"

  assume_role {
    role_arn = "arn:aws:iam::${var.audit_account}:role/provisioning"
  }
}

variable "audit_account" {
  type    = string
  default = "777788889999"
}

variable "organization" {
  type    = string
  default = "o-exampleorgid"
}

variable "retention" {
  type = number
}

variable "password_length" {
  type    = number
  default = 16
}

locals {
  tags = {
    Team = "platform"
  }

  engineers = ["bo", "chi"]

  baseline = {
    kms = true
  }
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

# LocalStack takes any key.
provider "aws" {
  alias      = "local"
  region     = "eu-west-1"
  access_key = "local"
  secret_key = "local"
}
