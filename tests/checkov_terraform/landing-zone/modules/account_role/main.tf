variable "name" {
  type = string
}

variable "trusted" {
  type = list(string)
}

variable "policies" {
  type = list(string)
}

variable "hours" {
  type    = number
  default = 1
}

resource "aws_iam_role" "this" {
  name                 = var.name
  max_session_duration = var.hours * 3600
  assume_role_policy   = data.aws_iam_policy_document.trust.json
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = var.trusted
    }

    condition {
      test     = "Bool"
      variable = "aws:MultiFactorAuthPresent"
      values   = ["true"]
    }
  }
}

resource "aws_iam_role_policy_attachment" "this" {
  count = length(var.policies)

  role       = aws_iam_role.this.name
  policy_arn = var.policies[count.index]
}
