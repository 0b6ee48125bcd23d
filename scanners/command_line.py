"""The commands: what each word on the command line does."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

from policies.configuration import ConfigurationError
from policies.controls import FRAMEWORKS
from policies.rule import Level
from policies.settings import nearest
from scanners.arguments import Usage, read
from scanners.choice import chosen, configuration_of
from scanners.console import CLEAN, INCOMPLETE, INTERRUPTED, USAGE, VIOLATIONS, readable, tell, write_whole
from scanners.scanning import scan
from scanners.sources import files
from scanners.sources.source import SourceError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; `arguments` are the words after the program's name. Returns the exit code."""
    if sys.stdout is None:
        tell("standard output is closed")
        return INCOMPLETE
    try:
        options = read(arguments)
        code = _COMMANDS[options.command](options)
        sys.stdout.flush()
    except (Usage, ConfigurationError) as error:
        tell(str(error))
        return USAGE
    except KeyboardInterrupt:
        tell("interrupted")
        return INTERRUPTED
    except OSError as error:
        if not isinstance(error, BrokenPipeError):  # there the reader of standard output has seen enough
            tell(f"{error.filename or 'standard output'}: {error.strerror}")
        sys.stdout = None  # what was not written makes the run incomplete, and is not tried again at exit
        return INCOMPLETE
    return code


def list_rules(options: argparse.Namespace) -> int:
    """Print a line for each rule, or for those that --rules asks for: id, severity, level and title."""
    configured = configuration_of(options)
    levels = {item.rule.id: item.level for item in chosen(configured, options.rules).settings.active}
    listed = [rule for rule in configured.rules.values() if not options.rules or rule.id in levels]
    width = max(len(rule.id) for rule in listed)
    for rule in listed:
        level = levels.get(rule.id, Level.DISABLED)
        sys.stdout.write(f"{rule.id:<{width}}  {rule.severity:<8}  {level:<9}  {rule.title}\n")
    return CLEAN


def list_frameworks(options: argparse.Namespace) -> int:
    """Print the controls of frameworks with the rules that judge them, and those that no rule judges."""
    from scanners.frameworks import as_json, as_text, coverage  # noqa: PLC0415  (late: reads the lists of controls)

    for name in options.frameworks:
        if name not in FRAMEWORKS:
            raise Usage(f"there is no framework {name!r}; {nearest(name, FRAMEWORKS)}".rstrip("; "))
    rules = configuration_of(options).rules.values()
    found = [coverage(FRAMEWORKS[name], rules) for name in options.frameworks or FRAMEWORKS]
    sys.stdout.write(as_json(found) if options.format == "json" else as_text(found))
    return CLEAN


def explain_rule(options: argparse.Namespace) -> int:
    """Print what a rule is about: why it is there, what mends it, its settings and controls."""
    from scanners.explanation import explanation  # noqa: PLC0415  (late: reads settings by pydantic)

    configured = configuration_of(options)
    rule = configured.rules.get(options.rule)
    if rule is None:
        raise Usage(f"there is no rule {options.rule!r}; {nearest(options.rule, configured.rules)}".rstrip("; "))
    sys.stdout.write(explanation(rule, configured.rules))
    return CLEAN


def write_checkov_checks(options: argparse.Namespace) -> int:
    """Write our rules as checks of Checkov, and say how to run them."""
    import shlex  # noqa: PLC0415  (late: no other command needs it)

    from scanners.checkov_checks import write  # noqa: PLC0415  (late: no other command needs it)

    configured = configuration_of(options)
    written = write(options.directory, configured, chosen(configured, options.rules).settings)
    if written.left_out:
        tell(f"Terraform has nothing that these rules look at: {', '.join(written.left_out)}")
    count = len(written.checks)
    sys.stdout.write(f"{options.directory}: {count} check{'s' if count != 1 else ''}. To run them:\n")
    sys.stdout.write(f"checkov --directory . --external-checks-dir {shlex.quote(str(options.directory))}\n")
    return CLEAN


