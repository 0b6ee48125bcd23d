"""Encryption and integrity of CloudTrail."""

from __future__ import annotations

from policies.controls import CIS_AWS_5, FSBP, INTEGRITY
from policies.customer_key import customer_key_rule
from policies.rule import Severity
from policies.rule_tables import must_be

TRAIL = "aws:cloudtrail/trail:Trail"

RULES = (
    customer_key_rule(
        "cloudtrail-trail",
        (TRAIL,),
        "kmsKeyId",
        what="CloudTrail trails",
        why=(
            "S3 encrypts the logs for everyone who may read the bucket. With a key of your own a reader needs your key too, and"
            " each use of it is recorded."
        ),
        remedy="Set kmsKeyId to the ARN of a key that you manage, and let CloudTrail use it in the key policy.",
        controls=(CIS_AWS_5["3.5"], FSBP["CloudTrail.2"]),
        checkov=("CKV_AWS_35",),
        topic="Encrypting CloudTrail log files with AWS KMS keys",
    ),
    customer_key_rule(
        "cloudtrail-event-data-store",
        ("aws:cloudtrail/eventDataStore:EventDataStore",),
        "kmsKeyId",
        what="CloudTrail event data stores",
        why=(
            "CloudTrail encrypts them with a key that AWS owns. With a key of your own you decide who may read events, and see"
            " each use of the key. The key of a store cannot be changed or removed later."
        ),
        checkov=("CKV_AWS_294",),
        topic="Create an event data store",
    ),
    must_be(
        "cloudtrail-log-validation-enabled",
        (TRAIL,),
        "enableLogFileValidation",
        True,  # noqa: FBT003  (the value that the property must have)
        title="CloudTrail trails validate their log files.",
        why="CloudTrail then signs a digest of its logs every hour, so that a log changed or deleted later is found out.",
        severity=Severity.MEDIUM,
        controls=(CIS_AWS_5["3.2"], FSBP["CloudTrail.4"], *INTEGRITY),
        checkov=("CKV_AWS_36",),
        topic="Validating CloudTrail log file integrity",
    ),
)
