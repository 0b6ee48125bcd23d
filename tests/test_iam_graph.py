"""The graph of a stack: who holds which policies, and what carries which role."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from policies.examples import outputs_of, stack_of, urn_of
from policies.iam_analysis.graph import graph_of
from policies.iam_analysis.locations import ATTACHMENTS, KINDS
from policies.iam_analysis.resource_grants import GRANT_TYPES
from policies.iam_analysis.resource_locations import GUARDS
from policies.iam_analysis.role_holders import ROLE_PROPERTIES
from policies.resource import Resource
from policies.rule import Example, Reference
from policies.stack import Stack
from policies.unknown import UNKNOWN, Reason, UnknownValue
from scanners.sources.files import load
from tests.command import EXAMPLES, STATES

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
    "job": "aws:batch/jobDefinition:JobDefinition",
    "topicRule": "aws:iot/topicRule:TopicRule",
    "permissionSet": "aws:ssoadmin/permissionSet:PermissionSet",
    "setInline": "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy",
    "setManaged": "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment",
    "setCustomer": "aws:ssoadmin/customerManagedPolicyAttachment:CustomerManagedPolicyAttachment",
    "setBoundary": "aws:ssoadmin/permissionsBoundaryAttachment:PermissionsBoundaryAttachment",
    "bucket": "aws:s3/bucket:Bucket",
    "bucketPolicy": "aws:s3/bucketPolicy:BucketPolicy",
    "queue": "aws:sqs/queue:Queue",
    "queuePolicy": "aws:sqs/queuePolicy:QueuePolicy",
    "topic": "aws:sns/topic:Topic",
    "secret": "aws:secretsmanager/secret:Secret",
    "kmsKey": "aws:kms/key:Key",
    "keyPolicy": "aws:kms/keyPolicy:KeyPolicy",
    "grant": "aws:kms/grant:Grant",
    "endpoint": "aws:ec2/vpcEndpoint:VpcEndpoint",
    "permission": "aws:lambda/permission:Permission",
    "layerPermission": "aws:lambda/layerVersionPermission:LayerVersionPermission",
    "eventPermission": "aws:cloudwatch/eventPermission:EventPermission",
    "control": "aws:organizations/policy:Policy",
    "controlAttachment": "aws:organizations/policyAttachment:PolicyAttachment",
    "account": "aws:organizations/account:Account",
    "assignment": "aws:ssoadmin/accountAssignment:AccountAssignment",
    "transferUser": "aws:transfer/user:User",
    "serviceRole": "aws:iam/serviceLinkedRole:ServiceLinkedRole",
}
ROOT = Path(__file__).parents[1]
OUTSIDE = "arn:aws:iam::111122223333:policy/base"


def allow(action: str) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}


def public(action: str) -> dict[str, object]:
    return {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": action, "Resource": "*"}]}


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


def graph_urn(kind: str, name: str) -> str:
    return urn_of(a(kind, name))


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
    assert the(found, "ann").unknown == ("m.a group that is not in the stack",)
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
        "only: an inline policy that is not in the stack",
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
    carried = {(holder.urn.rpartition("::")[2], holder.property) for holder in found.holders_of(the(found, "app").urn)}
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


def test_job_definitions_carry_the_roles_in_their_texts() -> None:
    arn = "arn:aws:iam::111122223333:role"
    task = {"taskRoleArn": f"{arn}/task", "containers": []}
    found = graph(
        a("role", "app", name="app"),
        a("job", "batch", containerProperties=json.dumps({"jobRoleArn": f"{arn}/app", "executionRoleArn": f"{arn}/ecs"})),
        a("job", "plain", containerProperties=json.dumps({"image": "busybox", "jobRoleArn": None})),
        a("job", "tasks", ecsProperties=json.dumps({"taskProperties": [{}, task]})),
        a("job", "nodes", nodeProperties=json.dumps({"NodeRangeProperties": [{"container": {"JobRoleArn": f"{arn}/node"}}]})),
    )
    assert {(holder.urn.rpartition("::")[2], holder.property, holder.text) for holder in found.holders} == {
        ("batch", "containerProperties.executionRoleArn", f"{arn}/ecs"),
        ("batch", "containerProperties.jobRoleArn", f"{arn}/app"),
        ("tasks", "ecsProperties.taskProperties[1].taskRoleArn", f"{arn}/task"),
        ("nodes", "nodeProperties.nodeRangeProperties[0].container.jobRoleArn", f"{arn}/node"),
    }
    assert {holder.text: holder.possible for holder in found.holders if holder.possible} == {
        f"{arn}/app": (the(found, "app").urn,)
    }


def test_a_job_definition_of_a_state_carries_the_role_with_that_arn() -> None:
    role = a("role", "app", name="app")
    text = json.dumps({"image": "busybox", "jobRoleArn": outputs_of(role)["arn"]})
    found = graph(role, a("job", "batch", containerProperties=text), known=True)
    carried = [(holder.property, holder.role) for holder in found.holders_of(the(found, "app").urn)]
    assert carried == [("containerProperties.jobRoleArn", the(found, "app").urn)]


@pytest.mark.parametrize("text", [UNKNOWN, "{", "[1]", '{"jobRoleArn": NaN}', "[" * 100_000, '{"jobRoleArn": {}}'])
def test_a_job_definition_with_an_unreadable_text_may_carry_any_role(text: object) -> None:
    found = graph(a("role", "app"), a("job", "batch", containerProperties=text))
    carried = {holder.property: (holder.text, holder.possible) for holder in found.holders}
    assert carried["containerProperties.jobRoleArn"] == ("", None)


def test_an_unknown_text_carries_none_of_its_roles_for_certain() -> None:
    found = graph(a("role", "app"), a("job", "batch", containerProperties=Reference("app", "arn")))
    assert {holder.property: (holder.role, holder.possible) for holder in found.holders} == {
        "containerProperties.executionRoleArn": ("", (the(found, "app").urn,)),
        "containerProperties.jobRoleArn": ("", (the(found, "app").urn,)),
    }


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


def test_a_role_that_is_only_read_may_hold_more() -> None:
    role = Resource("urn:pulumi:d::p::aws:iam/role:Role::app", TOKENS["role"], "app",
                    {"name": "app", "managedPolicyArns": [OUTSIDE]}, external=True)  # fmt: skip
    app = the(graph_of(Stack("d", "p", [role])), "app")
    assert [grant.source for grant in app.identity] == [OUTSIDE]
    assert app.external
    assert not app.complete


@BOTH
def test_policies_stand_on_the_resource_that_they_protect(*, known: bool) -> None:
    found = graph(
        a("bucket", "uploads", bucket="uploads"),
        a("bucketPolicy", "guard", bucket=Reference("uploads", "bucket"), policy=public("s3:GetObject")),
        a("queue", "jobs", name="jobs", policy=json.dumps(public("sqs:SendMessage"))),
        a("key", "silent", user="ann"),
        a("kmsKey", "key"),
        a("keyPolicy", "rights", keyId=Reference("key", "id"), policy=public("kms:Decrypt")),
        a("endpoint", "private", policy=public("s3:*")),
        known=known,
    )
    placed = {
        policy.source.rpartition("::")[2]: (policy.urn.rpartition("::")[2], policy.kind, actions(policy.document))
        for policy in found.resource_policies
    }
    assert placed == {
        "guard": ("uploads", "resource", ["s3:GetObject"]),
        "jobs": ("jobs", "resource", ["sqs:SendMessage"]),
        "rights": ("key", "resource", ["kms:Decrypt"]),
        "private": ("private", "endpoint", ["s3:*"]),
    }


def test_arns_of_protected_resources_are_made_of_their_names() -> None:
    found = graph(
        a("bucketPolicy", "guard", bucket="elsewhere", policy=public("s3:*"))._replace(
            provider={"region": "eu-west-1", "allowedAccountIds": ["111122223333"]}
        ),
        a("queue", "jobs", name="jobs", policy=public("sqs:*")),
        a("topic", "news", name=UNKNOWN, policy=public("sns:*")),
        a("secret", "password", name="db", policy=public("secretsmanager:*")),
        a("kmsKey", "key", policy=public("kms:*")),
        a("queuePolicy", "far", queueUrl="https://sqs.eu-west-1.amazonaws.com/111122223333/far", policy=public("sqs:*")),
        a("queuePolicy", "lost", queueUrl=UNKNOWN, policy=public("sqs:*")),
    )
    assert {policy.source.rpartition("::")[2]: policy.arn for policy in found.resource_policies} == {
        "guard": ("arn:aws:s3:::elsewhere", True),
        "jobs": ("arn:aws:sqs:eu-west-1:111122223333:jobs", True),
        "news": ("arn:aws:sns:eu-west-1:111122223333:*", False),
        "password": ("arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-*", False),
        "key": ("arn:aws:kms:eu-west-1:111122223333:key/*", False),
        "far": ("arn:aws:sqs:eu-west-1:111122223333:far", True),
        "lost": ("*", False),
    }
    lost = next(policy for policy in found.resource_policies if policy.source.endswith("::lost"))
    assert (lost.urn, lost.possible, lost.why) == ("", None, "lost.queueUrl: computed")


def test_a_lambda_permission_is_a_statement_about_its_function() -> None:
    found = graph(
        a("function", "worker", name="worker"),
        a(
            "permission",
            "invoke",
            function=Reference("worker", "name"),
            action="lambda:InvokeFunction",
            principal="s3.amazonaws.com",
            sourceArn=UNKNOWN,
            sourceAccount=111122223333,  # as YAML reads it
        ),
        a("permission", "open", function="worker", action="lambda:InvokeFunction", principal="*", qualifier="live"),
        a("permission", "who", function="worker", action="lambda:InvokeFunction", principal=UNKNOWN),
    )
    first, second, third = (policy.document.statements[0] for policy in found.policies_on(graph_urn("function", "worker")))
    assert first.actions.items == ("lambda:InvokeFunction",)
    assert first.principals is not None
    assert first.principals.items == ("Service:s3.amazonaws.com",)
    assert first.resources is not None
    assert first.resources.items == ("arn:aws:lambda:*:*:function:worker",)
    assert [(atom.operator, atom.key, atom.values, atom.holes) for atom in first.conditions] == [
        ("arnlike", "aws:sourcearn", (), ("sourceArn: computed",)),
        ("stringequals", "aws:sourceaccount", ("111122223333",), ()),
    ]
    assert second.principals is not None
    assert second.principals.items == ("*",)
    assert second.resources is not None
    assert second.resources.items == ("arn:aws:lambda:*:*:function:worker:live",)
    assert third.holes == ("principal: computed",)


def test_other_grants_are_statements_too() -> None:
    found = graph(
        a("eventPermission", "bus", principal="*", statementId="all", condition={
            "type": "StringEquals", "key": "aws:PrincipalOrgID", "value": "o-abcdefghij"}),
        a("layerPermission", "layer", layerName="arn:aws:lambda:eu-west-1:111122223333:layer:tools", versionNumber=3,
          action="lambda:GetLayerVersion", principal="444455556666"),
        a("kmsKey", "key"),
        a("grant", "use", keyId=Reference("key", "keyId"), granteePrincipal=UNKNOWN, operations=["Decrypt", "CreateGrant"],
          constraints=[{"encryptionContextEquals": {"Team": "web"}}]),
    )  # fmt: skip
    by_name = {policy.source.rpartition("::")[2]: policy for policy in found.resource_policies}
    bus = by_name["bus"].document.statements[0]
    assert by_name["bus"].arn.text == "arn:aws:events:*:*:event-bus/default"
    assert bus.actions.items == ("events:PutEvents",)
    assert [(atom.key, atom.values) for atom in bus.conditions] == [("aws:principalorgid", ("o-abcdefghij",))]
    layer = by_name["layer"]
    assert layer.arn == ("arn:aws:lambda:eu-west-1:111122223333:layer:tools:3", True)
    assert layer.document.statements[0].principals is not None
    assert layer.document.statements[0].principals.items == ("AWS:444455556666",)
    use = by_name["use"].document.statements[0]
    assert use.actions.items == ("kms:Decrypt", "kms:CreateGrant")
    assert use.holes == ("granteePrincipal: computed",)
    assert [(atom.key, atom.values) for atom in use.conditions] == [("kms:encryptioncontext:team", ("web",))]


def test_control_policies_and_what_they_are_attached_to() -> None:
    found = graph(
        a("control", "scp", content=allow("*")),
        a("control", "rcp", content=allow("*"), type="RESOURCE_CONTROL_POLICY"),
        a("control", "tags", content="{}", type="TAG_POLICY"),
        a("account", "prod", name="prod"),
        a("controlAttachment", "one", policyId=Reference("scp", "id"), targetId=Reference("prod", "id")),
        a("controlAttachment", "two", policyId=Reference("scp", "id"), targetId="ou-abcd-12345678"),
        a("controlAttachment", "three", policyId=Reference("rcp", "id"), targetId=UNKNOWN),
    )
    scp, rcp = found.controls
    assert (scp.kind, scp.unknown) == ("SCP", ())
    assert short(scp.targets[:1]) == ["prod"]
    assert scp.targets[1:] == ("ou-abcd-12345678",)
    assert (rcp.kind, rcp.targets, rcp.unknown) == ("RCP", (), ("three.targetId: computed",))


def test_assignments_and_session_policies() -> None:
    found = graph(
        a("permissionSet", "admin", name="Admin"),
        a("assignment", "ops", permissionSetArn=Reference("admin", "arn"), principalType="GROUP", principalId=UNKNOWN,
          targetId="111122223333"),
        a("role", "files"),
        a("transferUser", "partner", role=Reference("files", "arn"), policy=json.dumps(allow("s3:GetObject"))),
    )  # fmt: skip
    (assignment,) = found.assignments
    assert assignment[1:] == (the(found, "admin").urn, "GROUP", "", "111122223333", ("ops.principalId: computed",))
    (holder,) = found.holders_of(the(found, "files").urn)
    assert holder.session is not None
    assert actions(holder.session) == ["s3:GetObject"]


def _unreadable() -> dict[str, object]:
    raise UnknownValue(Reason.MALFORMED, "", "not an object")


@pytest.mark.parametrize("shape", ["nothing", "unreadable", "unknown", "lists", "numbers"])
def test_nothing_that_a_program_may_hold_stops_the_graph(shape: str) -> None:
    inputs = {line.split()[0]: line.split()[1:] for line in (ROOT / "policies/provider/inputs.txt").read_text().splitlines()}
    values = {"unknown": UNKNOWN, "lists": [UNKNOWN, None, 3, {"name": UNKNOWN}], "numbers": 3}
    resources = []
    for type_ in {*TOKENS.values(), *GUARDS, *GRANT_TYPES, *ROLE_PROPERTIES, *KINDS, *(item.type for item in ATTACHMENTS)}:
        names = (name.split("[")[0].split("{")[0] for name in inputs[type_])
        given = dict.fromkeys(names, values.get(shape)) if shape in values else {}
        urn = f"urn:pulumi:d::p::{type_}::it"
        resources.append(Resource(urn, type_, "it", _unreadable if shape == "unreadable" else given))
    found = graph_of(Stack("d", "p", resources))
    assert {principal.kind for principal in found.principals.values()} == set(KINDS.values())
    assert all(isinstance(part, tuple) for part in (found.holders, found.resource_policies, found.controls, found.assignments))
    if shape != "nothing":
        assert not any(principal.complete for principal in found.principals.values())


EVERYTHING = (
    a("role", "app", name="app", permissionsBoundary=OUTSIDE, inlinePolicies=[{"name": "own", "policy": allow("ec2:*")}]),
    a("role", "web", name="web", managedPolicyArns=[Reference("shared", "arn")]),
    a("policy", "shared", name="shared", policy=allow("sqs:*")),
    a("rolePolicy", "inline", name="inline", role=Reference("app", "id"), policy=allow("s3:*")),
    a("roleAttachment", "attach", role="app", policyArn=Reference("shared", "arn")),
    a("user", "ann", name="ann"),
    a("user", "bob", name="bob"),
    a("group", "staff", name="staff"),
    a("groupPolicy", "read", name="read", group="staff", policy=allow("kms:*")),
    a("members", "m", group=Reference("staff", "name"), users=["ann"]),
    a("memberships", "n", user="bob", groups=[Reference("staff", "name")]),
    a("attachment", "all", roles=["web"], users=[Reference("bob", "name")], policyArn=OUTSIDE),
    a("onlyInline", "only", roleName="app", policyNames=["inline", "own"]),
)
VALUES = [(item.name, path) for item in EVERYTHING for path in item.inputs]


@BOTH
@pytest.mark.parametrize(("name", "path"), VALUES, ids=[f"{name}.{path}" for name, path in VALUES])
def test_an_unknown_value_makes_nothing_certain(name: str, path: str, *, known: bool) -> None:
    """What a principal surely holds stays true, and what it no longer surely holds may still be there."""
    plain = graph(*EVERYTHING, known=known)
    masked = [item._replace(inputs={**item.inputs, path: UNKNOWN}) if item.name == name else item for item in EVERYTHING]
    for urn, principal in graph(*masked, known=known).principals.items():
        before = plain.principals[urn]
        assert set(held(principal)) <= set(held(before)) | ({"*"} if before.unknown else set())
        may_hold_more = bool(principal.unknown) or any(grant.document.holes for grant in principal.identity)
        assert may_hold_more or set(held(before)) <= set(held(principal))
        assert (principal.boundary is None) == (before.boundary is None)


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_policies_of_aws_are_read(partition: str) -> None:
    arn = f"arn:{partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    app = the(graph(a("role", "app", managedPolicyArns=[arn], permissionsBoundary=arn)), "app")
    assert held(app) == ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    assert app.identity[0].document.statements[0].source == arn
    assert app.boundary == (app.identity[0].document,)


def test_a_policy_that_aws_does_not_have_is_unknown() -> None:
    arn = "arn:aws:iam::aws:policy/OfTomorrow"
    app = the(graph(a("role", "app", managedPolicyArns=[arn])), "app")
    assert app.identity[0].document.holes == (f"{arn}: what this policy of AWS allows is not known",)


def test_a_role_keeps_its_own_inline_policies_whatever_their_names() -> None:
    app = the(graph(a("role", "app", inlinePolicies=[{"name": UNKNOWN, "policy": allow("s3:*")}])), "app")
    assert held(app) == ["s3:*"]
    assert app.complete


def test_two_accounts_in_a_stack_leave_the_account_open() -> None:
    recorded = {
        "one": "arn:aws:iam::111122223333:role/one",
        "two": "arn:aws:iam::444455556666:role/two",
        "new": "",
        "renamed": "arn:aws:iam::444455556666:role/old",
    }
    roles = [
        Resource(f"urn:pulumi:d::p::aws:iam/role:Role::{name}", TOKENS["role"], name, {"name": name}, outputs={"arn": arn})
        for name, arn in recorded.items()
    ]
    found = graph_of(Stack("d", "p", roles))
    assert found.account is None
    assert the(found, "new").arn == ("arn:aws:iam::*:role/new", False)
    assert the(found, "renamed").arn == ("arn:aws:iam::*:role/renamed", False)


def test_the_last_role_that_a_provider_assumes_is_in_its_account() -> None:
    chain = [{"roleArn": f"arn:aws:iam::{account}:role/deploy"} for account in ("444455556666", "111122223333")]
    stack, _ = stack_of(Example({"name": "app"}, TOKENS["role"], provider={"assumeRoles": json.dumps(chain)}))
    assert graph_of(stack).account == "111122223333"


def test_an_unknown_instance_profile_may_carry_any_role() -> None:
    (holder,) = graph(a("instance", "node", iamInstanceProfile=UNKNOWN)).holders
    assert (holder.possible, holder.why) == (None, "iamInstanceProfile: computed")


def test_an_attachment_of_an_unknown_control_policy_may_be_of_each() -> None:
    (control,) = graph(
        a("control", "scp", name="scp", content=allow("*")),
        a("controlAttachment", "one", policyId=UNKNOWN, targetId="111122223333"),
    ).controls
    assert (control.targets, control.unknown) == ((), ("one.policyId: computed",))


def test_a_boundary_for_an_unknown_permission_set_may_bound_each() -> None:
    found = graph(
        a("permissionSet", "admin", name="Admin"),
        a("setBoundary", "limit", permissionSetArn=UNKNOWN, permissionsBoundary={"managedPolicyArn": OUTSIDE}),
    )
    boundary = the(found, "admin").boundary
    assert boundary is not None
    assert boundary[0].holes == ("limit.permissionSetArn: computed",)


def test_a_customer_policy_is_followed_by_its_dependency() -> None:
    found = graph(
        a("permissionSet", "admin", name="Admin"),
        a("policy", "shared", policy=allow("sqs:*")),
        a(
            "setCustomer",
            "customer",
            permissionSetArn=Reference("admin", "arn"),
            customerManagedPolicyReference={"name": Reference("shared", "name")},
        ),
    )
    assert held(the(found, "admin")) == ["sqs:*"]


def test_a_policy_of_aws_is_none_of_the_stack() -> None:
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    app = the(graph(a("policy", "shared", name=UNKNOWN), a("role", "app", managedPolicyArns=[arn])), "app")
    assert [grant.source for grant in app.identity] == [arn]


def test_a_profile_that_may_get_the_name_leaves_the_role_open() -> None:
    found = graph(a("profile", "nodes", name=UNKNOWN, role="app"), a("instance", "node", iamInstanceProfile="nodes"))
    (holder,) = found.holders
    assert (holder.text, holder.possible) == ("nodes", None)


def test_terraform_resources_are_tied_by_their_references() -> None:
    (source,) = load(str(EXAMPLES / "checkov" / "terraform.json"))
    worker = the(graph_of(source.stack), "aws_iam_role.worker")
    assert short(tuple(grant.source for grant in worker.identity)) == ["aws_iam_role_policy.worker"]
    assert worker.arn == ("arn:aws:iam::*:role/worker", False)
    assert worker.complete  # the report lists all resources
