"""Exemptions to and from the policy exceptions of Pulumi Cloud.

The JSON is that of its REST API: `CreatePolicyExceptionRequest` is written, `PolicyException`,
`ListPolicyExceptionsResponse` and that request are read. Source:
https://www.pulumi.com/docs/reference/cloud-rest-api/schema/createpolicyexceptionrequest/ and its neighbours, in public
preview in 2026. Nobody is called.
"""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from policies.exemptions import Exemption, find
from policies.former_urns import formerly
from scanners.arguments import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path
    from typing import TypeVar

    from policies.configuration import Configuration
    from scanners.report import Report

    _T = TypeVar("_T")

PACK = "stackproof"
_MOST = 100
"""Policies or targets of an entry, and entries of an exception."""

_LONGEST_REASON = 2048
_LONGEST_HOURS = 3650 * 24
_LARGEST = 50_000_000


class _Match(Struct):
    policies: list[str]
    targets: list[str]


class _User(Struct):
    name: str = ""


class _Exception(Struct, rename="camel"):
    policy_pack: str
    match: list[_Match]
    reason: str
    id: str = ""
    status: str = "active"
    expires_at: str | None = None
    expires_in_seconds: int | None = None
    created_by: _User | None = None


class _Page(Struct, rename="camel"):
    exceptions: list[_Exception]
    continuation_token: str | None = None


def read(path: Path, owner: str, today: date) -> tuple[list[Exemption], list[str]]:
    """Return the exemptions that a JSON file of exceptions says, and what is left out.

    An exception ends on a time, an exemption with a day: it is the day of that time. Its owner is whoever created it,
    unless `owner` is given. Raises `Usage` for a file that cannot be used.
    """
    added: dict[tuple[str, str], Exemption] = {}
    told: list[str] = []
    for found in _exceptions(path):
        name = f"{path}: exception {found.id or found.reason[:40]}"
        if found.policy_pack.rpartition("/")[2] != PACK:
            told.append(f"{name} is for the policy pack {found.policy_pack!r}, not {PACK}: left out")
            continue
        if found.status != "active":
            told.append(f"{name} is {found.status}: left out")
            continue
        expires = _end(found, name, today)
        if expires and expires < today:
            told.append(f"{name} ended on {expires}: left out")
            continue
        who = owner or (found.created_by.name if found.created_by else "")
        for match in found.match:
            for policy in match.policies:
                for target in match.targets:
                    if "*" in policy + target:
                        raise Usage(f"{name}: a name with * would stand for others here too: {policy} {target}")
                    added.setdefault((policy, target), Exemption(policy, target, found.reason, who, expires))
    if not added:
        raise Usage(f"{path}: holds no exception to add{'; ' + '; '.join(told) if told else ''}")
    return [*added.values()], told


def write(configured: Configuration, today: date, report: Report | None) -> tuple[list[str], list[str]]:
    """Return the exemptions that hold as requests to create exceptions, each a line of JSON, and what is left out.

    An exception names policies and URNs whole: what a pattern stands for is taken from the exempt results of a report.
    """
    lines: list[str] = []
    told: list[str] = []
    targets = _targets(configured, today, report)
    for exemption, line in zip(configured.exemptions, configured.exemption_lines, strict=True):
        place = f"{configured.path}:{line}"
        if exemption.is_expired(today):
            told.append(f"{place}: expired: left out")
            continue
        by_policies = targets.get(exemption, {})
        if "*" not in exemption.rule + exemption.resource and exemption.rule in configured.rules:
            by_policies = {exemption.resource: {exemption.rule}}
        if not by_policies:
            told.append(f"{place}: {_why_not(exemption, configured, judged=report is not None)}: left out")
            continue
        reason = exemption.reason + (f" (owner: {exemption.owner})" if exemption.owner else "")
        if len(reason) > _LONGEST_REASON:
            told.append(f"{place}: its reason and owner are longer than {_LONGEST_REASON} characters: left out")
            continue
        for matches in _parts(list(_matches(by_policies))):
            request = {"policyPack": PACK, "match": matches, "reason": reason, **_seconds(exemption)}
            lines.append(json.dumps(request) + "\n")
    return lines, told


