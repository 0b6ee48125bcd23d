"""Who may log in to databases, and with what: IAM instead of passwords, and passwords that nobody needs to know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import FSBP, ISO_27001, NIST_800_53, PCI_DSS_4, SECRETS, SOC2
from policies.fix import Fix
from policies.plain_secrets import plain_secret_violations
from policies.rule import Example, Severity, Violation, rule
from policies.rule_tables import must_be
from policies.unknown import SECRET, UNKNOWN, Reason, UnknownValue, in_turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource

INSTANCE = "aws:rds/instance:Instance"
CLUSTER = "aws:rds/cluster:Cluster"
DOCDB_CLUSTER = "aws:docdb/cluster:Cluster"
REDSHIFT_CLUSTER = "aws:redshift/cluster:Cluster"
NAMESPACE = "aws:redshiftserverless/namespace:Namespace"

_ENABLED = "iamDatabaseAuthenticationEnabled"
_CONTROLS = (NIST_800_53["IA-2"], NIST_800_53["AC-3"], PCI_DSS_4["8.3.1"], SOC2["CC6.1"], ISO_27001["A.8.5"])


@rule(
    applies_to=(INSTANCE,),
    severity=Severity.LOW,
    remedy=f"Set {_ENABLED} to true, and let users of the database log in with IAM.",
    controls=(FSBP["RDS.10"], *_CONTROLS),
    checkov=("CKV_AWS_161",),
    topic="IAM database authentication for MariaDB, MySQL, and PostgreSQL",
    passes=(
        {"engine": "postgres", _ENABLED: True},
        {"engine": "mariadb", _ENABLED: True},
        {"engine": "oracle-ee"},
        {"engine": "sqlserver-se", _ENABLED: False},
        {"replicateSourceDb": UNKNOWN, _ENABLED: True},
    ),
    fails=({"engine": "postgres"}, {"engine": "mysql", _ENABLED: False}, {"engine": "mariadb"}),
    undecided=(
        {"engine": UNKNOWN},
        {"engine": "postgres", _ENABLED: UNKNOWN},
        {"replicateSourceDb": "orders"},
        {"snapshotIdentifier": "rds:orders"},
    ),
)
def rds_instance_iam_authentication_enabled(instance: Resource) -> Iterator[Violation]:
    """RDS instances accept logins with IAM.

    A login with IAM is a token that lasts for 15 minutes, so no password of the database needs to be kept anywhere. MariaDB,
    MySQL and PostgreSQL know it; it is off by default.
    """
    engine = instance.text("engine")
    if not instance.flag(_ENABLED):
        if not engine:
            raise UnknownValue(Reason.NOT_REPORTED, "engine", "the source of the replica or the snapshot has the engine")
        if engine in {"mariadb", "mysql", "postgres"}:
            yield Violation("nobody can log in with IAM", at=_ENABLED, fix=Fix({_ENABLED: True}))


@rule(
    applies_to=(CLUSTER,),
    severity=Severity.LOW,
    remedy=f"Set {_ENABLED} to true, and let users of the database log in with IAM.",
    controls=(FSBP["RDS.12"], *_CONTROLS),
    checkov=("CKV_AWS_162",),
    topic="IAM database authentication",
    passes=(
        {"engine": "aurora-postgresql", _ENABLED: True},
        {"engine": "aurora-mysql", "engineMode": "serverless"},
        {"engine": "docdb"},
    ),
    fails=(
        {"engine": "aurora-postgresql"},
        {"engine": "aurora-mysql", _ENABLED: False},
        {"engine": "aurora-mysql", "engineMode": "provisioned"},
        {"engine": "mysql"},
    ),
    undecided=(
        {"engine": UNKNOWN},
        {"engine": "aurora-mysql", _ENABLED: UNKNOWN},
        {"engine": "postgres", "engineMode": UNKNOWN},
    ),
)
def rds_cluster_iam_authentication_enabled(cluster: Resource) -> Iterator[Violation]:
    """Aurora and RDS clusters accept logins with IAM.

    A login with IAM is a token that lasts for 15 minutes, so no password of the database needs to be kept anywhere. It is off
    by default. Aurora Serverless v1 does not have it.
    """
    if (
        not cluster.flag(_ENABLED)
        and cluster.text("engineMode") != "serverless"
        and cluster.text("engine") in {"aurora", "aurora-mysql", "aurora-postgresql", "mysql", "postgres"}
    ):
        yield Violation("nobody can log in with IAM", at=_ENABLED, fix=Fix({_ENABLED: True}))


class _Login(NamedTuple):
    """The properties of a type that hold the name and the password of its administrator."""

    name: str
    managed: str
    password: str


_MASTER = _Login("masterUsername", "manageMasterUserPassword", "masterPassword")
_LOGINS = {
    INSTANCE: _Login("username", "manageMasterUserPassword", "password"),
    CLUSTER: _MASTER,
    DOCDB_CLUSTER: _MASTER,
    REDSHIFT_CLUSTER: _Login("masterUsername", "manageMasterPassword", "masterPassword"),
    NAMESPACE: _Login("adminUsername", "manageAdminPassword", "adminUserPassword"),
}


class MasterPasswords(NamedTuple):
    """Which passwords of administrators are accepted."""

    accept_secrets: Annotated[bool, "Whether a password that the program keeps secret is as good as one of the service."] = True


_STRICT = MasterPasswords(accept_secrets=False)


@rule(
    applies_to=_LOGINS,
    severity=Severity.HIGH,
    remedy="Let the service make the password, keep it in Secrets Manager and rotate it: set manageMasterUserPassword,"
    " manageMasterPassword or manageAdminPassword to true and leave the password out.",
    controls=SECRETS,
    topic="Password management with Amazon RDS and AWS Secrets Manager",
    judges_secrecy=True,
    parameters=MasterPasswords,
    passes=(
        {"username": "orders", "manageMasterUserPassword": True},
        {"username": "orders", "password": SECRET},
        {"username": "orders", "passwordWo": SECRET, "passwordWoVersion": 1},
        {"replicateSourceDb": "orders"},
        Example({"masterPassword": SECRET}, CLUSTER),
        Example({"manageMasterPassword": True}, REDSHIFT_CLUSTER),
        Example({"manageAdminPassword": True}, NAMESPACE, parameters=_STRICT),
    ),
    fails=(
        {"username": "orders", "password": "an-example"},
        Example({"masterPasswordWo": "an-example"}, CLUSTER),
        Example({"masterPassword": "an-example"}, DOCDB_CLUSTER),
        Example({"masterPassword": "an-example"}, REDSHIFT_CLUSTER),
        Example({"adminUserPassword": "an-example"}, NAMESPACE),
        Example({"password": SECRET}, parameters=_STRICT),
        Example({"password": UNKNOWN}, parameters=_STRICT),
    ),
    undecided=({"password": UNKNOWN}, Example({"masterPassword": UNKNOWN}, CLUSTER)),
)
def database_master_password_managed(database: Resource, parameters: MasterPasswords) -> Iterator[Violation]:
    """Master passwords of databases are kept in Secrets Manager by the service, or are secrets.

    A password in plain text is known to everyone who may read the program or the state, and one that people know is rarely
    changed. Pulumi's AWS provider marks these passwords as secret itself; other tools do not.
    """
    password = _LOGINS[database.type].password
    paths = (password, f"{password}Wo")
    if parameters.accept_secrets:
        yield from in_turn(*(plain_secret_violations(database, path) for path in paths))
    else:
        for path in paths:
            if database.has(path):
                yield Violation(f"{path} is set, so the service does not manage the password", at=path)


class AdministratorNames(NamedTuple):
    """The names that everyone tries first."""

    refused: Annotated[tuple[str, ...], "Names that no administrator may have; the case does not count."] = (
        "admin",
        "administrator",
        "awsuser",
        "master",
        "postgres",
        "root",
        "sa",
        "user",
    )


@rule(
    applies_to=_LOGINS,
    severity=Severity.LOW,
    remedy="Give the administrator another name; this replaces the database.",
    controls=(
        FSBP["RDS.24"], FSBP["RDS.25"], FSBP["Redshift.8"], FSBP["RedshiftServerless.5"], NIST_800_53["CM-2"],
        ISO_27001["A.8.2"],
    ),
    topic="Master user account privileges",
    parameters=AdministratorNames,
    passes=(
        {"username": "orders_owner"},
        {"replicateSourceDb": UNKNOWN},
        Example({"masterUsername": "orders_owner"}, CLUSTER),
        Example({"adminUsername": "reports_owner"}, NAMESPACE),
        Example({"username": "admin"}, parameters=AdministratorNames(refused=("root",))),
    ),
    fails=(
        {"username": "postgres"},
        {"username": "Admin"},
        Example({"masterUsername": "root"}, CLUSTER),
        Example({"masterUsername": "admin"}, DOCDB_CLUSTER),
        Example({"masterUsername": "awsuser"}, REDSHIFT_CLUSTER),
        Example({"adminUsername": "admin"}, NAMESPACE),
        Example({}, NAMESPACE),
        Example({"username": "owner"}, parameters=AdministratorNames(refused=("Owner",))),
    ),
    undecided=({"username": UNKNOWN}, Example({"adminUsername": UNKNOWN}, NAMESPACE)),
)  # fmt: skip
def database_administrator_name_not_default(database: Resource, parameters: AdministratorNames) -> Iterator[Violation]:
    """Administrators of databases do not have a name that everyone tries first.

    With admin or postgres, an attacker has half of the login. A replica or a restored database takes the name of its source;
    a namespace of Redshift Serverless that says nothing takes admin.
    """
    path = _LOGINS[database.type].name
    name = database.text(path, "admin" if database.type == NAMESPACE else "")
    if name.lower() in {refused.lower() for refused in parameters.refused}:
        yield Violation(f"{path} is a name that everyone tries first", at=path)


RULES = (
    must_be(
        "neptune-cluster-iam-authentication-enabled",
        ("aws:neptune/cluster:Cluster",),
        _ENABLED,
        True,  # noqa: FBT003  (the value that the property must have)
        title="Neptune clusters ask for IAM authentication.",
        why="Neptune knows no passwords: without IAM, whoever reaches the port reads and changes the graph.",
        severity=Severity.MEDIUM,
        controls=(FSBP["Neptune.7"], *_CONTROLS),
        checkov=("CKV_AWS_359",),
        topic="Authenticating your Amazon Neptune database with AWS Identity and Access Management",
    ),
    must_be(
        "qldb-ledger-permissions-standard",
        ("aws:qldb/ledger:Ledger",),
        "permissionsMode",
        "STANDARD",
        title="QLDB ledgers decide by IAM who may use which table.",
        why="With ALLOW_ALL, whoever may send a statement to the ledger may send every statement.",
        severity=Severity.MEDIUM,
        controls=(NIST_800_53["AC-6"], PCI_DSS_4["7.2.2"], SOC2["CC6.3"]),
        checkov=("CKV_AWS_170",),
        topic="Getting started with the standard permissions mode in Amazon QLDB",
    ),
)
