"""Chains of principals and access from outside: in the report as data, and on the page as drawings and a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scanners.report import Hop
from scanners.writers.chain_drawing import drawing
from tests.command import Ran, resource, stackproof
from tests.html_tables import Page
from tests.iam_states import ACCOUNT, bucket, document, of, policy_of, role, statement, trust, urn, user

if TYPE_CHECKING:
    from pathlib import Path

ADMINISTRATOR = "iam-principal-cannot-become-administrator"
GRANTS = "iam-principal-grants-reach-no-unknown-targets"
STRANGER = "999988887777"
HOSTILE = "</text><script>alert(1)</script>"
ARN = f"arn:aws:iam::{ACCOUNT}:role"


def user_policy(name: str, *statements: object) -> dict[str, Any]:
    inputs = {"user": name, "policy": document(*statements)}
    return resource("aws:iam/userPolicy:UserPolicy", f"{name}-policy", inputs=inputs)


def named(item: dict[str, Any], name: str) -> dict[str, Any]:
    return {**item, "urn": urn(item["type"], name)}


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ran, Page]:
    """Return the report and the page on a user who becomes an administrator through two roles, and on what is open."""
    directory: Path = tmp_path_factory.mktemp("iam")
    file, page = directory / "shop.json", directory / "page.html"
    file.write_bytes(
        of(
            user("dev"),
            user_policy("dev", statement("sts:AssumeRole", f"{ARN}/build")),
            named(role("build", trust({"AWS": f"arn:aws:iam::{ACCOUNT}:user/dev"})), HOSTILE),
            policy_of("build", statement(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"])),
            role("admin"),
            policy_of("admin", statement("*")),
            user("nobody"),
            bucket("open", statement("s3:GetObject", "arn:aws:s3:::open/*", Principal="*")),
            role("everybody", trust({"AWS": "*"})),
            role("partner", trust({"AWS": f"arn:aws:iam::{STRANGER}:root"})),
            role("closed", trust({"Service": "ec2.amazonaws.com"})),
        )
    )
    rules = [
        ADMINISTRATOR, GRANTS, "s3-bucket-policy-not-public", "iam-role-trust-not-public", "iam-role-trust-names-principals",
        "sqs-queue-encrypted",
    ]  # fmt: skip
    chosen = [word for rule in rules for word in ("--rule", rule)]
    ran = stackproof("scan", file, *chosen, "-f", "json", "--fail-on", "never", "-o", f"html={page}")
    return ran, Page(page.read_text())


def test_a_result_holds_the_steps_of_its_chain(scan: tuple[Ran, Page]) -> None:
    chains = {result["name"]: result["chain"] for result in scan[0].report["results"] if result["rule"] == ADMINISTRATOR}
    build = f"role {HOSTILE}"
    last = {
        "actor": build,
        "target": "role admin",
        "way": "iam:PassRole + lambda:CreateFunction + lambda:InvokeFunction (pf-lambda-001)",
        "at": "policy.Statement[0] of build-policy",
    }
    first = {
        "actor": "user dev",
        "target": build,
        "way": "sts:AssumeRole (pf-sts-001)",
        "at": f"assumeRolePolicy of {build}",  # it names the user itself
    }
    assert chains == {"dev": [first, last], HOSTILE: [last]}


def test_a_result_names_whom_it_lets_in(scan: tuple[Ran, Page]) -> None:
    exposed = {result["name"]: result["exposed_to"] for result in scan[0].report["results"] if not result["chain"]}
    assert exposed == {"open-policy": "anyone", "everybody": "any AWS account", "partner": f"account {STRANGER}"}


def test_each_chain_is_drawn_from_the_actor_to_what_it_becomes(scan: tuple[Ran, Page]) -> None:
    _, page = scan
    passing = ["iam:PassRole + lambda:CreateFunction +", "lambda:InvokeFunction (pf-lambda-001)"]
    end = ["role, administrator", "admin"]
    assert sorted(page.drawings) == sorted([
        ["sts:AssumeRole (pf-sts-001)", *passing, "user", "dev", "role", HOSTILE, *end],
        [*passing, "role", HOSTILE, *end],
    ])  # fmt: skip
    assert "2 chains let a principal gain rights that its own policies do not give it; 2 make it an administrator." in page.text
    assert "user dev gains role </text><script>alert(1)</script>, then" in page.text
    assert page.text.count("In words") == len(page.drawings)


def test_the_page_lists_what_is_open_widest_first(scan: tuple[Ran, Page]) -> None:
    rows = scan[1].tables["Resources that are open to others"]
    assert [(row[0], row[2]) for row in rows[1:]] == [
        ("anyone", "s3-bucket-policy-not-public"),
        ("any AWS account", "iam-role-trust-not-public"),
        (f"account {STRANGER}", "iam-role-trust-names-principals"),
    ]
    assert {row[-1] for row in rows[1:]} == {"shop/prod"}


def test_every_link_of_the_page_leads_somewhere_and_ids_are_unique(scan: tuple[Ran, Page]) -> None:
    page = scan[1]
    assert {link for link in page.links if link.startswith("#")} <= {f"#{id_}" for id_ in page.ids}
    assert len(page.ids) == len(set(page.ids))
    assert "style" not in page.attributes
    assert not {name for name in page.attributes if name.startswith("on")}


def test_who_looked_and_found_nothing_says_so(tmp_path: Path) -> None:
    file = tmp_path / "quiet.json"
    file.write_bytes(of(user("nobody"), user("unclear"), user_policy("unclear", "04da6b54-80e4-46f7-96ec-b56ff0331ba9")))
    with_rule = Page(stackproof("scan", file, "--rule", ADMINISTRATOR, "-f", "html").out)
    assert "No chain was found by which a principal gains more rights" in with_rule.text
    assert "1 answer is undecided: not all policies are known." in with_rule.text
    without = Page(stackproof("scan", file, "--rule", "iam-role-trust-not-public", "-f", "html").out)
    assert "iam" not in without.ids


def test_chains_that_are_not_listed_are_told(tmp_path: Path) -> None:
    file = tmp_path / "cut.json"
    file.write_bytes(of(user("dev"), user_policy("dev", statement("iam:PutUserPolicy"))))
    ran = stackproof("scan", file, "--rule", ADMINISTRATOR, "--show", "undecided", "-f", "html", "--fail-on", "never")
    assert "1 chain is not in this report: the scan was asked to list some outcomes only." in Page(ran.out).text


def test_of_very_many_chains_the_worst_are_drawn(tmp_path: Path) -> None:
    file = tmp_path / "many.json"
    names = [f"role{number:02}" for number in range(62)]
    file.write_bytes(of(*(item for name in names for item in (role(name), policy_of(name, statement("iam:CreateAccessKey"))))))
    page = Page(stackproof("scan", file, "--rule", GRANTS, "-f", "html", "--fail-on", "never").out)
    assert len(page.drawings) == 60
    assert "2 more chains are not drawn" in page.text


def test_a_long_chain_or_name_fits_the_drawing() -> None:
    hops = [Hop(f"role {'W' * 500}{step}", f"role {step + 1}", f"{'x' * 300} + " * 9, "") for step in range(40)]
    drawn = drawing(hops, "administrator")
    assert len(drawn.boxes) == 13
    assert drawn.arrows[-2].lines[-1][1] == "… 28 more steps"
    assert max(len(box.name) for box in drawn.boxes) < 40
    assert max(len(line) for arrow in drawn.arrows for _, line in arrow.lines) <= 46
    assert [box.is_end for box in drawn.boxes] == [False] * 12 + [True]
    tops = [box.y for box in drawn.boxes]
    assert tops == sorted(tops)
    assert drawn.boxes[-1].y + drawn.box_height < drawn.height
