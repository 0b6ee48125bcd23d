"""Condition keys: which there are, and of which type their values are."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from policies.iam_catalogue.resources import service_keys, services

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST_NAME = 128
_LIST = "ArrayOf"


class KeyType(StrEnum):
    """The type of a key's values; each has condition operators of its own."""

    STRING = "String"
    ARN = "ARN"
    BOOL = "Bool"
    NUMERIC = "Numeric"
    DATE = "Date"
    IP_ADDRESS = "IPAddress"


class ConditionKey(NamedTuple):
    """A condition key: its name as AWS spells it, with `${...}` or `<key>` for what varies, and what values it has.

    A request holds several values for a key that is `multivalued`.
    """

    name: str
    type: KeyType
    multivalued: bool


class _Keys(NamedTuple):
    """Keys by their lower-case names; those with a varying part by what stands before and behind that."""

    exact: dict[str, ConditionKey]
    templates: list[tuple[str, str, ConditionKey]]


_GLOBAL = (
    "aws:AssumedRoot=Bool aws:CalledVia=ArrayOfString aws:CalledViaAWSMCP=String aws:CalledViaFirst=String "
    "aws:CalledViaLast=String aws:ChatbotSourceArn=ARN aws:CurrentTime=Date aws:Ec2InstanceSourcePrivateIPv4=IPAddress "
    "aws:Ec2InstanceSourceVpc=String aws:EpochTime=Date aws:FederatedProvider=String aws:IsMcpServiceAction=Bool "
    "aws:MultiFactorAuthAge=Numeric aws:MultiFactorAuthPresent=Bool aws:PrincipalAccount=String aws:PrincipalArn=ARN "
    "aws:PrincipalIsAWSService=Bool aws:PrincipalOrgID=String aws:PrincipalOrgPaths=ArrayOfString "
    "aws:PrincipalServiceName=String aws:PrincipalServiceNamesList=ArrayOfString aws:PrincipalTag/${TagKey}=String "
    "aws:PrincipalType=String aws:RequestTag/${TagKey}=String aws:RequestedRegion=String aws:ResourceAccount=String "
    "aws:ResourceOrgID=String aws:ResourceOrgPaths=ArrayOfString aws:ResourceTag/${TagKey}=String aws:SecureTransport=Bool "
    "aws:SignInSessionArn=ARN aws:SourceAccount=String aws:SourceArn=ARN aws:SourceIdentity=String aws:SourceIp=IPAddress "
    "aws:SourceOrgID=String aws:SourceOrgPaths=ArrayOfString aws:SourceVpc=String aws:SourceVpcArn=ARN aws:SourceVpce=String "
    "aws:TagKeys=ArrayOfString aws:TokenIssueTime=Date aws:UserAgent=String aws:ViaAWSMCPService=Bool "
    "aws:ViaAWSService=Bool aws:VpcSourceIp=IPAddress aws:VpceAccount=String aws:VpceOrgID=String "
    "aws:VpceOrgPaths=ArrayOfString aws:referer=String aws:userid=String aws:username=String codebuild:BuildArn=ARN "
    "codebuild:ProjectArn=ARN ec2:RoleDelivery=Numeric ec2:SourceInstanceArn=ARN glue:CredentialIssuingService=String "
    "glue:RoleAssumedBy=String identitystore:UserId=String lambda:SourceFunctionArn=ARN ssm:SourceInstanceArn=ARN"
)
"""Keys that requests to every service may hold: IAM User Guide, "AWS global condition context keys", October 2026.

`aws:EpochTime` also takes numeric operators, and `aws:FederatedProvider` is an ARN for providers outside AWS.
"""

_CLAIMS = {"amr": True, "aud": False, "email": False, "oaud": False, "sub": False}
"""Claims that IAM reads from the tokens of every OpenID Connect provider, and whether they have several values.

IAM User Guide, "IAM and AWS STS condition context keys", "Available keys for AWS OIDC federation".
"""


