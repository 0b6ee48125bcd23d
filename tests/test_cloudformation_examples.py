"""A rule says the same of its examples when they are CloudFormation that Checkov has looked at."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from policies.evaluate import Outcome
from policies.provider.native.tables import TWINS
from tests.cloudformation_of import BY_TOKEN, CannotExpressError, address_of, report_of
from tests.test_terraform_examples import EXAMPLES, said, said_of

if TYPE_CHECKING:
    from policies.rule import Example, Rule

NOT_IN_CLOUDFORMATION = re.compile(
    "no resource becomes aws:.*|no resource becomes pulumi:providers:aws|a provider|a value of the wrong type"
    "|a property that CloudFormation does not have|one property for two of the twin|tags that are no map"
    "|parameters without a name"
    "|nothing like (authTokenWo|caCertificateIdentifier|certificateBody|customKeyStoreId|grants|insecureValue|keyId"
    "|masterPasswordWo|mfaDelete|namePrefix|passwordWo|policy|privateKey|region|replicas|replicationGroupId|restoreBackupArn"
    "|restoreSourceName|rotationEnabled|snapshotArn|tags|tagsAll|userData)"
    "|(ebsBlockDevices|rootBlockDevice|tags|volumeTags|definition) is told in another way"
)
"""Why an example may have no form in CloudFormation: properties that it does not have, or writes in ways of their own."""

OTHERWISE = {
    "iam-role-policies-managed-in-one-place-fails-2": Outcome.PASSED,  # CloudFormation leaves other policies alone
    "iam-user-credential-encrypted-with-pgp-fails-0": Outcome.UNDECIDED,  # it keeps no secret in a state
    "lambda-environment-free-of-secrets-passes-3": Outcome.UNDECIDED,  # it writes the secret where the reference stands
}


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_cloudformation_is_judged_as_the_example_is(rule: Rule, example: Example, request: pytest.FixtureRequest) -> None:
    try:
        report = report_of(example)
    except CannotExpressError as error:
        assert NOT_IN_CLOUDFORMATION.fullmatch(str(error))  # noqa: PT017  (which ones there may be is the point)
        return
    wanted = OTHERWISE.get(request.node.callspec.id, said(rule, example))
    assert said_of(report, rule, example, address_of(example)) is wanted


def test_each_type_of_a_twin_has_a_name_in_cloudformation() -> None:
    assert set(BY_TOKEN) == {twin.type for twin in TWINS.values()}
