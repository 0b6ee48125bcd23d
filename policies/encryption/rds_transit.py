"""Encryption in transit of RDS and Aurora: whether parameter groups and proxies require TLS."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from policies.controls import FSBP, IN_TRANSIT
from policies.encryption.rds import CLUSTER, INSTANCE
from policies.fix import Fix
from policies.rule import Example, Reference, Rule, Severity, Violation
from policies.rule_tables import must_be, row
from policies.unknown import UNKNOWN, Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from policies.controls import Control
    from policies.resource import Resource
    from policies.stack import Stack

GROUP = "aws:rds/parameterGroup:ParameterGroup"
CLUSTER_GROUP = "aws:rds/clusterParameterGroup:ClusterParameterGroup"

GROUP_OF = {INSTANCE: ("parameterGroupName", (GROUP,)), CLUSTER: ("dbClusterParameterGroupName", (CLUSTER_GROUP,))}
"""By which property a database names its parameter group."""

ON = ("1", "ON", "TRUE")
REPLICA_ARN = "arn:aws:rds:eu-central-1:111122223333:db:main"


def default_family(database: Resource, path: str) -> str:
    """Return the family of the default group that a database has, or its engine with the version.

    `path` names the group. The result is empty where another database answers for the group; raises `UnknownValue` where
    the group is none of this stack.
    """
    name = database.text(path).lower()
    if name.startswith(("default.", "default:")):
        return name[len("default.") :]
    if name:
        raise UnknownValue(Reason.NOT_REPORTED, path, "the group is not in this stack")
    if database.has("replicateSourceDb"):
        if database.text("replicateSourceDb").startswith("arn:"):
            raise UnknownValue(Reason.NOT_REPORTED, path, "a replica in another Region does not have the group of its source")
        return ""  # it has the group of its source
    if not database.has("engine"):
        raise UnknownValue(Reason.NOT_REPORTED, "engine", "what is restored decides the engine")
    return database.text("engine").lower() + database.text("engineVersion").lower()


class Requirement(NamedTuple):
    """How some engines are told to require TLS.

    `since` names the engines, with the version from which on TLS is required by default, if there is one. `static` says
    that RDS takes a new value at a reboot only, and refuses it where it is to be applied at once.
    """

    parameter: str
    since: Mapping[str, tuple[int, ...] | None]
    good: tuple[str, ...] = ON
    static: bool = False

    def applies(self, name: str, type_: str) -> bool:
        """Say whether an engine or a family is judged; Aurora has the parameter in groups of clusters only."""
        instance = type_ in (INSTANCE, GROUP)
        return any(name.startswith(engine) for engine in self.since) and not (instance and name.startswith("aurora"))

    def by_default(self, family: str) -> bool:
        """Say whether a family, or an engine with its version, requires TLS where no parameter says otherwise."""
        engine = next(engine for engine in self.since if family.startswith(engine))
        since = self.since[engine]
        if since is None:
            return False
        version = tuple(int(number) for number in re.findall(r"\d{1,9}", family.removeprefix(engine)))[: len(since)]
        if len(version) < len(since) and version == since[: len(version)]:
            raise UnknownValue(Reason.NOT_REPORTED, "engineVersion", "AWS chooses the version, and that decides the default")
        return version >= since

    def violations(self, group: Resource) -> Iterator[Violation]:
        """Yield what is wrong with a parameter group."""
        family = group.text("family").lower()
        if not self.applies(family, group.type):
            return
        for parameter in group.each("parameters"):
            if parameter.text("name").lower() == self.parameter:
                if parameter.text("value").upper() not in self.good:
                    path = parameter.at("value")
                    patch = {path: self.good[0]} | ({parameter.at("applyMethod"): "pending-reboot"} if self.static else {})
                    yield Violation(f"{self.parameter} is not {self.good[0]}", at=path, fix=Fix(patch))
                return
        if not self.by_default(family):
            yield Violation(f"{self.parameter} is not set", at="parameters")

    def check(self, subject: Resource, stack: Stack) -> Iterator[Violation]:
        """Yield what is wrong with a parameter group, or with a database that has none of the stack's."""
        if subject.type not in GROUP_OF:
            yield from self.violations(subject)
            return
        path, types = GROUP_OF[subject.type]
        engine = subject.text("engine").lower()  # the provider takes it in any case
        if engine and not self.applies(engine, subject.type):
            return
        group = stack.target(subject, types, path)
        if group is None:
            family = default_family(subject, path)
            if self.applies(family, subject.type) and not self.by_default(family):
                yield Violation("the default parameter group does not require TLS", at=path)
        elif group.external and any(self.violations(group)):
            yield Violation("the parameter group does not require TLS", at=path)


