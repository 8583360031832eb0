"""Looks at each table that has tenants as each service's role, in the place of another tenant."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.sql import SQL, Composed, Identifier

from tests.integration.api.factories import Owner

# What a role is to see of every clinic: tokens are mapped to tenants, and work is claimed, before a tenant is known.
# Whatever a migration adds to it must be added here, where somebody asks why.
BEYOND_ITS_CLINIC = {
    "prosa_receiver": {"sources", "source_former_tokens", "source_secrets"},
    "prosa_login": {"users"},
    "prosa_search": {"contact_identities", "contacts", "messages"},
    "prosa_services": {"service_tokens", "users"},
    "prosa_audit": {"audit_chain", "audit_log"},
    "prosa_worker": {
        "clinics",
        "conversation_counts",
        "dead_letter_issues",
        "erasures",
        "failed_messages",
        "media_files",
        "media_jobs",
        "message_attachments",
        "message_changes",
        "message_queue",
        "outbox",
        "queue_pauses",
        "replay_items",
        "replays",
        "retention_rules",
        "source_activity",
        "source_secrets",
        "source_sending",
        "source_states",
        "sources",
        "webhook_destination_states",
        "webhook_events",
    },
}


def tenant_tables(owner: Owner) -> list[str]:
    """Every table with a clinic, and the clinics' own."""
    rows = owner.execute(
        """
        SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND (c.relname = 'clinics' OR EXISTS (
          SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'clinic_id' AND NOT a.attisdropped))
        ORDER BY c.relname
        """
    ).fetchall()
    return [row["relname"] for row in rows]


def service_roles(owner: Owner) -> list[str]:
    """Every role of ours that any table's grants name."""
    rows = owner.execute(
        "SELECT rolname FROM pg_roles WHERE starts_with(rolname, 'prosa_') AND NOT rolsuper ORDER BY rolname"
    ).fetchall()
    return [row["rolname"] for row in rows]


def broad_policies(owner: Owner) -> dict[str, set[str]]:
    """The tables of which a policy shows a role more than one clinic: all but the one of the clinics that a batch names."""
    found: dict[str, set[str]] = {}
    for row in owner.execute(
        "SELECT tablename, unnest(roles) AS role FROM pg_policies WHERE schemaname = 'public'"
        " AND qual IS DISTINCT FROM '(clinic_id = ANY (( SELECT current_clinics() AS current_clinics)::bigint[]))'"
    ):
        if row["role"] != "public":
            found.setdefault(row["role"], set()).add(row["tablename"])
    return found


def clinic_column(table: str) -> str:
    return "id" if table == "clinics" else "clinic_id"


def rows_of(owner: Owner, table: str, clinic: int) -> int:
    """How many rows of a clinic there are, seen by somebody who sees everything."""
    statement = SQL("SELECT count(*) AS rows FROM {} WHERE {} = %s").format(
        Identifier(table), Identifier(clinic_column(table))
    )
    [row] = owner.execute(statement, [clinic]).fetchall()
    return int(row["rows"])


@contextmanager
def acting(owner: Owner, role: str, clinic: str) -> Iterator[None]:
    """A role's transaction with that setting, of which nothing stays."""
    with owner.transaction(force_rollback=True):
        owner.execute(SQL("SET LOCAL ROLE {}").format(Identifier(role)))
        owner.execute("SELECT set_config('prosa.clinic_id', %s, true)", [clinic])
        yield


def reached(owner: Owner, role: str, clinic: str, statement: Composed) -> int:
    """How many rows a statement finds there; none where the role may not execute it."""
    with acting(owner, role, clinic):
        try:
            return owner.execute(statement).rowcount
        except psycopg.errors.InsufficientPrivilege:
            return 0


def readings(table: str) -> Composed:
    return SQL("SELECT 1 FROM {}").format(Identifier(table))


def changes(owner: Owner, role: str, table: str) -> list[Composed]:
    """An UPDATE of each column that the role may change, to what it is, and a DELETE; none with a condition."""
    columns = [
        SQL("UPDATE {} SET {} = {}").format(Identifier(table), Identifier(column), Identifier(column))
        for column in writable_columns(owner, role, table, "UPDATE")
    ]
    return [*columns, SQL("DELETE FROM {}").format(Identifier(table))]


def writable_columns(owner: Owner, role: str, table: str, privilege: str) -> list[str]:
    """The columns that a role may write and that are not made by Postgres."""
    rows = owner.execute(
        """
        SELECT attname FROM pg_attribute
        WHERE attrelid = %(table)s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
          AND (%(privilege)s = 'INSERT' OR attidentity <> 'a')
          AND has_column_privilege(%(role)s, attrelid, attnum, %(privilege)s)
        """,
        {"table": table, "role": role, "privilege": privilege},
    ).fetchall()
    return [row["attname"] for row in rows]


def smuggled(owner: Owner, role: str, table: str, clinic: str) -> str | None:
    """What Postgres says to a copy of clinic 1's row written in the place of another, or None where it takes it."""
    columns = SQL(", ").join(map(Identifier, writable_columns(owner, role, table, "INSERT")))
    [row] = owner.execute(
        SQL("SELECT to_jsonb(t)::text AS row FROM {} t WHERE {} = 1 LIMIT 1").format(
            Identifier(table), Identifier(clinic_column(table))
        )
    ).fetchall()
    statement = SQL(
        "INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE"
        " SELECT {columns} FROM jsonb_populate_record(NULL::{table}, %s::jsonb)"
    ).format(table=Identifier(table), columns=columns)
    with acting(owner, role, clinic):
        try:
            owner.execute(statement, [row["row"]])
        except psycopg.errors.InsufficientPrivilege as error:
            return str(error)
    return None
