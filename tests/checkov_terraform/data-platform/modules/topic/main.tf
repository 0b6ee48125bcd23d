variable "name" {
  type = string
}

variable "key" {
  type    = string
  default = null
}

resource "aws_sns_topic" "this" {
  name              = var.name
  kms_master_key_id = var.key
}

resource "aws_sns_topic_policy" "this" {
  arn    = aws_sns_topic.this.arn
  policy = data.aws_iam_policy_document.this.json
}

data "aws_iam_policy_document" "this" {
  statement {
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.this.arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
  }
}

output "arn" {
  value = aws_sns_topic.this.arn
}
