variable "name" {}

resource "aws_dynamodb_table" "items" {
  name         = var.name
  hash_key     = "id"
  billing_mode = "PAY_PER_REQUEST"
  attribute {
    name = "id"
    type = "S"
  }
}

module "inner" {
  source = "./inner"
}
