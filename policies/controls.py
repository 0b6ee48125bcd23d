"""The controls of compliance frameworks that rules refer to.

`policies/frameworks/` lists every control of a framework with a short name of its own; a test holds the rules to it.
Sources: AWS Security Hub's user guide (Foundational Security Best Practices), the CIS Amazon Web Services
Foundations Benchmark 5.0.0, NIST SP 800-53 revision 5, PCI DSS 4.0.1, the AICPA trust services criteria of 2017,
ISO/IEC 27001:2022 annex A. Only ids and short names are given; the texts are the publishers'.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple


class Control(NamedTuple):
    """One control of a framework, as `FSBP["RDS.3"]` gives it."""

    framework: str
    version: str
    id: str

    def __str__(self) -> str:
        """Return the control as reports name it: framework and id."""
        return f"{self.framework} {self.id}"

    @property
    def name(self) -> str:
        """What the control asks for, in a few words; empty where that is not written down."""
        framework = next((item for item in FRAMEWORKS.values() if item.name == self.framework), None)
        return framework.controls().get(self.id, "") if framework else ""


class Framework:
    """A framework: `key` names it in configurations, `name` in reports."""

    __slots__ = ("key", "name", "version")

    def __init__(self, key: str, name: str, version: str) -> None:
        """Name a framework; its controls are listed in `frameworks/`."""
        self.key = key
        self.name = name
        self.version = version

    def __getitem__(self, id_: str) -> Control:
        """Return a control by its id."""
        return Control(self.name, self.version, id_)

    def controls(self) -> dict[str, str]:
        """Return all controls, id to name, in the order of the framework."""
        return _controls(self.key)


@cache
def _controls(key: str) -> dict[str, str]:
    from pathlib import Path  # noqa: PLC0415  (late: rules need the ids only)

    lines = (Path(__file__).parent / "frameworks" / f"{key}.txt").read_text(encoding="utf-8").splitlines()
    return {id_: name for id_, _, name in (line.partition(" ") for line in lines)}


FSBP = Framework("fsbp", "AWS FSBP", "1.0.0")
CIS_AWS_5 = Framework("cis-aws-5.0", "CIS AWS", "5.0.0")
NIST_800_53 = Framework("nist-800-53-r5", "NIST 800-53", "r5")
PCI_DSS_4 = Framework("pci-dss-4.0", "PCI DSS", "4.0.1")
SOC2 = Framework("soc2", "SOC 2", "2017")
ISO_27001 = Framework("iso-27001", "ISO 27001", "2022")

FRAMEWORKS = {framework.key: framework for framework in (CIS_AWS_5, FSBP, ISO_27001, NIST_800_53, PCI_DSS_4, SOC2)}
"""All frameworks by their keys."""


@cache
def control(text: str) -> Control:
    """Return a control by the key of its framework and its id, as in `fsbp RDS.3`; raise `KeyError` for no framework's key."""
    key, _, id_ = text.partition(" ")
    return FRAMEWORKS[key][id_]


def framework_of(control: str) -> tuple[Framework | None, str]:
    """Return the framework of a control as reports name it, and its id there; None and all of it for one of a user's own."""
    for framework in FRAMEWORKS.values():
        if control.startswith(f"{framework.name} "):
            return framework, control.removeprefix(f"{framework.name} ")
    return None, control


# What a rule of one theme says to the frameworks that know no services.
AT_REST = (NIST_800_53["SC-28"], NIST_800_53["SC-28(1)"], PCI_DSS_4["3.5.1"], SOC2["CC6.1"], ISO_27001["A.8.24"])
IN_TRANSIT = (NIST_800_53["SC-8"], NIST_800_53["SC-8(1)"], PCI_DSS_4["4.2.1"], SOC2["CC6.7"], ISO_27001["A.8.24"])
CUSTOMER_KEY = (NIST_800_53["SC-12"], NIST_800_53["SC-28(1)"], PCI_DSS_4["3.6.1"], SOC2["CC6.1"], ISO_27001["A.8.24"])
KEY_ROTATION = (NIST_800_53["SC-12"], PCI_DSS_4["3.7.4"], SOC2["CC6.1"], ISO_27001["A.8.24"])
KEY_LIFECYCLE = (NIST_800_53["SC-12"], PCI_DSS_4["3.6.1"], SOC2["CC6.1"], ISO_27001["A.8.24"])
CERTIFICATES = (NIST_800_53["SC-17"], PCI_DSS_4["4.2.1"], SOC2["CC6.7"], ISO_27001["A.8.24"])
SECRETS = (NIST_800_53["IA-5(7)"], PCI_DSS_4["8.6.2"], SOC2["CC6.1"], ISO_27001["A.5.17"])
INTEGRITY = (NIST_800_53["SI-7"], PCI_DSS_4["10.3.4"], SOC2["CC7.2"], ISO_27001["A.8.15"])
INVENTORY = (NIST_800_53["CM-8"], PCI_DSS_4["12.5.1"], SOC2["CC6.1"], ISO_27001["A.5.9"])
