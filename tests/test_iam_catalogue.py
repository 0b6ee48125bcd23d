"""What the catalogue says of IAM is what AWS documents, and what it answers about patterns is what AWS would."""

from __future__ import annotations

import re
import subprocess
import sys
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.iam_analysis.model import document_of
from policies.iam_analysis.role_holders import ROLE_PROPERTIES
from policies.iam_catalogue import actions, managed
from policies.iam_catalogue.actions import Level, universe
from policies.iam_catalogue.condition_keys import KeyType, condition_key, is_global_key, nearest_key
from policies.iam_catalogue.data_file import DataFile
from policies.iam_catalogue.escalation_paths import Target, escalation_paths
from policies.iam_catalogue.name_patterns import Names
from policies.iam_catalogue.resources import condition_keys, resource_types, service_keys, services

PARTITIONS = ("aws", "aws-cn", "aws-us-gov")
GONE = {"codestar:CreateProject"}
"""What ways to more rights name though AWS documents it no longer: who holds it in an old policy holds it still."""


@pytest.mark.parametrize(
    ("action", "level"),
    [
        ("s3:GetObject", Level.READ),
        ("dynamodb:Query", Level.READ),
        ("secretsmanager:GetSecretValue", Level.READ),
        ("s3:ListBucket", Level.LIST),
        ("ec2:DescribeInstances", Level.LIST),
        ("iam:ListUsers", Level.LIST),
        ("s3:PutObject", Level.WRITE),
        ("ec2:RunInstances", Level.WRITE),
        ("sts:AssumeRole", Level.WRITE),
        ("kms:Decrypt", Level.WRITE),
        ("ec2:CreateTags", Level.TAGGING),
        ("s3:PutObjectTagging", Level.TAGGING),
        ("iam:TagRole", Level.TAGGING),
        ("s3:PutBucketPolicy", Level.PERMISSIONS_MANAGEMENT),
        ("iam:AttachRolePolicy", Level.PERMISSIONS_MANAGEMENT),
        ("kms:CreateGrant", Level.PERMISSIONS_MANAGEMENT),
        ("lambda:AddPermission", Level.PERMISSIONS_MANAGEMENT),
    ],
)
def test_levels_are_those_of_the_service_authorization_reference(action: str, level: Level) -> None:
    found = universe()
    assert found.level(action.upper()) is level
    assert action in found.members(found.of_level(level))


@pytest.mark.parametrize("action", ["iam:PassRole", "iam:CreateAccessKey", "ram:CreateResourceShare", "eks:CreateAccessEntry"])
def test_what_gives_rights_away_is_no_plain_write(action: str) -> None:
    assert universe().level(action) is Level.PERMISSIONS_MANAGEMENT


def test_every_action_has_one_level() -> None:
    found = universe()
    assert sum(found.of_level(level).bit_count() for level in Level) == found.every.bit_count()
    assert found.of_level(*Level) == found.every


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("s3:GetObjct", "s3:GetObject"),
        ("S3:GETOBJCT", "s3:GetObject"),
        ("s3:ListBuckets", "s3:ListBucket"),
        ("ec2:DescribeInstance", "ec2:DescribeInstances"),
        ("iam:PasRole", "iam:PassRole"),
        ("cloudwatch:PutLogEvents", "logs:PutLogEvents"),
        ("dynamo:GetItem", "dynamodb:GetItem"),
        ("s3:Frobnicate", None),
        ("nonsense", None),
        (":", None),
        (f"{'a' * 100_000}:{'b' * 100_000}", None),
    ],
)
def test_the_action_that_was_meant_is_found(misspelt: str, meant: str | None) -> None:
    assert not universe().is_known(misspelt)
    assert universe().nearest(misspelt) == meant


def test_retired_actions_are_no_misspelt_ones() -> None:
    found = universe()
    for action in ("codestar:CreateProject", "deepcomposer:CreateModel", "deeplens:*"):
        assert found.is_retired(action)
        assert not found.mask(action)
    for action in ("s3:GetObject", "s3:GetObjct", "s3:*"):
        assert not found.is_retired(action)


def test_services_are_known_by_their_prefixes() -> None:
    found = universe()
    assert [prefix for prefix in ("s3", "S3", "s", "", "s3:", "boto") if found.service_exists(prefix)] == ["s3", "S3"]
    assert set(services()) == {name.partition(":")[0] for name in found.names}


NAMES = st.lists(st.text("ab:", min_size=1, max_size=8), min_size=1, max_size=12, unique=True).map(sorted)
PATTERNS = st.text("abB:*?", max_size=10)


