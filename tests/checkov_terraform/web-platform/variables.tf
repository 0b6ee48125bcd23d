variable "region" {
  type    = string
  default = "eu-west-1"
}

variable "environment" {
  description = "staging or production."
  type        = string
}

variable "vpc_id" {
  type = string
}

variable "private_subnets" {
  type = list(string)
}

variable "public_subnets" {
  type = list(string)
}

variable "domain" {
  type    = string
  default = "shop.example.com"
}

variable "tls_policy" {
  type    = string
  default = "ELBSecurityPolicy-TLS13-1-2-2021-06"
}

variable "db_encrypted" {
  type    = bool
  default = true
}

variable "db_password" {
  type      = string
  sensitive = true
}

variable "open_ports" {
  type    = map(number)
  default = { http = 80, https = 443 }
}

variable "bastion" {
  description = "Whether there is a bastion host."
  type        = bool
  default     = false
}

locals {
  name         = "web-${var.environment}"
  multi_az     = var.environment == "production"
  log_days     = 365
  imds         = "required"
  static_sites = toset(["docs", "status"])

  services = {
    catalogue = { port = 8080, cpu = 256 }
    checkout  = { port = 8081, cpu = 512 }
  }
}
