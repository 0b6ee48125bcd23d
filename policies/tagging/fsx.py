"""Tags that FSx file systems hand on to their volumes, snapshots and backups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import FSBP, INVENTORY
from policies.fix import Fix
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.rule_tables import must_be
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

LUSTRE = "aws:fsx/lustreFileSystem:LustreFileSystem"
S3_LINK = "aws:fsx/dataRepositoryAssociation:DataRepositoryAssociation"
ONTAP_VOLUME = "aws:fsx/ontapVolume:OntapVolume"
OPENZFS = "aws:fsx/openZfsFileSystem:OpenZfsFileSystem"

_WHY = "FSx gives the copies no tags by default. They cost money and hold data of their own, and nobody knows whose."
_WHY_VOLUMES = "FSx gives new volumes no tags by default: nobody knows whose they are, and access by tags passes them over."

RULES = (
    must_be(
        "fsx-windows-copies-tags-to-backups",
        ("aws:fsx/windowsFileSystem:WindowsFileSystem",),
        "copyTagsToBackups",
        wanted=True,
        title="FSx for Windows file systems copy their tags to their backups.",
        why=_WHY,
        severity=Severity.LOW,
        replaces=True,
        controls=INVENTORY,
        topic="Tag your Amazon FSx resources",
    ),
    must_be(
        "fsx-openzfs-copies-tags-to-volumes",
        (OPENZFS,),
        "copyTagsToVolumes",
        wanted=True,
        title="FSx for OpenZFS file systems copy their tags to their volumes.",
        why=_WHY_VOLUMES,
        severity=Severity.LOW,
        controls=(FSBP["FSx.1"], *INVENTORY),
        topic="Tag your Amazon FSx for OpenZFS resources",
    ),
    must_be(
        "fsx-openzfs-volume-copies-tags-to-snapshots",
        ("aws:fsx/openZfsVolume:OpenZfsVolume",),
        "copyTagsToSnapshots",
        wanted=True,
        title="FSx for OpenZFS volumes copy their tags to their snapshots.",
        why=_WHY,
        severity=Severity.LOW,
        replaces=True,
        controls=INVENTORY,
        topic="Tag your Amazon FSx for OpenZFS resources",
    ),
)


@rule(
    applies_to=(OPENZFS, ONTAP_VOLUME),
    severity=Severity.LOW,
    remedy="Set copyTagsToBackups to true.",
    controls=(FSBP["FSx.1"], *INVENTORY),
    topic="Tag your Amazon FSx resources",
    passes=(
        {"copyTagsToBackups": True},
        Example({"ontapVolumeType": "RW", "copyTagsToBackups": True}, type=ONTAP_VOLUME),
        Example({"ontapVolumeType": "DP"}, type=ONTAP_VOLUME),
    ),
    fails=(
        {"copyTagsToBackups": False},
        {},
        Example({}, type=ONTAP_VOLUME),
        Example({"ontapVolumeType": "RW", "copyTagsToBackups": False}, type=ONTAP_VOLUME),
    ),
    undecided=({"copyTagsToBackups": UNKNOWN}, Example({"ontapVolumeType": UNKNOWN}, type=ONTAP_VOLUME)),
)
def fsx_copies_tags_to_backups(source: Resource) -> Iterator[Violation]:
    """FSx for OpenZFS file systems and ONTAP volumes copy their tags to their backups.

    FSx gives the copies no tags by default. They cost money and hold data of their own, and nobody knows whose. ONTAP
    volumes of type DP, which replicate others, have none.
    """
    if not source.flag("copyTagsToBackups") and source.text("ontapVolumeType", "RW") != "DP":
        fix = Fix({"copyTagsToBackups": True})
        yield Violation("copyTagsToBackups is not true", at="copyTagsToBackups", fix=fix)


def _s3_link(file_system: object) -> tuple[Example, ...]:
    return (Example({"fileSystemId": file_system, "dataRepositoryPath": "s3://data"}, type=S3_LINK, name="link"),)


@rule(
    applies_to=(LUSTRE,),
    severity=Severity.LOW,
    remedy="Set copyTagsToBackups to true; this replaces the file system.",
    controls=(FSBP["FSx.2"], *INVENTORY),
    topic="Tagging Amazon FSx resources",
    passes=(
        {"deploymentType": "PERSISTENT_2", "copyTagsToBackups": True},
        {"deploymentType": "SCRATCH_2"},
        {},
        {"deploymentType": "PERSISTENT_1", "importPath": "s3://data"},
        Example({"deploymentType": "PERSISTENT_2"}, related=_s3_link(Reference("example"))),
    ),
    fails=(
        {"deploymentType": "PERSISTENT_2"},
        {"deploymentType": "PERSISTENT_1", "copyTagsToBackups": False},
        Example({"deploymentType": "PERSISTENT_2"}, related=_s3_link("fs-0123456789abcdef0")),
    ),
    undecided=(
        {"deploymentType": UNKNOWN},
        {"deploymentType": "PERSISTENT_2", "copyTagsToBackups": UNKNOWN},
        Example({"deploymentType": "PERSISTENT_2"}, related=_s3_link(UNKNOWN)),
    ),
)
def fsx_lustre_copies_tags_to_backups(file_system: Resource, stack: Stack) -> Iterator[Violation]:
    """FSx for Lustre file systems copy their tags to their backups.

    FSx gives backups no tags by default. They cost money and hold data of their own. Scratch file systems have none, nor
    have those that are linked to S3.
    """
    if file_system.flag("copyTagsToBackups") or not file_system.text("deploymentType", "SCRATCH_1").startswith("PERSISTENT"):
        return
    if file_system.has("importPath") or any(True for _ in stack.related(file_system, (S3_LINK,), "fileSystemId")):
        return
    fix = Fix({"copyTagsToBackups": True}, replaces=True)
    yield Violation("copyTagsToBackups is not true", at="copyTagsToBackups", fix=fix)
