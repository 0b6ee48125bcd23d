"""CloudFormation templates that Checkov has looked at: what our rules say of each resource, in YAML and in JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from policies.catalog import builtin_rules
from policies.evaluate import Outcome, judge
from policies.unknown import COMPUTED, MASKED, NOT_REPORTED, SECRET, Partial, Shaped, Unknown
from scanners.sources import checkov_report
from scanners.sources.cloudformation_names import native_name, native_type
from scanners.sources.cloudformation_template import TemplateError, read_resource
from scanners.sources.cloudformation_values import NOTHING, Values
from tests.command import stackproof

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack
    from scanners.sources.source import SourceStack

TEMPLATES = Path(__file__).parent / "cloudformation"
RULES = builtin_rules()

BROKEN = {
    "BadKey": {"kms-key-rotation-enabled", "kms-key-policy-not-public", "kms-key-deletion-window-long", "resource-described"},
    "BadBucket": {"s3-acl-not-public", "required-tags"},
    "BadVolume": {"ebs-volume-encrypted", "ebs-volume-encrypted-with-customer-key", "required-tags"},
    "BadFiles": {"efs-file-system-encrypted", "efs-file-system-encrypted-with-customer-key", "required-tags"},
    "BadRepository": {"ecr-repository-encrypted-with-kms", "ecr-repository-encrypted-with-customer-key", "required-tags"},
    "BadTable": {"dynamodb-table-encrypted-with-kms", "dynamodb-table-encrypted-with-customer-key", "required-tags"},
    "BadTopic": {"sns-topic-encrypted", "sns-topic-encrypted-with-customer-key", "required-tags"},
    "BadQueue": {"sqs-queue-encrypted", "sqs-queue-encrypted-with-customer-key", "required-tags"},
    "BadStream": {"kinesis-stream-encrypted", "kinesis-stream-encrypted-with-customer-key"},
    "BadLogs": {"cloudwatch-log-group-encrypted-with-customer-key", "required-tags"},
    "BadVault": {"backup-vault-encrypted-with-customer-key", "required-tags"},
    "BadTrail": {"cloudtrail-log-validation-enabled", "cloudtrail-trail-encrypted-with-customer-key"},
    "BadRole": {
        "iam-role-trust-not-public", "iam-attachment-not-administrator-access", "iam-policy-not-full-admin", "required-tags",
    },
    "BadPolicy": {"iam-policy-not-full-admin", "iam-policy-actions-named"},
    "BadParameter": {"ssm-parameter-free-of-credentials", "required-tags"},
    "BadInstance": {"ec2-block-devices-encrypted", "ec2-root-volume-encrypted", "ec2-user-data-free-of-secrets"},
    "BadTemplate": {"ec2-instance-requires-imdsv2", "ec2-launch-template-volumes-encrypted", "required-tags"},
    "BadGroup": {"security-group-described"},
    "BadDatabase": {
        "rds-storage-encrypted", "rds-instance-iam-authentication-enabled", "rds-instance-copies-tags-to-snapshots",
        "database-administrator-name-not-default",
    },
    "BadCluster": {"eks-cluster-endpoint-not-open-to-all", "eks-cluster-endpoint-private"},
    "BadListener": {"lb-listener-uses-tls"},
    "BadSite": {
        "cloudfront-origins-use-https", "cloudfront-viewer-tls-version-current", "cloudfront-viewers-use-https",
        "cloudfront-certificate-of-your-own",
    },
}  # fmt: skip
"""The rules that each bad resource fails, and its good twin passes."""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Checkov's report of the templates."""
    checkov = str(Path(sys.executable).with_name("checkov"))
    command = [checkov, "-d", str(TEMPLATES), "--framework", "cloudformation", "--skip-download", "-o", "json"]
    ran = subprocess.run(command, capture_output=True, check=False, cwd=TEMPLATES.parent, timeout=300)
    file = tmp_path_factory.mktemp("checkov") / "report.json"
    file.write_bytes(ran.stdout)
    return file


