"""Where a certificate is kept: in ACM, or in IAM."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policies.fix import path_steps
from policies.rule import Example

if TYPE_CHECKING:
    from policies.block import Block
    from policies.resource import Resource
    from policies.stack import Stack

CERTIFICATE = "aws:acm/certificate:Certificate"
SERVER_CERTIFICATE = "aws:iam/serverCertificate:ServerCertificate"
_OF_ACM = frozenset({CERTIFICATE, "aws:acm/certificateValidation:CertificateValidation"})

ACM_ARN = "arn:aws:acm:eu-west-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
IAM_ARN = "arn:aws:iam::111122223333:server-certificate/shop"
RELATED_CERTIFICATES = (Example({}, type=CERTIFICATE, name="acm"), Example({}, type=SERVER_CERTIFICATE, name="iam"))

_SERVICE = re.compile(r"arn:[a-z-]+:(acm|iam):")


def is_kept_in_acm(owner: Resource, block: Block, path: str, stack: Stack) -> bool:
    """Say whether a property that is set names a certificate of ACM.

    `owner` is the resource, `block` it or an object nested in it, `path` the property of the block. A certificate that
    is still being created counts by its type; others that are not known raise `UnknownValue`.
    """
    value = block.value(path)
    named = _SERVICE.match(value) if isinstance(value, str) else None
    if named:
        return named[1] == "acm"
    urns = owner.property_dependencies.get(str(path_steps(block.at(path))[0]), ())
    types = {source.type for urn in urns if (source := stack.get(urn)) is not None}
    if types and types <= _OF_ACM:
        return True
    if types == {SERVER_CERTIFICATE} and block is owner:  # in a list it may be the certificate of another item
        return False
    return bool(block.text(path))
