"""`stackproof iam who-can`, as users run it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from tests.command import STATES, resource, stackproof
from tests.iam_states import (
    ACCOUNT,
    COMPUTED,
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

VALID = jsonschema.Draft202012Validator(json.loads((Path(__file__).parents[1] / "docs" / "iam.schema.json").read_text()))
GET = "s3:GetObject"
OBJECTS = "arn:aws:s3:::reports/*"
ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}


def answers(given: bytes, action: str = GET, *words: str) -> dict[str, str]:
    """Return the answer for each principal; the gravest where a resource outside gives several."""
    ran = stackproof("iam", "who-can", action, *words, "-", "--all", "-f", "json", given=given)
    assert ran.exit_code == 0, ran.err
    VALID.validate(ran.report)
    found: dict[str, str] = {}
    for item in sorted(ran.report["principals"], key=lambda item: ("no", "unknown", "yes").index(item["verdict"])):
        found[item["name"].removeprefix("role ")] = item["verdict"]
    return found


def test_own_policies_decide_within_an_account() -> None:
    given = of(
        role("reader"), policy_of("reader", statement("s3:Get*", OBJECTS)),
        role("writer"), policy_of("writer", statement("s3:PutObject", OBJECTS)),
        role("everything-but"), policy_of("everything-but", statement("*"), statement("s3:Get*", "*", Effect="Deny")),
        role("of-the-bucket"), policy_of("of-the-bucket", statement(GET, "arn:aws:s3:::reports")),
        role("elsewhere"), policy_of("elsewhere", statement(GET, "arn:aws:s3:::public/*")),
    )  # fmt: skip
    assert answers(given, GET, "arn:aws:s3:::reports/2026.csv") == {
        "reader": "yes", "writer": "no", "everything-but": "no", "of-the-bucket": "no", "elsewhere": "no",
    }  # fmt: skip
    anywhere = answers(given)
    assert (anywhere["elsewhere"], anywhere["of-the-bucket"]) == ("yes", "no")
    assert answers(given, "s3:*", "*")["writer"] == "yes"


def test_boundaries_groups_and_control_policies_count() -> None:
    boundary = resource(
        "aws:iam/policy:Policy",
        "limit",
        inputs={"policy": document(statement("ec2:*"))},
        outputs={"arn": f"arn:aws:iam::{ACCOUNT}:policy/limit"},
    )
    given = of(
        boundary,
        role("bounded", permissionsBoundary=f"arn:aws:iam::{ACCOUNT}:policy/limit"), policy_of("bounded", statement("*")),
        user("member"), resource("aws:iam/group:Group", "readers", inputs={"name": "readers"}, outputs={"name": "readers"}),
        resource("aws:iam/groupPolicy:GroupPolicy", "read", inputs={"group": "readers", "policy": document(statement(GET))}),
        resource("aws:iam/userGroupMembership:UserGroupMembership", "m", inputs={"user": "member", "groups": ["readers"]}),
    )  # fmt: skip
    assert answers(given) == {"bounded": "no", "user member": "yes"}
    no_reading = {"type": "SERVICE_CONTROL_POLICY", "content": document(statement("s3:Get*", Effect="Deny"))}
    attached = {"policyId": "no-reading-id", "targetId": ACCOUNT}
    organization = [
        resource("aws:organizations/policy:Policy", "no-reading", inputs=no_reading),
        resource("aws:organizations/policyAttachment:PolicyAttachment", "a", inputs=attached),
    ]
    limited = [role("app"), policy_of("app", statement("s3:*"))]
    assert answers(of(limited, organization)) == {"app": "no"}
    attached["targetId"] = "999999999999"
    assert answers(of(limited, organization)) == {"app": "yes"}
    attached["targetId"] = "ou-abcd-11111111"
    assert answers(of(limited, organization)) == {"app": "unknown"}


def test_a_bucket_policy_grants_within_an_account_and_denies_everywhere() -> None:
    named = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/named"}
    allowing = {"Effect": "Allow", "Principal": named, "Action": GET, "Resource": OBJECTS}
    denying = {
        "Effect": "Deny",
        "NotPrincipal": {"AWS": [f"arn:aws:iam::{ACCOUNT}:role/trusted", ROOT["AWS"]]},
        "Action": "s3:*",
        "Resource": OBJECTS,
    }
    everything = [part for name in ("trusted", "other") for part in (role(name), policy_of(name, statement("s3:*")))]
    assert answers(of(role("named"), role("unnamed"), bucket("reports", allowing)), GET, OBJECTS) == {
        "named": "yes", "unnamed": "no",
    }  # fmt: skip
    refused = {**denying, "NotPrincipal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/trusted"}}
    assert answers(of(everything, bucket("reports", refused)), GET, OBJECTS) == {"trusted": "yes", "other": "no"}
    assert answers(of(everything, bucket("reports", refused)))["other"] == "yes", "on other buckets"


def test_everyone_accounts_and_services_are_told() -> None:
    def letting(principal: object, **elements: object) -> dict[str, object]:
        return {"Effect": "Allow", "Principal": principal, "Action": GET, "Resource": OBJECTS, **elements}

    public = bucket("reports", letting("*"), letting({"AWS": "999999999999"}), letting({"Service": "cloudfront.amazonaws.com"}))
    assert answers(of(public)) == {
        "everyone": "yes",
        "account 999999999999": "unknown",
        "Service cloudfront.amazonaws.com": "yes",
    }
    ran = stackproof("iam", "who-can", GET, "-", given=of(public))
    assert "its own account must allow it too" in ran.out
    tls_only = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    assert answers(of(bucket("reports", letting("*"), tls_only))) == {}


ADMIN = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/admin"}


def on_key(principal: object, actions: str = "kms:*") -> dict[str, object]:
    return {"Effect": "Allow", "Principal": principal, "Action": actions, "Resource": "*"}


@pytest.mark.parametrize(
    ("statements", "answer"),
    [
        ((), "yes"),
        ((on_key(ROOT),), "yes"),
        ((on_key(ADMIN),), "no"),
        ((on_key({"AWS": "999999999999"}),), "no"),
        ((on_key(ROOT, "kms:Describe*"),), "no"),
    ],
    ids=["default-policy", "delegated", "named-another", "another-account", "other-actions"],
)
def test_a_key_policy_decides_whether_own_policies_count(statements: tuple[object, ...], answer: str) -> None:
    given = of(role("app"), policy_of("app", statement("kms:Decrypt")), key("orders", *statements))
    arn = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/orders"
    assert answers(given, "kms:Decrypt", arn)["app"] == answer
    elsewhere = answers(given, "kms:Decrypt", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/of-others")
    assert elsewhere["app"] == "unknown", "the policy of a key outside is not known"


def test_a_trust_policy_decides_who_may_assume_a_role() -> None:
    assume = statement("sts:AssumeRole")
    given = of(
        role("for-the-account", trust(ROOT)), role("for-one", trust({"AWS": f"arn:aws:iam::{ACCOUNT}:role/one"})),
        role("for-lambda"), role("one"), role("granted"), policy_of("granted", assume), role("plain"),
    )  # fmt: skip

    def who(name: str) -> dict[str, str]:
        found = answers(given, "sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/{name}")
        return {one: verdict for one, verdict in found.items() if verdict != "no"}

    assert who("for-the-account") == {"granted": "yes"}
    assert who("for-one") == {"one": "yes"}
    assert who("for-lambda") == {"Service lambda.amazonaws.com": "yes"}
    assert who("somewhere-else") == {"granted": "unknown"}


def test_across_accounts_both_sides_must_allow() -> None:
    theirs = role("theirs", trust({"AWS": [ACCOUNT, "999999999999"]}), account="999999999999")
    given = of(theirs, role("granted"), policy_of("granted", statement("sts:AssumeRole")), role("plain"))
    found = answers(given, "sts:AssumeRole", "arn:aws:iam::999999999999:role/theirs")
    assert (found["granted"], found["plain"]) == ("yes", "no")


def test_a_role_that_another_account_names_still_needs_a_policy_of_its_own() -> None:
    theirs = role("theirs", trust({"AWS": f"arn:aws:iam::{ACCOUNT}:role/plain"}), account="999999999999")
    on = "arn:aws:iam::999999999999:role/theirs"
    assert answers(of(theirs, role("plain")), "sts:AssumeRole", on)["plain"] == "no"
    granted = of(theirs, role("plain"), policy_of("plain", statement("sts:AssumeRole")))
    assert answers(granted, "sts:AssumeRole", on)["plain"] == "yes"


def test_names_that_the_provider_will_give_decide_nothing() -> None:
    app = resource("aws:iam/role:Role", "app", inputs={"assumeRolePolicy": trust(ROOT)})
    naming = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/app-1a2b3c4"}, "Action": GET}
    found = answers(of(app, bucket("reports", {**naming, "Resource": OBJECTS})), GET, "arn:aws:s3:::reports/a")
    assert found["app"] == "unknown", "it may get the name"
    future = resource("aws:kms/key:Key", "orders", inputs={"policy": document(on_key(ROOT))})
    given = of(future, role("app"), policy_of("app", statement("kms:Decrypt")))
    assert answers(given, "kms:Decrypt")["app"] == "yes", "on that key, whatever its ARN"
    found = answers(given, "kms:Decrypt", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/some-other")
    assert found["app"] == "unknown"


def test_what_is_not_known_is_said_with_its_path() -> None:
    given = of(
        role("app"),
        resource("aws:iam/rolePolicy:RolePolicy", "later", inputs={"role": "app", "policy": COMPUTED}),
        role("plain"),
    )
    ran = stackproof("iam", "who-can", GET, "-", given=given)
    assert ran.exit_code == 0
    assert "cannot tell" in ran.out
    assert "policy: computed" in ran.out
    assert answers(given) == {"app": "unknown", "plain": "no"}


def test_conditions_and_lines_are_shown() -> None:
    conditional = statement(GET, OBJECTS, Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})
    secret = statement(GET, OBJECTS, Condition={"StringEquals": {"sts:ExternalId": "hunter2"}})
    inline = policy_of("app", conditional)
    inline["sourcePosition"] = "project:///infra/app.py#30,1"
    ran = stackproof("iam", "who-can", GET, "-", given=of(role("app"), inline, role("b"), policy_of("b", secret)))
    line = next(line for line in ran.out.splitlines() if "role app" in line)
    assert "rolePolicy app-policy policy.Statement[0] (infra/app.py:30)" in line
    assert "aws:sourceip ipaddress 10.0.0.0/8" in line
    assert (
        "hunter2"
        not in ran.out + stackproof("iam", "who-can", GET, "-", "-f", "json", given=of(role("b"), policy_of("b", secret))).out
    )


def test_the_resource_may_stand_anywhere_among_the_states() -> None:
    state = STATES / "assume-role.json"
    first = stackproof("iam", "who-can", "s3:ListBucket", "arn:aws:s3:::any", state)
    assert first.out == stackproof("iam", "who-can", "s3:ListBucket", state, "arn:aws:s3:::any").out
    assert "role allow-s3-management" in first.out


def test_several_stacks_are_one_for_what_they_attach_to_each_other(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(of(role("app")))
    attached = of(policy_of("app", statement(GET)))
    (tmp_path / "b.json").write_bytes(attached.replace(b"urn:pulumi:prod::shop", b"urn:pulumi:prod::rights"))
    ran = stackproof("iam", "who-can", GET, tmp_path / "a.json", tmp_path / "b.json", "-f", "json")
    assert [(item["name"], item["verdict"]) for item in ran.report["principals"]] == [("role app", "yes")]
    (tmp_path / "c.json").write_bytes(of(role("app")).replace(b"urn:pulumi:prod::", b"urn:pulumi:dev::"))
    ran = stackproof("iam", "who-can", GET, tmp_path, "-f", "json", "--all")
    assert sorted(item["verdict"] for item in ran.report["principals"]) == ["no", "yes"], "one name in two stacks: two roles"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["s3:GetObjet", "-"], "did you mean s3:GetObject?"),
        (["GetObject", "-"], "it has a service and a name"),
        ([GET, "arn:aws:s3:::a"], "name a STATE"),
        ([GET, "arn:aws:s3:::a", "arn:aws:s3:::b", "-"], "one RESOURCE at a time"),
        ([GET, "-", "-"], "standard input can be read once"),
        ([GET], "required"),
    ],
)  # fmt: skip
def test_wrong_words_are_told(words: list[str], told: str) -> None:
    ran = stackproof("iam", "who-can", *words, given=of(role("app")))
    assert (ran.exit_code, ran.out) == (2, "")
    assert told in ran.err


def test_an_input_that_cannot_be_read_makes_the_answer_incomplete(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    ran = stackproof("iam", "who-can", GET, broken, STATES / "assume-role.json")
    assert ran.exit_code == 4
    assert "not valid JSON" in ran.err
    assert "role allow-s3-management" in ran.out
    assert "incomplete" in ran.out


@pytest.mark.parametrize(
    ("action", "on"),
    [
        (GET, "arn:aws:s3:::reports/a"),
        ("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/target"),
        ("kms:Decrypt", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/k"),
    ],
)
def test_a_value_that_is_not_known_never_turns_an_answer_round(action: str, on: str) -> None:
    named = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/named"}
    without_tls = {"Bool": {"aws:SecureTransport": "false"}}
    parts = plain([
        role("app"),
        policy_of(
            "app",
            statement([GET, "sts:AssumeRole", "kms:Decrypt"]),
            statement("s3:*", OBJECTS, Effect="Deny", Condition=without_tls),
        ),
        role("denied"),
        policy_of(
            "denied", statement("*"), statement("s3:*", OBJECTS, Effect="Deny"), statement(["kms:*", "sts:*"], Effect="Deny")
        ),
        role("named"),
        role("target", trust(ROOT)),
        *bucket("reports", {"Effect": "Allow", "Principal": named, "Action": GET, "Resource": OBJECTS}),
        key("k", on_key(ROOT)),
    ])  # fmt: skip
    known = answers(of(parts), action, on)
    assert {"yes", "no"} <= set(known.values())
    for index, item in enumerate(parts):
        for path in leaves(item["inputs"]):
            if not path:
                continue
            changed = [*parts[:index], {**item, "inputs": replaced(item["inputs"], path, COMPUTED)}, *parts[index + 1 :]]
            found = answers(of(changed), action, on)
            wrong = {
                name: (known.get(name), verdict)
                for name, verdict in found.items()
                if verdict not in ("unknown", known.get(name, "unknown"))
            }
            assert wrong == {}, (item["urn"], path)
            gone = {
                name
                for name, verdict in known.items()
                if verdict == "yes" and name not in found and not name.startswith("Service")
            }
            assert gone == set(), (item["urn"], path)


def test_hostile_names_cannot_act(tmp_path: Path) -> None:
    name = "app\x1b[31m\u202eevil"
    (tmp_path / "state.json").write_bytes(of(role(name), policy_of(name, statement(GET))))
    for command in (["who-can", GET], ["can", "*"], ["diff", STATES / "assume-role.json"]):
        out = stackproof("iam", *command, tmp_path / "state.json").out
        assert "\x1b" not in out
        assert "\u202e" not in out
        assert "app\\x1b[31m\\u202eevil" in out
