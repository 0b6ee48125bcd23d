"""Settings by which AWS itself refuses to make something public: for an account, a Region or a policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import FSBP, ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.fix import Fix
from policies.policy_matching import any_of
from policies.rule import Severity, Violation, rule
from policies.rule_tables import must_be
from policies.unknown import UNKNOWN, in_turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource

_CONTROLS = (NIST_800_53["AC-3"], NIST_800_53["AC-21"], PCI_DSS_4["1.4.4"], SOC2["CC6.1"], ISO_27001["A.8.3"])
_SSH = 22
_PUBLIC_SHARING = "ssm/documents/console/public-sharing-permission"


@rule(
    applies_to=("aws:ssm/serviceSetting:ServiceSetting",),
    severity=Severity.HIGH,
    remedy="Set settingValue to Disable.",
    controls=(FSBP["SSM.7"], *_CONTROLS),
    topic="Best practices for shared SSM documents",
    passes=(
        {"settingId": f"/{_PUBLIC_SHARING}", "settingValue": "Disable"},
        {"settingId": "/ssm/parameter-store/high-throughput-enabled", "settingValue": "true"},
    ),
    fails=(
        {"settingId": f"/{_PUBLIC_SHARING}", "settingValue": "Enable"},
        {"settingId": f"arn:aws:ssm:eu-west-1:111122223333:servicesetting/{_PUBLIC_SHARING}", "settingValue": "Enable"},
    ),
    undecided=(
        {"settingId": UNKNOWN, "settingValue": "Enable"},
        {"settingId": f"/{_PUBLIC_SHARING}", "settingValue": UNKNOWN},
    ),
)
def ssm_document_public_sharing_blocked(setting: Resource) -> Iterator[Violation]:
    """Accounts refuse to share Systems Manager documents with everyone.

    The setting holds for every document of the account and Region, whoever makes it.
    """
    if setting.text("settingId").endswith(_PUBLIC_SHARING) and setting.text("settingValue") != "Disable":
        yield Violation("documents may be shared with everyone", at="settingValue", fix=Fix({"settingValue": "Disable"}))


def _ports(first: object, last: object) -> dict[str, object]:
    ports = {"minRange": first, "maxRange": last}
    return {"blockPublicSecurityGroupRules": True, "permittedPublicSecurityGroupRuleRanges": [ports]}


def _is_more_than_ssh(ports: Block) -> bool:
    return any_of(("minRange", "maxRange"), lambda name: ports.number(name) != _SSH)


@rule(
    applies_to=("aws:emr/blockPublicAccessConfiguration:BlockPublicAccessConfiguration",),
    severity=Severity.HIGH,
    remedy="Set blockPublicSecurityGroupRules to true, and except no port but 22.",
    controls=(FSBP["EMR.2"], *_CONTROLS),
    checkov=("CKV_AWS_390",),
    topic="Using Amazon EMR block public access",
    passes=({"blockPublicSecurityGroupRules": True}, _ports(22, 22)),
    fails=(
        {},
        {"blockPublicSecurityGroupRules": False},
        _ports(22, 23),
        _ports(UNKNOWN, 8088),
        {"blockPublicSecurityGroupRules": UNKNOWN, "permittedPublicSecurityGroupRuleRanges": [{"minRange": 0, "maxRange": 22}]},
    ),
    undecided=(
        {"blockPublicSecurityGroupRules": UNKNOWN},
        {"blockPublicSecurityGroupRules": True, "permittedPublicSecurityGroupRuleRanges": UNKNOWN},
        _ports(22, UNKNOWN),
    ),
)
def emr_public_access_blocked(setting: Resource) -> Iterator[Violation]:
    """EMR starts no cluster whose ports are open to the internet, port 22 aside.

    The consoles of Hadoop, Spark and notebooks ask for no password, and through them anyone runs code on the cluster.
    """
    yield from in_turn(_switched_off(setting), _exceptions(setting))


def _switched_off(setting: Resource) -> Iterator[Violation]:
    path = "blockPublicSecurityGroupRules"
    if not setting.flag(path):
        yield Violation(f"{path} is not true", at=path, fix=Fix({path: True}))


def _exceptions(setting: Resource) -> Iterator[Violation]:
    path = "permittedPublicSecurityGroupRuleRanges"
    if any_of(setting.each(path), _is_more_than_ssh):
        yield Violation("ports other than 22 are excepted", at=path)


RULES = (
    must_be(
        "ebs-snapshot-public-sharing-blocked",
        ("aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess",),
        "state",
        "block-all-sharing",
        title="Accounts refuse to share EBS snapshots with everyone, those that are public already too.",
        why="With block-new-sharing, what is public stays public; with unblocked, anyone of yours can publish a disk.",
        severity=Severity.HIGH,
        controls=(FSBP["EC2.1"], *_CONTROLS),
        topic="Block public access for Amazon EBS snapshots",
    ),
    must_be(
        "ami-public-sharing-blocked",
        ("aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess",),
        "state",
        "block-new-sharing",
        title="Accounts refuse to share machine images with everyone.",
        why="AWS then rejects every request to publish an image of the account in the Region.",
        severity=Severity.HIGH,
        controls=_CONTROLS,
        topic="Understand block public access for AMIs",
    ),
    must_be(
        "secret-policy-public-access-blocked",
        ("aws:secretsmanager/secretPolicy:SecretPolicy",),
        "blockPublicPolicy",
        wanted=True,
        title="Secrets Manager checks that policies of secrets do not let everyone in.",
        why="AWS then proves that a policy is not public before it takes it, with more knowledge than any rule has.",
        severity=Severity.MEDIUM,
        controls=_CONTROLS,
        topic="Resource-based policies",
    ),
)
