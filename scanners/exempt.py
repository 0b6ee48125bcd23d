"""`stackproof exempt`: add exemptions to the configuration, list, check and remove them."""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from policies import configuration
from policies.configuration import ConfigurationError
from policies.exemptions import Exemption
from scanners.arguments import Usage
from scanners.choice import configuration_of
from scanners.console import CLEAN, INCOMPLETE, VIOLATIONS, readable, tell, write_whole
from scanners.exempt_file import snippet, with_added, without
from scanners.exemption_uses import EXPIRED, STALE, uses
from scanners.judging import Asked
from scanners.processes import cores
from scanners.scan import Scan, run_of
from scanners.scanning import judge
from scanners.sources import files
from scanners.writers.text import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from policies.configuration import Configuration
    from scanners.report import ExemptionUse, Report


def add(options: argparse.Namespace) -> int:
    """Add an exemption, or those of a file of Pulumi's, to the configuration; a new file where there is none."""
    configured = configuration_of(options)
    today = _today()
    if options.from_pulumi:
        if options.rule or options.reason or options.expires or options.days is not None:
            raise Usage("--from-pulumi takes rules, resources, reasons and ends from the file; give it and --owner only")
        from scanners.exempt_pulumi import read  # noqa: PLC0415  (late: only here)

        added, told = read(options.from_pulumi, options.owner, today)
    else:
        added, told = [_exemption(options, today)], []
    for note in told:
        tell(note)
    if any("\ud800" <= char <= "\udfff" for exemption in added for text in exemption[:4] for char in text):
        raise Usage("half of a surrogate pair is no text")
    known = dict(zip(configured.exemptions, configured.exemption_lines, strict=True))
    for exemption in added:
        for other, line in known.items():
            if (other.rule, other.resource) == (exemption.rule, exemption.resource) and not other.is_expired(today):
                raise Usage(f"{configured.path}:{line} exempts {other.resource} from {other.rule} already; change it there")
    path = configured.path or Path(configuration.FILE_NAME)
    text = _text(path) if configured.path else ""
    try:
        after = with_added(path, text, added)
    except Usage:
        sys.stdout.write(f"{snippet(added)}\n")
        raise
    _replace(path, after)
    for exemption in added:
        sys.stdout.write(f"{path}: {printable(exemption.rule)} on {printable(exemption.resource)}\n")
        sys.stdout.write(f"  {printable(exemption.words(today))}\n")
    return CLEAN


def list_(options: argparse.Namespace) -> int:
    """Print the exemptions; with sources, what each is about."""
    configured, today = configuration_of(options), _today()
    report = _judged(configured, options.sources, today, show=options.format == "pulumi") if options.sources else None
    found = report.exemptions if report else uses(configured, today, {}, None)
    readable(options.format)
    if options.format == "pulumi":
        from scanners.exempt_pulumi import write  # noqa: PLC0415  (late: only here)

        lines, told = write(configured, today, report)
        for note in told:
            tell(note)
        sys.stdout.writelines(lines)
    elif options.format == "json":
        sys.stdout.write(_as_json(configured, today, report, found))
    else:
        sys.stdout.writelines(_as_text(configured, found, judged=report is not None))
    return _code(report)


def check(options: argparse.Namespace) -> int:
    """Print what has expired, ends soon or is stale; that is a failure."""
    configured, today = configuration_of(options), _today()
    report = _judged(configured, options.sources, today)
    told = [
        use
        for use in report.exemptions
        if use.status in (EXPIRED, STALE) or (use.days_left is not None and use.days_left <= options.within)
    ]
    readable("text")
    sys.stdout.writelines(_as_text(configured, told, judged=True))
    count = len(report.exemptions)
    sys.stdout.write(f"{len(told)} of {count} exemption{'s' if count != 1 else ''} to look at\n")
    return _code(report) or (VIOLATIONS if told else CLEAN)


