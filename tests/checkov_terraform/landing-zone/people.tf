resource "aws_iam_account_password_policy" "strict" {
  minimum_password_length        = var.password_length
  require_lowercase_characters   = true
  require_uppercase_characters   = true
  require_numbers                = true
  require_symbols                = false
  allow_users_to_change_password = true
  max_password_age               = 90
  password_reuse_prevention      = 5
}

resource "aws_iam_user" "engineer" {
  count = length(local.engineers)

  name = local.engineers[count.index]
}

resource "aws_iam_user_login_profile" "engineer" {
  count = length(local.engineers)

  user = aws_iam_user.engineer[count.index].name
}

resource "aws_iam_access_key" "robot" {
  user = aws_iam_user.robot.name
}

resource "aws_iam_user" "robot" {
  #checkov:skip=CKV_AWS_273:The old build server knows users only
  name = "robot"
}

resource "aws_iam_user_policy_attachment" "robot" {
  user       = aws_iam_user.robot.name
  policy_arn = "arn:aws:iam::aws:policy/PowerUserAccess"
}

resource "aws_iam_group" "engineers" {
  name = "engineers"
}

resource "aws_iam_group_membership" "engineers" {
  name  = "engineers"
  group = aws_iam_group.engineers.name
  users = aws_iam_user.engineer[*].name
}

resource "aws_iam_group" "nobody" {
  name = "nobody"
}

resource "aws_iam_group_policy" "engineers" {
  name  = "engineers"
  group = aws_iam_group.engineers.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["ec2:*", "iam:List*", "iam:Get*"]
        Resource = "*"
      },
      {
        Effect   = "Allow"
        Action   = ["iam:ChangePassword"]
        Resource = "arn:aws:iam::*:user/$${aws:username}"
      },
    ]
  })
}

resource "aws_iam_policy_attachment" "power" {
  name       = "power"
  groups     = [aws_iam_group.engineers.name]
  users      = [aws_iam_user.robot.name]
  policy_arn = "arn:aws:iam::aws:policy/IAMFullAccess"
}

resource "aws_iam_policy" "break_glass" {
  name        = "break-glass"
  description = "Everything, for emergencies"

  policy = <<-EOT
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "Everything",
          "Effect": "Allow",
          "Action": "*",
          "Resource": "*"
        }
      ]
    }
  EOT
}

resource "aws_iam_policy" "boundary" {
  name   = "boundary"
  policy = data.aws_iam_policy_document.boundary.json
}

data "aws_iam_policy_document" "boundary" {
  statement {
    sid         = "AllButAccounts"
    not_actions = ["organizations:*", "account:*", "iam:CreateUser"]
    resources   = ["*"]
  }

  override_policy_documents = [data.aws_iam_policy_document.deny.json]
}

data "aws_iam_policy_document" "deny" {
  statement {
    sid       = "Trails"
    effect    = "Deny"
    actions   = ["cloudtrail:StopLogging", "cloudtrail:DeleteTrail"]
    resources = ["*"]
  }
}

resource "aws_iam_policy" "admin_of_iam" {
  name = "admin-of-iam"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["iam:*"]
      Resource = ["*"]
    }]
  })
}

resource "aws_iam_policy" "support" {
  name = "support"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["ec2:Describe*", "s3:ListAllMyBuckets"]
        Resource = "*"
      },
      {
        Effect   = "Allow"
        Action   = ["iam:CreateAccessKey", "iam:UpdateAssumeRolePolicy"]
        Resource = "arn:aws:iam::111122223333:user/support/*"
      },
      {
        Effect    = "Allow"
        Action    = ["s3:GetObject", "secretsmanager:GetSecretValue"]
        Resource  = "*"
        Condition = { StringEquals = { "aws:ResourceOrgID" = var.organization } }
      },
    ]
  })
}
