resource "aws_lambda_function" "rotate" {
  function_name = "rotate-keys"
  role          = aws_iam_role.config.arn
  runtime       = "python3.13"
  handler       = "rotate.handler"
  filename      = "rotate.zip"
  kms_key_arn   = aws_kms_key.audit.arn

  environment {
    variables = {
      LEVEL = "info"
    }
  }

  tracing_config {
    mode = "Active"
  }
}

resource "aws_lambda_function" "report" {
  function_name = "report"
  role          = aws_iam_role.config.arn
  runtime       = "python3.13"
  handler       = "report.handler"
  filename      = "report.zip"

  environment {
    variables = {
      AWS_ACCESS_KEY_ID     = "AKIAIOSFODNN7EXAMPLE"
      AWS_SECRET_ACCESS_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    }
  }
}

resource "aws_lambda_permission" "report" {
  statement_id  = "events"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.report.function_name
  principal     = "events.amazonaws.com"
}

resource "aws_lambda_permission" "world" {
  statement_id  = "world"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.report.function_name
  principal     = "*"
}

resource "aws_lambda_function_url" "report" {
  function_name      = aws_lambda_function.report.function_name
  authorization_type = "NONE"

  cors {
    allow_origins = ["*"]
  }
}

resource "aws_codebuild_project" "apply" {
  name           = "apply"
  service_role   = aws_iam_role.ci.arn
  encryption_key = aws_kms_key.audit.arn

  artifacts {
    type = "NO_ARTIFACTS"
  }

  environment {
    compute_type    = "BUILD_GENERAL1_SMALL"
    image           = "aws/codebuild/standard:7.0"
    type            = "LINUX_CONTAINER"
    privileged_mode = true
  }

  logs_config {
    s3_logs {
      status              = "ENABLED"
      location            = "landing-zone-builds/logs"
      encryption_disabled = true
    }
  }

  source {
    type = "NO_SOURCE"
  }
}

resource "aws_codepipeline" "apply" {
  name     = "apply"
  role_arn = aws_iam_role.ci.arn

  artifact_store {
    type     = "S3"
    location = "landing-zone-builds"
  }

  stage {
    name = "Source"

    action {
      name             = "Source"
      category         = "Source"
      owner            = "AWS"
      provider         = "CodeCommit"
      version          = "1"
      output_artifacts = ["source"]
    }
  }
}

resource "aws_codeartifact_domain" "packages" {
  domain = "packages"
}

resource "aws_ecr_repository" "tools" {
  name = "tools"
}

resource "aws_ecr_repository_policy" "tools" {
  repository = aws_ecr_repository.tools.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = "*"
      Action    = ["ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]
      Condition = { StringEquals = { "aws:PrincipalOrgID" = var.organization } }
    }]
  })
}

resource "aws_eks_cluster" "tools" {
  name     = "tools"
  role_arn = aws_iam_role.config.arn

  vpc_config {
    subnet_ids              = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
    endpoint_private_access = true
    public_access_cidrs     = ["0.0.0.0/0"]
  }

  encryption_config {
    resources = ["secrets"]

    provider {
      key_arn = aws_kms_key.audit.arn
    }
  }
}

resource "aws_eks_node_group" "tools" {
  cluster_name    = aws_eks_cluster.tools.name
  node_role_arn   = aws_iam_role.config.arn
  node_group_name = "tools"
  subnet_ids      = ["subnet-0123456789abcdef0"]

  remote_access {
    ec2_ssh_key = "tools"
  }

  scaling_config {
    desired_size = 1
    max_size     = 2
    min_size     = 1
  }
}

resource "aws_efs_file_system" "home" {
  encrypted  = true
  kms_key_id = aws_kms_key.audit.arn
}

resource "aws_fsx_lustre_file_system" "scratch" {
  storage_capacity = 1200
  subnet_ids       = ["subnet-0123456789abcdef0"]
}

resource "aws_transfer_server" "partners" {
  protocols            = ["SFTP", "FTP"]
  security_policy_name = "TransferSecurityPolicy-2018-11"
  endpoint_type        = "VPC"
}

resource "aws_workspaces_workspace" "engineer" {
  directory_id                   = "d-0123456789"
  bundle_id                      = "wsb-012345678"
  user_name                      = "bo"
  root_volume_encryption_enabled = true
}

resource "aws_sfn_state_machine" "vend" {
  name     = "vend-account"
  role_arn = aws_iam_role.config.arn

  definition = jsonencode({
    StartAt = "Done"
    States  = { Done = { Type = "Succeed" } }
  })
}

resource "aws_ssm_document" "shell" {
  name          = "SSM-SessionManagerRunShell"
  document_type = "Session"

  content = jsonencode({
    schemaVersion = "1.0"
    sessionType   = "Standard_Stream"
    inputs = {
      kmsKeyId                    = aws_kms_key.audit.arn
      s3BucketName                = "landing-zone-sessions"
      s3EncryptionEnabled         = true
      cloudWatchLogGroupName      = ""
      cloudWatchEncryptionEnabled = false
    }
  })
}

resource "aws_scheduler_schedule" "nightly" {
  name                = "nightly"
  schedule_expression = "rate(1 day)"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_lambda_function.rotate.arn
    role_arn = aws_iam_role.config.arn
  }
}

resource "aws_mq_broker" "tools" {
  broker_name         = "tools"
  engine_type         = "RabbitMQ"
  engine_version      = "3.13"
  host_instance_type  = "mq.m5.large"
  publicly_accessible = false

  encryption_options {
    use_aws_owned_key = true
  }

  user {
    username = "tools"
    password = "correct-horse-battery"
  }
}

resource "aws_appsync_graphql_api" "tools" {
  name                = "tools"
  authentication_type = "API_KEY"
}

resource "aws_cognito_identity_pool" "guests" {
  identity_pool_name               = "guests"
  allow_unauthenticated_identities = true
}

resource "aws_ses_configuration_set" "mail" {
  name = "mail"

  delivery_options {
    tls_policy = "Require"
  }
}

resource "aws_networkfirewall_firewall_policy" "egress" {
  name = "egress"

  firewall_policy {
    stateless_default_actions          = ["aws:pass"]
    stateless_fragment_default_actions = ["aws:drop"]
  }
}

resource "aws_ami_copy" "golden" {
  name              = "golden"
  source_ami_id     = "ami-0123456789abcdef0"
  source_ami_region = "eu-central-1"
}

resource "aws_vpc_endpoint_service" "tools" {
  acceptance_required        = false
  network_load_balancer_arns = ["arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/tools/0123456789abcdef"]
}
