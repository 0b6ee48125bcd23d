"""Encryption of EKS."""

from __future__ import annotations

from policies.controls import FSBP
from policies.customer_key import customer_key_rule

RULES = (
    customer_key_rule(
        "eks-secrets",
        ("aws:eks/cluster:Cluster",),
        "encryptionConfig.provider.keyArn",
        what="Kubernetes secrets in EKS clusters",
        why=(
            "Since Kubernetes 1.28 EKS encrypts all data of the API with a key that AWS owns. With a key of your own you decide"
            " who may decrypt secrets, see each use of the key in CloudTrail, and can withdraw it."
        ),
        remedy="Set encryptionConfig.provider.keyArn to the ARN of a key that you manage, and its resources to secrets.",
        beside={"encryptionConfig": {"resources": ["secrets"]}},  # the only value there is
        controls=(FSBP["EKS.3"],),
        checkov=("CKV_AWS_58",),
        topic="Encrypt Kubernetes secrets with KMS",
    ),
)