def _exceptions(path: Path) -> list[_Exception]:
    try:
        with path.open("rb") as stream:
            data = stream.read(_LARGEST + 1)
    except OSError as error:
        raise Usage(f"{path}: cannot be read: {error.strerror}") from None
    if len(data) > _LARGEST:
        raise Usage(f"{path}: larger than {_LARGEST} bytes")
    try:
        if data.lstrip().startswith(b"["):
            return msgspec.json.decode(data, type=list[_Exception])
        if b'"exceptions"' not in data:
            return [msgspec.json.decode(line, type=_Exception) for line in _documents(data)]
        page = msgspec.json.decode(data, type=_Page)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Usage(f"{path}: not policy exceptions as Pulumi's REST API has them: {error}") from None
    if page.continuation_token:
        raise Usage(f"{path}: only a page of the exceptions (continuationToken is set); fetch the others too")
    return page.exceptions


def _documents(data: bytes) -> list[bytes]:
    """Return the one document of a text, or its lines where each is one."""
    lines = [line for line in data.splitlines() if line.strip()]
    return lines if all(line.startswith(b"{") and line.rstrip().endswith(b"}") for line in lines) else [data]


def _end(found: _Exception, name: str, today: date) -> date | None:
    if found.expires_at:
        try:
            return datetime.fromisoformat(found.expires_at).astimezone().date()
        except (ValueError, OverflowError):
            raise Usage(f"{name}: expiresAt is not a time: {found.expires_at[:40]!r}") from None
    if found.expires_in_seconds:
        try:
            return today + timedelta(seconds=found.expires_in_seconds)
        except OverflowError:
            raise Usage(f"{name}: expiresInSeconds is too large") from None
    return None


def _targets(configured: Configuration, today: date, report: Report | None) -> dict[Exemption, dict[str, set[str]]]:
    """Return the URNs that each exemption exempts, with the rules."""
    found: dict[Exemption, dict[str, set[str]]] = {}
    for result in report.results if report else ():
        exemption = find(
            configured.exemptions, result.rule, (result.urn, *result.aliases, *formerly(result.urn, result.type)), today
        )
        if result.status == "exempt" and exemption:
            found.setdefault(exemption, {}).setdefault(result.urn, set()).add(result.rule)
    return found


def _matches(by_urn: dict[str, set[str]]) -> Iterator[dict[str, list[str]]]:
    """Yield entries: URNs with the same policies stand together."""
    together: dict[tuple[str, ...], list[str]] = {}
    for urn, policies in sorted(by_urn.items()):
        together.setdefault(tuple(sorted(policies)), []).append(urn)
    for names, urns in together.items():
        for some in _parts(names):
            yield from ({"policies": list(some), "targets": list(targets)} for targets in _parts(urns))


def _parts(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    return (items[start : start + _MOST] for start in range(0, len(items), _MOST))


def _seconds(exemption: Exemption) -> dict[str, int]:
    """Return the whole hours that are left until its last day is over, as seconds: at least one, at most what is taken."""
    if not exemption.expires:
        return {}
    now = datetime.now().astimezone()
    over = datetime.combine(exemption.expires, time(), now.tzinfo).timestamp() + timedelta(days=1).total_seconds()
    hours = int((over - now.timestamp()) // 3600)
    return {"expiresInSeconds": min(max(hours, 1), _LONGEST_HOURS) * 3600}


def _why_not(exemption: Exemption, configured: Configuration, *, judged: bool) -> str:
    if not any(exemption.is_from((id_,)) for id_ in configured.rules):
        return "a check of Checkov is no policy of the pack"
    return "nothing in the sources is exempt by it" if judged else "a pattern: name sources, for exceptions name whole URNs"
