"""Live events written in the transaction whose effect they tell; the worker's relay publishes and deletes them.

What of them a clinic's own systems want to know is queued by the same statement: whoever tells agents cannot forget them.
"""

from collections.abc import Sequence

from shared.db.pool import Connection
from shared.events.live import LiveEvent

# A delivery's id is made of what is told and to whom, so that it has one id however often it is told. The note of a transfer
# is for colleagues, and stays here.
_APPEND = """
WITH told AS MATERIALIZED (
  SELECT * FROM unnest(%(channels)b::text[], %(events)b::text[], %(ephemeral)b::boolean[], %(announced)b::text[],
    %(keys)b::text[], %(stale)b::text[], %(clinics)b::bigint[])
    AS told (channel, event, ephemeral, announced, key, stale, clinic_id)
), deliveries AS (
  INSERT INTO message_queue (id, clinic_id, message_type, payload, ordering_key, metadata)
  SELECT left(encode(sha256(convert_to(d.id || '/' || told.key, 'UTF8')), 'hex'), 32)::uuid, d.clinic_id,
    'deliver.' || told.announced,
    jsonb_build_object('type', told.announced, 'timestamp', frame.json -> 'timestamp', 'data', frame.json -> 'data'),
    'destination:' || d.id, jsonb_build_object('destination', d.id::text)
  FROM told JOIN webhook_destinations d ON d.clinic_id = told.clinic_id AND d.clinic_id = ANY (%(clinics)b)
    AND d.enabled AND told.announced = ANY (d.events)
  CROSS JOIN LATERAL (SELECT told.event::jsonb) AS whole (json)
  CROSS JOIN LATERAL (SELECT CASE WHEN whole.json #>> '{data,action,action_type}' = 'conversation_transferred'
    THEN whole.json #- '{data,action,action_data,note}' ELSE whole.json END) AS frame (json)
  ON CONFLICT (id) DO NOTHING RETURNING id
), entries AS (
  INSERT INTO outbox (clinic_id, channel, event, ephemeral, stale)
  SELECT clinic_id, channel, event, ephemeral, string_to_array(stale, ' ') FROM told
)
SELECT count(*) AS deliveries FROM deliveries
"""


ClinicEvent = tuple[int, LiveEvent]


async def append_outbox(connection: Connection, clinic_id: int, events: Sequence[LiveEvent]) -> None:
    """Append events of one clinic, in the order in which each channel shall see them."""
    await append_events(connection, [(clinic_id, event) for event in events])


async def append_events(connection: Connection, told: Sequence[ClinicEvent]) -> int:
    """Append events of several clinics, as `append_outbox` does; returns how many deliveries to their systems were queued."""
    if not told:
        return 0
    events = [event for _, event in told]
    announcements = [event.announcement for event in events]
    cursor = await connection.execute(
        _APPEND.encode(),
        {
            "clinics": [clinic_id for clinic_id, _ in told],
            "channels": [event.channel for event in events],
            "events": [event.frame for event in events],
            "ephemeral": [event.ephemeral for event in events],
            "announced": [one and one.event for one in announcements],
            "keys": [one and one.key for one in announcements],
            "stale": [" ".join(event.stale) or None for event in events],
        },
        prepare=True,
    )
    [row] = await cursor.fetchall()
    return int(row["deliveries"])
