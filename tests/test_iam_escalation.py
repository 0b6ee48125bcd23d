"""Each known way to more rights is found in the smallest stack that has it, and not where a part of it is missing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from policies.iam_analysis.access import Verdict
from policies.iam_analysis.chain_words import told
from policies.iam_analysis.chains import Chain, chains_of
from policies.iam_catalogue.escalation_paths import Kind, Path, Target, escalation_paths
from policies.resource import Resource
from policies.stack import Stack
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.iam_analysis.chains import Chains

ACCOUNT = "111122223333"
TYPES = {
    "role": "aws:iam/role:Role",
    "user": "aws:iam/user:User",
    "group": "aws:iam/group:Group",
    "policy": "aws:iam/policy:Policy",
    "instance-profile": "aws:iam/instanceProfile:InstanceProfile",
    "saml-provider": "aws:iam/samlProvider:SamlProvider",
}
ANY_SERVICE = "unrelated.amazonaws.com"
WRITES_POLICIES = ("iam:Put", "iam:Attach", "iam:CreatePolicyVersion")


def urn(type_: str, name: str) -> str:
    return f"urn:pulumi:dev::shop::{type_}::{name}"


def arn(kind: str, name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:{kind}/{name}"


def resource(type_: str, name: str, **inputs: object) -> Resource:
    return Resource(urn(type_, name), type_, name, inputs)


def principal(kind: str, name: str, **inputs: object) -> Resource:
    """Return a resource of IAM with an ARN."""
    type_ = TYPES[kind]
    return Resource(urn(type_, name), type_, name, {"name": name, **inputs}, outputs={"arn": arn(kind, name), "name": name})


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions: object, on: object = "*", **elements: object) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on, **elements}


def deny(**elements: object) -> dict[str, Any]:
    return {"Effect": "Deny", "Resource": "*", **elements}


def trust(action: str = "sts:AssumeRole", **principals: object) -> str:
    return policy({"Effect": "Allow", "Principal": principals, "Action": action})


def inline(kind: str, holder: str, *statements: dict[str, Any]) -> Resource:
    type_ = f"aws:iam/{kind}Policy:{kind.title()}Policy"
    return resource(type_, f"{holder}-inline-{len(str(statements))}", **{kind: holder}, policy=policy(*statements))


def attached(kind: str, holder: str, name: str, *statements: dict[str, Any]) -> Iterator[Resource]:
    """Yield a managed policy and its attachment."""
    yield principal("policy", name, policy=policy(*statements))
    type_ = f"aws:iam/{kind}PolicyAttachment:{kind.title()}PolicyAttachment"
    yield resource(type_, name, **{kind: holder}, policyArn=arn("policy", name))


def role(name: str, trusted: str, *statements: dict[str, Any], **inputs: object) -> Iterator[Resource]:
    yield principal("role", name, assumeRolePolicy=trusted, **inputs)
    if statements:
        yield inline("role", name, *statements)


def user(name: str, *statements: dict[str, Any], **inputs: object) -> Iterator[Resource]:
    yield principal("user", name, **inputs)
    if statements:
        yield inline("user", name, *statements)


def found(*resources: Resource) -> Chains:
    return chains_of(Stack("dev", "shop", list(resources)))


def urn_of(chains: Chains, name: str) -> str:
    return next(one for one in chains.actors if one.endswith(f"::{name}"))


def chain(chains: Chains, name: str = "actor") -> Chain | None:
    return chains.of(urn_of(chains, name))


def hops(chains: Chains, name: str = "actor") -> list[str]:
    """Return the ids of the ways of the shortest chain of a principal."""
    shortest = chain(chains, name)
    return [way.path.id for way in shortest.ways] if shortest else []


ADMINISTRATOR = allow("*")
PERSON = trust(Federated="arn:aws:iam::111122223333:saml-provider/people", action="sts:AssumeRoleWithSAML")


# Every way of the catalogue, from its own row


class Scenario:
    """The smallest stack that has a way: `actor` takes it, `victim` is the administrator that it leads to."""

    def __init__(self, path: Path, *, without: str = "", trusted: bool = True, has_target: bool = True) -> None:
        """Take a way, and leave out an action, the trust, or the target."""
        self.path = path
        self.first = path.steps[0].action
        self.targets = {step.target for step in path.steps}
        self.actions = [step.action for step in path.steps if step.action != without] or ["tag:GetResources"]
        self.trusted, self.has_target = trusted, has_target
        self.kind = "user" if self.targets & {Target.USER, Target.GROUP} else "role"
        self.grants = [allow(*self.actions)]

    def stack(self) -> list[Resource]:
        return [*self.others(), *self.actor()]

    def actor(self) -> Iterator[Resource]:
        fence: dict[str, str] = {}
        if self.path.kind is Kind.SELF:
            fence, more = self.fences()
            yield from more
        if self.kind == "user":
            yield principal("user", "actor", **fence)
        else:
            yield principal("role", "actor", assumeRolePolicy=PERSON, **fence)
        if Target.POLICY in self.targets and Target.ROLE not in self.targets and self.has_target:
            yield from attached(self.kind, "actor", "own", *self.grants)
        else:
            yield inline(self.kind, "actor", *self.grants)

    def fences(self) -> tuple[dict[str, str], list[Resource]]:
        """Return what keeps the actor from being an administrator, which the way takes away."""
        writes = self.first.startswith(WRITES_POLICIES) and "Boundary" not in self.first
        if writes or self.first == "iam:AddUserToGroup" or not self.has_target:
            return {}, []
        if self.first.startswith("iam:Tag"):
            condition = {"StringEquals": {"aws:PrincipalTag/team": "admins"}}
            self.grants.append(allow("iam:*", Condition=condition))
            return {}, []
        self.grants.append(allow("iam:*"))
        if "Boundary" in self.first:
            boundary = principal("policy", "fence", policy=policy(allow(*self.actions)))
            return {"permissionsBoundary": arn("policy", "fence")}, [boundary]
        rest = deny(NotAction=self.actions)
        if self.first.startswith("iam:Detach"):
            return {}, list(attached(self.kind, "actor", "fence", rest))
        return {}, [inline(self.kind, "actor", rest)]

    def others(self) -> Iterator[Resource]:
        kind = self.path.kind
        if Target.GROUP in self.targets:
            yield from self.group() if self.has_target else ()
        elif kind is Kind.NEW:
            yield from role("victim", self.trust_of_service(), ADMINISTRATOR) if self.has_target else ()
        elif kind is Kind.EXISTING:
            yield from role("victim", self.trust_of_service(), ADMINISTRATOR)
            yield from self.holder() if self.has_target else ()
        elif kind is Kind.PRINCIPAL and self.has_target:
            yield from self.victim()

    def trust_of_service(self) -> str:
        service = (self.path.trusts or ("ec2.amazonaws.com",))[0] if self.trusted else ANY_SERVICE
        if service == "cognito-identity.amazonaws.com":
            return trust(Federated=service, action="sts:AssumeRoleWithWebIdentity")
        return trust(Service=service)

    def group(self) -> Iterator[Resource]:
        yield principal("group", "team")
        if self.first == "iam:AddUserToGroup":
            yield inline("group", "team", ADMINISTRATOR)
        else:
            yield resource("aws:iam/userGroupMembership:UserGroupMembership", "member", user="actor", groups=["team"])

    def victim(self) -> Iterator[Resource]:
        fence: dict[str, str] = {}
        if any("Boundary" in action for action in (step.action for step in self.path.steps)):
            yield principal("policy", "fence", policy=policy(allow("s3:*")))
            fence = {"permissionsBoundary": arn("policy", "fence")}
        if Target.USER in self.targets:
            yield from user("victim", ADMINISTRATOR, **fence)
        elif Target.SAML_PROVIDER in self.targets:
            yield principal("saml-provider", "idp", samlMetadataDocument="<xml/>")
            provider = arn("saml-provider", "idp" if self.trusted else "other")
            yield from role("victim", trust(Federated=provider, action="sts:AssumeRoleWithSAML"), ADMINISTRATOR)
        elif Target.ROLE in self.targets:
            who = arn("role", "actor" if self.trusted and self.needs_trust else "other")
            yield principal("role", "victim", assumeRolePolicy=trust(AWS=who), **fence)
            yield from attached("role", "victim", "administration", ADMINISTRATOR)

    @property
    def needs_trust(self) -> bool:
        """Whether the trust policy must name the actor, or its account, beforehand."""
        actions = {step.action for step in self.path.steps}
        return "sts:AssumeRole" in actions and "iam:UpdateAssumeRolePolicy" not in actions

    def holder(self) -> Iterator[Resource]:
        type_, _, property_ = self.path.held_by[0].partition(".")
        value: object = arn("role", "victim")
        if "nstanceProfile" in property_:
            yield principal("instance-profile", "profile", role="victim")
            value = "profile"
        for part in reversed(property_.split(".")):
            name = part.removesuffix("[]").removesuffix("(json)")
            value = {name: [value] if part.endswith("[]") else json.dumps(value) if part.endswith("(json)") else value}
        assert isinstance(value, dict)
        yield resource(type_, "holder", **value)


def ways(path: Path, *, without: str = "", trusted: bool = True, has_target: bool = True) -> dict[str, Verdict]:
    """Return the ways that are open to the actor of a stack for a way, by their id."""
    chains = found(*Scenario(path, without=without, trusted=trusted, has_target=has_target).stack())
    actor = urn_of(chains, "actor")
    assert chains.actors[actor].administrator is Verdict.NO
    shortest, keys = chains.of(actor), chains.keys(actor)
    open_ = (*(shortest.open if shortest else ()), *(keys.open if keys else ()))
    return {way.path.id: way.verdict for way in open_}


PATHS = {path.id: path for path in escalation_paths()}


@pytest.mark.parametrize("id_", PATHS)
def test_a_way_is_found_where_all_of_it_is_there(id_: str) -> None:
    assert ways(PATHS[id_]).get(id_) is Verdict.YES


# A role that its trust policy names needs no sts:AssumeRole of its own: the trust is taken away below.
NEEDED = [(path.id, step.action) for path in PATHS.values() for step in path.steps if step.action != "sts:AssumeRole"]


@pytest.mark.parametrize(("id_", "action"), NEEDED)
def test_a_way_is_closed_without_one_of_its_actions(id_: str, action: str) -> None:
    assert id_ not in ways(PATHS[id_], without=action)


NEED_TRUST = [
    path.id
    for path in PATHS.values()
    if path.trusts or Scenario(path).needs_trust or Target.SAML_PROVIDER in {step.target for step in path.steps}
]


@pytest.mark.parametrize("id_", NEED_TRUST)
def test_a_way_is_closed_where_the_role_trusts_somebody_else(id_: str) -> None:
    assert id_ not in ways(PATHS[id_], trusted=False)


WITHOUT_TARGETS = {
    "iam:PutRolePolicy", "iam:PutUserPolicy", "iam:AttachUserPolicy", "iam:AttachRolePolicy",
}  # fmt: skip
"""Actions on the actor itself, which is always there."""


def has_target(path: Path) -> bool:
    if path.kind is Kind.SELF:
        return path.steps[0].action not in WITHOUT_TARGETS
    if path.kind is Kind.PRINCIPAL:
        return {step.target for step in path.steps} - {Target.ANY} != set()
    return path.kind is not Kind.EXPOSURE


@pytest.mark.parametrize("id_", [path.id for path in PATHS.values() if has_target(path)])
def test_a_way_is_closed_without_its_target(id_: str) -> None:
    assert id_ not in ways(PATHS[id_], has_target=False)


# Chains

LAMBDA, EC2 = "lambda.amazonaws.com", "ec2.amazonaws.com"
PASSES = allow("iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction")
PASSING = ["pf-lambda-001"]


def passer(**elements: object) -> Iterator[Resource]:
    """Yield a role that may pass any role to Lambda, under conditions."""
    yield from role("actor", PERSON, allow("iam:PassRole", **elements), allow("lambda:*"))


def admin(trusted: str = LAMBDA, **inputs: object) -> Iterator[Resource]:
    yield from role("admin", trust(Service=trusted), ADMINISTRATOR, **inputs)


def test_a_chain_has_a_hop_for_each_principal_that_is_gained() -> None:
    chains = found(
        *role("actor", PERSON, allow("sts:AssumeRole", on=arn("role", "build"))),
        *role("build", trust(AWS=ACCOUNT), allow("codebuild:UpdateProject", "codebuild:StartBuild"), PASSES),
        *role("deploy", trust(Service=LAMBDA), allow("iam:CreateAccessKey", on=arn("user", "root-like"))),
        *user("root-like", ADMINISTRATOR),
    )
    assert hops(chains) == ["pf-sts-001", "pf-lambda-001", "pf-iam-002"]
    shortest = chain(chains)
    assert shortest
    assert shortest.is_sure
    assert [way.gained.rpartition("::")[2] for way in shortest.ways] == ["build", "deploy", "root-like"]
    words = told(shortest, chains)
    assert [words.index(name) for name in ("role build", "role deploy", "user root-like")] == sorted(
        words.index(name) for name in ("role build", "role deploy", "user root-like")
    )
    assert "approximate" not in words
    assert hops(chains, "deploy") == ["pf-iam-002"]
    assert chain(chains, "root-like") is None
    assert chains.actors[urn_of(chains, "root-like")].is_administrator


def test_the_shortest_chain_is_told() -> None:
    chains = found(
        *role("actor", PERSON, allow("sts:AssumeRole"), PASSES),
        *role("middle", trust(AWS=ACCOUNT), allow("sts:AssumeRole")),
        *role("admin", trust(AWS=arn("role", "middle"), Service=LAMBDA), ADMINISTRATOR),
    )
    assert hops(chains) == PASSING
    assert hops(chains, "middle") == ["pf-sts-001"]


def test_a_circle_of_roles_ends() -> None:
    names = ("actor", "second", "third")
    resources = [
        one for name in names for one in role(name, trust(AWS=ACCOUNT), allow("sts:AssumeRole"), allow("s3:GetObject"))
    ]
    assert [hops(found(*resources), name) for name in names] == [[], [], []]


def test_the_cut_is_the_statement_that_most_ways_need() -> None:
    chains = found(
        *role("actor", PERSON, allow("s3:GetObject"), PASSES, allow("lambda:AddPermission"), allow("ec2:RunInstances")),
        *role("admin", trust(Service=[LAMBDA, EC2]), ADMINISTRATOR),
    )
    shortest = chain(chains)
    assert shortest
    assert {way.path.id for way in shortest.open} == {"pf-lambda-001", "pf-lambda-006", "pf-ec2-001"}
    assert shortest.cut
    assert shortest.cut.at == "policy.Statement[1]"
    assert shortest.cuts == 3
    closed = found(
        *role("actor", PERSON, allow("s3:GetObject"), allow("lambda:AddPermission"), allow("ec2:RunInstances")),
        *role("admin", trust(Service=[LAMBDA, EC2]), ADMINISTRATOR),
    )
    assert hops(closed) == []


# What holds a way back


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {"iam:PassedToService": LAMBDA}}, PASSING),
        ({"StringEquals": {"iam:PassedToService": [EC2, LAMBDA]}}, PASSING),
        ({"StringLike": {"iam:PassedToService": "lambda.*"}}, PASSING),
        ({"StringEqualsIfExists": {"iam:PassedToService": EC2}}, []),
        ({"StringEquals": {"iam:PassedToService": EC2}}, []),
        ({"StringNotEquals": {"iam:PassedToService": LAMBDA}}, []),
        ({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, PASSING),
        ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, PASSING),
        ({"StringEquals": {"aws:PrincipalTag/team": "ops"}}, []),
        ({"StringEquals": {"aws:PrincipalArn": arn("role", "actor")}}, PASSING),
        ({"StringEquals": {"aws:PrincipalArn": arn("role", "other")}}, []),
        ({"StringEquals": {"aws:PrincipalAccount": "444455556666"}}, []),
    ],
)
def test_conditions_on_passing_a_role_count(condition: dict[str, object], expected: list[str]) -> None:
    assert hops(found(*passer(Condition=condition), *admin())) == expected


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (arn("role", "admin"), PASSING),
        (arn("role", "a*"), PASSING),
        ([arn("role", "x"), "arn:aws:iam::*:role/*"], PASSING),
        (arn("role", "service/*"), []),
        (arn("user", "admin"), []),
        ("arn:aws:iam::444455556666:role/*", []),
    ],
)
def test_the_role_that_may_be_passed_counts(on: str | list[str], expected: list[str]) -> None:
    actor = role("actor", PERSON, allow("iam:PassRole", on=on), allow("lambda:*"))
    assert hops(found(*actor, *admin())) == expected


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (deny(Action="iam:PassRole"), []),
        (deny(Action="iam:PassRole", Resource=arn("role", "adm*")), []),
        (deny(Action="iam:PassRole", Resource=arn("role", "x*")), PASSING),
        (deny(Action="lambda:CreateFunction"), []),
        (deny(NotAction=["s3:*", "iam:*"]), []),
        (deny(NotAction=["lambda:*", "iam:*"]), PASSING),
        ({"Effect": "Deny", "Action": "iam:*", "NotResource": arn("role", "admin")}, PASSING),
        ({"Effect": "Deny", "Action": "iam:*", "NotResource": arn("role", "other")}, []),
        (deny(Action="*", Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}), PASSING),
        (deny(Action="*", Condition={"StringEquals": {"iam:PassedToService": LAMBDA}}), []),
        (deny(Action="*", Condition={"StringNotEquals": {"aws:PrincipalArn": arn("role", "actor")}}), PASSING),
    ],
)
def test_denies_count_for_what_they_deny(statement: dict[str, Any], expected: list[str]) -> None:
    chains = found(*passer(), inline("role", "actor", statement), *admin())
    assert hops(chains) == expected


@pytest.mark.parametrize(
    ("boundary", "expected"),
    [
        ([allow("*")], PASSING),
        ([allow("lambda:*", "iam:PassRole")], PASSING),
        ([allow("lambda:*")], []),
        ([allow("*"), deny(Action="iam:PassRole")], []),
        ([allow("lambda:*"), allow("iam:*", on=arn("role", "x*"))], []),
    ],
)
def test_a_boundary_limits_what_its_role_may_do(boundary: list[dict[str, Any]], expected: list[str]) -> None:
    fence = principal("policy", "fence", policy=policy(*boundary))
    fenced = role("actor", PERSON, PASSES, permissionsBoundary=arn("policy", "fence"))
    assert hops(found(fence, *fenced, *admin())) == expected


def test_an_administrator_behind_a_boundary_is_none() -> None:
    fence = principal("policy", "fence", policy=policy(allow("s3:*")))
    chains = found(fence, *passer(), *admin(permissionsBoundary=arn("policy", "fence")))
    assert hops(chains) == []
    assert not chains.actors[urn_of(chains, "admin")].is_administrator


@pytest.mark.parametrize("kind", ["role", "user"])
def test_a_boundary_that_may_be_taken_away_is_none(kind: str) -> None:
    path = {"role": "pr-assumerole-deleterolepermissionsboundary", "user": "pr-iam-deleteuserpermissionsboundary"}[kind]
    for on, expected in ((arn(kind, "actor"), [path]), (arn(kind, "other"), [])):
        removal = allow(f"iam:Delete{kind.title()}PermissionsBoundary", on=on)
        fence = principal("policy", "fence", policy=policy(allow("s3:*"), removal))
        inputs = {"assumeRolePolicy": PERSON} if kind == "role" else {}
        actor = principal(kind, "actor", permissionsBoundary=arn("policy", "fence"), **inputs)
        assert hops(found(fence, actor, inline(kind, "actor", ADMINISTRATOR))) == expected


def test_the_boundary_of_another_role_may_be_taken_away() -> None:
    fence = principal("policy", "fence", policy=policy(allow("s3:*")))
    for trusted, expected in ((arn("role", "actor"), ["pr-assumerole-deleterolepermissionsboundary"]), (arn("role", "x"), [])):
        chains = found(
            fence,
            *role("actor", PERSON, allow("iam:DeleteRolePermissionsBoundary")),
            *role("admin", trust(AWS=trusted), ADMINISTRATOR, permissionsBoundary=arn("policy", "fence")),
        )
        assert hops(chains) == expected


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([allow("s3:GetObject")], ["pf-sts-001"]),
        ([allow("s3:GetObject"), deny(Action="sts:*")], []),
        ([allow("s3:GetObject"), deny(Action="sts:AssumeRole", Resource=arn("role", "other"))], ["pf-sts-001"]),
    ],
)
def test_whom_a_trust_policy_names_needs_no_grant_of_its_own(statements: list[dict[str, Any]], expected: list[str]) -> None:
    for trusted, way in ((arn("role", "actor"), expected), (ACCOUNT, [])):
        chains = found(*role("actor", PERSON, *statements), *role("admin", trust(AWS=trusted), ADMINISTRATOR))
        assert hops(chains) == way


@pytest.mark.parametrize(("kind", "expected"), [("user", ["pf-sts-001"]), ("role", [])])
def test_a_boundary_limits_a_role_that_a_trust_policy_names_but_no_user(kind: str, expected: list[str]) -> None:
    inputs = {"assumeRolePolicy": PERSON} if kind == "role" else {}
    chains = found(
        principal("policy", "fence", policy=policy(allow("s3:*"))),
        principal(kind, "actor", permissionsBoundary=arn("policy", "fence"), **inputs),
        *role("admin", trust(AWS=arn(kind, "actor")), ADMINISTRATOR),
    )
    assert hops(chains) == expected


def test_tags_of_the_actor_count() -> None:
    tagged = {"StringEquals": {"aws:PrincipalTag/team": "ops"}}
    for tags, expected in (({"team": "ops"}, PASSING), ({"team": "dev"}, []), ({}, [])):
        actor = role("actor", PERSON, allow("iam:PassRole", Condition=tagged), allow("lambda:*"), tags=tags, tagsAll=tags)
        assert hops(found(*actor, *admin())) == expected


# Who acts


def test_a_member_acts_with_the_policies_of_its_groups() -> None:
    member = resource("aws:iam/userGroupMembership:UserGroupMembership", "member", user="actor", groups=["team"])
    chains = found(*user("actor"), principal("group", "team"), inline("group", "team", PASSES), member, *admin())
    assert hops(chains) == PASSING
    assert urn(TYPES["group"], "team") not in chains.to_administrator  # its member is told


def test_a_group_without_members_is_told_itself() -> None:
    assert hops(found(principal("group", "actor"), inline("group", "actor", PASSES), *admin())) == PASSING


SELF_SERVICE = allow("iam:CreateAccessKey", "iam:DeleteAccessKey", on="arn:aws:iam::*:user/${aws:username}")


@pytest.mark.parametrize("kind", ["user", "group", "role"])
def test_who_may_manage_its_own_keys_gains_nobody_else(kind: str) -> None:
    inputs = {"assumeRolePolicy": PERSON} if kind == "role" else {}
    chains = found(principal(kind, "actor", **inputs), inline(kind, "actor", SELF_SERVICE), *user("admin", ADMINISTRATOR))
    assert hops(chains) == []


def test_a_permission_set_acts_as_its_roles() -> None:
    set_ = {"instanceArn": "arn:aws:sso:::instance/ssoins-1", "permissionSetArn": "arn:aws:sso:::permissionSet/ssoins-1/ps-1"}
    chains = found(
        Resource(
            urn("aws:ssoadmin/permissionSet:PermissionSet", "actor"),
            "aws:ssoadmin/permissionSet:PermissionSet",
            "actor",
            {"name": "actor", "instanceArn": set_["instanceArn"]},
            outputs={"arn": set_["permissionSetArn"]},
        ),
        resource(
            "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy", "inline", **set_, inlinePolicy=policy(PASSES)
        ),
        *admin(),
    )
    assert hops(chains) == PASSING


def test_roles_that_trust_a_saml_provider_are_gained_with_it() -> None:
    provider = principal("saml-provider", "people", samlMetadataDocument="<xml/>")
    for on, expected in ((arn("saml-provider", "people"), ["x-17"]), (arn("saml-provider", "other"), [])):
        chains = found(
            provider,
            *role("actor", trust(Service=EC2), allow("iam:UpdateSAMLProvider", on=on)),
            *role("admin", PERSON, ADMINISTRATOR),
        )
        assert hops(chains) == expected


def test_more_than_an_actor_has_is_told_though_it_is_no_administrator() -> None:
    chains = found(*passer(), *role("worker", trust(Service=LAMBDA), allow("dynamodb:DeleteTable")))
    assert hops(chains) == []
    more = chains.more(urn_of(chains, "actor"))
    assert more
    assert more.ways[0].gained.endswith("::worker")
    same = found(*passer(), *role("worker", trust(Service=LAMBDA), allow("lambda:GetFunction")))
    assert same.more(urn_of(same, "actor")) is None


# Targets outside the stack, and what is not known


def test_a_grant_on_any_role_is_possible_where_the_stack_has_none() -> None:
    for on, expected in (("*", True), ("arn:aws:iam::*:role/*", True), (arn("role", "app-*"), False)):
        chains = found(
            *role("actor", PERSON, allow("iam:PassRole", on=on), allow("lambda:CreateFunction", "lambda:InvokeFunction"))
        )
        outside = chains.outside(urn_of(chains, "actor"))
        assert (outside is not None) is expected
        if outside:
            assert outside.ways[0].possible
            assert outside.rank == 1
        assert hops(chains) == []


def verdict(chains: Chains) -> Verdict | None:
    shortest = chain(chains)
    return shortest.verdict if shortest else None


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (allow("iam:PassRole", on=UNKNOWN), Verdict.UNKNOWN),
        (allow(UNKNOWN), Verdict.UNKNOWN),
        (allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": UNKNOWN}}), Verdict.UNKNOWN),
        (allow("iam:PassRole", on=[arn("role", "admin"), UNKNOWN]), Verdict.YES),
        ({"Effect": UNKNOWN, "Action": "iam:PassRole", "Resource": "*"}, Verdict.UNKNOWN),
        (UNKNOWN, Verdict.UNKNOWN),
        (allow("s3:GetObject", on=UNKNOWN), None),
    ],
)
def test_what_is_not_known_of_a_grant_leaves_the_way_open(statement: object, expected: Verdict | None) -> None:
    document = {"Version": "2012-10-17", "Statement": [statement, allow("lambda:*")]}
    own = resource("aws:iam/rolePolicy:RolePolicy", "own", role="actor", policy=document)
    assert verdict(found(*role("actor", PERSON), own, *admin())) is expected


@pytest.mark.parametrize("statement", [deny(Action=UNKNOWN), {"Effect": "Deny", "Action": "iam:*", "Resource": UNKNOWN}])
def test_an_unknown_deny_leaves_the_way_open(statement: dict[str, Any]) -> None:
    document = {"Version": "2012-10-17", "Statement": [statement]}
    own = resource("aws:iam/rolePolicy:RolePolicy", "own", role="actor", policy=document)
    chains = found(*passer(), own, *admin())
    assert verdict(chains) is Verdict.UNKNOWN


def test_an_unknown_trust_leaves_the_way_open() -> None:
    chains = found(*passer(), *role("admin", UNKNOWN, ADMINISTRATOR))  # type: ignore[arg-type]
    assert verdict(chains) is Verdict.UNKNOWN


def test_a_policy_outside_the_stack_leaves_the_way_open() -> None:
    attachment = resource(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "outside", role="worker", policyArn=arn("policy", "elsewhere")
    )
    chains = found(*passer(), *role("worker", trust(Service=LAMBDA)), attachment)
    assert verdict(chains) is Verdict.UNKNOWN


def test_a_policy_that_aws_manages_is_known() -> None:
    attachment = resource(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "managed",
        role="worker",
        policyArn="arn:aws:iam::aws:policy/AdministratorAccess",
    )
    chains = found(*passer(), *role("worker", trust(Service=LAMBDA)), attachment)
    assert hops(chains) == PASSING
    assert verdict(chains) is Verdict.YES
