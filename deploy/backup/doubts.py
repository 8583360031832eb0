"""What waited to be sent when a backup was taken has most likely been sent since, and nothing in the backup says so."""

from datetime import datetime

from psycopg import sql

from deploy.backup.database import connected
from deploy.local.problem import Problem

# What becomes a message at the patient. Everything else in the queue may be done twice.
UNREPEATABLE = ("send.text", "send.media", "send.audio")


def doubt_sends(taken_at: datetime) -> sql.Composed:
    """Mark replies that wait as handed to Evolution at the backup's moment.

    A worker then asks Evolution for each before anything else, and sends none again by itself: docs/sending.md, "When the
    outcome is unknown".
    """
    statement = sql.SQL("""
        UPDATE public.messages m SET posted_at = {taken_at} FROM public.message_queue q
        WHERE q.message_type = ANY ({kinds}) AND m.clinic_id = q.clinic_id AND m.id = (q.payload ->> 'message_id')::bigint
          AND m.posted_at IS NULL AND m.provider_id IS NULL;
    """)
    return statement.format(taken_at=sql.Literal(taken_at), kinds=sql.Literal(list(UNREPEATABLE)))


def doubt(url: str, since: datetime) -> int:
    """The same for a database that was set back by other means. Returns how many replies that is about."""
    if since.tzinfo is None:
        raise Problem("The moment has no offset.", "Write it like 2026-11-27T03:00:00-03:00.")
    with connected(url) as connection:
        return connection.execute(doubt_sends(since)).rowcount