def covers(pattern: str, name: str) -> bool:
    """Say whether a pattern matches a name, by its definition."""
    if not pattern:
        return not name
    if pattern[0] == "*":
        return covers(pattern[1:], name) or (bool(name) and covers(pattern, name[1:]))
    return bool(name) and pattern[0] in ("?", name[0]) and covers(pattern[1:], name[1:])


@given(NAMES, PATTERNS)
def test_a_pattern_covers_what_its_definition_says(names: list[str], pattern: str) -> None:
    found = Names(names)
    assert list(found.members(found.mask(pattern))) == [name for name in names if covers(pattern.lower(), name)]


@st.composite
def patterns_of_actions(draw: st.DrawFn) -> str:
    """Return an action with parts of it replaced by wildcards."""
    name = draw(st.sampled_from(universe().names))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(name)))
        name = name[:start] + draw(st.sampled_from("*?")) + name[draw(st.integers(start, len(name))) :]
    return name


@settings(max_examples=40, deadline=None)
@given(patterns_of_actions())
def test_patterns_cover_the_actions_of_aws_that_they_match(pattern: str) -> None:
    found = universe()
    expression = re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."))
    assert [name.lower() for name in found.members(found.mask(pattern))] == list(filter(expression.fullmatch, found.names))


HOSTILE = [
    "*a" * 20 + "b",
    "a*" * 20 + "b",
    "*a" * 20 + "*b",
    "*" * 20 + "b",
    "*?" * 20 + "b*b",
    "*a?" * 20 + "*b",
]


def test_patterns_with_many_stars_are_answered_without_trying_all_ways() -> None:
    # One way after another there would be more than 10^15 for each pattern: an end at all is what is asked for.
    code = (
        "from policies.iam_catalogue.name_patterns import Names\n"
        "names = Names(['ab' * length + 'c' for length in range(60, 121)])\n"
        f"print([names.mask(pattern) for pattern in {HOSTILE!r}])"
    )
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=120)
    assert ran.stdout.strip() == str([0] * len(HOSTILE))


@st.composite
def sets_of_actions(draw: st.DrawFn) -> int:
    """Return a set made of patterns, single actions and what those leave."""
    found = universe()
    mask = 0
    for _ in range(draw(st.integers(0, 4))):
        mask |= found.mask(draw(patterns_of_actions()))
    for _ in range(draw(st.integers(0, 4))):
        mask ^= 1 << draw(st.integers(0, len(found.names) - 1))
    return mask ^ found.every if draw(st.booleans()) else mask


@settings(max_examples=40, deadline=None)
@given(sets_of_actions())
def test_a_summary_says_all_of_a_set_and_no_more(mask: int) -> None:
    found = universe()
    told = 0
    for pattern in found.summary(mask, limit=sys.maxsize):
        told |= found.mask(pattern)
    assert told == mask


@settings(max_examples=40, deadline=None)
@given(sets_of_actions(), st.integers(1, 9))
def test_a_short_summary_counts_what_it_leaves_out(mask: int, limit: int) -> None:
    found = universe()
    told = found.summary(mask, limit)
    assert len(told) <= limit
    left_out = re.fullmatch(r"and (\d+) more actions", told[-1]) if told else None
    patterns = told[:-1] if left_out else told
    count = sum(found.mask(pattern).bit_count() for pattern in patterns)
    assert count + (int(left_out[1]) if left_out else 0) == mask.bit_count()


def test_a_summary_reads_as_people_write_policies() -> None:
    found = universe()
    assert found.summary(0) == []
    assert found.summary(found.every) == ["*"]
    assert found.summary(found.mask("s3:*") | found.mask("sqs:ReceiveMessage")) == ["s3:*", "sqs:ReceiveMessage"]
    assert found.summary(found.mask("kms:Get*") | found.mask("KMS:decrypt")) == ["kms:Decrypt", "kms:Get*"]


def test_every_managed_policy_is_read_without_a_hole() -> None:
    holes = {policy.name: unknown for policy in managed.managed_policies() if (unknown := document_of(policy.document).unknown)}
    assert holes == {}


def test_every_managed_policy_is_found_by_its_name_and_its_arn() -> None:
    found = list(managed.managed_policies())
    assert {policy.name for policy in found} == managed.names()
    for policy in found:
        assert managed.published(policy.name) == policy
        for partition in PARTITIONS:
            assert managed.managed_policy(policy.arn(partition)) == policy.document
        assert re.fullmatch(r"v[1-9]\d*", policy.version)
        assert re.fullmatch(r"20[12]\d-[01]\d-[0-3]\d", policy.updated)