def prune(options: argparse.Namespace) -> int:
    """Remove what has expired or is stale from the configuration."""
    configured, today = configuration_of(options), _today()
    if not options.sources and not options.expired_only:
        raise Usage("name the stacks that the configuration is for: what nothing breaks is only seen there; or --expired-only")
    report = _judged(configured, options.sources, today) if options.sources else None
    if report and _code(report):
        tell("nothing is removed: without an answer from all of the sources nothing is known to be stale")
        return INCOMPLETE
    found = report.exemptions if report else uses(configured, today, {}, None)
    wanted = (EXPIRED,) if options.expired_only else (EXPIRED, STALE)
    removed = {place: use for place, use in enumerate(found) if use.status in wanted}
    if removed and configured.path:
        after = without(configured.path, _text(configured.path), removed)
        if not options.dry_run:
            _replace(configured.path, after)
    readable("text")
    sys.stdout.writelines(_as_text(configured, removed.values(), judged=report is not None))
    done = "would be removed" if options.dry_run else "removed"
    sys.stdout.write(f"{len(removed)} of {len(found)} exemption{'s' if len(found) != 1 else ''} {done}\n")
    return CLEAN


COMMANDS = {"add": add, "list": list_, "check": check, "prune": prune}


def _exemption(options: argparse.Namespace, today: date) -> Exemption:
    for name in ("rule", "resource", "reason"):
        if not (getattr(options, name) or "").strip():
            raise Usage(
                f"exempt add: {'--reason' if name == 'reason' else name.upper()} is missing; see stackproof exempt add --help"
            )
    expires: date | None = options.expires
    if options.days is not None:
        expires = today + timedelta(days=options.days)
    if expires and expires < today:
        raise Usage(f"--expires: {expires} is over")
    return Exemption(options.rule, options.resource, options.reason, options.owner, expires)


def _today() -> date:
    return datetime.now(UTC).astimezone().date()  # the day where the user is


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except OSError as error:
        raise Usage(f"{path}: cannot be read: {error.strerror}") from None


def _replace(path: Path, text: str) -> None:
    """Put a new text in the place of a configuration, if it can be used as one."""
    try:
        configuration.read(path, text)
    except ConfigurationError as error:
        raise ConfigurationError(f"nothing is changed, for this would be wrong: {error}") from None
    write_whole(path, [text])


def _judged(configured: Configuration, sources: Sequence[str], today: date, *, show: bool = False) -> Report:
    """Judge sources by the whole configuration; what cannot be read is told."""
    judged = Scan(Asked(configured, today, ("exempt",) if show else (), with_tags=False), cores())
    with redirect_stdout(sys.stderr):  # what a user's rule prints does not belong into the answer
        judge(files.locate_all(sources, judged.add_error), judged, "inputs", None)
    report = judged.report(run_of(configured, datetime.now(UTC), "inputs"))
    for source in report.sources:
        if source.error:
            tell(f"{source.path}: {source.error}")
    if report.summary.broken:
        tell(f"{report.summary.broken} answers of rules are missing, for the rules crashed")
    return report


def _code(report: Report | None) -> int:
    return CLEAN if report is None or report.summary.complete else INCOMPLETE


def _as_text(configured: Configuration, found: Iterable[ExemptionUse], *, judged: bool) -> Iterator[str]:
    for use in found:
        about = f"  {use.results} result{'s' if use.results != 1 else ''}" if judged else ""
        yield f"{use.status:<9}  {printable(use.rule)} on {printable(use.resource)}  ({configured.path}:{use.line}){about}\n"
        yield f"           {printable(use.words)}\n"


def _as_json(configured: Configuration, today: date, report: Report | None, found: Iterable[ExemptionUse]) -> str:
    listed = [msgspec.structs.asdict(use) | ({} if report else {"results": None}) for use in found]
    content = {
        "configuration": str(configured.path or ""),
        "judged_on": today.isoformat(),
        "complete": report.summary.complete if report else None,
        "exemptions": listed,
    }
    return json.dumps(content, indent=2) + "\n"