@pytest.fixture(scope="module")
def source(report: Path) -> SourceStack:
    (source,) = checkov_report.read(str(report), json.loads(report.read_bytes()))
    return source


@pytest.fixture(scope="module")
def scanned(report: Path) -> Any:  # noqa: ANN401  (JSON)
    return stackproof("scan", report, "--rules", "all", "-f", "json", "--config", "/dev/null").report


@pytest.fixture(scope="module")
def said(scanned: Any) -> dict[str, dict[str, set[str]]]:  # noqa: ANN401  (JSON)
    """What is said of each resource, by its name in the URN: rules by outcome."""
    found: dict[str, dict[str, set[str]]] = {}
    for result in scanned["results"]:
        outcomes = found.setdefault(result["urn"].rpartition("::")[2], {})
        outcomes.setdefault(result["status"], set()).add(result["rule"])
    return found


@pytest.mark.parametrize("bad", BROKEN)
def test_what_is_wrong_fails_and_its_twin_passes(bad: str, said: dict[str, dict[str, set[str]]], source: SourceStack) -> None:
    assert BROKEN[bad] <= said[bad]["failed"]
    good = {"BadKey": "Key"}.get(bad, bad.replace("Bad", "Good"))
    assert any(resource.urn.endswith(f"::{good}") for resource in source.stack.resources)
    for outcome, rules in said.get(good, {}).items():
        assert outcome == "passed" or not BROKEN[bad] & rules


def test_what_a_condition_decides_is_undecided(said: dict[str, dict[str, set[str]]]) -> None:
    assert {"s3-acl-not-public", "s3-bucket-encrypted-with-customer-key"} <= said["OpenBucket"]["undecided"]
    assert "required-tags" in said["OpenBucket"]["failed"], "AWS::NoValue takes the tags away"


def test_parts_of_a_resource_are_judged_too(said: dict[str, dict[str, set[str]]]) -> None:
    assert "iam-policy-not-full-admin" in said["BadPolicy/Users[0]"]["failed"]
    assert "iam-attachment-not-administrator-access" in said["BadUser/ManagedPolicyArns[0]"]["failed"]
    assert "ecr-repository-policy-not-public" in said["BadRepository/RepositoryPolicyText"]["failed"]
    assert "resource-passwords-secret" in said["BadSecret/SecretString"]["failed"]
    assert "GoodFiles/FileSystemPolicy" not in said


def test_findings_stand_at_lines_and_properties_of_the_template(scanned: Any) -> None:  # noqa: ANN401  (JSON)
    found = {
        (result["urn"].rpartition("::")[2], result["rule"]): result
        for result in scanned["results"]
        if result["status"] == "failed"
    }
    volumes = found["BadTemplate", "ec2-launch-template-volumes-encrypted"]
    assert volumes["path"] == "launchTemplateData.blockDeviceMappings[0].ebs.encrypted"
    assert found["BadStream", "kinesis-stream-encrypted"]["path"] == "streamEncryption.encryptionType"
    assert found["BadInstance", "ec2-block-devices-encrypted"]["path"] == "blockDeviceMappings"
    for logical_id, file in (("BadKey", "storage.yaml"), ("BadSite", "serving.json"), ("BadPolicy", "identity.yaml")):
        lines = (TEMPLATES / file).read_text().splitlines()
        location = next(result["location"] for (name, _), result in found.items() if name == logical_id)
        assert location["file"].endswith(f"cloudformation/{file}")
        assert logical_id in lines[location["line"] - 1]


def test_what_checkov_found_is_kept(source: SourceStack, report: Path) -> None:
    results = json.loads(report.read_bytes())["results"]
    for verdict in ("passed", "failed", "skipped"):
        wanted = {(record["check_id"], record["resource"]) for record in results[f"{verdict}_checks"]}
        assert wanted == {(record.check, record.resource) for record in source.checkov if record.verdict == verdict}
    assert all(record.urn and record.framework == "cloudformation" for record in source.checkov)
    reasons = {record.check: record.reason for record in source.checkov if record.verdict == "skipped"}
    assert reasons == {"CKV_AWS_18": "logs of logs", "CKV_AWS_21": "kept for a day"}
    assert source.notes == ()


