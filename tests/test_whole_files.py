"""A report is written whole or not at all: the file that was there stays until the new one is."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import STATES, resource, stackproof, state

ROOT = Path(__file__).parents[1]
OLD = "the old report\n"

START = """
import resource, sys
from scanners import writers
writers.WRITERS["slow"] = "slow_writer"
writers.WRITERS["crashing"] = "crashing_writer"
if len(sys.argv) > 1 and sys.argv[1].isdecimal():
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)),) * 2)
from scanners.main import main
sys.exit(main())
"""
"""Starts the command with two more formats; a number as first word limits how large files may get."""

WRITERS = {
    "slow_writer.py": """
import sys
def write(report):
    yield "first part, " * 100_000
    print("writing", flush=True)
    yield sys.stdin.readline()
    yield "last part\\n"
""",
    "crashing_writer.py": """
def write(report):
    yield "first part, " * 100_000
    raise RuntimeError("a fault")
""",
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a directory with a state, and a report of before."""
    (tmp_path / "code").mkdir()
    for name, text in WRITERS.items():
        (tmp_path / "code" / name).write_text(text)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "report").write_text(OLD)
    (tmp_path / "state.json").write_bytes(state(resource()))
    return tmp_path


def started(place: Path, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", START, *words]
    pipe = subprocess.PIPE
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(place / "code")))}
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=place, env=environment)


def found(place: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in (place / "out").iterdir()}


@pytest.mark.parametrize(("sent", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=str)
def test_a_signal_in_the_middle_leaves_the_old_file_and_nothing_else(sent: signal.Signals, exit_code: int, place: Path) -> None:
    with started(place, "scan", "state.json", "-o", "slow=out/report", "-o", "json=out/next") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        assert len(found(place)) == 2  # the old one, and what is being written
        process.send_signal(sent)
        process.communicate(timeout=60)
    assert process.returncode == exit_code
    assert found(place) == {"report": OLD}


def test_a_full_disk_leaves_the_old_file_and_the_other_outputs_are_written(place: Path) -> None:
    words = ("scan", "state.json", "-o", "slow=out/report", "-o", "text=out/new")
    with started(place, "100000", *words) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 4
    assert err == "stackproof: out/report: cannot be written: File too large\n"
    assert out.removeprefix("writing\n").startswith("db  aws:rds/instance:Instance")
    assert found(place) == {"report": OLD, "new": out.removeprefix("writing\n")}


def test_a_crash_in_the_middle_leaves_the_old_file_and_the_other_outputs_are_written(place: Path) -> None:
    words = ("scan", "state.json", "-o", "crashing=out/report", "-o", "text=out/new")
    with started(place, *words) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 4
    fault = "the crashing format broke: RuntimeError: a fault (crashing_writer.py:4); please report it"
    assert err == f"stackproof: out/report: cannot be written: {fault}\n"
    assert out.startswith("db  aws:rds/instance:Instance")
    assert found(place) == {"report": OLD, "new": out}


def test_a_crash_on_standard_output_is_told_and_leaves_the_files_whole(place: Path) -> None:
    with started(place, "scan", "state.json", "-f", "crashing", "-o", "text=out/new") as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 4
    assert err.startswith("stackproof: standard output ends early: the crashing format broke: RuntimeError: a fault")
    assert out.startswith("first part, ")
    assert found(place)["new"].startswith("db  aws:rds/instance:Instance")


def test_two_runs_at_once_each_write_whole(place: Path) -> None:
    words = ("scan", "state.json", "-o", "slow=out/report")
    with started(place, *words) as first, started(place, *words) as second:
        for process in (first, second):
            assert process.stdout is not None
            assert process.stdout.readline() == "writing\n"
        for process, name in ((second, "second\n"), (first, "first\n")):
            process.communicate(name, timeout=60)
            assert process.returncode == 1
            assert found(place)["report"] == f"{'first part, ' * 100_000}{name}last part\n"
    assert found(place).keys() == {"report"}


def test_the_mode_of_the_old_file_is_kept_and_a_new_one_has_that_of_the_umask(place: Path) -> None:
    old, new = place / "out" / "report", place / "out" / "new"
    old.chmod(0o640)
    umask = os.umask(0o027)
    try:
        assert stackproof("scan", place / "state.json", "-o", f"json={old}", "-o", f"json={new}").exit_code == 1
        old.chmod(0o604)
        assert stackproof("scan", place / "state.json", "-o", f"json={old}").exit_code == 1
    finally:
        os.umask(umask)
    assert [stat.S_IMODE(file.stat().st_mode) for file in (old, new)] == [0o604, 0o640]


def test_what_a_link_leads_to_is_replaced_and_the_link_stays(place: Path) -> None:
    link = place / "out" / "link"
    link.symlink_to("report")
    before = (place / "out" / "report").stat().st_ino
    assert stackproof("scan", place / "state.json", "-o", f"json={link}").exit_code == 1
    assert link.readlink() == Path("report")
    assert (place / "out" / "report").stat().st_ino != before
    assert json.loads(link.read_text())["summary"]["failed"] > 0


def test_an_export_is_whole_too(place: Path) -> None:
    target = place / "out" / "report"
    source = str(STATES / "static-website.json")
    with started(place, "1000", "export", source, "--to", "terraform-plan", "-o", "out/report") as process:
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (4, "stackproof: out/report: File too large\n")
    assert found(place) == {target.name: OLD}
