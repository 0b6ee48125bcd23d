"""Run Checkov, in this process, on the plan of a stack. What is written here of Checkov's inside is that of 3.3.30.

Checkov gets the plan and nothing else: no network, no account of its platform, no configuration, and of the environment only
what every program needs. Nothing that it prints or logs comes out.
"""

from __future__ import annotations

import fnmatch
import logging
import os
import signal
import traceback
import warnings
from collections import Counter, defaultdict
from contextlib import contextmanager, redirect_stdout
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

from policies.evaluate import crash
from policies.settings import nearest
from scanners.arguments import Usage
from scanners.exports import NO_REFERENCES, shows_references
from scanners.exports.terraform_plan import plan_of
from scanners.sources.checkov_record import SEVERITIES, looked_at, severity_of
from scanners.sources.source import CheckovRecord, named
from scanners.sources.terraform_resources import PLAN
from scanners.writers.text import counted_types

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scanners.exports.terraform_plan import Plan
    from scanners.sources.source import SourceStack

_KEPT = frozenset({"HOME", "LANG", "LC_ALL", "LC_CTYPE", "PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "USERPROFILE"})
"""The environment that Checkov sees: nearly a hundred other variables change what it does."""

_SET = {"CHECKOV_MAX_IAC_FILE_SIZE": str(10**12)}
"""Else Checkov passes over a plan of more than 50 MB without a word."""

_ENDINGS = [found for name in ("SIGTERM", "SIGHUP") if (found := getattr(signal, name, None))]
"""Signals that tell a process to end; Windows has no SIGHUP."""


class Options(NamedTuple):
    """Which checks run, by Checkov's ids, where * and ? stand for any; and directories with checks of the user's own."""

    checks: tuple[str, ...] = ()
    skip_checks: tuple[str, ...] = ()
    external: tuple[str, ...] = ()


class Answer(NamedTuple):
    """What Checkov says, what passed included, and why that is not all of it: texts for the user, empty if it is."""

    records: list[CheckovRecord]
    problems: list[str]


class Checkov:
    """Checkov with its checks loaded. Making one takes seconds; it answers for any number of plans."""

    def __init__(self, options: Options) -> None:
        """Load the checks. Raises `Usage`: not installed, a check that does not exist, one that cannot be imported."""
        with _alone() as logged:
            try:
                from scanners import checkov_runner  # noqa: PLC0415  (late: seconds)
            except ImportError as error:
                if (error.name or "").partition(".")[0] != "checkov":
                    raise Usage(f"Checkov cannot be imported: {error}") from None
                raise Usage('Checkov is not installed: pip install "stackproof[checkov]"') from None
            self._runner = checkov_runner
            for directory in options.external:
                _load(directory, logged, checkov_runner)
            known = checkov_runner.known_checks()
        _look_up("--checkov-check", options.checks, known)
        _look_up("--checkov-skip-check", options.skip_checks, known)
        if both := sorted({*options.checks} & {*options.skip_checks}):
            raise Usage(f"--checkov-skip-check: {both[0]} is a --checkov-check too")
        self._options, self._known = options, known
        self._left_out: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._told: list[str] = []

    def restrict(self, checks: Iterable[str]) -> list[str]:
        """Run only some checks, given by their ids; return those that this version of Checkov does not have."""
        self._options = self._options._replace(checks=tuple(sorted({*checks} & self._known)))
        return sorted({*checks} - self._known)

    def asked(self, source: SourceStack) -> SourceStack:
        """Return a source with what Checkov says of its stack; one that is Checkov's own report as it is."""
        if source.kind == "checkov":
            return source
        plan = plan_of(source.stack)
        has_references = shows_references(source)
        if not has_references:
            self._told.append(f"{source.path} {NO_REFERENCES}")
        lost = [f"Checkov does not judge {item.urn}: {item.why}" for item in plan.left_out if item.lost]
        for item in plan.left_out:
            if not item.lost:
                self._left_out[item.why][item.type] += 1
        try:
            answer = self.judge(plan)
        except OSError as error:
            why = f"its plan for Checkov cannot be written to a temporary file: {error.strerror}; TMPDIR names the directory"
            answer = Answer([], [why])
        notes = (*source.notes, *lost, *answer.problems)
        records = answer.records
        if not (has_references and source.stack.complete):  # what a check misses may be there, and not be shown
            follow = self._runner.checks_of_references()
            records = [
                item._replace(verdict="unknown") if item.verdict == "failed" and item.check in follow else item
                for item in records
            ]
        return source._replace(checkov=tuple(records), notes=notes, with_checkov=True)

    def told(self) -> Iterator[str]:
        """Yield what Checkov could not see, and what it was not asked about, by counts, for each reason."""
        yield from self._told
        for why, types in sorted(self._left_out.items()):
            yield f"Checkov does not judge {types.total()} resources: {why}{counted_types(types)}"

    def judge(self, plan: Plan) -> Answer:
        """Return what Checkov says of a plan; a crash of Checkov is a problem of the answer.

        Raises `OSError` where the plan cannot be written to a temporary file.
        """
        with _written(plan) as file:
            try:
                with _alone():
                    said = self._runner.run(str(file), [*self._options.checks], [*self._options.skip_checks])
            except (Exception, SystemExit) as error:  # noqa: BLE001  (Checkov's code, and checks of the user's)
                return Answer([], [f"Checkov crashed, and judged nothing: {crash(error)}"])
        records = [
            CheckovRecord(
                check=check,
                verdict=_sound(verdict, keys, plan.unknown.get(address)),
                urn=plan.urns.get(address, ""),
                resource=address,
                title=title,
                file="",
                line=0,
                framework=PLAN,
                severity=severity_of(severity),
                looked_at=looked_at(keys),
            )
            for check, verdict, address, title, severity, keys in sorted(
                said.verdicts, key=itemgetter(slice(5))
            )  # from threads
        ]
        return Answer(records, list(_problems(said, plan)))


def _sound(verdict: str, keys: object, unknown: object) -> str:
    """Return a verdict, unknown for a failure that Checkov sees in what nobody knows yet: it takes it for absent.

    `unknown` has the places of a resource that a plan marks as unknown, `keys` those that the check looked at.
    """
    if verdict == "failed" and unknown and any(_is_unknown(path, unknown) for path in looked_at(keys)):
        return "unknown"
    return verdict


def _is_unknown(path: str, unknown: object) -> bool:
    """Say whether a path of Checkov's, such as `rule/[0]/days`, leads to what is unknown as a whole.

    Its numbers do not count: Checkov has lists around single values too.
    """
    places = [unknown]
    for name in (step for step in path.split("/") if not step.startswith("[")):
        inner = (item for place in places for item in (place if isinstance(place, list) else [place]))
        places = [True if item is True else item.get(name) for item in inner if item is True or isinstance(item, dict)]
    return True in places or any(isinstance(place, list) and True in place for place in places)


def _problems(said: Any, plan: Plan) -> Iterator[str]:  # noqa: ANN401  (of a module that imports Checkov)
    """Yield what Checkov did not judge."""
    if said.unreadable:
        yield "Checkov could not read the plan"
    elif unread := sorted(set(plan.urns) - said.read):
        yield f"Checkov passed over {named([plan.urns[address] for address in unread])}"
    for check, addresses in sorted(said.crashed.items()):
        where = f" on {named([plan.urns.get(address, address) for address in addresses])}" if addresses else ""
        yield f"{check} crashed{where}; --checkov-skip-check {check} leaves it out"


def _look_up(option: str, patterns: Iterable[str], known: frozenset[str]) -> None:
    """Raise `Usage` for an id that no check has: Checkov would run without it and say nothing."""
    for pattern in patterns:
        if pattern.lower() in {*SEVERITIES, "none", "off"}:
            raise Usage(f"{option}: {pattern!r} is a severity, which only Checkov's platform knows; name checks")
        if not fnmatch.filter(known, pattern):
            hint = nearest(pattern, known)
            raise Usage(f"{option}: Checkov has no check {pattern!r} of Terraform; {hint}".rstrip("; "))


def _load(directory: str, logged: list[logging.LogRecord], checkov: Any) -> None:  # noqa: ANN401  (imports Checkov)
    """Load checks of the user's own. Checkov passes over what it cannot load; here it is an error that names the file."""
    if not Path(directory).is_dir():
        raise Usage(f"--checkov-external-checks: {directory} is not a directory")
    logged.clear()
    try:
        loaded = checkov.load(directory)
    except (Exception, SystemExit) as error:  # noqa: BLE001  (the user's code and files)
        file = _file_of(error) or directory
        raise Usage(f"--checkov-external-checks: {file}: {type(error).__name__}: {error}") from None
    if logged:
        cause = logged[0].exc_info[1] if logged[0].exc_info else None
        why = f": {type(cause).__name__}: {cause}" if cause else ""
        raise Usage(f"--checkov-external-checks: {logged[0].getMessage()}{why}")
    if not loaded:
        raise Usage(
            f"--checkov-external-checks: {directory} holds no checks; Checkov takes .yaml and .json files, and .py files "
            "beside an __init__.py"
        )


def _file_of(error: BaseException) -> str:
    """Return the file that Checkov was reading when it failed; it does not name it itself."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        found = frame.f_locals
        if frame.f_code.co_name == "_load_checks_from_dir" and "file" in found:
            return f"{found['root']}{os.sep}{found['file']}"
        if frame.f_code.co_name == "_exec_check_from_disk":
            return f"{found['check_full_path']}"
    return ""


@contextmanager
def _written(plan: Plan) -> Iterator[Path]:
    """Give a plan as a file that nobody else may read, and that is gone afterwards, also when this process is told to end."""
    with TemporaryDirectory(prefix="stackproof-") as directory:
        before = {name: signal.signal(name, signal.default_int_handler) for name in _ENDINGS if _ends(name)}
        try:
            file = Path(directory, "plan.json")
            with file.open("x", encoding="utf-8") as stream:
                stream.writelines(plan.text())
            yield file
        finally:
            for name, handler in before.items():
                signal.signal(name, handler)


def _ends(name: int) -> bool:
    """Say whether a signal ends this process as it is: under `nohup` one does not."""
    return signal.getsignal(name) is signal.SIG_DFL


class _Kept(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@contextmanager
def _alone() -> Iterator[list[logging.LogRecord]]:
    """Keep Checkov from the environment, and what it prints and logs from the user; give its warnings and errors."""
    before, root, kept = dict(os.environ), logging.getLogger(), _Kept()
    handlers, level = root.handlers[:], root.level
    os.environ.clear()
    os.environ.update({name: value for name, value in before.items() if name in _KEPT} | _SET)
    root.handlers[:] = [kept]
    root.setLevel(logging.WARNING)
    try:
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield kept.records
    finally:
        os.environ.clear()
        os.environ.update(before)
        root.handlers[:] = handlers
        root.setLevel(level)
