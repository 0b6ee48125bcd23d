provider "aws" {
  region = "eu-west-1"
}

data "aws_caller_identity" "current" {}

variable "role_arn" {
  type = string
}


# Two roles that functions may have: an administrator, and one that reads images.

data "aws_iam_policy_document" "functions" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "administration" {
  name               = "administration"
  path               = "/functions/"
  assume_role_policy = data.aws_iam_policy_document.functions.json
}

resource "aws_iam_role_policy_attachment" "administration" {
  role       = aws_iam_role.administration.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}

resource "aws_iam_role" "thumbnails" {
  name               = "thumbnails"
  assume_role_policy = data.aws_iam_policy_document.functions.json
}

# They may give a role to a function: the administrator, the harmless one, one that nobody knows.

resource "aws_iam_user" "releases" {
  name = "releases"
}

resource "aws_iam_user_policy" "releases" {
  name = "releases"
  user = aws_iam_user.releases.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "iam:PassRole", Resource = aws_iam_role.administration.arn },
      { Effect = "Allow", Action = ["lambda:CreateFunction", "lambda:InvokeFunction"], Resource = "*" },
    ]
  })
}

resource "aws_iam_user" "images" {
  name = "images"
}

resource "aws_iam_user_policy" "images" {
  name = "images"
  user = aws_iam_user.images.name

  policy = <<-EOT
    {
      "Version": "2012-10-17",
      "Statement": [
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": ["${aws_iam_role.thumbnails.arn}"]},
        {"Effect": "Allow", "Action": ["lambda:CreateFunction", "lambda:InvokeFunction"], "Resource": "*"}
      ]
    }
  EOT
}

resource "aws_iam_user" "partner" {
  name = "partner"
}

resource "aws_iam_user_policy" "partner" {
  name = "partner"
  user = aws_iam_user.partner.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "iam:PassRole", Resource = var.role_arn },
      { Effect = "Allow", Action = ["lambda:CreateFunction", "lambda:InvokeFunction"], Resource = "*" },
    ]
  })
}

# The same by a managed policy of a data source, with and without a denial.

data "aws_iam_policy_document" "passing" {
  statement {
    actions   = ["iam:PassRole"]
    resources = ["arn:aws:iam::${data.aws_caller_identity.current.account_id}:role/functions/administration"]
  }

  statement {
    actions   = ["lambda:CreateFunction", "lambda:InvokeFunction"]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "fenced" {
  source_policy_documents = [data.aws_iam_policy_document.passing.json]

  statement {
    effect        = "Deny"
    actions       = ["iam:PassRole"]
    not_resources = [aws_iam_role.thumbnails.arn]
  }
}

resource "aws_iam_policy" "passing" {
  name   = "passing"
  policy = data.aws_iam_policy_document.passing.json
}

resource "aws_iam_policy" "fenced" {
  name   = "fenced"
  policy = data.aws_iam_policy_document.fenced.json
}

resource "aws_iam_user" "team" {
  for_each = toset(["anna", "ben"])
  name     = each.key
}

resource "aws_iam_user_policy_attachment" "team" {
  for_each   = toset(["anna", "ben"])
  user       = aws_iam_user.team[each.key].name
  policy_arn = aws_iam_policy.passing.arn
}

resource "aws_iam_user" "trainee" {
  name = "trainee"
}

resource "aws_iam_user_policy_attachment" "trainee" {
  user       = aws_iam_user.trainee.name
  policy_arn = aws_iam_policy.fenced.arn
}

# Checkov lists no groups: this one is known by what refers to it.

resource "aws_iam_group" "staff" {
  name = "staff"
}

resource "aws_iam_group_policy" "staff" {
  name  = "staff"
  group = aws_iam_group.staff.name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "iam:CreateAccessKey", Resource = "arn:aws:iam::*:user/staff/*" }]
  })
}

resource "aws_iam_group_membership" "staff" {
  name  = "staff"
  group = aws_iam_group.staff.name
  users = [aws_iam_user.clerk.name]
}

resource "aws_iam_user" "clerk" {
  name = "clerk"
}

resource "aws_iam_user" "owner" {
  name = "owner"
  path = "/staff/"
}

resource "aws_iam_user_policy_attachment" "owner" {
  user       = aws_iam_user.owner.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}

# A role that names who may assume it: that user needs no policy, and no other user may.

resource "aws_iam_role" "emergency" {
  name = "emergency"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = aws_iam_user.oncall.arn } }]
  })
}

resource "aws_iam_role_policy_attachment" "emergency" {
  role       = aws_iam_role.emergency.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}

resource "aws_iam_user" "oncall" {
  name = "oncall"
}

resource "aws_iam_user" "visitor" {
  name = "visitor"
}

resource "aws_iam_user_policy" "visitor" {
  name = "visitor"
  user = aws_iam_user.visitor.name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Resource = aws_iam_role.emergency.arn }]
  })
}
