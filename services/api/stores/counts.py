"""How many conversations a clinic has, in one statement."""

from psycopg.rows import DictRow

from shared.db.pool import Connection

# Each of them is read from a partial index alone; which one the constants in its condition say.
_COUNTS = """
    SELECT
      (SELECT count(*) FROM conversations c WHERE c.clinic_id = %(clinic_id)s AND c.status = 'active') AS active,
      (SELECT count(*) FROM conversations c WHERE c.clinic_id = %(clinic_id)s AND c.status = 'archived') AS archived,
      (SELECT count(*) FROM conversations c WHERE c.clinic_id = %(clinic_id)s AND c.status = 'active'
        AND c.assigned_to IS NULL) AS unassigned,
      (SELECT count(*) FROM conversations c WHERE c.clinic_id = %(clinic_id)s AND c.status = 'active'
        AND c.assigned_to = %(user_id)s) AS mine,
      (SELECT count(*) FROM conversations c WHERE c.clinic_id = %(clinic_id)s AND c.status = 'active'
        AND c.unread_count > 0) AS unread
    """


async def count_desk(connection: Connection, clinic_id: int, user_id: int) -> DictRow:
    """The clinic's conversations by status, and of the active ones those that are unread, nobody's, the user's."""
    cursor = await connection.execute(_COUNTS, {"clinic_id": clinic_id, "user_id": user_id})
    row = await cursor.fetchone()
    if row is None:
        raise LookupError("a SELECT of counts returned no row")
    return row
