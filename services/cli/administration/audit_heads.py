"""The audit chains in the database: examined from their first link, and where they end."""

from typing import Any

from services.cli.administration.audit_chain import Break, Chain
from services.cli.administration.database import Connection, Row, enter_clinic

PAGE = 5000


def settle_on_now(connection: Connection) -> None:
    """See one moment of all clinics, whatever is written meanwhile; before anything else in the transaction."""
    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")


def examined(connection: Connection, clinic_id: int) -> Chain:
    """A clinic's whole chain, examined page by page."""
    enter_clinic(connection, clinic_id)
    chain = Chain(clinic_id)
    while page := _links(connection, clinic_id, chain.sequence):
        chain.take(page)
        if len(page) < PAGE:
            break
    unlinked = connection.execute(
        "SELECT a.id FROM audit_log a WHERE a.clinic_id = %s"
        " AND NOT EXISTS (SELECT FROM audit_chain c WHERE c.clinic_id = a.clinic_id AND c.entry_id = a.id)"
        " ORDER BY a.id LIMIT 1",
        [clinic_id],
    ).fetchall()
    chain.end([row["id"] for row in unlinked])
    return chain


def head(connection: Connection, clinic_id: int) -> tuple[int, str]:
    """The sequence and the hash of a clinic's last link: 0 and nothing where it has none."""
    enter_clinic(connection, clinic_id)
    row = connection.execute(
        "SELECT sequence, hash FROM audit_chain WHERE clinic_id = %s ORDER BY sequence DESC LIMIT 1", [clinic_id]
    ).fetchone()
    return (row["sequence"], bytes(row["hash"]).hex()) if row else (0, "")


def missing_anchor(connection: Connection, clinic_id: int, sequence: int, digest: str) -> Break | None:
    """What is wrong where a head that was written down elsewhere is not a link of the chain any more."""
    if sequence == 0:
        return None
    enter_clinic(connection, clinic_id)
    row: Any = connection.execute(
        "SELECT entry_id, hash FROM audit_chain WHERE clinic_id = %s AND sequence = %s", [clinic_id, sequence]
    ).fetchone()
    if row is None:
        return Break(sequence, 0, "cut off: the chain was longer when its head was written down")
    if bytes(row["hash"]).hex() != digest:
        return Break(sequence, row["entry_id"], "rewritten since its head was written down")
    return None


def _links(connection: Connection, clinic_id: int, after: int) -> list[Row]:
    return connection.execute(
        """
        SELECT c.sequence, c.entry_id, c.kind, c.data_digest, c.entry_digest, c.previous_hash, c.hash,
          a.id, a.clinic_id, a.actor_user_id, a.action, a.subject_type, a.subject_id, a.data::text AS data_text,
          (extract(epoch FROM a.created_at) * 1000000)::bigint AS microseconds
        FROM audit_chain c LEFT JOIN audit_log a ON a.clinic_id = c.clinic_id AND a.id = c.entry_id
        WHERE c.clinic_id = %s AND c.sequence > %s ORDER BY c.sequence LIMIT %s
        """,
        [clinic_id, after, PAGE],
    ).fetchall()
