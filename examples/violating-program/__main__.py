"""A small shop on AWS that breaks many rules. examples/compliant-program builds the same and breaks none."""

import json

import pulumi
import pulumi_aws as aws

uploads = aws.s3.Bucket("uploads")
aws.s3.BucketPolicy(
    "uploads-for-all",
    bucket=uploads.id,
    policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"},
        }
    ),
)

orders = aws.rds.Instance(
    "orders",
    engine="postgres",
    instance_class="db.t4g.micro",
    allocated_storage=20,
    username="shop",
    manage_master_user_password=True,
    skip_final_snapshot=True,
    tags={"owner": "shop-team"},
)
sessions = aws.dynamodb.Table(
    "sessions",
    attributes=[{"name": "id", "type": "S"}],
    hash_key="id",
    billing_mode="PAY_PER_REQUEST",
)
shared = aws.efs.FileSystem("shared")
jobs = aws.sqs.Queue("jobs", sqs_managed_sse_enabled=False)
events = aws.sns.Topic("events")
key = aws.kms.Key("key", description="shop")
logs = aws.cloudwatch.LogGroup("logs", retention_in_days=30)

worker = aws.ec2.Instance(
    "worker",
    ami="ami-0a1b2c3d4e5f60718",
    instance_type="t4g.small",
    root_block_device={"volume_size": 20},
    ebs_block_devices=[{"device_name": "/dev/sdf", "volume_size": 100, "encrypted": False}],
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
                    "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}},
                }
            ],
        }
    ),
)
aws.iam.RolePolicy(
    "deploy-anything",
    role=role.id,
    policy=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}),
)
robot = aws.iam.User("robot")
aws.iam.AccessKey("robot-key", user=robot.name)
aws.iam.UserPolicy(
    "robot-releases",
    user=robot.name,
    policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": ["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"],
                    "Resource": "*",
                }
            ],
        }
    ),
)
functions = aws.iam.Role(
    "functions",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
        }
    ),
)
aws.iam.RolePolicyAttachment("functions-admin", role=functions.name, policy_arn="arn:aws:iam::aws:policy/AdministratorAccess")

pulumi.export("uploads", uploads.bucket)
