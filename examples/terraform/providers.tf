terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0"
    }
  }
}

provider "aws" {
  region = "eu-west-1"

  default_tags {
    tags = {
      owner       = "payments-team"
      cost-center = "4711"
    }
  }
}

variable "environment" {
  description = "Which environment this is; it has no default, so nothing is known of it before an apply."
  type        = string
}
