"""One request is decided as AWS documents it; the pages named are those of the IAM User Guide unless said otherwise."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.iam_analysis.evaluation import Decision, Policies, Request, simulate, statement_applies
from policies.iam_analysis.model import Document, Patterns, Statement, document_of

ACCOUNT = "111122223333"
OTHER = "444455556666"
USER = f"arn:aws:iam::{ACCOUNT}:user/exampleuser"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/examplerole"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/examplerole/examplerolesessionname"
FEDERATED = f"arn:aws:sts::{ACCOUNT}:federated-user/exampleuser"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
BUCKET = "arn:aws:s3:::amzn-s3-demo-bucket"
OBJECT = f"{BUCKET}/key"
KEY = f"arn:aws:kms:us-east-2:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
TARGET = f"arn:aws:iam::{ACCOUNT}:role/target"
NOTHING = Document(())


def statement(effect: str = "Allow", **elements: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"Effect": effect, **({} if "NotAction" in elements else {"Action": "*"}), "Resource": "*"} | elements


def policy(*statements: dict[str, Any]) -> Document:
    document = document_of({"Version": "2012-10-17", "Statement": list(statements)})
    assert not document.holes
    return document


EVERYTHING = policy(statement())
OTHER_ACTIONS = policy(statement(Action="ec2:*"))


def to(*principals: str, **elements: Any) -> Document:  # noqa: ANN401
    """Return a policy of a resource that allows everything to AWS principals."""
    return policy(statement(Principal={"AWS": list(principals)}, **elements))


def trust(*principals: str, type_: str = "AWS") -> Document:
    return document_of({"Statement": {"Effect": "Allow", "Principal": {type_: list(principals)}, "Action": "sts:AssumeRole*"}})


def decide(principal: str = USER, on: str = OBJECT, action: str = "s3:GetObject", **given: Any) -> Decision:  # noqa: ANN401
    """Decide a request; `given` are fields of Policies and, for the request, owner, issuer and context."""
    others = (given.pop("context", {}), given.pop("owner", ""), given.pop("issuer", ""))
    return simulate(Request(principal, action, on, *others), Policies(**given))


# Page "How AWS enforcement code logic evaluates requests to allow or deny access"


def test_requests_are_denied_by_default() -> None:
    assert decide() == Decision(allowed=False, reason="implicit deny by identity policies")


def test_the_root_user_has_full_access_by_default() -> None:
    assert decide(ROOT).allowed
    assert not decide(ROOT, scps=((OTHER_ACTIONS,),)).allowed


def test_one_allow_is_enough_and_is_told() -> None:
    decision = decide(identity=(OTHER_ACTIONS, EVERYTHING))
    assert decision == Decision(allowed=True, reason="allowed by identity policies", statements=EVERYTHING.statements)


DENIES = policy(statement("Deny", Action="s3:*"))
DENIES_ALL = policy(statement("Deny", Action="s3:*", Principal="*"))
GRANTED = {"identity": (EVERYTHING,), "resource": to("*")}


@pytest.mark.parametrize(
    ("policies", "reason"),
    [
        ({"identity": (EVERYTHING, DENIES)}, "explicit deny by identity policies"),
        ({"boundary": (EVERYTHING, DENIES)}, "explicit deny by permissions boundary"),
        ({"session": (EVERYTHING, DENIES)}, "explicit deny by session policies"),
        ({"resource": DENIES_ALL}, "explicit deny by resource policy"),
        ({"scps": ((EVERYTHING,), (EVERYTHING, DENIES))}, "explicit deny by service control policies"),
        ({"rcps": ((EVERYTHING, DENIES_ALL),)}, "explicit deny by resource control policies"),
        ({"endpoint": DENIES_ALL}, "explicit deny by VPC endpoint policy"),
        ({"scps": ((EVERYTHING,), (OTHER_ACTIONS,), (EVERYTHING,))}, "implicit deny by service control policies"),
        ({"scps": ((EVERYTHING,), ())}, "implicit deny by service control policies"),
        ({"rcps": ((EVERYTHING,), (OTHER_ACTIONS,))}, "implicit deny by resource control policies"),
        ({"endpoint": to(OTHER)}, "implicit deny by VPC endpoint policy"),
    ],
)
@pytest.mark.parametrize("principal", [USER, SESSION, FEDERATED, ROOT])
def test_a_deny_of_any_kind_of_policy_overrides_every_allow(principal: str, policies: dict[str, Any], reason: str) -> None:
    decision = decide(principal, **(GRANTED | policies))
    assert (decision.allowed, decision.reason) == (False, reason)
    assert {found.effect for found in decision.statements} <= {"Deny"}


def test_all_levels_of_the_organisation_that_allow_let_through() -> None:
    levels = ((OTHER_ACTIONS, EVERYTHING), (EVERYTHING,))
    assert decide(identity=(EVERYTHING,), scps=levels, rcps=levels, endpoint=to("*")).allowed


ALL_ELSE_SILENT = {"boundary": (OTHER_ACTIONS,), "session": (OTHER_ACTIONS,)}


@pytest.mark.parametrize(
    ("principal", "named", "policies", "allowed"),
    [
        # Table "Resource-based policies and implicit denies in other policy types (same account)"
        (SESSION, ROLE, ALL_ELSE_SILENT, False),
        (SESSION, SESSION, ALL_ELSE_SILENT, True),
        (USER, USER, {"boundary": (OTHER_ACTIONS,)}, True),
        (FEDERATED, USER, ALL_ELSE_SILENT, False),
        (FEDERATED, FEDERATED, ALL_ELSE_SILENT, True),
        (ROOT, ROOT, {}, True),
        # A role's ARN is limited by a boundary or a session policy, not by missing identity policies
        (SESSION, ROLE, {}, True),
        (SESSION, ROLE, {"boundary": (EVERYTHING,), "session": (EVERYTHING,)}, True),
        (SESSION, ROLE, {"boundary": (OTHER_ACTIONS,)}, False),
        (SESSION, ROLE, {"session": (OTHER_ACTIONS,)}, False),
        (ROLE, ROLE, {}, True),
        (FEDERATED, USER, {"session": (EVERYTHING,)}, True),
        (FEDERATED, USER, {}, False),
        # Page "Principal": everyone, so no other permission of principals in the account is needed or limits
        (USER, "*", {"boundary": (OTHER_ACTIONS,)}, True),
        (SESSION, "*", ALL_ELSE_SILENT, True),
        # the account only may give the permission away
        (USER, ACCOUNT, {}, False),
        (USER, ROOT, {}, False),
        (SESSION, ROOT, {}, False),
        (USER, ROOT, {"identity": (EVERYTHING,)}, True),
        # others are not named
        (USER, ROLE, {}, False),
        (SESSION, USER, {}, False),
        (USER, USER.replace("exampleuser", "ExampleUser"), {}, False),
        (SESSION, SESSION.replace("sessionname", "other"), {}, False),
        (SESSION, ROLE.replace("examplerole", "other"), {}, False),
        (USER, OTHER, {}, False),
    ],
)
def test_a_resource_policy_of_the_same_account(principal: str, named: str, policies: dict[str, Any], allowed: bool) -> None:  # noqa: FBT001
    assert decide(principal, owner=ACCOUNT, issuer=USER if principal == FEDERATED else "",
                  **({"resource": to(named)} | policies)).allowed is allowed  # fmt: skip


@pytest.mark.parametrize(
    ("principal", "policies", "allowed"),
    [
        (USER, {}, True),
        (USER, {"boundary": (EVERYTHING,)}, True),
        (USER, {"boundary": (OTHER_ACTIONS,)}, False),
        (USER, {"boundary": ()}, False),
        (SESSION, {}, True),
        (SESSION, {"session": (EVERYTHING,)}, True),
        (SESSION, {"session": (OTHER_ACTIONS,)}, False),
        (FEDERATED, {"session": (EVERYTHING,)}, True),
        # a session that is not a role's, and has no session policy
        (FEDERATED, {}, False),
    ],
)
def test_boundaries_and_session_policies_limit_identity_policies(
    principal: str, policies: dict[str, Any], allowed: bool  # noqa: FBT001
) -> None:  # fmt: skip
    assert decide(principal, identity=(EVERYTHING,), **policies).allowed is allowed


CARLOS = f"arn:aws:iam::{ACCOUNT}:user/carlossalazar"


def test_the_example_of_one_account() -> None:
    """Page "Policy evaluation logic", example of identity-based and resource-based policies: Carlos and his buckets."""
    own = ["arn:aws:s3:::carlossalazar/*", "arn:aws:s3:::carlossalazar"]
    identity = policy(
        statement(Action=["s3:GetBucketLocation", "s3:ListAllMyBuckets"], Resource="arn:aws:s3:::*"),
        statement(Action="s3:*", Resource=own),
        statement("Deny", Action="s3:*", Resource="arn:aws:s3:::*log*"),
    )
    bucket = to(CARLOS, Action="s3:*", Resource=own)
    logs = decide(CARLOS, "arn:aws:s3:::carlossalazar-logs/file", "s3:PutObject", identity=(identity,))
    assert logs.reason == "explicit deny by identity policies"
    for policies in ({"identity": (identity,)}, {"resource": bucket}, {"identity": (identity,), "resource": bucket}):
        assert decide(CARLOS, "arn:aws:s3:::carlossalazar/file", "s3:PutObject", **policies).allowed


def test_the_example_of_explicit_and_implicit_denies() -> None:
    identity = policy(statement(Action=["iam:Get*", "iam:List*"]), statement("Deny", Action="iam:*Report"))
    reasons = {
        action: decide(on="*", action=action, identity=(identity,)).reason
        for action in ("iam:GetUser", "iam:CreatePolicy", "iam:GetOrganizationsAccessReport", "iam:GenerateCredentialReport")
    }
    assert reasons == {
        "iam:GetUser": "allowed by identity policies",
        "iam:CreatePolicy": "implicit deny by identity policies",
        "iam:GetOrganizationsAccessReport": "explicit deny by identity policies",
        "iam:GenerateCredentialReport": "explicit deny by identity policies",
    }


# Page "Cross-account policy evaluation logic"


def test_the_example_of_two_accounts() -> None:
    identity = policy(
        statement(Action="s3:ListAllMyBuckets"),
        statement(Action="s3:*Object*", Resource="arn:aws:s3:::Production/*"),
        statement("Deny", Action="s3:*", Resource=["arn:aws:s3:::*log*", "arn:aws:s3:::*log*/*"]),
    )
    bucket = to(CARLOS, Action=["s3:GetObject*", "s3:PutObject*"], Resource="arn:aws:s3:::Production/*")
    logs = decide(CARLOS, "arn:aws:s3:::Production-logs/a", "s3:PutObject", owner=OTHER, identity=(identity,))
    assert logs.reason == "explicit deny by identity policies"
    both = decide(CARLOS, "arn:aws:s3:::Production/a", "s3:PutObject", owner=OTHER, identity=(identity,), resource=bucket)
    assert both.reason == "allowed by identity policies and resource policy"
    assert len(both.statements) == 2
    deletes = decide(CARLOS, "arn:aws:s3:::Production/a", "s3:DeleteObject", owner=OTHER, identity=(identity,), resource=bucket)
    assert deletes.reason == "implicit deny by resource policy"


@pytest.mark.parametrize("named", [USER, ROOT, ACCOUNT, "*"])
def test_another_account_needs_both_sides(named: str) -> None:
    assert decide(owner=OTHER, identity=(EVERYTHING,), resource=to(named)).allowed
    assert decide(owner=OTHER, resource=to(named)).reason == "implicit deny by identity policies"
    assert decide(owner=OTHER, identity=(EVERYTHING,)).reason == "implicit deny by resource policy"
    limited = decide(owner=OTHER, identity=(EVERYTHING,), boundary=(OTHER_ACTIONS,), resource=to(named))
    assert limited.reason == "implicit deny by permissions boundary"


def test_the_account_of_a_resource_is_read_from_its_arn_or_told() -> None:
    queue = f"arn:aws:sqs:us-east-2:{OTHER}:q"
    assert not decide(USER, queue, "sqs:SendMessage", identity=(EVERYTHING,)).allowed
    assert decide(USER, queue.replace(OTHER, ACCOUNT), "sqs:SendMessage", identity=(EVERYTHING,)).allowed
    assert not decide(identity=(EVERYTHING,), context={"AWS:ResourceAccount": OTHER}).allowed


# Page "AWS JSON policy elements: Principal"


@pytest.mark.parametrize(
    ("principal", "element", "named"),
    [
        ("", "*", True),
        ("", {"AWS": "*"}, True),
        ("", {"AWS": ACCOUNT}, False),
        ("", {"AWS": USER}, False),
        (USER, "*", True),
        (USER, {"AWS": [OTHER, ACCOUNT]}, True),
        (USER, {"AWS": OTHER}, False),
        (SESSION, {"AWS": ACCOUNT}, True),
        (SESSION, {"AWS": ROLE}, True),
        (SESSION, {"AWS": SESSION}, True),
        (SESSION, {"AWS": ROLE.replace("role/", "role/path/")}, True),
        (SESSION, {"AWS": ROLE.replace(ACCOUNT, OTHER)}, False),
        (FEDERATED, {"AWS": FEDERATED}, True),
        (FEDERATED, {"AWS": ROOT}, True),
        ("Service:ecs.amazonaws.com", {"Service": ["ecs.amazonaws.com", "elasticloadbalancing.amazonaws.com"]}, True),
        ("Service:ecs.amazonaws.com", {"Service": "ec2.amazonaws.com"}, False),
        ("Service:ecs.amazonaws.com", {"AWS": ACCOUNT}, False),
        ("Service:ecs.amazonaws.com", "*", True),
        ("Federated:www.amazon.com", {"Federated": "www.amazon.com"}, True),
        ("Federated:www.amazon.com", {"Federated": "accounts.google.com"}, False),
        (USER, {"Service": "ecs.amazonaws.com"}, False),
        ("CanonicalUser:79a59df9", {"CanonicalUser": "79a59df9"}, True),
    ],
)
@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_whom_principal_and_not_principal_name(principal: str, element: object, named: bool, effect: str) -> None:  # noqa: FBT001
    """Page "AWS JSON policy elements: NotPrincipal": all principals except those."""
    (one, other) = policy(statement(effect, Principal=element), statement(effect, NotPrincipal=element)).statements
    request = Request(principal, "s3:GetObject", OBJECT)
    assert statement_applies(one, request) is named
    assert statement_applies(other, request) is not named


@pytest.mark.parametrize("principal", ["", "Service:ecs.amazonaws.com", "Federated:www.amazon.com"])
def test_callers_without_an_account_need_only_the_resource_policy(principal: str) -> None:
    type_, _, name = principal.partition(":")
    named = policy(statement(Principal={type_: name} if name else "*"))
    assert decide(principal, owner=ACCOUNT).reason == "implicit deny by resource policy"
    assert decide(principal, owner=ACCOUNT, resource=named, scps=((OTHER_ACTIONS,),)).allowed
    fenced = decide(principal, owner=ACCOUNT, resource=named, rcps=((OTHER_ACTIONS,),))
    assert fenced.reason == "implicit deny by resource control policies"


def test_not_principal_with_allow_lets_everyone_else_in() -> None:
    document = policy(statement(NotPrincipal={"AWS": USER}))
    assert decide("", resource=document).allowed
    assert not decide(USER, resource=document).allowed


def test_the_example_of_not_principal_with_deny() -> None:
    bob = f"arn:aws:iam::{OTHER}:user/Bob"
    denies = policy(statement("Deny", NotPrincipal={"AWS": [bob, f"arn:aws:iam::{OTHER}:root"]}, Action="s3:*"))
    assert "explicit" not in decide(bob, resource=denies).reason
    assert "explicit" in decide(USER, resource=denies).reason


def test_not_principal_with_deny_always_denies_whoever_has_a_boundary() -> None:
    """Page "Permissions boundaries for IAM entities", Important."""
    denies = policy(statement("Deny", NotPrincipal={"AWS": [USER, ROOT]}, Action="s3:*"))
    policies: dict[str, Any] = {"identity": (EVERYTHING,), "resource": denies}
    assert decide(USER, **policies).allowed
    assert decide(USER, boundary=(EVERYTHING,), **policies).reason == "explicit deny by resource policy"


def test_the_example_of_everyone_but_one_by_condition() -> None:
    """Page "AWS JSON policy elements: Principal", All principals: a role's sessions have the role's ARN there."""
    condition = {"ArnNotEquals": {"aws:PrincipalArn": ROLE}}
    denies = policy(statement("Deny", Principal="*", Action="s3:*", Condition=condition))
    assert decide(SESSION, identity=(EVERYTHING,), resource=denies).allowed
    assert not decide(USER, identity=(EVERYTHING,), resource=denies).allowed
    assert decide("", resource=denies).reason == "explicit deny by resource policy"


# Page "Key policies in AWS KMS" of the KMS developer guide


@pytest.mark.parametrize(
    ("principal", "key_policy", "identity", "allowed"),
    [
        (USER, NOTHING, (EVERYTHING,), False),
        (USER, None, (EVERYTHING,), False),
        (ROOT, NOTHING, (), False),
        (ROOT, to(ROOT), (), True),
        (USER, to(ROOT), (), False),
        (USER, to(ROOT), (EVERYTHING,), True),
        (USER, to(ACCOUNT), (EVERYTHING,), True),
        (USER, to(ROOT, Action="kms:Describe*"), (EVERYTHING,), False),
        (USER, to(USER), (), True),
        (SESSION, to(ROLE), (), True),
        (USER, to(ROLE), (EVERYTHING,), False),
        (USER, policy(statement(Principal="*", Condition={"StringEquals": {"kms:CallerAccount": ACCOUNT}})), (), True),
        (USER, policy(statement(Principal="*", Condition={"StringEquals": {"kms:CallerAccount": OTHER}})), (), False),
        (USER.replace(ACCOUNT, OTHER), to(OTHER), (EVERYTHING,), True),
        (USER.replace(ACCOUNT, OTHER), to(OTHER), (), False),
    ],
)
def test_only_the_key_policy_lets_identity_policies_count(
    principal: str, key_policy: Document | None, identity: tuple[Document, ...], allowed: bool  # noqa: FBT001
) -> None:  # fmt: skip
    assert decide(principal, KEY, "kms:Decrypt", resource=key_policy, identity=identity).allowed is allowed


def test_actions_without_a_key_need_no_key_policy() -> None:
    assert decide(USER, "*", "kms:ListKeys", identity=(EVERYTHING,)).allowed


# Pages "How AWS enforcement code logic evaluates requests" (role trust policies) and "Permissions for AssumeRole"


@pytest.mark.parametrize(
    ("principal", "action", "trusts", "identity", "allowed"),
    [
        (USER, "sts:AssumeRole", NOTHING, (EVERYTHING,), False),
        (USER, "sts:AssumeRole", None, (EVERYTHING,), False),
        (USER, "sts:AssumeRole", trust(USER), (), True),
        (USER, "sts:AssumeRole", trust(ROOT), (), False),
        (USER, "sts:AssumeRole", trust(ROOT), (EVERYTHING,), True),
        (USER, "sts:AssumeRole", trust("*"), (), True),
        (SESSION, "sts:AssumeRole", trust(ROLE), (), True),
        (USER, "sts:AssumeRole", trust(ROLE), (EVERYTHING,), False),
        (USER, "sts:TagSession", trust(USER), (EVERYTHING,), False),
        (ROOT, "sts:AssumeRole", trust(ROOT), (), False),
        (USER.replace(ACCOUNT, OTHER), "sts:AssumeRole", trust(USER.replace(ACCOUNT, OTHER)), (), False),
        (USER.replace(ACCOUNT, OTHER), "sts:AssumeRole", trust(USER.replace(ACCOUNT, OTHER)), (EVERYTHING,), True),
        (USER.replace(ACCOUNT, OTHER), "sts:AssumeRole", trust("*"), (), False),
        ("Service:ec2.amazonaws.com", "sts:AssumeRole", trust("ec2.amazonaws.com", type_="Service"), (), True),
        ("Service:ecs.amazonaws.com", "sts:AssumeRole", trust("ec2.amazonaws.com", type_="Service"), (), False),
        (
            f"Federated:arn:aws:iam::{ACCOUNT}:saml-provider/p",
            "sts:AssumeRoleWithSAML",
            trust(f"arn:aws:iam::{ACCOUNT}:saml-provider/p", type_="Federated"),
            (),
            True,
        ),
    ],
)
def test_only_the_trust_policy_lets_a_role_be_assumed(
    principal: str, action: str, trusts: Document | None, identity: tuple[Document, ...], allowed: bool  # noqa: FBT001
) -> None:  # fmt: skip
    assert decide(principal, TARGET, action, resource=trusts, identity=identity).allowed is allowed


def test_service_linked_roles_are_not_limited_by_the_organisation() -> None:
    """Pages "Service control policies" and "Resource control policies" of the Organizations user guide."""
    fences: dict[str, Any] = {"scps": ((DENIES,),), "rcps": ((DENIES_ALL,),), "identity": (EVERYTHING,)}
    assert not decide(SESSION, **fences).allowed
    assert decide(SESSION.replace("examplerole/", "AWSServiceRoleForECS/"), **fences).allowed
    linked = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x.amazonaws.com/Custom"
    assert decide(SESSION.replace("examplerole/", "Custom/"), issuer=linked, **fences).allowed


# Pages "Global condition context keys" and "Variables and tags" (table of principal key values)


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ("", {"aws:PrincipalType": "Anonymous", "aws:PrincipalAccount": "anonymous", "aws:userid": "anonymous",
              "aws:PrincipalArn": None, "aws:username": None, "aws:PrincipalIsAWSService": None}),
        (USER, {"aws:PrincipalType": "User", "aws:PrincipalArn": USER, "aws:PrincipalAccount": ACCOUNT,
                "aws:username": "exampleuser", "aws:userid": None, "aws:PrincipalIsAWSService": "false"}),
        (USER.replace("user/", "user/division/"), {"aws:username": "exampleuser"}),
        (SESSION, {"aws:PrincipalType": "AssumedRole", "aws:PrincipalArn": ROLE, "aws:PrincipalAccount": ACCOUNT,
                   "aws:username": None, "aws:userid": None}),
        (FEDERATED, {"aws:PrincipalType": "FederatedUser", "aws:PrincipalArn": FEDERATED, "aws:username": None,
                     "aws:userid": f"{ACCOUNT}:exampleuser"}),
        (ROOT, {"aws:PrincipalType": "Account", "aws:PrincipalArn": ROOT, "aws:userid": ACCOUNT, "aws:username": None}),
        ("Service:sns.amazonaws.com", {"aws:PrincipalIsAWSService": "true", "aws:PrincipalArn": None,
                                       "aws:PrincipalServiceName": "sns.amazonaws.com"}),
    ],
)  # fmt: skip
def test_keys_that_follow_from_the_principal(principal: str, expected: dict[str, str | None]) -> None:
    for key, value in expected.items():
        wanted = {"Null": {key: "true"}} if value is None else {"StringEquals": {key: value}}
        (only,) = policy(statement(Condition=wanted)).statements
        assert statement_applies(only, Request(principal, "s3:GetObject", OBJECT)), key


def test_a_key_that_is_given_is_kept() -> None:
    (only,) = policy(statement(Condition={"StringEquals": {"aws:username": "al", "aws:ResourceAccount": OTHER}})).statements
    given_keys: dict[str, str | tuple[str, ...]] = {"AWS:username": "al", "aws:RESOURCEACCOUNT": OTHER}
    assert statement_applies(only, Request(USER, "s3:GetObject", OBJECT, given_keys))
    assert not statement_applies(only, Request(USER, "s3:GetObject", OBJECT))
    (of_owner,) = policy(statement(Condition={"StringEquals": {"aws:ResourceAccount": OTHER}})).statements
    assert statement_applies(of_owner, Request(USER, "s3:GetObject", OBJECT, resource_account=OTHER))


# Pages on the elements Action, NotAction, Resource, NotResource


@pytest.mark.parametrize(
    ("elements", "applies"),
    [
        ({"Action": "s3:GetObject"}, True),
        ({"Action": "S3:getobject"}, True),
        ({"Action": "s3:Get*"}, True),
        ({"Action": "s3:GetObjec?"}, True),
        ({"Action": "s3:GetObject?"}, False),
        ({"Action": "*:GetObject"}, True),
        ({"Action": ["ec2:*", "s3:Put*"]}, False),
        ({"NotAction": ["ec2:*", "s3:Put*"]}, True),
        ({"NotAction": "s3:get*"}, False),
        ({"Resource": BUCKET}, False),
        ({"Resource": [BUCKET, f"{BUCKET}/*"]}, True),
        ({"Resource": f"{BUCKET}/KEY"}, False),
        ({"Resource": f"{BUCKET}/${{aws:username}}"}, False),
        ({"Resource": f"{BUCKET}/${{aws:PrincipalTag/none, 'key'}}"}, True),
        ({"Resource": f"{BUCKET}/*${{aws:PrincipalTag/none}}"}, False),
    ],
)
def test_whether_a_statement_applies(elements: dict[str, Any], applies: bool) -> None:  # noqa: FBT001
    (only,) = policy(statement(**elements)).statements
    assert statement_applies(only, Request(USER, "s3:GetObject", OBJECT)) is applies
    if "Resource" in elements:
        (opposite,) = policy(statement(Resource=None, NotResource=elements["Resource"])).statements
        assert statement_applies(opposite, Request(USER, "s3:GetObject", OBJECT)) is not applies


def test_what_is_not_known_is_not_decided() -> None:
    unknown = document_of({"Statement": statement(Action=["s3:*", None, 1.5])})
    with pytest.raises(ValueError, match="identity policies"):
        decide(identity=(unknown,))


# Properties

PRINCIPALS = st.sampled_from(
    [USER, ROLE, SESSION, FEDERATED, ROOT, "", "Service:s3.amazonaws.com", USER.replace(ACCOUNT, OTHER)]
)
ACTIONS = st.sampled_from(["s3:GetObject", "s3:PutObject", "kms:Decrypt", "sts:AssumeRole"])
PATTERNS = st.sampled_from(["*", "s3:*", "s3:Get*", "S3:PUT*", "kms:*", "sts:*", "*:?e*"])
RESOURCES = st.sampled_from([OBJECT, KEY, TARGET])
RESOURCE_PATTERNS = st.sampled_from(["*", f"{BUCKET}/*", "arn:aws:kms:*", f"{BUCKET}/${{aws:username}}", TARGET])
NAMES = st.sampled_from(["*", f"AWS:{USER}", f"AWS:{ROLE}", f"AWS:{SESSION}", f"AWS:{ACCOUNT}", f"AWS:{OTHER}",
                         "Service:s3.amazonaws.com"])  # fmt: skip
CONDITIONS = st.sampled_from([
    {"StringEquals": {"aws:PrincipalType": "User"}}, {"Null": {"aws:username": "true"}},
    {"StringLikeIfExists": {"x:Key": "a*"}}, {"ForAllValues:StringEquals": {"x:Key": ["a", "b"]}},
    {"StringNotEquals": {"x:Key": ["a", "c"]}},
])  # fmt: skip
CONTEXTS = st.dictionaries(st.just("x:Key"), st.sampled_from(["a", "abc", ("a", "c"), ()]), max_size=1)


def patterns(items: st.SearchStrategy[str]) -> st.SearchStrategy[Patterns]:
    return st.builds(Patterns, st.lists(items, min_size=1, max_size=3).map(tuple), st.booleans(), st.just(()))


@st.composite
def statements(draw: st.DrawFn, *, effect: str = "", named: bool = False) -> Statement:
    conditions = policy(statement(Condition=draw(CONDITIONS))).statements[0].conditions if draw(st.booleans()) else ()
    return Statement(
        effect or draw(st.sampled_from(["Allow", "Allow", "Deny"])),
        draw(patterns(PATTERNS)),
        draw(patterns(RESOURCE_PATTERNS)),
        draw(patterns(NAMES)) if named else None,
        conditions,
    )


def documents(*, named: bool = False) -> st.SearchStrategy[Document]:
    return st.lists(statements(named=named), max_size=3).map(lambda found: Document(tuple(found)))


def several(*, named: bool = False) -> st.SearchStrategy[tuple[Document, ...]]:
    return st.lists(documents(named=named), min_size=1, max_size=2).map(tuple)


POLICIES = st.builds(
    Policies,
    identity=several(),
    boundary=st.none() | several(),
    session=st.none() | several(),
    scps=st.lists(several(), max_size=2).map(tuple),
    rcps=st.lists(several(named=True), max_size=1).map(tuple),
    resource=st.none() | documents(named=True),
    endpoint=st.none(),
)
REQUESTS = st.builds(Request, PRINCIPALS, ACTIONS, RESOURCES, CONTEXTS, st.just(""), st.just(""))


def rewritten(policies: Policies, rewrite: Any) -> Policies:  # noqa: ANN401
    """Return the policies with `rewrite` applied to the statements of each document."""

    def one(value: Any) -> Any:  # noqa: ANN401
        if isinstance(value, Document):
            return value._replace(statements=tuple(rewrite(value.statements)))
        return tuple(map(one, value)) if isinstance(value, tuple) else value

    return Policies(*map(one, policies))


@given(REQUESTS, POLICIES, statements(effect="Deny"), statements(effect="Deny", named=True), st.data())
def test_a_deny_more_never_allows_more(
    request: Request, policies: Policies, deny: Statement, named: Statement, data: st.DataObject
) -> None:
    field = data.draw(st.sampled_from(Policies._fields))
    value = getattr(policies, field)
    more = Document((deny if field in {"identity", "boundary", "session", "scps"} else named,))
    if isinstance(value, Document):
        value = value._replace(statements=value.statements + more.statements)
    elif field in {"scps", "rcps"}:
        value = tuple((*level, more) for level in value)
    elif isinstance(value, tuple):
        value = (*value, more)
    if simulate(request, policies._replace(**{field: value})).allowed:
        assert simulate(request, policies).allowed


@given(REQUESTS, POLICIES)
def test_the_order_of_statements_and_values_is_neutral(request: Request, policies: Policies) -> None:
    def reverse(found: tuple[Statement, ...]) -> tuple[Statement, ...]:
        return tuple(
            item._replace(
                actions=item.actions._replace(items=item.actions.items[::-1]),
                conditions=tuple(atom._replace(values=atom.values[::-1]) for atom in item.conditions[::-1]),
            )
            for item in found[::-1]
        )

    same(simulate(request, policies), simulate(request, rewritten(policies, reverse)))


@given(REQUESTS, POLICIES)
def test_the_case_of_actions_keys_and_operators_is_neutral(request: Request, policies: Policies) -> None:
    def upper(found: tuple[Statement, ...]) -> tuple[Statement, ...]:
        return tuple(
            item._replace(
                actions=item.actions._replace(items=tuple(map(str.upper, item.actions.items))),
                conditions=tuple(
                    atom._replace(operator=atom.operator.upper(), key=atom.key.upper(), sets=atom.sets.upper())
                    for atom in item.conditions
                ),
            )
            for item in found
        )

    shouted = request._replace(
        action=request.action.upper(), context={key.upper(): value for key, value in request.context.items()}
    )
    same(simulate(request, policies), simulate(shouted, rewritten(policies, upper)))


@given(REQUESTS, POLICIES)
def test_splitting_a_statement_is_neutral(request: Request, policies: Policies) -> None:
    def split(found: tuple[Statement, ...]) -> list[Statement]:
        return [
            part
            for item in found
            for part in (
                [item]
                if item.actions.negated
                else [item._replace(actions=Patterns((action,))) for action in item.actions.items]
            )
        ]

    same(simulate(request, policies), simulate(request, rewritten(policies, split)))


@given(REQUESTS, statements(), statements(named=True))
def test_the_opposite_of_an_element_is_its_opposite(request: Request, plain: Statement, named: Statement) -> None:
    for item in (plain, named):
        free = item._replace(conditions=(), principals=None, resources=None)
        inverted = free._replace(actions=free.actions._replace(negated=not free.actions.negated))
        assert statement_applies(free, request) is not statement_applies(inverted, request)


def same(one: Decision, other: Decision) -> None:
    assert (one.allowed, one.reason) == (other.allowed, other.reason)
