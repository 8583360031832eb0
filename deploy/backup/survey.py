"""What a database holds, seen at one moment."""

from psycopg import sql

from deploy.backup.database import Connection
from deploy.backup.manifest import Contents
from deploy.local.problem import Problem

_TABLES = """
SELECT c.relname AS name FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY 1
"""
# Those of the product have no login; logins, which have passwords, are no part of a backup.
_ROLES = "SELECT rolname AS name FROM pg_roles WHERE rolname LIKE 'prosa\\_%' AND NOT rolcanlogin ORDER BY 1"
_OWNERS = """
SELECT DISTINCT r.rolname AS name FROM pg_roles r JOIN (
  SELECT relowner AS oid FROM pg_class WHERE relnamespace = 'public'::regnamespace
  UNION SELECT proowner FROM pg_proc WHERE pronamespace = 'public'::regnamespace
) AS owning USING (oid) ORDER BY 1
"""
HEADS = """
SELECT DISTINCT ON (clinic_id) clinic_id::text, sequence || ':' || encode(hash, 'hex') AS head FROM public.audit_chain
ORDER BY clinic_id, sequence DESC
"""


def survey(connection: Connection) -> Contents:
    """What there is. Called within one transaction, it all belongs together."""
    tables = _names(connection, _TABLES)
    if "alembic_version" not in tables:
        raise Problem("The database has no schema of Prosa.", "Is DATABASE_URL the right one?")
    [now] = connection.execute("SELECT now() AS at, current_setting('server_version') AS server").fetchall()
    [schema] = connection.execute("SELECT version_num AS revision FROM alembic_version").fetchall()
    roles = _names(connection, _ROLES)
    return Contents(
        taken_at=now["at"],
        server=now["server"],
        revision=schema["revision"],
        owners=[owner for owner in _names(connection, _OWNERS) if owner not in roles],
        roles=roles,
        rows={table: _count(connection, table) for table in tables},
        heads={row["clinic_id"]: row["head"] for row in connection.execute(HEADS).fetchall()},
    )


def _names(connection: Connection, query: str) -> list[str]:
    return [str(row["name"]) for row in connection.execute(query.encode()).fetchall()]


def _count(connection: Connection, table: str) -> int:
    counting = sql.SQL("SELECT count(*) AS rows FROM {}").format(sql.Identifier("public", table))
    [row] = connection.execute(counting).fetchall()
    return int(row["rows"])