def _requires_tls(  # noqa: PLR0913  (what a line of the table holds)
    subject: str,
    requirement: Requirement,
    *,
    types: tuple[str, ...] = (INSTANCE, GROUP),
    engine: str,
    version: str,
    family: str,
    title: str,
    why: str,
    passes: Iterable[Example] = (),
    fails: Iterable[Example] = (),
    undecided: Iterable[Example] = (),
    controls: Iterable[Control] = (),
    checkov: Iterable[str] = (),
) -> Rule:
    """Return the rule that databases of some engines require TLS.

    A parameter group of the stack is judged itself, once; a database only where it has a default group or one that the
    program reads. `engine`, `version` and `family` are of a database in the examples that does not require TLS by default.
    """
    name, good = requirement.parameter, requirement.good[0]
    database = {"engine": engine, "engineVersion": version}

    def group(**inputs: object) -> Example:
        return Example({"family": family, **inputs}, type=GROUP, name="group")

    def parameter(value: object) -> list[object]:
        return [{"name": "log_statement", "value": UNKNOWN}, {"name": name, "value": value}]

    return row(
        subject + "-requires-tls",
        types,
        requirement.check,
        f"Use a parameter group in which {name} is {good}"
        + (", with applyMethod pending-reboot, and reboot." if requirement.static else "."),
        passes=[
            group(parameters=parameter(good)),
            group(family="oracle-ee-19"),
            {"engine": "oracle-ee", "engineVersion": "19"},
            {"replicateSourceDb": "main"},
            Example({**database, "parameterGroupName": Reference("group")}, related=(group(),)),
            Example({**database, "parameterGroupName": "ours"}, related=(group(name="ours"),)),
            *passes,
        ],
        fails=[
            group(),
            group(parameters=parameter("0")),
            database,
            {**database, "parameterGroupName": f"default.{family}"},
            {"snapshotIdentifier": "before-migration", "parameterGroupName": f"default.{family}"},
            *fails,
        ],
        undecided=[
            group(family=UNKNOWN),
            group(parameters=UNKNOWN),
            group(parameters=parameter(UNKNOWN)),
            {"engine": UNKNOWN, "engineVersion": version},
            {**database, "parameterGroupName": UNKNOWN},
            {**database, "parameterGroupName": "made-elsewhere"},
            {"replicateSourceDb": REPLICA_ARN},
            {"snapshotIdentifier": "before-migration"},
            *undecided,
        ],
        title=title,
        why=f"{why} Otherwise a client may connect in plain text, and its password and data cross the network readable.",
        severity=Severity.HIGH,
        controls=(*controls, *IN_TRANSIT),
        checkov=checkov,
        topic="Using SSL/TLS to encrypt a connection to a DB instance or cluster",
    )


def _cluster_group(family: str, **inputs: object) -> Example:
    return Example({"family": family, **inputs}, type=CLUSTER_GROUP, name="group")


def _cluster(engine: str, version: str, **inputs: object) -> Example:
    return Example({"engine": engine, "engineVersion": version, **inputs}, type=CLUSTER)


