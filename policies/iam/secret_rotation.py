"""Rotation of secrets in Secrets Manager."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import FSBP, ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.exemptions import wildcard
from policies.fix import Fix
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN, Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

SECRET = "aws:secretsmanager/secret:Secret"  # noqa: S105  (a type)
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"

_CONTROLS = (NIST_800_53["IA-5"], PCI_DSS_4["8.6.3"], SOC2["CC6.1"], ISO_27001["A.5.17"])


class NotRotated(NamedTuple):
    """Secrets that nothing can rotate, or that are rotated elsewhere."""

    names: Annotated[tuple[str, ...], "Patterns of names of secrets that are left alone; `*` stands for any characters."] = ()


def _rotation(**inputs: object) -> Example:
    return Example({"secretId": Reference("example"), **inputs}, ROTATION, name="rotation")


@rule(
    applies_to=(SECRET,),
    severity=Severity.MEDIUM,
    remedy="Add a SecretRotation for the secret; list the names of secrets that nothing can rotate in the rule's parameter.",
    controls=(FSBP["SecretsManager.1"], *_CONTROLS),
    checkov=("CKV2_AWS_57",),
    topic="Rotate AWS Secrets Manager secrets",
    parameters=NotRotated,
    passes=(
        Example({"name": "orders/db"}, related=(_rotation(rotationRules={"automaticallyAfterDays": 30}),)),
        Example({"name": UNKNOWN}, related=(_rotation(),)),
        Example({"name": "partner/api-key"}, parameters=NotRotated(names=("partner/*",))),
    ),
    fails=(
        {"name": "orders/db"},
        {},
        Example({"name": "orders/db"}, related=(Example({"secretId": "other"}, ROTATION, name="rotation"),)),
        Example({"name": "orders/db"}, related=(_rotation(rotationEnabled=False),)),
        Example({"name": "orders/db"}, parameters=NotRotated(names=("partner/*",))),
    ),
    undecided=(
        Example({"name": "orders/db"}, related=(Example({"secretId": UNKNOWN}, ROTATION, name="rotation"),)),
        Example({"name": UNKNOWN}, parameters=NotRotated(names=("partner/*",))),
        Example({"name": "orders/db"}, related=(_rotation(rotationEnabled=UNKNOWN),)),
    ),
)
def secretsmanager_secret_rotated(secret: Resource, stack: Stack, parameters: NotRotated) -> Iterator[Violation]:
    """Secrets in Secrets Manager are rotated automatically.

    A secret that never changes can be used by everyone who ever saw it. Secrets that AWS services make for themselves are not
    in a program, so they are not judged.
    """
    if parameters.names:
        name = secret.text("name", secret.text("namePrefix"))
        if any(wildcard(pattern).fullmatch(name) for pattern in parameters.names):
            return
    if not any(
        rotation.flag("rotationEnabled", default=True) for rotation in stack.related(secret, (ROTATION,), by="secretId")
    ):
        yield Violation("nothing in the stack rotates the secret")


class Period(NamedTuple):
    """How old a secret may grow."""

    maximum_days: Annotated[int, "The longest time between two rotations, in days, 1 to 999."] = 90


_DAYS = "rotationRules.automaticallyAfterDays"
_SCHEDULE = "rotationRules.scheduleExpression"
_RATE = re.compile(r"rate\(\s*(\d+)\s+(hour|day)s?\s*\)")
_CRON = re.compile(r"cron\(\s*\S+\s+\S+\s+(\S+)\s+(\S+)\s+(\S+)\s+\*\s*\)")
_EVERY_MONTHS = {"*": 31, "1/1": 31, "1/2": 62, "1/3": 92, "1/4": 123, "1/6": 184}
"""Months of a cron expression to the most days from one to the next."""
_IN_EVERY_MONTH = re.compile(r"[1-9]|1\d|2[0-8]|L")
_ONE_WEEKDAY = re.compile(r"[1-7]|[A-Z]{3}")


def _rules(**rules: object) -> dict[str, object]:
    return {"secretId": "orders/db", "rotationRules": rules}


@rule(
    applies_to=(ROTATION,),
    severity=Severity.MEDIUM,
    remedy="Set rotationRules.automaticallyAfterDays to 90 or less, or a schedule that comes round as often.",
    controls=(FSBP["SecretsManager.4"], *_CONTROLS),
    checkov=("CKV_AWS_304",),
    topic="Rotation schedules",
    parameters=Period,
    passes=(
        _rules(automaticallyAfterDays=30),
        _rules(scheduleExpression="rate(90 days)"),
        _rules(scheduleExpression="rate(12 hours)"),
        _rules(scheduleExpression="cron(0 16 L * ? *)"),
        Example(_rules(scheduleExpression="cron(0 8 * * ? *)"), parameters=Period(maximum_days=7)),
        Example(_rules(scheduleExpression="cron(0 8 ? * SUN *)"), parameters=Period(maximum_days=7)),
        _rules(scheduleExpression="cron(0 0 1 1/2 ? *)"),
        {"secretId": "orders/db", "rotationEnabled": False},
        Example(_rules(automaticallyAfterDays=365), parameters=Period(maximum_days=365)),
    ),
    fails=(
        _rules(automaticallyAfterDays=91),
        _rules(scheduleExpression="rate(365 days)"),
        _rules(scheduleExpression="cron(0 0 1 1/3 ? *)"),
        Example(_rules(automaticallyAfterDays=60), parameters=Period(maximum_days=30)),
    ),
    undecided=(
        {"secretId": "orders/db", "rotationRules": UNKNOWN},
        _rules(automaticallyAfterDays=UNKNOWN),
        _rules(scheduleExpression=UNKNOWN),
        _rules(scheduleExpression="cron(0 0 31 * ? *)"),
        _rules(scheduleExpression="cron(0 0 1 1 ? *)"),
        _rules(scheduleExpression="cron(0 8 1 * SUN *)"),
        _rules(scheduleExpression="cron(0 8 ? 1/2 SUN *)"),
        _rules(scheduleExpression="cron(0 8 ? * SUN#1 *)"),
    ),
)
def secretsmanager_rotation_period_short(rotation: Resource, parameters: Period) -> Iterator[Violation]:
    """Secrets in Secrets Manager are rotated at least every 90 days.

    The longer a secret lives, the more copies of it there are. A cron expression is understood if it names every day, one day
    of the week, or one day of every so many months.
    """
    days = rotation.number(_DAYS)
    if days is not None:
        if days > parameters.maximum_days:
            fix = Fix({_DAYS: parameters.maximum_days})
            yield Violation(f"the secret is rotated every {days:g} days", at=_DAYS, fix=fix)
        return
    schedule = rotation.text(_SCHEDULE)
    if schedule and _longest_gap(schedule) > parameters.maximum_days:
        yield Violation("the schedule comes round too seldom", at=_SCHEDULE)


def _longest_gap(schedule: str) -> float:
    """Return the most days between two rotations of a rate or cron expression; raise `UnknownValue` for a form not known."""
    if rate := _RATE.fullmatch(schedule):
        return int(rate[1]) / (24 if rate[2] == "hour" else 1)
    if cron := _CRON.fullmatch(schedule):
        day, months, weekday = cron.groups()
        if weekday == "?" and _IN_EVERY_MONTH.fullmatch(day) and months in _EVERY_MONTHS:
            return _EVERY_MONTHS[months]
        if months == "*" and {day, weekday} == {"*", "?"}:
            return 1
        if months == "*" and day == "?" and _ONE_WEEKDAY.fullmatch(weekday):
            return 7
    raise UnknownValue(Reason.MALFORMED, _SCHEDULE, "how often the schedule comes round is not clear")
