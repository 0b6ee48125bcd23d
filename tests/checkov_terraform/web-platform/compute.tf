resource "aws_launch_template" "app" {
  name_prefix   = "${local.name}-"
  image_id      = "ami-0123456789abcdef0"
  instance_type = "t4g.small"

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = local.imds
    http_put_response_hop_limit = 1
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_size = 20
      encrypted   = true
      kms_key_id  = aws_kms_key.app.arn
    }
  }
}

resource "aws_launch_template" "batch" {
  name          = "${local.name}-batch"
  image_id      = "ami-0123456789abcdef0"
  instance_type = "c7g.large"

  metadata_options {
    http_tokens                 = "optional"
    http_put_response_hop_limit = 2
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_size = 100
    }
  }
}

resource "aws_autoscaling_group" "app" {
  name                = local.name
  min_size            = 2
  max_size            = 6
  vpc_zone_identifier = var.private_subnets

  launch_template {
    id      = aws_launch_template.app.id
    version = "$Latest"
  }

  dynamic "tag" {
    for_each = { Name = local.name, Role = "app" }

    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = true
    }
  }
}

resource "aws_autoscaling_group" "batch" {
  name                = "${local.name}-batch"
  min_size            = 0
  max_size            = 2
  vpc_zone_identifier = var.private_subnets

  launch_template {
    id = aws_launch_template.batch.id
  }
}

resource "aws_instance" "bastion" {
  count = var.bastion ? 1 : 0

  ami                    = "ami-0123456789abcdef0"
  instance_type          = "t4g.nano"
  subnet_id              = var.public_subnets[0]
  vpc_security_group_ids = [aws_security_group.app.id]
  iam_instance_profile   = aws_iam_instance_profile.app.name
  monitoring             = true
  ebs_optimized          = true

  metadata_options {
    http_tokens = "required"
  }

  root_block_device {
    encrypted = true
  }
}

resource "aws_instance" "worker" {
  count = 2

  #checkov:skip=CKV_AWS_135:The instance family is optimized for EBS by default
  #checkov:skip=CKV_AWS_126:Detailed monitoring costs more than it tells us
  ami           = "ami-0123456789abcdef0"
  instance_type = "t3.medium"
  subnet_id     = var.private_subnets[count.index]

  user_data = <<-EOT
    #!/bin/bash
    export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE
    export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
    systemctl start worker
  EOT

  ebs_block_device {
    device_name = "/dev/sdf"
    volume_size = 200
  }

  tags = {
    Name = "${local.name}-worker-${count.index}"
  }
}

resource "aws_ebs_volume" "shared" {
  availability_zone = "${var.region}a"
  size              = 100
  encrypted         = true
}

resource "aws_ecs_cluster" "main" {
  name = local.name

  setting {
    name  = "containerInsights"
    value = "enabled"
  }

  configuration {
    execute_command_configuration {
      kms_key_id = aws_kms_key.app.arn
      logging    = "OVERRIDE"

      log_configuration {
        cloud_watch_encryption_enabled = true
        cloud_watch_log_group_name     = aws_cloudwatch_log_group.app.name
      }
    }
  }
}

module "service" {
  source   = "./modules/service"
  for_each = local.services

  name            = "${local.name}-${each.key}"
  port            = each.value.port
  cpu             = each.value.cpu
  cluster         = aws_ecs_cluster.main.arn
  vpc_id          = var.vpc_id
  subnets         = var.private_subnets
  security_groups = [aws_security_group.app.id]
  log_days        = local.log_days
}

resource "aws_cloudwatch_log_group" "app" {
  name              = "/app/${local.name}"
  retention_in_days = local.log_days
  kms_key_id        = aws_kms_key.app.arn
}

resource "aws_kms_key" "app" {
  description         = "Volumes, logs and secrets of the platform"
  enable_key_rotation = true

  policy = data.aws_iam_policy_document.key.json
}

data "aws_iam_policy_document" "key" {
  statement {
    sid       = "Account"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${data.aws_caller_identity.current.account_id}:root"]
    }
  }

  statement {
    sid       = "Logs"
    actions   = ["kms:Encrypt*", "kms:Decrypt*", "kms:GenerateDataKey*", "kms:Describe*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["logs.${var.region}.amazonaws.com"]
    }
  }
}
