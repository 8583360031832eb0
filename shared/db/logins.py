"""Gives each service a login of its own, or a new password to it: `python -m shared.db.logins [--suffix _b]`."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import class_row

from shared.db.login_passwords import LoginsError, check_passwords, read_passwords

LOGINS_LOCK = 7_077_202  # as with migrations: any number, the same for everybody


@dataclass(frozen=True, slots=True)
class Login:
    """What a service signs in as, the one role that it may take on, and the variable with its password."""

    name: str
    role: str
    variable: str


# The gateway has none: it holds no database.
LOGINS = (
    Login("receiver", "prosa_receiver", "RECEIVER_DATABASE_PASSWORD"),
    Login("worker", "prosa_worker", "WORKER_DATABASE_PASSWORD"),
    Login("api", "prosa_api", "API_DATABASE_PASSWORD"),
)


@dataclass(frozen=True, slots=True)
class Existing:
    """What the cluster knows of a role that has the name of a login."""

    name: str
    may_more: bool
    member_of: Sequence[str]
    owns: bool


_EXISTING = """
SELECT r.rolname::text AS name,
  r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls AS may_more,
  ARRAY(SELECT DISTINCT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
    WHERE m.member = r.oid ORDER BY 1) AS member_of,
  EXISTS (SELECT FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = r.oid AND deptype = 'o') AS owns
FROM pg_roles r WHERE r.rolname = ANY (%s)
"""


def make_logins(database_url: str, passwords: Mapping[str, str], suffix: str = "") -> list[str]:
    """Make the logins that passwords are given for, or change theirs: all or none. Says what it did, a line each.

    A login is a member of its role, inherits nothing of it and is nothing else: without that role it may do nothing, and
    there is no other that it could take on.
    """
    check_passwords(passwords, _own_password(database_url))
    wanted = [login for login in LOGINS if login.variable in passwords]
    with psycopg.connect(database_url, connect_timeout=10, application_name="prosa_logins") as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOGINS_LOCK])
        known = _known(connection, [login.role for login in wanted] + [login.name + suffix for login in wanted])
        for login in wanted:
            if reason := objection(login, suffix, known):
                raise LoginsError(reason)
        return [
            _make(connection, login.name + suffix, login.role, passwords[login.variable], login.name + suffix in known)
            for login in wanted
        ]


def objection(login: Login, suffix: str, known: Mapping[str, Existing]) -> str | None:
    """Why a login of that name cannot be made or taken over: what is somebody else's keeps its password. Pure."""
    name = login.name + suffix
    if login.role not in known:
        return f"there is no role {login.role}: run `python -m shared.db.migrate` first"
    if not (there := known.get(name)):
        return None
    wrong = {
        "may do more than sign in (superuser, CREATEROLE, CREATEDB, REPLICATION or BYPASSRLS)": there.may_more,
        f"is a member of {', '.join(there.member_of) or 'nothing'}, not of {login.role} alone": list(there.member_of)
        != [login.role],
        "owns something": there.owns,
    }
    if found := [what for what, is_so in wrong.items() if is_so]:
        return f"the role {name} {' and '.join(found)}: mend or drop it, or choose other names with --suffix"
    return None


def _own_password(database_url: str) -> str:
    if not database_url:
        raise LoginsError("DATABASE_URL is not set: it names the database, as its owner")
    try:
        return str(conninfo_to_dict(database_url).get("password") or "")
    except psycopg.ProgrammingError:  # it quotes what it could not read
        raise LoginsError("DATABASE_URL cannot be read: it names the database, as its owner") from None


def _known(connection: psycopg.Connection, names: Sequence[str]) -> dict[str, Existing]:
    with connection.cursor(row_factory=class_row(Existing)) as cursor:
        return {row.name: row for row in cursor.execute(_EXISTING, [list(names)])}


def _make(connection: psycopg.Connection, name: str, role: str, password: str, there: bool) -> str:
    # Postgres gets the verifier: statements, with what is in them, may stand in its log.
    verifier = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    login, given = sql.Identifier(name), sql.Identifier(role)
    verb = sql.SQL("ALTER" if there else "CREATE")
    connection.execute(sql.SQL("{} ROLE {} LOGIN NOINHERIT PASSWORD {}").format(verb, login, sql.Literal(verifier)))
    if there:
        # From Postgres 16 on whether it inherits was settled when it was granted.
        connection.execute(sql.SQL("REVOKE {} FROM {}").format(given, login))
    connection.execute(sql.SQL("GRANT {} TO {}").format(given, login))
    # For databases that not everybody may connect to.
    database = sql.Identifier(connection.info.dbname)
    connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, login))
    return f"{name}: {'has the password that was given' if there else 'made'}, may take on {role}"


def _suffix(text: str) -> str:
    if text.strip("abcdefghijklmnopqrstuvwxyz0123456789_"):
        raise argparse.ArgumentTypeError("small letters, digits and underscores only")
    return text


def main(arguments: Sequence[str] | None = None) -> int:
    """Make those that the environment has passwords for; the exit code. Nothing it says has a password in it."""
    parser = argparse.ArgumentParser(
        prog="python -m shared.db.logins", description="Logins of the services to Postgres."
    )
    parser.add_argument(
        "--suffix", type=_suffix, default="", help="follows each name: a second installation, or a second set of logins"
    )
    suffix = parser.parse_args(arguments).suffix
    try:
        passwords = read_passwords(os.environ, [login.variable for login in LOGINS])
        said = make_logins(os.environ.get("DATABASE_URL", ""), passwords, suffix) if passwords else []
    except (LoginsError, psycopg.Error) as error:
        sys.stderr.write(f"no login was made or changed: {_reason(error)}\n")
        return 1
    for login in LOGINS:
        if login.variable not in passwords:
            said.append(f"{login.name}{suffix}: left as it is, {login.variable} is not set")
    sys.stdout.write("\n".join([*said, ""]))
    return 0


def _reason(error: LoginsError | psycopg.Error) -> str:
    match error:
        case psycopg.errors.InsufficientPrivilege():
            return (
                f"{error.diag.message_primary}. DATABASE_URL must name a superuser, or a login with CREATEROLE that may grant"
                " the services' roles"
            )
        case psycopg.Error():
            return error.diag.message_primary or str(error).strip().splitlines()[-1]
    return str(error)


if __name__ == "__main__":
    sys.exit(main())