def condition_key(service: str | None, key: str) -> ConditionKey | None:
    """Return a key that conditions on a service's actions may name, such as `aws:RequestTag/Team`; None for no such key.

    `service` is a prefix such as `s3`; None allows the keys of all services. The case of neither counts. Keys of
    identity providers (`token.actions.githubusercontent.com:sub`) belong to `sts`: any provider has those that IAM reads
    from every token, some have more.
    """
    key = key.lower()
    found = _find(_global_keys(), key) or _find(_keys(service.lower() if service is not None else None), key)
    return found or (_provider_key(key) if service is None or service.lower() == "sts" else None)


def _provider_key(key: str) -> ConditionKey | None:
    """Return the key for a claim of an OpenID Connect provider, which is named by its host and path."""
    provider, _, claim = key.rpartition(":")
    multivalued = _CLAIMS.get(claim)
    if multivalued is None or "." not in provider.partition("/")[0]:
        return None
    return ConditionKey(f"${{Provider}}:{claim}", KeyType.STRING, multivalued)


def is_global_key(key: str) -> bool:
    """Say whether requests to every service may hold a key."""
    return _find(_global_keys(), key.lower()) is not None


def nearest_key(service: str | None, key: str) -> str | None:
    """Return the key that a misspelled one was probably meant to be, as `condition_key` finds keys; None if none is near.

    What varies in a key stays as it was written: "aws:RequestTags/Team" gives `aws:RequestTag/Team`; what is missing is
    written as AWS does: "aws:RequestTag" gives `aws:RequestTag/${TagKey}`.
    """
    from difflib import get_close_matches  # noqa: PLC0415  (late: only for messages)

    text = key[:_LONGEST_NAME].lower()
    head, slash, _ = text.partition("/")
    keys = (_global_keys(), _keys(service.lower() if service is not None else None))
    names = {name: found.name for each in keys for name, found in each.exact.items()}
    fixed = {
        before[:-1]: found.name
        for each in keys
        for before, behind, found in each.templates
        if before[-1:] == "/" and not behind
    }
    if slash and (near := get_close_matches(head, list(fixed), n=1, cutoff=0.8)):
        name = fixed[near[0]]
        return name.partition("/")[0] + key[len(head) : _LONGEST_NAME] if len(text) > len(head) + 1 else name
    names |= fixed
    near = get_close_matches(text, list(names), n=1, cutoff=0.8)
    return names[near[0]] if near else None


def _find(keys: _Keys, key: str) -> ConditionKey | None:
    found = keys.exact.get(key)
    if found is None:
        for before, behind, template in keys.templates:
            if len(key) > len(before) + len(behind) and key.startswith(before) and key.endswith(behind):
                return template
    return found


@cache
def _global_keys() -> _Keys:
    return _read(_GLOBAL.split(" "))


@cache
def _keys(service: str | None) -> _Keys:
    """Return the keys of a service, or of all."""
    return _read(
        service_keys(service) if service is not None else (key for prefix in services() for key in service_keys(prefix))
    )


def _read(texts: Iterable[str]) -> _Keys:
    """Read keys written as `name=Type`."""
    keys = _Keys({}, [])
    for text in texts:
        name, _, type_ = text.partition("=")
        key = ConditionKey(name, KeyType(type_.removeprefix(_LIST)), type_.startswith(_LIST))
        before, behind = template_parts(name.lower())
        if behind is None:
            keys.exact[name.lower()] = key
        else:
            keys.templates.append((before, behind, key))
    keys.templates.sort(key=lambda template: -len(template[2].name))  # the closest first: `a/${b}/c` before `a/${b}`
    return keys


def template_parts(name: str) -> tuple[str, str | None]:
    """Return what stands before and behind the part of a name that varies, `${TagKey}` or `<key>`; None behind if none does."""
    for opening, closing in (("${", "}"), ("<", ">")):
        before, found, rest = name.partition(opening)
        if found:
            return before, rest.partition(closing)[2]
    return name, None
