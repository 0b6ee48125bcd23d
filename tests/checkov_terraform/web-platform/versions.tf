terraform {
  required_version = ">= 1.6"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = {
      Project     = "web-platform"
      Environment = var.environment
    }
  }
}

# CloudFront takes its certificates and its firewall from here only.
provider "aws" {
  alias  = "global"
  region = "us-east-1"

  default_tags {
    tags = {
      Project = "web-platform"
    }
  }
}

data "aws_caller_identity" "current" {}
