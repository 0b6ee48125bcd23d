"""`stackproof iam diff` and `stackproof iam can`, as users run them."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.command import STATES, Ran, resource, stackproof
from tests.iam_states import (
    ACCOUNT,
    COMPUTED,
    Resource,
    bucket,
    document,
    key,
    leaves,
    of,
    plain,
    policy_of,
    replaced,
    role,
    statement,
    trust,
    user,
)
from tests.test_example_programs import exported

ROOT = Path(__file__).parents[1]
VALID = jsonschema.Draft202012Validator(json.loads((ROOT / "docs" / "iam.schema.json").read_text()))
READ = statement("s3:GetObject", "arn:aws:s3:::reports/*")
ACCOUNT_ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}


def compare(old: bytes, new: bytes, tmp_path: Path, *options: str) -> Ran:
    (tmp_path / "old.json").write_bytes(old)
    (tmp_path / "new.json").write_bytes(new)
    return stackproof("iam", "diff", tmp_path / "old.json", tmp_path / "new.json", *options)


def gains(old: bytes, new: bytes, tmp_path: Path) -> dict[str, list[tuple[str, list[str]]]]:
    """Return verdict and actions of all that is added, by subject."""
    ran = compare(old, new, tmp_path, "-f", "json")
    assert ran.exit_code in (0, 1), ran.err
    VALID.validate(ran.report)
    certain = any(gain["verdict"] == "yes" for one in ran.report["differences"] for gain in one["gains"])
    assert ran.exit_code == int(certain)
    return {
        f"{one['subject']} {one['name']}": [(gain["verdict"], gain["actions"]) for gain in one["gains"]]
        for one in ran.report["differences"]
        if one["gains"]
    }


def test_the_violating_program_gets_more_than_the_compliant_one(tmp_path: Path) -> None:
    compliant, violating = exported("compliant-program", tmp_path), exported("violating-program", tmp_path)
    ran = stackproof("iam", "diff", compliant, violating)
    assert ran.exit_code == 1
    deploy, *_ = ran.out.split("\n\n")
    assert deploy.splitlines()[0] == "role deploy"
    assert "  + * (" in deploy
    assert "rolePolicy deploy-anything policy.Statement[0]" in deploy
    assert "resource policy of bucket uploads\n  + s3:GetObject (1 Read)" in ran.out
    assert "for everyone" in ran.out
    report = stackproof("iam", "diff", compliant, violating, "-f", "json").report
    VALID.validate(report)
    back = stackproof("iam", "diff", violating, compliant)
    assert "role deploy\n  - *\n" in back.out
    assert "principal role deploy" not in {
        f"{one['subject']} {one['name']}"
        for one in stackproof("iam", "diff", violating, compliant, "-f", "json").report["differences"]
        if one["gains"]
    }


def test_the_same_state_adds_nothing() -> None:
    for state in STATES.glob("*.json"):
        ran = stackproof("iam", "diff", state, state)
        assert (ran.exit_code, ran.out.splitlines()[-1]) == (0, "No access is new, and none is gone."), state


def test_rewritten_policies_add_nothing(tmp_path: Path) -> None:
    before = of(
        role("app"), policy_of("app", statement(["s3:GetObject", "s3:GetObjectAcl"], ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"]))
    )
    after = of(
        role("app"),
        policy_of("app", statement("S3:getobject", "arn:aws:s3:::b/*"), name="one"),
        policy_of(
            "app", statement("s3:GetObject*", "arn:aws:s3:::a/*"), statement("s3:GetObject?*", "*", Effect="Deny"), name="two"
        ),
    )
    assert gains(before, after, tmp_path) == {}


def test_what_is_added_is_summed_up_by_statement(tmp_path: Path) -> None:
    writes = statement(["s3:PutObject*", "s3:GetObject"], "arn:aws:s3:::reports/*")
    found = gains(of(role("app"), policy_of("app", READ)), of(role("app"), policy_of("app", READ, writes)), tmp_path)
    assert found == {"principal role app": [("yes", ["s3:PutObject*"])]}
    ran = compare(of(role("app"), policy_of("app", READ)), of(role("app"), policy_of("app", READ, writes)), tmp_path)
    assert "by rolePolicy app-policy policy.Statement[1]" in ran.out
    assert "on arn:aws:s3:::reports/*" in ran.out
    assert "for example s3:PutObject" in ran.out


@pytest.mark.parametrize(
    "wider",
    [
        statement("s3:GetObject", "arn:aws:s3:::*"),
        statement("s3:GetObject", "arn:aws:s3:::reports/*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
    ],
    ids=["resources", "condition"],
)
def test_wider_resources_and_fewer_conditions_are_new_access(wider: dict[str, object], tmp_path: Path) -> None:
    narrow = statement(
        "s3:GetObject", "arn:aws:s3:::reports/2026/*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    )
    before, after = of(role("app"), policy_of("app", narrow)), of(role("app"), policy_of("app", wider))
    assert gains(before, after, tmp_path) == {"principal role app": [("yes", ["s3:GetObject"])]}


def test_taking_away_what_limits_is_new_access(tmp_path: Path) -> None:
    deny = statement("s3:Delete*", Effect="Deny")
    allowing = role("app"), policy_of("app", statement("s3:*"))
    found = gains(of(*allowing, policy_of("app", deny, name="deny")), of(*allowing), tmp_path)
    assert found == {"principal role app": [("yes", ["s3:Delete*"])]}
    arn = f"arn:aws:iam::{ACCOUNT}:policy/limit"
    limit = resource("aws:iam/policy:Policy", "limit", inputs={"policy": document(READ)}, outputs={"arn": arn})
    bounded = role("app", permissionsBoundary=arn)
    held = policy_of("app", statement("s3:GetObject"))
    assert gains(of(limit, bounded, held), of(limit, role("app"), held), tmp_path) == {
        "principal role app": [("yes", ["s3:GetObject"])]
    }


def test_a_tag_that_opens_a_condition_is_new_access(tmp_path: Path) -> None:
    by_tag = policy_of("app", statement("s3:GetObject", Condition={"StringEquals": {"aws:PrincipalTag/team": "data"}}))
    before, after = of(role("app", tags={"team": "web"}), by_tag), of(role("app", tags={"team": "data"}), by_tag)
    assert gains(before, after, tmp_path) == {"principal role app": [("yes", ["s3:GetObject"])]}
    assert gains(after, before, tmp_path) == {}


def test_trust_and_resource_policies_are_compared(tmp_path: Path) -> None:
    other = trust({"AWS": [f"arn:aws:iam::{ACCOUNT}:role/ci", "999999999999"]})
    found = gains(of(role("app", trust({"AWS": f"arn:aws:iam::{ACCOUNT}:role/ci"}))), of(role("app", other)), tmp_path)
    assert found == {"trust policy role app": [("yes", ["sts:AssumeRole"])]}
    public = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"}
    found = gains(of(bucket("reports")), of(bucket("reports", public)), tmp_path)
    assert found == {"resource policy bucket reports": [("yes", ["s3:GetObject"])]}
    delegating = {"Effect": "Allow", "Principal": ACCOUNT_ROOT, "Action": "kms:*", "Resource": "*"}
    assert gains(of(key("k"), role("app")), of(key("k", delegating), role("app")), tmp_path) == {}, "AWS's default, written out"


def test_principals_of_another_name_are_recognised(tmp_path: Path) -> None:
    before = of(role("app"), policy_of("app", READ))
    moved = before.replace(b"aws:iam/role:Role::app", b"my:Component$aws:iam/role:Role::app")
    assert gains(before, moved, tmp_path) == {}
    assert gains(before, before.replace(b"urn:pulumi:prod", b"urn:pulumi:dev"), tmp_path) == {}
    named = role("application")
    named["inputs"] |= {"name": "app"}
    named["outputs"] |= {"arn": f"arn:aws:iam::{ACCOUNT}:role/app", "name": "app"}
    assert gains(before, of(named, policy_of("app", READ)), tmp_path) == {}, "the ARN is the same"


def test_new_and_removed_principals_are_told(tmp_path: Path) -> None:
    before, after = of(role("old"), policy_of("old", READ)), of(role("new"), policy_of("new", READ), user("idle"))
    ran = compare(before, after, tmp_path)
    assert "new: role new\n  + s3:GetObject (1 Read)" in ran.out
    assert "new: user idle\n  nothing is allowed" in ran.out
    assert "removed: role old\n  - s3:GetObject" in ran.out


def test_the_members_of_a_group_are_told_together(tmp_path: Path) -> None:
    def group(*allowed: object) -> list[Resource]:
        names = [f"user-{number}" for number in range(20)]
        inputs = {"group": "all", "users": names}
        return [
            *map(user, names),
            resource("aws:iam/group:Group", "all", inputs={"name": "all"}, outputs={"name": "all"}),
            resource("aws:iam/groupPolicy:GroupPolicy", "p", inputs={"group": "all", "policy": document(*allowed)}),
            resource("aws:iam/groupMembership:GroupMembership", "m", inputs=inputs),
        ]

    ran = compare(of(group(READ)), of(group(READ, statement("ec2:RunInstances"))), tmp_path)
    assert ran.out.count("+ ec2:RunInstances") == 1
    assert "user user-0, user user-1" in ran.out
    assert "and 12 more" in ran.out


def test_what_is_not_known_is_not_taken_for_new_or_old(tmp_path: Path) -> None:
    before = of(role("app"), policy_of("app", READ))
    later = resource("aws:iam/rolePolicy:RolePolicy", "app-policy", inputs={"role": "app", "policy": COMPUTED})
    ran = compare(before, of(role("app"), later), tmp_path)
    assert ran.exit_code == 0
    assert "? cannot tell: *" in ran.out
    assert "policy: computed" in ran.out
    assert compare(before, of(role("app"), later), tmp_path, "--fail-on", "possible").exit_code == 1


def test_what_is_unknown_in_both_hides_nothing_and_adds_nothing(tmp_path: Path) -> None:
    outside = resource(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "outside",
        inputs={"role": "app", "policyArn": f"arn:aws:iam::{ACCOUNT}:policy/elsewhere"},
    )
    before = of(role("app"), outside, policy_of("app", READ, statement("ec2:RunInstances")))
    assert gains(before, of(role("app"), outside, policy_of("app", READ)), tmp_path) == {}
    found = gains(of(role("app"), outside, policy_of("app", READ)), before, tmp_path)
    assert found == {"principal role app": [("unknown", ["ec2:RunInstances"])]}, "the other policy may allow it already"
    denying = policy_of("app", statement("iam:*", Effect="Deny"), name="deny")
    found = gains(of(role("app"), outside, denying), of(role("app"), outside), tmp_path)
    assert found == {"principal role app": [("unknown", ["iam:*"])]}, "what the Deny took away"


def test_a_value_that_is_not_known_adds_nothing_for_certain_and_hides_nothing(tmp_path: Path) -> None:
    public = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"}
    deny = statement("s3:DeleteObject", Effect="Deny")
    before = plain([
        role("app"), policy_of("app", READ, statement("s3:DeleteObject"), deny),
        role("same"), policy_of("same", READ),
        *bucket("reports", {**public, "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}),
    ])  # fmt: skip
    more = statement("s3:DeleteObject"), statement("ec2:RunInstances")
    after = plain([
        role("app", trust({"AWS": "999999999999"})), policy_of("app", READ, *more),
        role("same"), policy_of("same", READ),
        *bucket("reports", public),
    ])  # fmt: skip
    known = gains(of(before), of(after), tmp_path)
    assert set(known) == {"principal role app", "trust policy role app", "resource policy bucket reports"}
    for side in (before, after):
        for index, item in enumerate(side):
            for path in filter(None, leaves(item["inputs"])):
                changed = [*side[:index], {**item, "inputs": replaced(item["inputs"], path, COMPUTED)}, *side[index + 1 :]]
                found = gains(of(changed), of(after), tmp_path) if side is before else gains(of(before), of(changed), tmp_path)
                names = {re.sub("arn:aws:s3:::reports|bucketPolicy reports-policy", "bucket reports", name) for name in found}
                assert set(known) <= names, (item["urn"], path)
                for added in found.values():
                    certain = {action for verdict, actions in added for action in actions if verdict == "yes"}
                    assert certain <= {action for items in known.values() for _, actions in items for action in actions}, (
                        item["urn"],
                        path,
                    )


def test_fail_on_decides_on_the_exit_code(tmp_path: Path) -> None:
    before, after = of(role("app")), of(role("app"), policy_of("app", READ))
    assert [compare(before, after, tmp_path, "--fail-on", mode).exit_code for mode in ("never", "new", "possible")] == [0, 1, 1]


def preview(op: str, new: list[Resource], same: list[Resource]) -> bytes:
    steps = [{"op": op, "urn": item["urn"], "newState": item} for item in new]
    steps += [{"op": "same", "urn": item["urn"], "oldState": item, "newState": item} for item in same]
    summary = {op: len(new)} | ({"same": len(same)} if same else {})
    return json.dumps({"steps": steps, "duration": 1, "changeSummary": summary}).encode()


def test_a_preview_is_compared_before_it_is_made(tmp_path: Path) -> None:
    app, policy = role("app"), policy_of("app", READ)
    added = policy_of("app", statement("ec2:RunInstances"), name="more")
    (tmp_path / "old.json").write_bytes(of(app, policy))
    ran = stackproof("iam", "diff", tmp_path / "old.json", "-", given=preview("create", [added], [app, policy]))
    assert (ran.exit_code, ran.err) == (1, "")
    assert "role app\n  + ec2:RunInstances" in ran.out
    partly = json.loads(preview("create", [added], []))
    partly["changeSummary"]["same"] = 2
    ran = stackproof("iam", "diff", tmp_path / "old.json", "-", given=json.dumps(partly).encode())
    assert "shows what changes only" in ran.out
    assert "removed" not in ran.out


@pytest.mark.parametrize("place", [0, 1])
def test_a_state_that_cannot_be_read_gives_no_answer(place: int, tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")
    words = [STATES / "assume-role.json"]
    words.insert(place, tmp_path / "broken.json")
    ran = stackproof("iam", "diff", *words)
    assert ran.exit_code == 4
    assert "not valid JSON" in ran.err
    assert "incomplete" in ran.out
    assert "No access is new" not in ran.out


def test_standard_input_is_read_once() -> None:
    ran = stackproof("iam", "diff", "-", "-", given=of(role("app")))
    assert ran.exit_code == 2
    assert "cannot both be standard input" in ran.err


def told(given: bytes, principal: str) -> Any:  # noqa: ANN401  (JSON)
    """Return what is said of the only principal that is meant."""
    ran = stackproof("iam", "can", principal, "-", "-f", "json", given=given)
    assert ran.exit_code == 0, ran.err
    VALID.validate(ran.report)
    (found,) = ran.report["principals"]
    return found


def test_a_principal_is_named_in_four_ways() -> None:
    given = of(role("app"), policy_of("app", READ), role("other"))
    names = ["app", f"arn:aws:iam::{ACCOUNT}:role/app", "urn:pulumi:prod::shop::aws:iam/role:Role::app", "ap*"]
    assert {told(given, name)["name"] for name in names} == {"role app"}


def test_what_a_principal_can_do_is_told_by_resources_and_service() -> None:
    allowed = statement(["s3:Get*", "ec2:RunInstances"], Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}})
    found = told(of(role("app"), policy_of("app", READ, allowed, statement("iam:*", Effect="Deny"))), "app")
    first, second = found["allowed"]
    assert [(one["service"], one["patterns"]) for one in first["actions"]] == [("s3", ["s3:GetObject"])]
    assert first["statements"][0]["resources"] == ["arn:aws:s3:::reports/*"]
    assert {one["service"]: one["levels"] for one in second["actions"]}["ec2"] == {"Write": 1}
    assert second["statements"][0]["conditions"] == ["aws:requestedregion stringequals eu-west-1"]
    assert found["denied"][0]["actions"][0]["patterns"] == ["iam:*"]
    assert found["administrator"] == "no"


def test_boundaries_limit_what_is_told() -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:policy/limit"
    limit = resource("aws:iam/policy:Policy", "limit", inputs={"policy": document(statement("s3:*"))}, outputs={"arn": arn})
    bounded = of(limit, role("app", permissionsBoundary=arn), policy_of("app", statement(["s3:GetObject", "iam:*"])))
    found = told(bounded, "app")
    assert [one["patterns"] for ability in found["allowed"] for one in ability["actions"]] == [["s3:GetObject"]]
    assert found["limits"] == [{"name": "permissions boundary limit", "allows": ["s3:*"], "denies": [], "verdict": "yes"}]
    assert found["administrator"] == "no"


def test_administrators_and_chains_to_them_are_told(tmp_path: Path) -> None:
    violating = exported("violating-program", tmp_path)
    ran = stackproof("iam", "can", "robot", violating)
    assert "can become administrator" in ran.out
    assert "iam:PassRole" in ran.out
    assert "on role functions" in ran.out
    assert "is an administrator" in stackproof("iam", "can", "deploy", violating).out


def test_what_is_not_known_of_a_principal_is_told() -> None:
    later = resource("aws:iam/rolePolicy:RolePolicy", "later", inputs={"role": "app", "policy": COMPUTED})
    found = told(of(role("app"), later), "app")
    assert found["unknown"] == ["policy: computed"]
    assert found["administrator"] == "possible"


def test_resources_that_let_a_principal_in_are_told() -> None:
    named = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/app"}
    letting = {"Effect": "Allow", "Principal": named, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"}
    (let_in,) = told(of(role("app"), bucket("reports", letting)), "app")["letInBy"]
    assert (let_in["resource"].rpartition("::")[2], let_in["actions"], let_in["verdict"]) == (
        "reports",
        ["s3:GetObject"],
        "yes",
    )


def test_names_that_mean_nobody_or_several_are_errors() -> None:
    given = of(role("app"), user("app"), role("deploy"))
    for name, error in (("deplay", "did you mean deploy?"), ("app", "name one by its URN")):
        ran = stackproof("iam", "can", name, "-", given=given)
        assert (ran.exit_code, ran.out) == (2, "")
        assert error in ran.err
    assert stackproof("iam", "can", "app*", "-", given=given).exit_code == 0


def test_the_commands_are_explained() -> None:
    for command in ("diff", "who-can", "can"):
        ran = stackproof("iam", command, "--help")
        assert ran.exit_code == 0
        assert "Exit codes" in ran.out
    assert stackproof("iam").exit_code == 2
    assert "did you mean" not in stackproof("iam", "--help").err


def test_a_scan_imports_none_of_it() -> None:
    code = (
        "import sys\nfrom scanners.main import main\nmain()\n"
        "print([name for name in sys.modules if name.startswith('scanners.iam') or 'who_can' in name or 'policy_diff' in name])"
    )
    command = [sys.executable, "-c", code, "scan", str(STATES / "resources.json"), "--fail-on", "never"]
    ran = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    assert ran.stdout.splitlines()[-1] == "[]"


def test_the_commands_of_the_page_run() -> None:
    page = (ROOT / "docs" / "iam-commands.md").read_text()
    commands = [line for line in page.splitlines() if line.startswith("stackproof iam")]
    assert {shlex.split(line)[2] for line in commands} == {"diff", "who-can", "can"}
    for line in commands:
        words = [str(ROOT / word) if word.startswith("examples/") else word for word in shlex.split(line, comments=True)[1:]]
        ran = stackproof(*words)
        assert ran.exit_code in (0, 1), (line, ran.err)
        assert ran.err == "", line
