"""One concrete request: who asks for what, and what follows from it.

The forms of principals and the keys that come with them are those of the pages "Principal", "Global condition context
keys" and "Variables and tags" (table of principal key values) of the IAM User Guide.
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.condition_operators import lowered
from policies.iam_analysis.model import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policies.iam_analysis.model import Patterns

_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_ARN_COLONS = 5
_EVERYONE = f"AWS:{EVERYTHING}"


class Request(NamedTuple):
    """A request to AWS.

    `principal` is the ARN of a user, a role, a session (`arn:aws:sts::...:assumed-role/Role/Session`), a federated user
    or an account's root; `Service:ec2.amazonaws.com`, `Federated:...`, `CanonicalUser:...`; or empty for anonymous.
    `resource` is an ARN, or `*` for actions without one. `context` has keys in any case, a tuple for a key with several
    values; a key that is absent is not in it. `resource_account` is the owner of the resource where the ARN does not say
    it (S3). `issuer` is the ARN of the role or user behind a session where the principal's does not say it: of a role
    with a path, and of a federated user's user.
    """

    principal: str
    action: str
    resource: str
    context: Mapping[str, str | tuple[str, ...]] = {}
    resource_account: str = ""
    issuer: str = ""


class Naming(IntEnum):
    """How a policy of a resource names the principal of a request; the later, the more a grant to it reaches.

    The page "How AWS enforcement code logic evaluates requests" tells them apart.
    """

    NOT_NAMED = 0
    ACCOUNT = 1  # the account may give it away: its own policies decide
    ISSUER = 2  # the role or user behind the session: boundary and session policies still limit
    ITSELF = 3  # the user or session that asks, or everyone


class Caller(NamedTuple):
    """The principal of a request, read. `kind` is the type that its ARN tells: `user`, `role`, `federated-user`, `root`.

    `kind` is empty and so is `account` for services, identity providers, anonymous callers and other principals that
    have no policies of their own. `issuer` is the ARN of the role behind a session, or else of the principal itself.
    """

    arn: str
    kind: str = ""
    account: str = ""
    name: str = ""
    issuer: str = ""

    @property
    def is_service_linked(self) -> bool:
        """Say whether this is a service-linked role: no policy of the organisation limits those."""
        return self.kind == "role" and (":role/aws-service-role/" in self.issuer or self.name.startswith("AWSServiceRoleFor"))

    def named_by(self, principals: Patterns | None) -> Naming:
        """Say how Principal or NotPrincipal (`AWS:arn:...`, `Service:...`, `*`) names the caller."""
        if principals is None:
            return Naming.NOT_NAMED
        best = max(map(self._named, principals.items), default=Naming.NOT_NAMED)
        if principals.negated:
            return Naming.NOT_NAMED if best else Naming.ITSELF
        return best

    def _named(self, principal: str) -> Naming:
        type_, _, name = principal.partition(":")
        if principal in {EVERYTHING, _EVERYONE} or (principal == self.arn and type_ != "AWS"):
            return Naming.ITSELF
        if type_ != "AWS":
            return Naming.NOT_NAMED
        account, kind, names = _parts(name)
        if kind == "root" or _ACCOUNT.fullmatch(name):
            return self._named_as_account(account or name)
        if self.kind == kind == "role":  # a session's ARN leaves out the path; names are unique without it
            same = account == self.account and names.rpartition("/")[2] == self.name
            return Naming.ISSUER if same else Naming.NOT_NAMED
        return Naming.ITSELF if name == self.arn else Naming.ISSUER if name == self.issuer else Naming.NOT_NAMED

    def _named_as_account(self, account: str) -> Naming:
        if account != self.account or not account:
            return Naming.NOT_NAMED
        return Naming.ITSELF if self.kind == "root" else Naming.ACCOUNT


def caller_of(request: Request) -> Caller:
    """Read the principal of a request."""
    arn = request.principal
    account, kind, names = _parts(arn)
    if not _ACCOUNT.fullmatch(account):
        return Caller(arn)
    if kind == "assumed-role":
        name = names.partition("/")[0]
        partition = arn.split(":")[1]
        return Caller(arn, "role", account, name, request.issuer or f"arn:{partition}:iam::{account}:role/{name}")
    name = names.rpartition("/")[2]
    return Caller(arn, kind, account, name, request.issuer or arn)


def account_of(arn: str) -> str:
    """Return the account in an ARN; empty where there is none."""
    parts = arn.split(":", _ARN_COLONS)
    return parts[4] if len(parts) > _ARN_COLONS and _ACCOUNT.fullmatch(parts[4]) else ""


def _parts(arn: str) -> tuple[str, str, str]:
    """Return the account, the type and the rest of the ARN of a principal; three empty texts for anything else."""
    parts = arn.split(":", _ARN_COLONS)
    if len(parts) <= _ARN_COLONS or parts[0] != "arn" or parts[2] not in {"iam", "sts"}:
        return "", "", ""
    kind, _, names = parts[5].partition("/")
    return parts[4], kind, names


def context_of(request: Request, caller: Caller, resource_account: str) -> dict[str, str | tuple[str, ...]]:
    """Return the request's context with keys in lower case, and those that follow from the request where not given."""
    derived = _keys_of(caller)
    if resource_account:
        derived["aws:resourceaccount"] = resource_account
    return derived | lowered(request.context)


def _keys_of(caller: Caller) -> dict[str, str | tuple[str, ...]]:
    type_, _, name = caller.arn.partition(":")
    if type_ == "Service":
        return {
            "aws:principalisawsservice": "true",
            "aws:principalservicename": name,
            "aws:principalservicenameslist": (name,),
        }
    if not caller.arn:
        return {"aws:principaltype": "Anonymous", "aws:principalaccount": "anonymous", "aws:userid": "anonymous"}
    if not caller.account:
        return {}
    keys: dict[str, str | tuple[str, ...]] = {
        "aws:principalaccount": caller.account,
        "aws:principalarn": caller.issuer if caller.kind == "role" else caller.arn,
        "aws:principalisawsservice": "false",
        "kms:calleraccount": caller.account,
    }
    if caller.kind in _TYPES:
        keys["aws:principaltype"] = _TYPES[caller.kind]
    if caller.kind == "user":
        keys["aws:username"] = caller.name
    elif caller.kind == "root":
        keys["aws:userid"] = caller.account
    elif caller.kind == "federated-user":
        keys["aws:userid"] = f"{caller.account}:{caller.name}"
    return keys


_TYPES = {"user": "User", "role": "AssumedRole", "root": "Account", "federated-user": "FederatedUser"}
