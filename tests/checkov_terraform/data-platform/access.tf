data "aws_iam_policy_document" "glue_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["glue.amazonaws.com", "firehose.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "glue" {
  name               = "${local.prefix}-glue"
  assume_role_policy = data.aws_iam_policy_document.glue_trust.json
}

resource "aws_iam_role_policy" "glue" {
  name = "lake"
  role = aws_iam_role.glue.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["s3:*"]
        Resource = [for bucket in aws_s3_bucket.lake : "${bucket.arn}/*"]
      },
      {
        Effect   = "Allow"
        Action   = ["glue:*", "kms:Decrypt"]
        Resource = "*"
      },
    ]
  })
}

resource "aws_iam_role" "notebook" {
  name = "${local.prefix}-notebook"

  assume_role_policy = <<-EOT
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Effect": "Allow",
          "Principal": {"Service": "sagemaker.amazonaws.com"},
          "Action": "sts:AssumeRole"
        }
      ]
    }
  EOT

  managed_policy_arns = ["arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"]
}

resource "aws_iam_policy" "analysts" {
  name   = "${local.prefix}-analysts"
  policy = data.aws_iam_policy_document.analysts.json
}

data "aws_iam_policy_document" "analysts" {
  statement {
    actions = ["athena:StartQueryExecution", "athena:GetQueryResults", "glue:GetTable*"]

    resources = ["*"]
  }

  statement {
    actions   = ["s3:GetObject"]
    resources = ["*"]
  }

  statement {
    sid       = "NotEverything"
    effect    = "Deny"
    actions   = ["*"]
    resources = ["*"]

    condition {
      test     = "BoolIfExists"
      variable = "aws:MultiFactorAuthPresent"
      values   = ["false"]
    }
  }
}

resource "aws_iam_user" "loader" {
  name = "${local.prefix}-loader"
}

resource "aws_iam_user_policy" "loader" {
  name = "load"
  user = aws_iam_user.loader.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "s3:PutObject"
      Resource = "${aws_s3_bucket.lake[0].arn}/incoming/*"
    }]
  })
}

resource "aws_iam_group" "analysts" {
  name = "${local.prefix}-analysts"
}

resource "aws_iam_group_policy_attachment" "analysts" {
  group      = aws_iam_group.analysts.name
  policy_arn = aws_iam_policy.analysts.arn
}

resource "aws_iam_user" "alice" {
  name = "alice"
}

resource "aws_iam_user_group_membership" "alice" {
  user   = aws_iam_user.alice.name
  groups = [aws_iam_group.analysts.name]
}
