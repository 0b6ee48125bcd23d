variable "name" {
  type = string
}

variable "hash" {
  type = string
}

variable "key" {
  type    = string
  default = null
}

variable "backup" {
  type    = bool
  default = false
}

resource "aws_dynamodb_table" "this" {
  name         = var.name
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = var.hash

  attribute {
    name = var.hash
    type = "S"
  }

  point_in_time_recovery {
    enabled = var.backup
  }

  dynamic "server_side_encryption" {
    for_each = var.key == null ? [] : [var.key]

    content {
      enabled     = true
      kms_key_arn = server_side_encryption.value
    }
  }
}
