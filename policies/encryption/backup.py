"""Encryption of AWS Backup vaults: always on, so the rules are about the key."""

from __future__ import annotations

from policies.customer_key import customer_key_rule

RULES = (
    customer_key_rule(
        "backup-vault",
        ("aws:backup/vault:Vault",),
        "kmsKeyArn",
        what="Backup vaults",
        why=(
            "A vault that names no key gets aws/backup, which no other account can use. With a key of your own you decide who"
            " may restore the backups, and can copy them to an account where an attacker of this one does not reach them."
        ),
        remedy="Set kmsKeyArn to the ARN of a key that you manage; this replaces the vault.",
        checkov=("CKV_AWS_166",),
        topic="Encryption for backups in AWS Backup",
    ),
    customer_key_rule(
        "backup-air-gapped-vault",
        ("aws:backup/logicallyAirGappedVault:LogicallyAirGappedVault",),
        "encryptionKeyArn",
        what="Logically air-gapped backup vaults",
        why=(
            "A vault that names no key gets one that AWS owns. With a key of your own you decide who may restore the backups,"
            " and see each use of the key in CloudTrail."
        ),
        remedy="Set encryptionKeyArn to the ARN of a key that you manage; this replaces the vault.",
        topic="Encryption for backups in AWS Backup",
    ),
)