def ask_iam(options: argparse.Namespace) -> int:
    """Answer a question about who can do what; return the exit code."""
    from scanners import iam  # noqa: PLC0415  (late: the analyser reads all actions of AWS)

    answer = iam.COMMANDS[options.iam_command](options)
    for error in answer.errors:
        tell(error)
    readable(options.format)
    sys.stdout.writelines(answer.report)
    return INCOMPLETE if answer.errors else VIOLATIONS if answer.failed else CLEAN


def manage_exemptions(options: argparse.Namespace) -> int:
    """Add, list, check or remove exemptions; return the exit code."""
    from scanners import exempt  # noqa: PLC0415  (late: no other command needs it)

    return exempt.COMMANDS[options.exempt_command](options)


def export_stack(options: argparse.Namespace) -> int:
    """Write a stack as a document of another tool's, and tell what is not in it."""
    from scanners.export import exported  # noqa: PLC0415  (late: no other command needs it)

    try:
        made = exported(options.source, options.to, options.output)
    except SourceError as error:
        tell(str(error))
        return INCOMPLETE
    if options.output == files.STANDARD_INPUT:
        readable(options.to)
        sys.stdout.writelines(made.text)
    else:
        write_whole(Path(options.output), made.text)
    for told in made.told:
        tell(told)
    return CLEAN if made.complete else INCOMPLETE


def render_report(options: argparse.Namespace) -> int:
    """Write a stored report in the formats that are asked for; return the exit code."""
    from scanners.rendering import render  # noqa: PLC0415  (late: no other command needs it)

    return render(options)


def compare_checkov(options: argparse.Namespace) -> int:
    """Compare Checkov and the rules that carry its ids on stacks, or on what a report of Checkov shows."""
    from scanners import compare_checkov as comparing  # noqa: PLC0415  (late: no other command needs it)
    from scanners.checkov_run import Checkov, Options  # noqa: PLC0415  (late: as above)

    report = comparing.Report(configuration_of(options))
    checkov: Checkov | None = None
    with redirect_stdout(sys.stderr):  # what a user's rule prints does not belong into the report
        for file in files.locate_all(options.sources, report.add_error):
            try:
                stacks = files.load(file)
            except SourceError as error:
                report.add_error(file, str(error))
                continue
            for stack in stacks:
                if checkov is None and stack.kind != "checkov":
                    checkov = Checkov(Options())
                    report.notes += [f"this version of Checkov has no {check}" for check in checkov.restrict(report.checks)]
                report.add(checkov.asked(stack) if checkov else stack)
    report.notes += checkov.told() if checkov else ()
    found = report.compared()
    for told in (*(f"{error.path}: {error.error}" for error in found.errors), *found.notes):
        tell(told)
    readable(options.format)
    sys.stdout.writelines(comparing.write(found, options.format))
    return CLEAN if found.complete else INCOMPLETE


def keep_baseline(options: argparse.Namespace) -> int:
    """Write, update or show a baseline; return the exit code."""
    from scanners import baselines  # noqa: PLC0415  (late: no other command needs it)

    return baselines.COMMANDS[options.baseline_command](options)


def compare_sides(options: argparse.Namespace) -> int:
    """Print what a change adds to the violations, and what it mends; return the exit code."""
    from scanners.diff import diff  # noqa: PLC0415  (late: no other command needs it)

    return diff(options)


_COMMANDS = {
    "scan": scan,
    "report": render_report,
    "export": export_stack,
    "compare-checkov": compare_checkov,
    "checkov-checks": write_checkov_checks,
    "rules": list_rules,
    "explain": explain_rule,
    "frameworks": list_frameworks,
    "iam": ask_iam,
    "baseline": keep_baseline,
    "exempt": manage_exemptions,
    "diff": compare_sides,
}


if __name__ == "__main__":
    sys.exit(main())
