"""The graph of a stack: who holds which policies, and what carries which role."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from policies.examples import stack_of
from policies.iam_analysis.graph import graph_of
from policies.resource import Resource
from policies.rule import Example, Reference
from policies.stack import Stack
from policies.unknown import UNKNOWN
from scanners.sources.files import load
from tests.command import STATES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policies.iam_analysis.graph import Graph
    from policies.iam_analysis.model import Document
    from policies.iam_analysis.principals import Principal

TOKENS = {
    "role": "aws:iam/role:Role",
    "user": "aws:iam/user:User",
    "group": "aws:iam/group:Group",
    "policy": "aws:iam/policy:Policy",
    "rolePolicy": "aws:iam/rolePolicy:RolePolicy",
    "userPolicy": "aws:iam/userPolicy:UserPolicy",
    "groupPolicy": "aws:iam/groupPolicy:GroupPolicy",
    "roleAttachment": "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "groupAttachment": "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
    "attachment": "aws:iam/policyAttachment:PolicyAttachment",
    "onlyAttached": "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
    "onlyInline": "aws:iam/rolePoliciesExclusive:RolePoliciesExclusive",
    "members": "aws:iam/groupMembership:GroupMembership",
    "memberships": "aws:iam/userGroupMembership:UserGroupMembership",
    "key": "aws:iam/accessKey:AccessKey",
    "profile": "aws:iam/instanceProfile:InstanceProfile",
    "instance": "aws:ec2/instance:Instance",
    "template": "aws:ec2/launchTemplate:LaunchTemplate",
    "function": "aws:lambda/function:Function",
    "task": "aws:ecs/taskDefinition:TaskDefinition",
    "topicRule": "aws:iot/topicRule:TopicRule",
    "permissionSet": "aws:ssoadmin/permissionSet:PermissionSet",
    "setInline": "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy",
    "setManaged": "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment",
    "setCustomer": "aws:ssoadmin/customerManagedPolicyAttachment:CustomerManagedPolicyAttachment",
    "setBoundary": "aws:ssoadmin/permissionsBoundaryAttachment:PermissionsBoundaryAttachment",
    "serviceRole": "aws:iam/serviceLinkedRole:ServiceLinkedRole",
}
OUTSIDE = "arn:aws:iam::111122223333:policy/base"


def allow(action: str) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}


def trust(service: str) -> dict[str, object]:
    return {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}]}


def a(kind: str, name: str, /, **inputs: object) -> Example:
    """Return a resource of a stack; `inputs` may refer to others by name."""
    return Example(inputs, TOKENS[kind], name=name)


def graph(*resources: Example, known: bool = False) -> Graph:
    """Return the graph of a stack as a preview shows it, or `known` as its state does."""
    first, *others = resources
    stack, _ = stack_of(first._replace(related=tuple(others)), references_known=known)
    return graph_of(stack)


def the(found: Graph, name: str) -> Principal:
    """Return the principal with a logical name."""
    return next(principal for urn, principal in found.principals.items() if urn.endswith(f"::{name}"))


def actions(*documents: Document) -> list[str]:
    return sorted(item for document in documents for statement in document.statements for item in statement.actions.items)


def held(principal: Principal) -> list[str]:
    """Return the actions of all policies that a principal holds for certain."""
    return actions(*(grant.document for grant in principal.identity))


def short(urns: tuple[str, ...]) -> list[str]:
    return [urn.rpartition("::")[2] for urn in urns]


BOTH = pytest.mark.parametrize("known", [False, True], ids=["preview", "state"])


@BOTH
def test_a_role_holds_its_inline_and_attached_policies(*, known: bool) -> None:
    found = graph(
        a("role", "app", assumeRolePolicy=trust("lambda.amazonaws.com"), inlinePolicies=[]),
        a("rolePolicy", "inline", role=Reference("app", "id"), policy=json.dumps(allow("s3:GetObject"))),
        a("policy", "shared", policy=allow("sqs:SendMessage")),
        a("roleAttachment", "attach", role=Reference("app", "name"), policyArn=Reference("shared", "arn")),
        a("role", "other", assumeRolePolicy=trust("ec2.amazonaws.com")),
        known=known,
    )
    app = the(found, "app")
    assert held(app) == ["s3:GetObject", "sqs:SendMessage"]
    assert [grant.source.rpartition("::")[2] for grant in app.identity] == ["inline", "shared"]
    assert app.complete
    assert app.boundary is None
    assert app.trust is not None
    assert app.trust.statements[0].principals is not None
    assert app.trust.statements[0].principals.items == ("Service:lambda.amazonaws.com",)
    assert held(the(found, "other")) == []


def test_policies_on_the_role_itself_count() -> None:
    app = the(
        graph(
            a(
                "role",
                "app",
                inlinePolicies=[{"name": "read", "policy": json.dumps(allow("s3:GetObject"))}, {}],
                managedPolicyArns=[OUTSIDE],
            )
        ),
        "app",
    )
    assert held(app) == ["s3:GetObject"]
    assert [grant.source for grant in app.identity][1:] == [OUTSIDE]
    assert app.identity[1].document.holes == (f"{OUTSIDE}: the policy is not in the stack",)
    assert app.complete


@BOTH
def test_members_hold_the_policies_of_their_groups(*, known: bool) -> None:
    found = graph(
        a("group", "staff"),
        a("groupPolicy", "read", group=Reference("staff", "name"), policy=allow("s3:GetObject")),
        a("group", "admins"),
        a("groupAttachment", "all", group=Reference("admins", "name"), policyArn=OUTSIDE),
        a("user", "ann"),
        a("user", "bob"),
        a("user", "eve"),
        a("members", "m", group=Reference("staff", "name"), users=[Reference("ann", "name"), Reference("bob", "name")]),
        a("memberships", "n", user=Reference("ann", "name"), groups=[Reference("admins", "name")]),
        a("key", "k", user=Reference("bob", "name")),
        known=known,
    )
    assert held(the(found, "bob")) == ["s3:GetObject"]
    assert short(the(found, "bob").credentials) == ["k"]
    assert sorted(short(the(found, "ann").groups)) == ["admins", "staff"]
    assert OUTSIDE in {grant.source for grant in the(found, "ann").identity}
    assert the(found, "eve").identity == ()
    assert {member.urn.rpartition("::")[2] for member in found.members(the(found, "staff"))} == {"ann", "bob"}


def test_a_group_outside_the_stack_may_allow_its_members_anything() -> None:
    found = graph(
        a("user", "ann", name="ann"), a("user", "bob", name="bob"), a("memberships", "m", user="ann", groups=["admins"])
    )
    assert the(found, "ann").unknown == ("m.the group admins is not in the stack",)
    assert the(found, "bob").complete


@pytest.mark.parametrize(
    ("role", "unsure"),
    [(UNKNOWN, {"app", "web"}), ("app", set()), ("elsewhere", set()), (Reference("web", "name"), set())],
    ids=["unknown", "by name", "outside", "reference"],
)
def test_an_attachment_to_an_unknown_role_may_be_to_each(role: object, unsure: set[str]) -> None:
    found = graph(
        a("role", "app", name="app"),
        a("role", "web", name="web"),
        a("user", "ann"),
        a("roleAttachment", "attach", role=role, policyArn=OUTSIDE),
    )
    assert {principal.urn.rpartition("::")[2] for principal in found.principals.values() if not principal.complete} == unsure
    if unsure:
        assert the(found, "app").unknown == ("attach.role: computed",)


def test_a_name_that_a_nameless_role_may_get_is_unsure() -> None:
    found = graph(
        a("role", "app", name=UNKNOWN),
        a("role", "web", name="web"),
        a("rolePolicy", "inline", role="api", policy=allow("s3:GetObject")),
    )
    assert not the(found, "app").complete
    assert the(found, "web").complete


def test_an_unknown_policy_is_held_as_an_unknown_document() -> None:
    found = graph(a("role", "app", name="app", managedPolicyArns=UNKNOWN), a("role", "web", name="web", inlinePolicies=UNKNOWN))
    assert the(found, "app").documents[0].holes == ("app.managedPolicyArns: computed",)
    assert the(found, "web").unknown == ("web.inlinePolicies: computed",)


def test_what_one_resource_attaches_and_another_takes_away_is_unsure() -> None:
    found = graph(
        a("role", "app", name="app", managedPolicyArns=[OUTSIDE]),
        a("policy", "extra", policy=allow("iam:*")),
        a("roleAttachment", "attach", role="app", policyArn=Reference("extra", "arn")),
        a("role", "web", name="web"),
        a("onlyAttached", "only", roleName="web", policyArns=[Reference("extra", "arn")]),
        a("roleAttachment", "same", role="web", policyArn=Reference("extra", "arn")),
    )
    assert held(the(found, "app")) == []
    assert the(found, "app").unknown == ("attach: attached by it, and detached by app",)
    assert held(the(found, "web")) == ["iam:*"]
    assert the(found, "web").complete


def test_a_policy_attachment_takes_the_policy_from_all_others() -> None:
    found = graph(
        a("policy", "extra", policy=allow("iam:*")),
        a("role", "app", name="app"),
        a("role", "web", name="web"),
        a("user", "ann", name="ann"),
        a("attachment", "all", roles=["app"], users=["ann"], policyArn=Reference("extra", "arn")),
        a("roleAttachment", "attach", role="web", policyArn=Reference("extra", "arn")),
    )
    assert held(the(found, "app")) == held(the(found, "ann")) == ["iam:*"]
    assert the(found, "app").complete
    assert held(the(found, "web")) == []
    assert the(found, "web").unknown == ("attach: attached by it, and detached by all",)


def test_only_the_named_inline_policies_stay() -> None:
    found = graph(
        a("role", "app", name="app"),
        a("rolePolicy", "one", name="one", role="app", policy=allow("s3:GetObject")),
        a("rolePolicy", "two", name="two", role="app", policy=allow("iam:*")),
        a("onlyInline", "only", roleName="app", policyNames=["one", "three"]),
        a("role", "web", name="web"),
        a("rolePolicy", "same", name="one", role="web", policy=allow("sqs:*")),
        a("onlyInline", "ours", roleName="web", policyNames=["one"]),
    )
    assert held(the(found, "app")) == ["s3:GetObject"]
    assert the(found, "app").unknown == (
        "two: attached by it, and detached by only",
        "only: the inline policy three is not in the stack",
    )
    assert held(the(found, "web")) == ["sqs:*"]
    assert the(found, "web").complete


def test_boundaries_are_read_and_unknown_ones_are_there() -> None:
    found = graph(
        a("policy", "limit", policy=allow("s3:*")),
        a("role", "app", permissionsBoundary=Reference("limit", "arn")),
        a("user", "ann", permissionsBoundary=OUTSIDE),
        a("role", "web", permissionsBoundary=UNKNOWN),
    )
    boundary = the(found, "app").boundary
    assert boundary is not None
    assert actions(*boundary) == ["s3:*"]
    for name, hole in (("ann", f"{OUTSIDE}: the policy is not in the stack"), ("web", "web.permissionsBoundary: computed")):
        boundary = the(found, name).boundary
        assert boundary is not None
        assert boundary[0].holes == (hole,)


@BOTH
def test_a_permission_set_holds_its_policies(*, known: bool) -> None:
    found = graph(
        a("permissionSet", "admin", name="Admin"),
        a("setInline", "inline", permissionSetArn=Reference("admin", "arn"), inlinePolicy=json.dumps(allow("s3:GetObject"))),
        a("setManaged", "managed", permissionSetArn=Reference("admin", "arn"), managedPolicyArn=OUTSIDE),
        a("policy", "shared", name="shared", policy=allow("sqs:*")),
        a(
            "setCustomer",
            "customer",
            permissionSetArn=Reference("admin", "arn"),
            customerManagedPolicyReference={"name": "shared", "path": "/"},
        ),
        a(
            "setBoundary",
            "limit",
            permissionSetArn=Reference("admin", "arn"),
            permissionsBoundary={"customerManagedPolicyReference": {"name": "shared", "path": "/"}},
        ),
        known=known,
    )
    admin = the(found, "admin")
    assert held(admin) == ["s3:GetObject", "sqs:*"]
    assert OUTSIDE in {grant.source for grant in admin.identity}
    assert admin.boundary is not None
    assert actions(*admin.boundary) == ["sqs:*"]
    assert admin.arn.text == "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_Admin_*"
    assert not admin.arn.exact


@pytest.mark.parametrize(
    ("inputs", "provider", "arn", "exact"),
    [
        ({"name": "app"}, None, "arn:aws:iam::*:role/app", False),
        ({"name": "app", "path": "/team/"}, {}, "arn:aws:iam::*:role/team/app", False),
        ({"name": "app", "path": UNKNOWN}, {}, "arn:aws:iam::*:role/*app", False),
        ({}, {}, "arn:aws:iam::*:role/example-*", False),
        ({"namePrefix": "app"}, {}, "arn:aws:iam::*:role/app*", False),
        ({"name": UNKNOWN}, {}, "arn:aws:iam::*:role/*", False),
        ({"name": "app"}, {"allowedAccountIds": '["111122223333"]'}, "arn:aws:iam::111122223333:role/app", True),
        (
            {"name": "app"},
            {"region": "cn-north-1", "assumeRoles": '[{"roleArn":"arn:aws-cn:iam::111122223333:role/deploy"}]'},
            "arn:aws-cn:iam::111122223333:role/app",
            True,
        ),
        ({"name": "app"}, {"region": "us-gov-west-1"}, "arn:aws-us-gov:iam::*:role/app", False),
        ({"name": "app"}, {"region": UNKNOWN}, "arn:*:iam::*:role/app", False),
    ],
)
def test_an_arn_is_as_exact_as_what_is_known(
    inputs: dict[str, object], provider: Mapping[str, object] | None, arn: str, *, exact: bool
) -> None:
    stack, resource = stack_of(Example(inputs, TOKENS["role"], provider=provider), references_known=False)
    principal = graph_of(stack).principal(resource.urn)
    assert principal is not None
    assert principal.arn == (arn, exact)


def test_the_account_of_one_resource_is_that_of_the_others() -> None:
    known = Resource("urn:pulumi:d::p::aws:iam/role:Role::old", TOKENS["role"], "old", {"name": "old"},
                     outputs={"arn": "arn:aws:iam::111122223333:role/old"})  # fmt: skip
    new = Resource("urn:pulumi:d::p::aws:iam/role:Role::new", TOKENS["role"], "new", {"name": "new"})
    found = graph_of(Stack("d", "p", [known, new]))
    assert found.account == "111122223333"
    assert found.with_arn("arn:aws:iam::111122223333:role/new") is found.principal(new.urn)
    assert found.named("role", "old") == (found.principal(known.urn),)


@BOTH
def test_resources_carry_roles(*, known: bool) -> None:
    found = graph(
        a("role", "app"),
        a("function", "worker", role=Reference("app", "arn")),
        a("task", "web", taskRoleArn=Reference("app", "arn"), executionRoleArn="arn:aws:iam::111122223333:role/ecs"),
        a("profile", "nodes", role=Reference("app", "name")),
        a("instance", "node", iamInstanceProfile=Reference("nodes", "name")),
        a("template", "fleet", iamInstanceProfile={"arn": Reference("nodes", "arn")}),
        a("topicRule", "rule", sqs=[{"roleArn": Reference("app", "arn"), "queueUrl": "q"}]),
        known=known,
    )
    carried = {(holder.urn.rpartition("::")[2], holder.property) for holder in found.holders_of(the(found, "app"))}
    assert carried == {
        ("worker", "role"),
        ("web", "taskRoleArn"),
        ("node", "iamInstanceProfile"),
        ("fleet", "iamInstanceProfile.arn"),
        ("rule", "sqs[0].roleArn"),
    }
    outside = next(holder for holder in found.holders if holder.property == "executionRoleArn")
    assert (outside.role, outside.text, outside.possible) == ("", "arn:aws:iam::111122223333:role/ecs", ())


def test_a_holder_of_an_unknown_role_is_told() -> None:
    found = graph(
        a("role", "app", name="app"),
        a("function", "worker", role=UNKNOWN),
        a("function", "named", role="arn:aws:iam::111122223333:role/app"),
        a("instance", "plain"),
        a("profile", "nodes", name="nodes", role=UNKNOWN),
        a("instance", "node", iamInstanceProfile="nodes"),
    )
    unsure = {holder.urn.rpartition("::")[2]: holder.possible for holder in found.holders}
    assert unsure == {"worker": None, "named": (the(found, "app").urn,), "node": None}


def test_a_service_linked_role_is_trusted_to_hold_unknown_policies() -> None:
    found = graph(a("serviceRole", "scaling", awsServiceName="autoscaling.amazonaws.com"))
    scaling = the(found, "scaling")
    assert scaling.kind == "service-linked role"
    assert scaling.arn.text == "arn:aws:iam::*:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleFor*"
    assert not scaling.complete


def test_a_source_that_shows_a_part_leaves_every_principal_open() -> None:
    role = Resource("urn:pulumi:d::p::aws:iam/role:Role::app", TOKENS["role"], "app", {"name": "app"})
    found = graph_of(Stack("d", "p", [role], complete=False))
    assert the(found, "app").unknown == ("policies that are attached to it elsewhere are not reported",)


def test_a_recorded_list_of_policies_takes_nothing_away() -> None:
    urn = "urn:pulumi:d::p::aws:iam/{}::{}"
    role = Resource(
        urn.format("role:Role", "app"), TOKENS["role"], "app", {"name": "app", "managedPolicyArns": []}, recorded=True
    )
    policy = Resource(urn.format("rolePolicyAttachment:RolePolicyAttachment", "a"), TOKENS["roleAttachment"], "a",
                      {"role": "app", "policyArn": OUTSIDE}, recorded=True)  # fmt: skip
    app = the(graph_of(Stack("d", "p", [role, policy])), "app")
    assert [grant.source for grant in app.identity] == [OUTSIDE]
    assert app.complete


@pytest.mark.parametrize(
    ("file", "role", "policies"),
    [
        ("assume-role.json", "allow-s3-management", ["allow-s3-management-policy"]),
        ("resources.json", "myrole", ["myrolepolicy", "mypolicy"]),
        (
            "serverless-datawarehouse.json",
            "inputstream-clicks-firehoseRose",
            [
                "inputstream-clicks-glue-policy",
                "arn:aws:iam::aws:policy/AmazonS3FullAccess",
                "arn:aws:iam::aws:policy/AmazonKinesisFullAccess",
            ],
        ),
    ],
)
def test_states_show_what_roles_hold(file: str, role: str, policies: list[str]) -> None:
    (source,) = load(str(STATES / file))
    found = graph_of(source.stack)
    principal = the(found, role)
    assert [
        grant.source if grant.source.startswith("arn:") else grant.source.rpartition("::")[2] for grant in principal.identity
    ] == policies
    assert principal.complete
    assert principal.arn.exact
    assert found.account == "123456789012"
