"""The shop of examples/violating-program, built so that every rule passes."""

import json

import pulumi
import pulumi_aws as aws

tags = {"Owner": "shop-team", "CostCenter": "cc-1234", "Name": "shop"}
provider = aws.Provider("aws", region="eu-west-1", default_tags={"tags": {"Owner": "shop-team", "CostCenter": "cc-1234"}})
options = pulumi.ResourceOptions(provider=provider)

key = aws.kms.Key(
    "key",
    description="shop",
    enable_key_rotation=True,
    policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "PoliciesOfTheAccountDecide",
                    "Effect": "Allow",
                    "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
                    "Action": "kms:*",
                    "Resource": "*",
                }
            ],
        }
    ),
    tags=tags,
    opts=options,
)

uploads = aws.s3.Bucket("uploads", bucket="acme-shop-uploads", tags=tags, opts=options)
aws.s3.BucketServerSideEncryptionConfiguration(
    "uploads-encryption",
    bucket=uploads.id,
    rules=[
        {
            "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": key.arn},
            "bucket_key_enabled": True,
        }
    ],
    opts=options,
)
aws.s3.BucketPublicAccessBlock(
    "uploads-private",
    bucket=uploads.id,
    block_public_acls=True,
    block_public_policy=True,
    ignore_public_acls=True,
    restrict_public_buckets=True,
    opts=options,
)
aws.s3.BucketPolicy(
    "uploads-tls",
    bucket=uploads.id,
    policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": ["arn:aws:s3:::acme-shop-uploads", "arn:aws:s3:::acme-shop-uploads/*"],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            ],
        }
    ),
    opts=options,
)

orders = aws.rds.Instance(
    "orders",
    engine="postgres",
    engine_version="17",  # requires TLS by default
    instance_class="db.t4g.micro",
    allocated_storage=20,
    username="shop",
    manage_master_user_password=True,
    iam_database_authentication_enabled=True,
    skip_final_snapshot=True,
    storage_encrypted=True,
    kms_key_id=key.arn,
    copy_tags_to_snapshot=True,
    tags={**tags, "DataClassification": "internal"},
    opts=options,
)
sessions = aws.dynamodb.Table(
    "sessions",
    attributes=[{"name": "id", "type": "S"}],
    hash_key="id",
    billing_mode="PAY_PER_REQUEST",
    server_side_encryption={"enabled": True, "kms_key_arn": key.arn},
    tags=tags,
    opts=options,
)
shared = aws.efs.FileSystem("shared", encrypted=True, kms_key_id=key.arn, tags=tags, opts=options)
aws.efs.FileSystemPolicy(
    "shared-only-tls",
    file_system_id=shared.id,
    policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "*",
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            ],
        }
    ),
    opts=options,
)
jobs = aws.sqs.Queue("jobs", name="web-jobs", kms_master_key_id=key.arn, tags=tags, opts=options)
events = aws.sns.Topic("events", kms_master_key_id=key.arn, tags=tags, opts=options)
logs = aws.cloudwatch.LogGroup("logs", retention_in_days=30, kms_key_id=key.arn, tags=tags, opts=options)

worker_role = aws.iam.Role(
    "worker",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
        }
    ),
    tags=tags,
    opts=options,
)
worker_profile = aws.iam.InstanceProfile("worker", role=worker_role.name, tags=tags, opts=options)
worker = aws.ec2.Instance(
    "worker",
    iam_instance_profile=worker_profile.name,
    ami="ami-0a1b2c3d4e5f60718",
    instance_type="t4g.small",
    root_block_device={"volume_size": 20, "encrypted": True, "kms_key_id": key.arn},
    ebs_block_devices=[{"device_name": "/dev/sdf", "volume_size": 100, "encrypted": True, "kms_key_id": key.arn}],
    metadata_options={"http_endpoint": "enabled", "http_tokens": "required", "http_put_response_hop_limit": 1},
    volume_tags=tags,
    tags=tags,
    opts=options,
)

role = aws.iam.Role(
    "deploy",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},
                    "Action": "sts:AssumeRoleWithWebIdentity",
                    "Condition": {
                        "StringEquals": {
                            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                            "token.actions.githubusercontent.com:sub": "repo:acme/shop:ref:refs/heads/main",
                        }
                    },
                }
            ],
        }
    ),
    tags=tags,
    opts=options,
)
aws.iam.RolePolicy(
    "deploy-uploads",
    role=role.id,
    policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::acme-shop-uploads/*"}],
        }
    ),
    opts=options,
)

pulumi.export("uploads", uploads.bucket)
