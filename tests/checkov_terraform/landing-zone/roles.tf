module "auditor" {
  source = "./modules/account_role"

  name     = "auditor"
  trusted  = ["arn:aws:iam::777788889999:root"]
  policies = ["arn:aws:iam::aws:policy/SecurityAudit", "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"]
}

module "administrator" {
  source = "./modules/account_role"

  name     = "administrator"
  trusted  = ["arn:aws:iam::777788889999:role/admins"]
  policies = ["arn:aws:iam::aws:policy/AdministratorAccess"]
}

resource "aws_iam_role" "config" {
  name = "config"

  assume_role_policy = data.aws_iam_policy_document.config_trust.json
}

data "aws_iam_policy_document" "config_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["config.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy_attachment" "config" {
  role       = aws_iam_role.config.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AWS_ConfigRole"
}

resource "aws_iam_role" "vendor" {
  name = "vendor"

  assume_role_policy = <<-EOT
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Effect": "Allow",
          "Principal": {"AWS": "*"},
          "Action": "sts:AssumeRole",
          "Condition": {"StringEquals": {"aws:PrincipalOrgID": "${var.organization}"}}
        }
      ]
    }
  EOT
}

resource "aws_iam_role" "open" {
  name = "open"

  assume_role_policy = <<-EOT
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Effect": "Allow",
          "Principal": "*",
          "Action": "sts:AssumeRole"
        }
      ]
    }
  EOT

  inline_policy {
    name = "everything"

    policy = jsonencode({
      Version   = "2012-10-17"
      Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }]
    })
  }
}

resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_iam_role" "ci" {
  name               = "ci"
  assume_role_policy = data.aws_iam_policy_document.ci.json
}

data "aws_iam_policy_document" "ci" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.github.arn]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:sub"
      values   = ["repo:example/landing-zone:ref:refs/heads/main"]
    }
  }
}

resource "aws_ssoadmin_permission_set" "support" {
  name         = "Support"
  instance_arn = "arn:aws:sso:::instance/ssoins-0123456789abcdef"
}

resource "aws_ssoadmin_permission_set_inline_policy" "support" {
  instance_arn       = aws_ssoadmin_permission_set.support.instance_arn
  permission_set_arn = aws_ssoadmin_permission_set.support.arn

  inline_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["support:*", "iam:PassRole"], Resource = "*" }]
  })
}
