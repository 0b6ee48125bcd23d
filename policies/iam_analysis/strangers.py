"""Whether a stranger gets in once the Deny statements of a policy are counted: AWS's second definition of public.

A stranger is a caller without credentials, or a role of an account that the policy does not name. What a stranger cannot
choose (account, organization, network, the resource for which a service calls) has values that no fixed value of the policy
equals; all else may be anything. Source: "AWS global condition context keys" in the IAM user guide (Availability).
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.caller_keys import ADDRESS, SMALLEST_PREFIX
from policies.iam_analysis.languages import TooComplexError
from policies.iam_analysis.model import ALL, Patterns
from policies.iam_analysis.principal_sets import ANONYMOUS
from policies.iam_analysis.public import CALLERS, exposure
from policies.rule import ANY_ACCOUNT, ANYONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from policies.iam_analysis.conditions import Facts, Value
    from policies.iam_analysis.model import Atom, Document, Statement
    from policies.iam_analysis.public import Definition, Exposure
    from policies.iam_analysis.search import Witness

_TOO_COMPLEX = "the Deny statements are too complex to weigh"
_ABSENT_FOR_ANONYMOUS = (
    "aws:principal", "aws:userid", "aws:username", "aws:tokenissuetime", "aws:multifactorauth", "aws:federatedprovider",
    "aws:sourceidentity", "kms:calleraccount",
)  # fmt: skip
_NO_CREDENTIALS = "a caller without credentials"


class Stranger(NamedTuple):
    """Somebody whom the policy does not mean: how messages call them, their principal and what is known of their request."""

    name: str
    principal: str
    facts: Facts


class Entry(NamedTuple):
    """Whether a stranger gets in by a statement: surely (`is_open`), or perhaps (`holes` say what is not known), or not.

    `who` names the stranger; `action` and `resource` are of a request that is allowed.
    """

    is_open: bool = False
    holes: tuple[str, ...] = ()
    who: str = ""
    action: str = ""
    resource: str = ""


CLOSED = Entry()


def entry(statement: Statement, document: Document, definition: Definition = CALLERS) -> Entry:
    """Say whether a statement of a document lets strangers in, Deny statements counted."""
    exposed = exposure(statement, definition)
    if not exposed.may_be_public:
        return CLOSED
    denies = [other for other in document.statements if other.effect != "Allow" and other is not statement]
    if not denies and not document.unknown:
        return _by_the_look(statement, exposed)
    try:
        return _weighed(statement, denies, document.unknown, exposed, definition)
    except TooComplexError:
        return Entry(holes=(f"{statement.at}: {_TOO_COMPLEX}",))


def _by_the_look(statement: Statement, exposed: Exposure) -> Entry:
    if not exposed.is_public:
        return Entry(holes=exposed.holes)
    actions, resources = statement.actions, statement.resources
    return Entry(
        is_open=True,
        who=ANYONE,
        action=next(iter(actions.items), "") if not actions.negated else "",
        resource=next(iter(resources.items), "") if resources and not resources.negated else "",
    )


def _weighed(
    statement: Statement, denies: Sequence[Statement], unknown: tuple[str, ...], exposed: Exposure, definition: Definition
) -> Entry:
    if exposed.is_public and not unknown:
        certain = _without_caller_keys(statement, definition)._replace(
            resources=ALL if _is_open(statement.resources) else statement.resources
        )
        certain = certain._replace(actions=ALL if _is_open(certain.actions) else certain.actions)
        least = certain.applies_at_least()
        if least:
            blind = least.resources is not statement.resources, least.actions is not statement.actions
            found = _find(least, [_widened(deny, *blind) for deny in denies])
            if found and found.is_open:
                return found
    most = _without_caller_keys(statement, definition).applies_at_most()
    if not _find(most, [least for deny in denies if deny.effect and (least := deny.applies_at_least())]):
        return CLOSED
    holes = (*exposed.holes, *(hole for other in (statement, *denies) for hole in other.holes), *unknown)
    return Entry(holes=holes or (f"{statement.at}: {_TOO_COMPLEX}",))


def _is_open(patterns: Patterns | None) -> bool:
    """Say whether it is not known what patterns match at least."""
    return bool(patterns and patterns.holes and (patterns.negated or not patterns.items))


def _widened(deny: Statement, resources: bool, actions: bool) -> Statement:  # noqa: FBT001
    """Return a Deny that applies to as much as it may; to every resource or action where those allowed are not known."""
    most = deny.applies_at_most()
    return most._replace(resources=ALL if resources else most.resources, actions=ALL if actions else most.actions)


def _without_caller_keys(statement: Statement, definition: Definition) -> Statement:
    """Drop conditions on the caller that a stranger may fulfil: their values are wide, as `exposure` found."""
    kept = tuple(
        atom
        for atom in statement.conditions
        if not definition.key(atom.key)
        or atom.operator == "null"
        or atom.negated
        or atom.if_exists
        or atom.sets == "forallvalues"
    )
    return statement._replace(conditions=kept)


def _find(allow: Statement, denies: Sequence[Statement]) -> Entry | None:
    from policies.iam_analysis.search import Formula, Question, Search  # noqa: PLC0415  (late: few policies need the search)
    from policies.iam_analysis.witness import replayed  # noqa: PLC0415

    search = Search((allow, *denies))
    formula = Formula((1,), deny=(1 << len(denies) + 1) - 2)
    for stranger in strangers((allow, *denies)):
        question = Question(principals=Patterns((stranger.principal,)), facts=stranger.facts)
        witness = search.find(formula, question)
        if witness:
            told = replayed(search, formula, witness)
            confirmed = not told.approximate
            return Entry(confirmed, who=stranger.name, action=_action(told, allow), resource=told.resource)
    return None


def _action(witness: Witness, allow: Statement) -> str:
    """Return the action of a request as the policy writes it."""
    return next((item for item in allow.actions.items if item.lower() == witness.action), witness.action)


def strangers(statements: Iterable[Statement]) -> Iterator[Stranger]:
    """Yield the strangers to some statements: first one without credentials, then one of an account that they do not name."""
    atoms = [atom for statement in statements for atom in statement.conditions]
    texts = {text for atom in atoms for text in atom.values}
    texts |= {item for statement in statements for item in (statement.principals.items if statement.principals else ())}
    account = next(
        f"{number:012}" for number in count(999_999_999_999, -1) if not any(f"{number:012}" in text for text in texts)
    )
    keys = {atom.key for atom in atoms}
    outside = _outside(atoms)
    role = f"arn:aws:iam::{account}:role/stranger"
    anonymous: dict[str, tuple[Value, ...]] = {}
    foreign: dict[str, tuple[Value, ...]] = {}
    for key in keys:
        both = _of_everybody(key, account, outside)
        if both is not None:
            anonymous[key] = foreign[key] = both
        elif key.startswith(_ABSENT_FOR_ANONYMOUS):
            anonymous[key] = (None,)
            known = _of_a_role(key, account, role)
            if known is not None:
                foreign[key] = known
    yield Stranger(_NO_CREDENTIALS, ANONYMOUS, anonymous)
    yield Stranger(ANY_ACCOUNT, f"AWS:{role}", foreign)


def _of_everybody(key: str, account: str, outside: tuple[Value, ...]) -> tuple[Value, ...] | None:
    """Return the values that a key may have for every stranger; None where strangers differ, or choose it."""
    organization = f"o-x{account}"
    return {
        ADDRESS: outside,
        "aws:principalisawsservice": (("false",),),  # callers without credentials may lack it: see policy-deny-applies
        "aws:principalservicename": (None,),
        "aws:principalservicenameslist": (None,),
        "aws:sourceaccount": (None,),
        "aws:sourcearn": (None,),
        "aws:sourceorgid": (None,),
        "aws:sourceorgpaths": (None,),
        "aws:sourceowner": (None,),
        "aws:sourcevpc": (None, (f"vpc-x{account}",)),
        "aws:sourcevpce": (None, (f"vpce-x{account}",)),
        "aws:sourcevpcarn": (None, (f"arn:aws:ec2:us-east-1:{account}:vpc/vpc-x{account}",)),
        "aws:vpceaccount": (None, (account,)),
        "aws:vpceorgid": (None, (organization,)),
        "aws:vpceorgpaths": (None, (f"{organization}/r-x/",)),
        "elasticfilesystem:accessedviamounttarget": (None, ("false",)),
        "vpc-lattice-svcs:sourcevpc": (None, (f"vpc-x{account}",)),
        "vpc-lattice-svcs:sourcevpcowneraccount": (None, (account,)),
        "s3:dataaccesspointaccount": (None, (account,)),
        "s3:dataaccesspointarn": (None, (f"arn:aws:s3:us-east-1:{account}:accesspoint/stranger",)),
    }.get(key)


def _of_a_role(key: str, account: str, role: str) -> tuple[Value, ...] | None:
    organization = f"o-x{account}"
    return {
        "aws:principalaccount": ((account,),),
        "kms:calleraccount": ((account,),),
        "aws:principalarn": ((role,),),
        "aws:principalorgid": (None, (organization,)),
        "aws:principalorgpaths": (None, (f"{organization}/r-x/",)),
        "aws:userid": ((f"AROAX{account}:stranger",),),
    }.get(key)


def _outside(atoms: Iterable[Atom]) -> tuple[Value, ...]:
    """Return addresses beside all ranges of the policy that may be one organization's, and none, as through a VPC endpoint."""
    values = {value for atom in atoms if atom.key == ADDRESS for value in atom.values}
    if not values:
        return (None,)
    import ipaddress  # noqa: PLC0415  (late: few policies have addresses)

    narrow, candidates = [], {ipaddress.ip_address("8.8.8.8"), ipaddress.ip_address("2001:4860:4860::8888")}
    for value in values:
        try:
            network = ipaddress.ip_network(value, strict=False)
        except ValueError:
            continue
        first, last = int(network.network_address), int(network.broadcast_address)
        largest = 2**network.max_prefixlen - 1
        make = ipaddress.IPv4Address if network.version == 4 else ipaddress.IPv6Address  # noqa: PLR2004
        candidates |= {make(number) for number in (first - 1, first, last, last + 1) if 0 <= number <= largest}
        if network.prefixlen >= SMALLEST_PREFIX[network.version]:
            narrow.append(network)
    return (
        None,
        *((str(address),) for address in sorted(candidates, key=str) if not any(address in network for network in narrow)),
    )