def test_a_managed_policy_needs_its_own_path_and_account() -> None:
    name = "AWSLambdaBasicExecutionRole"
    for known in (name, f"service-role/{name}", f"arn:aws:iam::aws:policy/service-role/{name}"):
        document = managed.managed_policy(known)
        assert document is not None
        assert document["Statement"][0]["Action"] == ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    for unknown in (
        f"arn:aws:iam::aws:policy/{name}",
        f"arn:aws:iam::111122223333:policy/service-role/{name}",
        f"job-function/{name}",
        name.lower(),
        "",
    ):
        assert managed.managed_policy(unknown) is None


def test_a_managed_policy_is_the_callers_own() -> None:
    first = managed.managed_policy("AdministratorAccess")
    assert first == {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    first["Statement"].clear()
    assert managed.managed_policy("AdministratorAccess") != first


def test_what_managed_policies_name_is_known_or_retired() -> None:
    found = universe()
    strange = set()
    for policy in managed.managed_policies():
        for statement in document_of(policy.document).statements:
            strange |= {item for item in statement.actions.items if not found.mask(item) and not found.is_retired(item)}
    assert {item.partition(":")[0] for item in strange} <= {"zocalo"}  # what WorkDocs was called before 2015


@pytest.mark.parametrize(
    ("service", "key", "name", "kind", "several"),
    [
        ("s3", "s3:prefix", "s3:prefix", KeyType.STRING, False),
        ("s3", "S3:Max-Keys", "s3:max-keys", KeyType.NUMERIC, False),
        ("s3", "s3:ExistingObjectTag/env", "s3:ExistingObjectTag/<key>", KeyType.STRING, False),
        ("s3", "s3:object-lock-retain-until-date", "s3:object-lock-retain-until-date", KeyType.DATE, False),
        ("ec2", "ec2:ResourceTag/Team", "ec2:ResourceTag/${TagKey}", KeyType.STRING, False),
        ("ec2", "ec2:InstanceProfile", "ec2:InstanceProfile", KeyType.ARN, False),
        ("kms", "kms:EncryptionContext:aws:s3:arn", "kms:EncryptionContext:${EncryptionContextKey}", KeyType.STRING, False),
        ("kms", "kms:GrantIsForAWSResource", "kms:GrantIsForAWSResource", KeyType.BOOL, False),
        ("dynamodb", "dynamodb:LeadingKeys", "dynamodb:LeadingKeys", KeyType.STRING, True),
        ("sts", "saml:aud", "saml:aud", KeyType.STRING, False),
        ("sts", "token.actions.githubusercontent.com:sub", "${Provider}:sub", KeyType.STRING, False),
        ("sts", "oidc.eks.eu-west-1.amazonaws.com/id/0123:aud", "${Provider}:aud", KeyType.STRING, False),
        ("sts", "login.example.com:amr", "${Provider}:amr", KeyType.STRING, True),
        ("sqs", "aws:SourceIp", "aws:SourceIp", KeyType.IP_ADDRESS, False),
        ("sqs", "aws:sourcearn", "aws:SourceArn", KeyType.ARN, False),
        ("sqs", "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthPresent", KeyType.BOOL, False),
        ("sqs", "aws:PrincipalOrgPaths", "aws:PrincipalOrgPaths", KeyType.STRING, True),
        ("sqs", "aws:PrincipalTag/Team", "aws:PrincipalTag/${TagKey}", KeyType.STRING, False),
        (None, "s3:prefix", "s3:prefix", KeyType.STRING, False),
    ],
)
def test_condition_keys_are_those_of_aws(service: str | None, key: str, name: str, kind: KeyType, *, several: bool) -> None:
    assert condition_key(service, key) == (name, kind, several)


@pytest.mark.parametrize(
    ("service", "key", "meant"),
    [
        ("sqs", "s3:prefix", None),
        ("s3", "s3:prefx", "s3:prefix"),
        ("s3", "aws:SorceIp", "aws:SourceIp"),
        ("s3", "aws:RequestTags/CostCentre", "aws:RequestTag/CostCentre"),
        ("s3", "aws:RequestTag/", "aws:RequestTag/${TagKey}"),
        ("s3", "aws:PrincipalTag", "aws:PrincipalTag/${TagKey}"),
        ("s3", "token.actions.githubusercontent.com:sub", None),
        (None, "dynamodb:LeadingKey", "dynamodb:LeadingKeys"),
        ("s3", "nothing like it", None),
        ("s3", "a" * 100_000, None),
    ],
)
def test_the_condition_key_that_was_meant_is_found(service: str | None, key: str, meant: str | None) -> None:
    assert condition_key(service, key) is None
    assert nearest_key(service, key) == meant


def test_every_key_of_a_service_is_found() -> None:
    missing = [
        (service, key)
        for service in services()
        for key in (text.partition("=")[0] for text in service_keys(service))
        if condition_key(service, key) is None
    ]
    assert missing == []


def test_global_keys_have_the_types_that_services_say() -> None:
    differ = {
        f"{service} {name}"
        for service in services()
        for name, _, type_ in (text.partition("=") for text in service_keys(service))
        if (own := condition_key("none", name)) and ("ArrayOf" * own.multivalued + own.type) != type_
    }
    # two services put the users of a trusted issuer, which are several, where AWS puts one
    assert differ == {"q identitystore:UserId", "qbusiness identitystore:UserId"}
    assert is_global_key("AWS:RequestTag/Team")
    assert not is_global_key("s3:prefix")


def test_actions_say_what_they_apply_to() -> None:
    put = {type_.name: type_ for type_ in resource_types("S3:putobject")}
    assert "arn:*:s3:::*/*" in put["object"].patterns
    assert {type_.name: type_.required for type_ in resource_types("iam:PassRole")} == {"role": True}
    assert resource_types("iam:PassRole")[0].patterns == ("arn:*:iam::*:role/*",)
    run = {type_.name: type_.required for type_ in resource_types("ec2:RunInstances")}
    assert (run["instance"], run["image"], run["key-pair"]) == (True, True, False)
    for action in ("s3:ListAllMyBuckets", "ec2:DescribeInstances", "s3:Nothing", "nothing:Nothing", ""):
        assert resource_types(action) == ()


def test_actions_say_which_condition_keys_they_support() -> None:
    assert {"s3:prefix", "s3:max-keys"} <= condition_keys("s3:ListBucket")
    assert "s3:prefix" not in condition_keys("s3:GetObject")
    assert {"aws:RequestTag/${TagKey}", "aws:TagKeys"} <= condition_keys("ec2:RunInstances")
    assert {"iam:PassedToService", "iam:AssociatedResourceArn"} <= condition_keys("iam:PassRole")
    assert condition_keys("s3:Nothing") == frozenset()


def test_actions_without_types_of_resource_are_those_for_all_resources() -> None:
    found = universe()
    assert set(found.members(found.without_resources())) == {
        found.spelled(name) for name in found.names if not resource_types(name)
    }


@pytest.mark.parametrize("file", [actions.FILE, managed.FILE], ids=["actions", "managed_policies"])
def test_data_files_are_whole(file: DataFile) -> None:
    header = file.header
    body = file.path.read_bytes()[header.body :]
    assert sha256(body).hexdigest() == header.facts["sha256"]
    end = 0
    for offset, length in header.sections.values():
        assert offset == end
        end += length
    assert end == len(body)


def test_a_file_of_another_format_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^escalation_paths\.txt is not in the format stackproof-iam-catalogue 1$"):
        _ = DataFile("escalation_paths.txt").header


def test_the_data_says_how_old_it_is() -> None:
    assert re.fullmatch(r"0\.1\.\d+ \(20\d\d-\d\d-\d\d\)", actions.version())
    assert re.fullmatch(r"moto \d+\.\d+\.\d+", managed.source())


def test_ways_to_more_rights_name_actions_that_exist() -> None:
    named = {step.action for path in escalation_paths() for step in path.steps}
    assert {action for action in named if not universe().is_known(action)} == GONE
    assert all(universe().is_retired(action) for action in GONE)
    assert {action for action in named - GONE if universe().spelled(action) != action} == set()


def test_ways_to_more_rights_name_condition_keys_that_exist() -> None:
    keys = {(step.action, key) for path in escalation_paths() for step in path.steps for key in step.narrowed_by}
    assert keys
    strange = {(action, key) for action, key in keys if not is_global_key(key) and key not in condition_keys(action)}
    assert strange == set()


def test_ways_to_more_rights_name_resources_that_the_graph_reads_roles_of() -> None:
    held = {tuple(item.split(".", 1)) for path in escalation_paths() for item in path.held_by}
    properties = {(type_, path.replace("(json)", "")) for type_, paths in ROLE_PROPERTIES.items() for path in paths.split()}
    wide = {(type_, path.partition(".")[0]) for type_, path in properties}
    assert held - properties - wide == set()


def test_ways_to_more_rights_say_whom_a_passed_role_must_trust() -> None:
    for path in escalation_paths():
        passes = Target.PASSED_ROLE in {step.target for step in path.steps}
        assert bool(path.trusts) or not passes, path.id
        for service in path.trusts:
            assert re.fullmatch(r"[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)*\.amazonaws\.com", service), path.id


def test_ways_to_more_rights_have_names_of_their_own_and_a_source() -> None:
    found = escalation_paths()
    assert len({path.id for path in found}) == len(found)
    assert [path.id for path in found if not path.sources or not path.steps] == []