def test_types_without_a_twin_are_told(scanned: Any) -> None:  # noqa: ANN401  (JSON)
    assert scanned["summary"]["unjudged"]["types"] == {"aws-native:wafv2:WebAcl": 1}


def test_references_lead_to_resources(source: SourceStack) -> None:
    (key,) = (item.urn for item in source.stack.resources if item.urn.endswith("::Key"))
    found = {item.urn.rpartition("::")[2]: dict(item.property_dependencies) for item in source.stack.resources}
    assert found["GoodStream"] == {"kmsKeyId": (key,)}
    assert found["GoodBucket"] == {"serverSideEncryptionConfiguration": (key,)}
    assert [urn.rpartition("::")[2] for urn in found["BadPolicy"]["role"]] == ["GoodRole"]
    assert [urn.rpartition("::")[2] for urn in found["BadPolicy/Users[0]"]["user"]] == ["BadUser"]


def test_keys_that_are_data_are_kept(source: SourceStack) -> None:
    (function,) = (item for item in source.stack.resources if item.urn.endswith("::Function"))
    assert function.entries("environment.variables").keys() == {"KMS_KeyID", "API_KEY"}


def places(value: object) -> Iterator[tuple[Any, str | int]]:
    """Yield each place in a value that holds something plain: what holds it, and its key or index."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in list(items):
        if isinstance(item, dict | list):
            yield from places(item)
        elif not (isinstance(value, dict) and (key == "Ref" or str(key).startswith("Fn::"))):
            yield value, key


def resource_in(declared: dict[str, Any], logical_id: str) -> tuple[Stack, Resource]:
    text = json.dumps({logical_id: declared}, indent=1)[1:-1].strip("\n")
    records = [record(text, f"{declared['Type']}.{logical_id}")]
    (source,) = checkov_report.read("report.json", reported(records))
    return source.stack, next(iter(source.stack.resources))


def verdicts(stack: Stack, resource: Resource) -> dict[str, Outcome]:
    found = {}
    for id_, rule in RULES.items():
        if resource.type in rule.applies_to:
            findings = judge(rule, resource, stack, rule.parameters() if rule.parameters else None)
            found[id_] = findings[0].outcome if findings else Outcome.PASSED
    return found


@pytest.mark.parametrize("function", [{"Ref": "Given"}, {"Fn::GetAtt": ["Later", "Output"]}, {"Fn::If": ["Is", "a", "b"]}])
def test_a_function_for_a_literal_never_turns_a_verdict(function: dict[str, Any]) -> None:
    template = json.loads((TEMPLATES / "serving.json").read_text())
    for logical_id, declared in template["Resources"].items():
        before = verdicts(*resource_in(declared, logical_id))
        for holder, key in places(declared["Properties"]):
            kept, holder[key] = holder[key], function
            after = verdicts(*resource_in(declared, logical_id))
            holder[key] = kept
            for id_ in before.keys() & after.keys():
                allowed = {Outcome.UNDECIDED, before[id_]}
                assert after[id_] in allowed or before[id_] is Outcome.UNDECIDED, (logical_id, key, id_)


def record(code: str, address: str = "AWS::S3::Bucket.B", file: str = "/t.yaml") -> dict[str, Any]:
    return {
        "check_id": "CKV_AWS_18",
        "resource": address,
        "check_result": {"result": "FAILED"},
        "code_block": [[index, f"{line}\n"] for index, line in enumerate(code.split("\n"), 3)],
        "file_path": file,
        "file_line_range": [3, 4],
    }


def reported(records: list[dict[str, Any]], **summary: int) -> dict[str, Any]:
    results = {"passed_checks": [], "failed_checks": records, "skipped_checks": [], "parsing_errors": []}
    return {"check_type": "cloudformation", "results": results, "summary": {"passed": 0, **summary}}


HOSTILE = {
    "an alias bomb": "B:\n  a: &a [x, x, x, x, x, x, x, x, x]\n"
    + "\n".join(f"  {b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)),
    "an alias to itself": "B: &a\n  Type: AWS::S3::Bucket\n  Properties: *a",
    "an alias from elsewhere": "B:\n  Type: AWS::S3::Bucket\n  Properties: *shared",
    "a key twice": "B:\n  Type: AWS::S3::Bucket\n  Properties: {BucketName: a, BucketName: b}",
    "a key twice in JSON": '"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "a", "BucketName": "b"}},',
    "deep YAML": "B: " + "[" * 5_000,
    "deep JSON": '"B": {"Type": ' + "[" * 100_000,
    "deep JSON that ends": '"B": {"Type": "AWS::S3::Bucket", "P": ' + "[" * 900 + "]" * 900 + "}",
    "another resource": "C:\n  Type: AWS::S3::Bucket",
    "two resources": "B:\n  Type: AWS::S3::Bucket\nC:\n  Type: AWS::S3::Bucket",
    "another type": "B:\n  Type: AWS::SNS::Topic",
    "no resource": "B: 7",
    "a tag that is none": "B:\n  Type: !!python/object/apply:os.system [true]",
    "a list of properties": "B:\n  Type: AWS::S3::Bucket\n  Properties: [1]",
    "JSON that is cut": '"B": {"Type": "AWS::S3::Bucket",',
    "NaN": '"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": NaN}}',
    "a control character": "B:\n  Type: AWS::S3::Bucket\n  Properties: {BucketName: \x07}",
    "HCL": 'resource "aws_s3_bucket" "b" {\n}',
    "nothing": "",
    "too much": "B:\n  Type: AWS::S3::Bucket\n  Properties:\n    BucketName: " + "x" * 300_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_code_that_cannot_be_read_is_told_and_nothing_is_said_of_it(name: str) -> None:
    (source,) = checkov_report.read("report.json", reported([record(HOSTILE[name])]))
    (note,) = source.notes
    assert "AWS::S3::Bucket.B (t.yaml:3: " in note
    (bucket,) = source.stack.resources
    assert isinstance(bucket.value("bucket"), Unknown)
    assert source.checkov[0].urn == bucket.urn
    assert not any(outcome is Outcome.FAILED for outcome in verdicts(source.stack, bucket).values())


@pytest.mark.parametrize("address", ["Custom::Thing.B", "aws_s3_bucket.b", "AWS::S3.B", "AWS::S3::Bucket.\x1b[31m", "::", ""])
def test_names_that_are_no_resource_of_aws_keep_their_findings(address: str) -> None:
    (source,) = checkov_report.read("report.json", reported([record("B: {}", address or "x")]))
    assert list(source.stack.resources) == []
    assert [found.urn for found in source.checkov] == [""]


def test_two_templates_may_have_one_name() -> None:
    code = "B:\n  Type: AWS::S3::Bucket\n  Properties: {BucketName: !Ref B}"
    (source,) = checkov_report.read("report.json", reported([record(code), record(code, file="/other.yaml")]))
    for bucket in source.stack.resources:
        assert dict(bucket.property_dependencies) == {"bucket": (bucket.urn,)}
    assert len({found.urn for found in source.checkov}) == 2


def test_a_report_shows_all_resources_where_it_lists_as_many_as_it_counts() -> None:
    code = "B:\n  Type: AWS::S3::Bucket"
    for count, shown in ((1, True), (2, False)):
        (source,) = checkov_report.read("report.json", reported([record(code)], resource_count=count))
        assert source.stack.shows("aws:s3/bucketPolicy:BucketPolicy") is shown
    serverless = record("F:\n  Type: AWS::Serverless::Function", "AWS::Serverless::Function.F")
    (source,) = checkov_report.read("report.json", reported([serverless], resource_count=1))
    assert not source.stack.shows("aws:iam/role:Role"), "it makes a role"


@pytest.mark.parametrize("properties", ["!Rain::Embed b.yaml", "!If [C, {}, {}]", "{Fn::Transform: {Name: AWS::Include}}"])
def test_properties_that_a_function_gives_are_unknown(properties: str) -> None:
    code = f"B:\n  Type: AWS::S3::Bucket\n  Properties: {properties}"
    (source,) = checkov_report.read("report.json", reported([record(code)]))
    (bucket,) = source.stack.resources
    assert bucket.value("bucket") is NOT_REPORTED
    assert source.notes == ()


def test_a_macro_may_add_any_property() -> None:
    code = "B:\n  Type: AWS::S3::Bucket\n  Properties:\n    Fn::Transform: {Name: AWS::Include}\n    BucketName: logs"
    (source,) = checkov_report.read("report.json", reported([record(code)]))
    (bucket,) = source.stack.resources
    assert bucket.value("bucket") == "logs"
    assert bucket.value("acl") is NOT_REPORTED


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("!Sub plain", "plain"),
        ("!Sub '${!Literal}'", "${Literal}"),
        ("!Sub 'arn:${AWS::Partition}:iam::aws:policy/ReadOnlyAccess'", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
        ("!Sub ['${a}-${b}', {a: x, b: !Join ['', [y, z]]}]", "x-yz"),
        ("!Join ['-', [a, b, 3]]", "a-b-3"),
        ("!Join ['-', []]", ""),
        ("!Select [1, [a, b]]", "b"),
        ("!Select ['0', !Split [',', 'x,y']]", "x"),
        ("!Base64 abc", "YWJj"),
        ("!If [C, a, a]", "a"),
        ("{Fn::ToJsonString: {a: 1}}", '{"a": 1}'),
        ("!Ref AWS::URLSuffix", "amazonaws.com"),
        ("!Ref AWS::NoValue", NOTHING),
        ("[a, !Ref AWS::NoValue]", ["a"]),
        ("{a: !Ref AWS::NoValue, b: 1}", {"b": 1}),
        ("2012-10-17", "2012-10-17"),
        ("{Ref: a, Other: b}", {"Ref": "a", "Other": "b"}),
    ],
)
def test_functions_of_literals_are_literals(code: str, wanted: object) -> None:
    assert computed(code) == wanted if wanted is not NOTHING else computed(code) is NOTHING


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("!Ref Given", NOT_REPORTED),
        ("!Ref Known", COMPUTED),
        ("!Ref AWS::StackName", COMPUTED),
        ("!Ref [a]", NOT_REPORTED),
        ("!GetAtt Known.Arn", COMPUTED),
        ("!GetAtt [Known, Arn]", COMPUTED),
        ("!Sub '${Given}'", NOT_REPORTED),
        ("!Sub 'a-${Given}'", COMPUTED),
        ("!Sub '${Known.Arn}/*'", COMPUTED),
        ("!Sub {a: b}", NOT_REPORTED),
        ("!Join [!Ref Given, [a]]", NOT_REPORTED),
        ("!Join ['', !Ref Given]", NOT_REPORTED),
        ("!Join ['', [!Ref Given]]", NOT_REPORTED),
        ("!Join [a]", NOT_REPORTED),
        ("!Select [5, [a]]", NOT_REPORTED),
        ("!Select [0, [!If [C, a, !Ref AWS::NoValue], b]]", NOT_REPORTED),
        ("!Split ['', 'a']", NOT_REPORTED),
        ("!If [C, a, b]", COMPUTED),
        ("!If [C, a, !Ref AWS::NoValue]", NOT_REPORTED),
        ("!If [C, a, '']", NOT_REPORTED),
        ("!If [C]", NOT_REPORTED),
        ("!FindInMap [a, b, c]", NOT_REPORTED),
        ("!ImportValue a", COMPUTED),
        ("!Cidr [a, 1, 2]", NOT_REPORTED),
        ("!GetAZs ''", NOT_REPORTED),
        ("!Base64 {Ref: Given}", NOT_REPORTED),
        ("{Fn::Nonsense: 1}", NOT_REPORTED),
        ("!Rain::Embed file.js", NOT_REPORTED),
        ("'{{resolve:secretsmanager:db:SecretString:password}}'", SECRET),
        ("!Sub '{{resolve:ssm-secure:${AWS::StackName}}}'", SECRET),
        ("'{{resolve:ssm:name}}'", COMPUTED),
        ("'hunt**********'", MASKED),
    ],
)
def test_other_functions_are_unknown(code: str, wanted: Unknown) -> None:
    found = computed(code)
    assert isinstance(found, Unknown)
    assert found.reason is wanted.reason


def nested(function: str) -> str:
    code = '"\\\\"'
    for _ in range(11):
        code = function.replace("INNER", code)
    return code


MANY = "${a}" * 50


@pytest.mark.parametrize(
    "code",
    [
        nested(f'{{"Fn::Sub": ["{MANY}", {{"a": INNER}}]}}'),
        nested('{"Fn::ToJsonString": {"Fn::ToJsonString": {"Fn::ToJsonString": INNER}}}'),
        f'{{"Fn::Join": ["{"x" * 50_000}", [{", ".join("a" * 20_000)}]]}}',
        f"!Sub '{'${' * 90_000}'",
        f"!Sub '{'${a$' * 40_000}}}'",
    ],
    ids=["sub in sub", "JSON in JSON", "join", "open braces", "names of nothing"],
)
def test_functions_make_no_endless_texts(code: str) -> None:
    assert isinstance(computed(code), Unknown)


def test_account_and_region_leave_the_shape_of_a_text() -> None:
    found = computed("!Sub 'arn:aws:sns:${AWS::Region}:${AWS::AccountId}:orders'")
    assert isinstance(found, Shaped)
    assert found.pattern == "arn:aws:sns:*:????????????:orders"


def test_a_macro_in_an_object_leaves_it_open() -> None:
    found = computed("{Fn::Transform: {Name: a}, b: 1}")
    assert isinstance(found, Partial)
    assert dict(found) == {"b": 1}


def computed(code: str) -> object:
    content = read_resource(f"X:\n  Type: AWS::A::B\n  Properties: {{V: {code}}}", "AWS::A::B", "X")
    properties = content["Properties"]
    assert isinstance(properties, dict)
    return Values(lambda name: name == "Known").value(properties["V"])


@pytest.mark.parametrize(
    "code",
    [
        '"X": {"Type": "AWS::A::B"},',
        '  "X" : {"Type":"AWS::A::B"} } }',
        '"X":\n  Type: AWS::A::B',
        "# one\n\nX: {Type: AWS::A::B}",
    ],
)
def test_code_is_read_as_checkov_cuts_it(code: str) -> None:
    assert read_resource(code, "AWS::A::B", "X") == {"Type": "AWS::A::B"}


def test_errors_quote_nothing() -> None:
    with pytest.raises(TemplateError) as caught:
        read_resource("X:\n  Type: AWS::A::B\n  hunter2: 1\n  hunter2: 2", "AWS::A::B", "X")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("KMSMasterKeyID", "kmsMasterKeyId"), ("SSEAlgorithm", "sseAlgorithm"), ("ManagedPolicyArns", "managedPolicyArns"),
        ("DBInstanceIdentifier", "dbInstanceIdentifier"), ("VPCSecurityGroups", "vpcSecurityGroups"), ("ARNs", "arns"),
        ("S3BucketName", "s3BucketName"), ("IPV6Enabled", "ipv6Enabled"), ("WebACLId", "webAclId"), ("ARNsOf", "arnsOf"),
        ("EnableDns64", "enableDns64"), ("deadLetterTargetArn", "deadLetterTargetArn"),
        ("EFSVolumeConfiguration", "efsVolumeConfiguration"),
    ],
)  # fmt: skip
def test_names_are_those_of_aws_native(name: str, wanted: str) -> None:
    assert native_name(name) == wanted


def test_types_are_those_of_aws_native() -> None:
    assert native_type("AWS::RDS::DBInstance") == "aws-native:rds:DbInstance"
    assert native_type("AWS::EC2::VPC") == "aws-native:ec2:Vpc"
    assert native_type("Custom::Thing") == ""
