module "events" {
  source = "./modules/topic"

  name = "${local.prefix}-events"
  key  = aws_kms_key.data.arn
}

module "alarms" {
  source = "./modules/topic"

  name = "${local.prefix}-alarms"
}

resource "aws_sns_topic" "open" {
  name = "${local.prefix}-open"
}

resource "aws_sns_topic_policy" "open" {
  arn = aws_sns_topic.open.arn

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "*" }
      Action    = "SNS:Publish"
      Resource  = aws_sns_topic.open.arn
    }]
  })
}

resource "aws_sqs_queue" "events" {
  name              = "${local.prefix}-events"
  kms_master_key_id = aws_kms_key.data.id

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead.arn
    maxReceiveCount     = 5
  })
}

resource "aws_sqs_queue" "dead" {
  name                    = "${local.prefix}-dead"
  sqs_managed_sse_enabled = true
}

resource "aws_sqs_queue" "plain" {
  name                    = "${local.prefix}-plain"
  sqs_managed_sse_enabled = false
}

resource "aws_sqs_queue_policy" "events" {
  queue_url = aws_sqs_queue.events.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "sns.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.events.arn
      Condition = { ArnEquals = { "aws:SourceArn" = module.events.arn } }
    }]
  })
}

resource "aws_sqs_queue_policy" "plain" {
  queue_url = aws_sqs_queue.plain.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = "*"
      Action    = "sqs:*"
      Resource  = aws_sqs_queue.plain.arn
    }]
  })
}

resource "aws_kinesis_stream" "clicks" {
  name            = "${local.prefix}-clicks"
  shard_count     = 2
  encryption_type = local.encryption.type
  kms_key_id      = aws_kms_key.data.arn
}

resource "aws_kinesis_stream" "debug" {
  name        = "${local.prefix}-debug"
  shard_count = 1
}

resource "aws_kinesis_firehose_delivery_stream" "clicks" {
  name        = "${local.prefix}-clicks"
  destination = "extended_s3"

  server_side_encryption {
    enabled  = true
    key_type = "CUSTOMER_MANAGED_CMK"
    key_arn  = aws_kms_key.data.arn
  }

  extended_s3_configuration {
    role_arn   = aws_iam_role.glue.arn
    bucket_arn = aws_s3_bucket.lake[0].arn
  }
}

resource "aws_kinesis_firehose_delivery_stream" "mirrored" {
  name        = "${local.prefix}-mirrored"
  destination = "extended_s3"

  kinesis_source_configuration {
    kinesis_stream_arn = aws_kinesis_stream.clicks.arn
    role_arn           = aws_iam_role.glue.arn
  }

  extended_s3_configuration {
    role_arn   = aws_iam_role.glue.arn
    bucket_arn = aws_s3_bucket.lake[0].arn
  }
}

resource "aws_msk_cluster" "bus" {
  cluster_name           = local.prefix
  kafka_version          = "3.7.x"
  number_of_broker_nodes = 3

  broker_node_group_info {
    instance_type   = "kafka.m7g.large"
    client_subnets  = var.subnets
    security_groups = var.security_groups
  }

  encryption_info {
    encryption_at_rest_kms_key_arn = aws_kms_key.data.arn

    encryption_in_transit {
      client_broker = "TLS"
      in_cluster    = true
    }
  }
}

resource "aws_msk_cluster" "test" {
  cluster_name           = "${local.prefix}-test"
  kafka_version          = "3.7.x"
  number_of_broker_nodes = 3

  broker_node_group_info {
    instance_type   = "kafka.t3.small"
    client_subnets  = var.subnets
    security_groups = var.security_groups
  }

  encryption_info {
    encryption_in_transit {
      client_broker = "TLS_PLAINTEXT"
    }
  }
}