RULES = (
    _requires_tls(
        "rds-postgresql",
        Requirement("rds.force_ssl", {"postgres": (15,), "aurora-postgresql": (17,)}),
        types=(INSTANCE, CLUSTER, GROUP, CLUSTER_GROUP),
        engine="postgres",
        version="14.9",
        family="postgres14",
        title="RDS and Aurora PostgreSQL require TLS.",
        why=(
            "RDS PostgreSQL requires it by default since version 15, Aurora PostgreSQL since 17. The parameter group is judged,"
            " or the database where it has the default one."
        ),
        passes=(
            Example({"engine": "postgres", "engineVersion": "16"}),
            Example({"family": "postgres15"}, type=GROUP),
            Example({"family": "aurora-postgresql14"}, type=GROUP),
            _cluster_group("aurora-postgresql17"),
            _cluster("aurora-postgresql", "17.4"),
            _cluster("aurora-postgresql", "14.9", dbClusterParameterGroupName="default.aurora-postgresql17"),
        ),
        fails=(
            Example({"family": "postgres17", "parameters": [{"name": "rds.force_ssl", "value": "0"}]}, type=GROUP),
            _cluster_group("aurora-postgresql16"),
            _cluster_group("postgres14"),
            _cluster("aurora-postgresql", "16.6"),
            Example({"engine": "Postgres", "engineVersion": "14.9"}),
        ),
        undecided=(Example({"engine": "postgres"}), _cluster("aurora-postgresql", "17", dbClusterParameterGroupName=UNKNOWN)),
        checkov=("CKV2_AWS_69",),
    ),
    _requires_tls(
        "rds-mysql",
        Requirement("require_secure_transport", {"mysql": None, "mariadb": (11, 8), "aurora-mysql": (8, 4)}),
        types=(INSTANCE, CLUSTER, GROUP, CLUSTER_GROUP),
        engine="mysql",
        version="8.0",
        family="mysql8.0",
        title="RDS and Aurora MySQL and MariaDB require TLS.",
        why=(
            "MariaDB requires it by default since version 11.8, Aurora MySQL since 8.4, RDS MySQL never. The parameter group is"
            " judged, or the database where it has the default one."
        ),
        passes=(
            Example({"engine": "mariadb", "engineVersion": "11.8.3"}),
            Example({"family": "mariadb11.8"}, type=GROUP),
            Example({"family": "aurora-mysql8.0"}, type=GROUP),
            _cluster_group("aurora-mysql8.0", parameters=[{"name": "require_secure_transport", "value": "ON"}]),
            _cluster_group("aurora-mysql8.4"),
            _cluster("aurora-mysql", "8.4.mysql_aurora.8.4.7"),
        ),
        fails=(
            Example({"engine": "mysql", "engineVersion": "8.4.5"}),
            Example({"engine": "mysql"}),
            Example({"family": "mariadb10.11"}, type=GROUP),
            _cluster_group("aurora-mysql8.0"),
            _cluster_group("aurora-mysql8.4", parameters=[{"name": "require_secure_transport", "value": "OFF"}]),
            _cluster("aurora-mysql", "8.0.mysql_aurora.3.05.2"),
        ),
        undecided=(Example({"engine": "mariadb", "engineVersion": "11"}),),
        controls=(FSBP["RDS.44"],),
    ),
    _requires_tls(
        "rds-sqlserver",
        Requirement("rds.force_ssl", {"sqlserver-": None}, static=True),
        engine="sqlserver-se",
        version="16.00",
        family="sqlserver-se-16.0",
        title="RDS SQL Server requires TLS.",
        controls=(FSBP["RDS.41"],),
        why="No version requires it by default. The parameter group is judged, or the database where it has the default one.",
        passes=(
            Example(
                {
                    "family": "sqlserver-ee-15.0",
                    "parameters": [{"name": "rds.force_ssl", "value": "1", "applyMethod": "pending-reboot"}],
                },
                type=GROUP,
            ),
        ),
        fails=(
            Example(
                {
                    "family": "sqlserver-ex-16.0",
                    "parameters": [{"name": "rds.force_ssl", "value": "0", "applyMethod": UNKNOWN}],
                },
                type=GROUP,
            ),
        ),
    ),
    _requires_tls(
        "rds-db2",
        Requirement("db2comm", {"db2-": None}, good=("SSL",), static=True),
        engine="db2-se",
        version="11.5",
        family="db2-se-11.5",
        title="RDS Db2 accepts only TLS.",
        why=(
            "Db2 listens for plain TCP by default, and still does beside TLS where db2comm is TCPIP,SSL. The parameter group is"
            " judged, or the database where it has the default one."
        ),
        fails=(Example({"family": "db2-ae-11.5", "parameters": [{"name": "DB2COMM", "value": "TCPIP,SSL"}]}, type=GROUP),),
    ),
    must_be(
        "rds-proxy-requires-tls",
        ("aws:rds/proxy:Proxy",),
        "requireTls",
        True,  # noqa: FBT003  (the value that the property must have)
        title="RDS proxies require TLS.",
        why="Unless told so a proxy lets clients connect in plain text, whatever the database behind it requires.",
        severity=Severity.HIGH,
        controls=(FSBP["RDS.43"], *IN_TRANSIT),
        topic="Using TLS/SSL with RDS Proxy",
    ),
)
