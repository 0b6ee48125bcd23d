"""Which files and lines reports name, and the addresses where people read them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.found import everything
from scanners.report import CheckovFinding, Place, Report
from scanners.repository import project_dirs, source_url, source_url_of_ci
from scanners.sources.program_file import program_file
from scanners.stored_report import report_in
from scanners.writers.place import repository_path, source_link
from tests.command import resource, stackproof, state

if TYPE_CHECKING:
    from pathlib import Path

RDS = "rds-storage-encrypted"
SHA = "0123456789abcdef0123456789abcdef01234567"
GITHUB = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "acme/shop", "GITHUB_SHA": SHA}


@pytest.fixture(autouse=True)
def outside_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*GITHUB, "CI_PROJECT_URL", "CI_COMMIT_SHA", "BITBUCKET_GIT_HTTP_ORIGIN", "BITBUCKET_COMMIT"):
        monkeypatch.delenv(name, raising=False)


def scan(*options: str, frames: tuple[str, ...] = ("project:///app.py#7",), position: str = "") -> Report:
    item = resource(sourcePosition=position, stackTrace=[{"sourcePosition": frame} for frame in frames])
    ran = stackproof("scan", "-", "--rule", RDS, "-f", "json", *options, given=state(item))
    assert ran.err == ""
    return report_in(ran.out.encode())


def place(frame: str, *after: str) -> tuple[str, int] | None:
    (result,) = scan(frames=(frame, *after)).results
    return (result.location.file, result.location.line) if result.location else None


@pytest.mark.parametrize(
    ("frame", "file"),
    [
        ("project:///index.ts#30,24", "index.ts"),
        ("project:///src/vpc.ts#30", "src/vpc.ts"),
        ("project:///my%20program/caf%C3%A9.py#30", "my program/café.py"),
        ("project:///app/%5Bid%5D.ts#30", "app/[id].ts"),
        ("project:///./src//vpc.ts#30", "src/vpc.ts"),
    ],
)
def test_a_line_of_the_program_is_named_from_the_project(frame: str, file: str) -> None:
    assert place(frame) == (file, 30)


@pytest.mark.parametrize(
    "frame",
    [
        "project:///file:/home/me/shop/index.ts#30,24",
        "project:///file:///home/me/shop/index.ts#30",
        "file:///home/me/shop/index.ts#30",
        "project:////home/me/shop/index.ts#30",
        "project:///%2Fhome/me/index.ts#30",
        "project:///C:/Users/me/index.ts#30",
        "project:///C:%5CUsers%5Cme%5Cindex.ts#30",
        "project:///src\\\\index.ts#30",
        "project:///node:internal/process/task_queues#95,5",
        "project:///../../prov/eks/bin/cluster.js#30",
        "project:///src/%2E%2E/%2E%2E/secret.ts#30",
        "project:///node_modules/@pulumi/resource.ts#30",
        "project:///%6Eode_modules/x.ts#30",
        "project:///.venv/lib/x.py#30",
        "project:///src/#30",
        "project:///a%0Ab.ts#30",
        "project:///index.ts",
        "project:///index.ts#x",
        "https://example.com/index.ts#30",
    ],
)
def test_a_frame_outside_the_program_is_passed_over(frame: str) -> None:
    assert place(frame) is None
    assert place(frame, "project:///index.ts#41") == ("index.ts", 41)


@given(st.text(st.characters(codec=None), max_size=30) | st.text("/\\.:~ab%\n", max_size=12))
def test_what_is_named_as_a_file_stays_where_it_is_and_says_nothing_of_the_machine(path: str) -> None:
    file = program_file(path)
    assert not file.startswith("/")
    assert not {"..", ".", ""} & set(file.split("/")) or not file
    assert file.isprintable()
    assert not set(file) & set("\\:")
    assert program_file(file) == file


def finding(path: str, line: int = 3, **fields: object) -> dict[str, Any]:
    return {
        "check_id": "CKV_AWS_16", "check_name": "encrypted", "check_result": {"result": "FAILED"},
        "resource": "aws_db_instance.db",
        "file_path": path, "file_line_range": [line, line + 2], "code_block": [], **fields,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("said", "file"),
    [
        (finding("/storage.tf"), "storage.tf"),
        (
            finding("/storage.tf", repo_file_path="/infra/storage.tf", file_abs_path="/work/infra/storage.tf"),
            "infra/storage.tf",
        ),
        (finding("/storage.tf", repo_file_path="/work/storage.tf", file_abs_path="/work/storage.tf"), "storage.tf"),
        (finding("/scratch/x1/plan.json", file_abs_path="/scratch/x1/plan.json"), ""),
        (finding("../elsewhere/storage.tf"), ""),
        (finding("C:\\work\\storage.tf"), ""),
        (finding(""), ""),
    ],
)
def test_what_checkov_found_is_named_from_the_repository_or_not_at_all(said: dict[str, Any], file: str) -> None:
    given = {"check_type": "terraform", "results": {"failed_checks": [said]}, "summary": {}}
    ran = stackproof("scan", "-", "-f", "json", given=json.dumps(given).encode())
    report = report_in(ran.out.encode())
    found = list(everything(report))
    assert {item.location.file if item.location else "" for item in found} == {file}


def test_the_directory_of_the_project_is_put_before_files() -> None:
    for options, path in (
        ((), "app.py"),
        (("--project-dir", "."), "app.py"),
        (("--project-dir", "./infra/"), "infra/app.py"),
        (("--project-dir", "shop=services/shop"), "services/shop/app.py"),
        (("--project-dir", "infra", "--project-dir", "shop=."), "app.py"),
        (("--project-dir", "a/b=c"), "a/b=c/app.py"),
    ):
        report = scan(*options)
        (result,) = report.results
        assert repository_path(report.run, result) == path
        assert result.location == Place("app.py", 7)


def test_a_project_that_is_not_there_is_told() -> None:
    ran = stackproof("scan", "-", "--project-dir", "shp=infra", given=state(resource()))
    assert ran.err == "stackproof: --project-dir: no stack of a project 'shp' was read\n"


@pytest.mark.parametrize(
    "given", ["", "/infra", "../infra", "infra/../..", "C:\\infra", "in\nfra", "shop=", "shop=/x", "\udc80"]
)
def test_a_directory_outside_the_repository_is_wrong_usage(given: str) -> None:
    ran = stackproof("scan", "-", "--project-dir", given)
    assert ran.exit_code == 2
    assert "is no directory inside the repository, such as infra or shop=services/shop" in ran.err


def test_the_directory_of_a_project_is_given_once() -> None:
    with pytest.raises(ValueError, match="the directory of project shop is given twice"):
        project_dirs(["shop=a", "shop=b"])
    with pytest.raises(ValueError, match="the directory of all projects is given twice"):
        project_dirs(["a", "b"])


def test_a_link_leads_to_the_line_and_is_escaped() -> None:
    report = scan(
        "--source-url", "https://git.acme.example/shop?path=/{file}&line={line}", frames=("project:///a%20%26%23/%C3%A9.py#7",)
    )
    (result,) = report.results
    assert source_link(report.run, result) == "https://git.acme.example/shop?path=/a%20%26%23/%C3%A9.py&line=7"


@pytest.mark.parametrize(
    "template",
    [
        "javascript:alert({file})", "ftp://x.example/{file}", "https://{file}", "https://x.example{file}", "/{file}",
        "https://x.example/", "https://x.example/{file}{0}", "https://x.example/{file!r}", 'https://x.example/"{file}',
        "https://x.example/ {file}", "https://x.example/<{file}", "https://me:pw@x.example/{file}", "https://x.example/{file}\n",
        "https://x.example/{file}" + "a" * 2000, "",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_line_is_wrong_usage(template: str) -> None:
    ran = stackproof("scan", "-", "--source-url", template)
    assert ran.exit_code == 2
    assert "is no address by http or https with {file} and {line} in it" in ran.err


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        (GITHUB, f"https://github.com/acme/shop/blob/{SHA}/{{file}}#L{{line}}"),
        (GITHUB | {"GITHUB_SERVER_URL": "https://git.acme.example:8443"}, f"https://git.acme.example:8443/acme/shop/blob/{SHA}/{{file}}#L{{line}}"),
        (
            {"CI_PROJECT_URL": "https://gitlab.com/acme/group/shop", "CI_COMMIT_SHA": SHA},
            f"https://gitlab.com/acme/group/shop/-/blob/{SHA}/{{file}}#L{{line}}",
        ),
        (
            {"BITBUCKET_GIT_HTTP_ORIGIN": "http://bitbucket.org/acme/shop", "BITBUCKET_COMMIT": SHA},
            f"http://bitbucket.org/acme/shop/src/{SHA}/{{file}}#lines-{{line}}",
        ),
    ],
)  # fmt: skip
def test_links_are_known_where_a_ci_service_tells(
    environment: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    run = scan().run
    assert run.source_url == expected == source_url(expected)
    assert scan("--source-url", "https://x.example/{file}").run.source_url == "https://x.example/{file}"


@pytest.mark.parametrize(
    "odd",
    [
        {"GITHUB_SHA": "main"}, {"GITHUB_SHA": f"{SHA}\n"}, {"GITHUB_SHA": ""}, {"GITHUB_REPOSITORY": "a/{file}"},
        {"GITHUB_REPOSITORY": "a b/c"}, {"GITHUB_REPOSITORY": ""}, {"GITHUB_SERVER_URL": "javascript://github.com"},
        {"GITHUB_SERVER_URL": "https://me:secret@github.com"}, {"GITHUB_SERVER_URL": 'https://x.example"onload="'},
        {"GITHUB_SERVER_URL": ""},
    ],
)  # fmt: skip
def test_an_odd_environment_gives_no_links(odd: dict[str, str]) -> None:
    assert source_url_of_ci(GITHUB | odd) == ""
    assert source_url_of_ci({name: value for name, value in GITHUB.items() if name not in odd}) == ""


def test_a_stored_report_that_was_changed_leads_nowhere_else() -> None:
    report = scan("--source-url", "https://x.example/{file}")
    (result,) = report.results
    for file, directory in (("/etc/passwd", ""), ("../x", "infra"), ("x", "../.."), ("x", "/etc"), ("file:///x", "")):
        result.location = Place(file, 1)
        report.run.project_dirs = {"": directory}
        assert repository_path(report.run, result) == source_link(report.run, result) == ""
    result.location, report.run.project_dirs = Place("x", 1), {}
    assert source_link(report.run, result) == "https://x.example/x"
    report.run.source_url = "javascript:alert(1)//{file}"
    assert source_link(report.run, result) == ""


def test_what_checkov_read_itself_has_the_directory_of_its_framework(tmp_path: Path) -> None:
    given = {
        "check_type": "terraform",
        "results": {"failed_checks": [finding("/db.tf"), finding("/x.tf") | {"resource": "x.y"}]},
    }
    file = tmp_path / "checkov.json"
    file.write_text(json.dumps(given))
    url = "https://x.example/{file}#{line}"
    ran = stackproof("scan", file, "-f", "json", "--project-dir", "infra", "--project-dir", "terraform=tf", "--rules", "all",
                     "--source-url", url)  # fmt: skip
    report = report_in(ran.out.encode())
    found = [item for item in everything(report) if item.location]
    assert any(isinstance(item, CheckovFinding) and not item.urn for item in found)
    assert {repository_path(report.run, item) for item in found} == {"tf/db.tf", "tf/x.tf"}
    assert all(source_link(report.run, item).startswith("https://x.example/tf/") for item in found)
    report.run.project_dirs = {"": "infra"}  # that of the Pulumi program, which may be in another repository
    assert {repository_path(report.run, item) for item in found} == {"db.tf", "x.tf"}
    assert {source_link(report.run, item) for item in found} == {""}
