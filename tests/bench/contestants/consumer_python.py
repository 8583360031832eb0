"""The straightforward consumer in Python: one message, one transaction, one acknowledgement.

`… DATABASE_URL AMQP_URL REDIS_URL QUEUE PREFETCH`. As many messages are in hand at once as the prefetch allows.
"""

import asyncio
import sys
from datetime import UTC, datetime
from typing import Any

import aio_pika
import orjson
import uvloop
from aio_pika.abc import AbstractIncomingMessage
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool
from redis.asyncio import Redis

Connection = AsyncConnection[DictRow]
Frame = tuple[str, dict[str, Any]]

_REMEMBER = """
INSERT INTO webhook_events (id, clinic_id, source_id, correlation_id, event_type, digest, received_at)
VALUES (%(id)s, %(clinic)s, %(source)s, %(id)s, %(event)s, sha256(%(body)s), now()) ON CONFLICT DO NOTHING
"""
_STORE = """
INSERT INTO messages (clinic_id, conversation_id, source_id, provider_id, sender_type, sender_name, content, "timestamp")
VALUES (%s, %s, %s, %s, 'patient', %s, %s, %s)
ON CONFLICT (source_id, provider_id) WHERE provider_id IS NOT NULL DO NOTHING RETURNING *
"""
_SUMMARISE = """
UPDATE conversations SET unread_count = unread_count + 1, version = version + 1, updated_at = now(), status = 'active',
  source_id = %(source)s, heard_at = greatest(heard_at, %(at)s),
  last_message_id = CASE WHEN newer THEN %(message)s ELSE last_message_id END,
  last_message = CASE WHEN newer THEN %(content)s ELSE last_message END,
  last_message_type = 'text', last_message_sender = 'patient', last_message_at = greatest(last_message_at, %(at)s)
FROM (SELECT last_message_at IS NULL OR (%(at)s, %(message)s) > (last_message_at, last_message_id) AS newer
      FROM conversations WHERE id = %(conversation)s) AS n
WHERE clinic_id = %(clinic)s AND id = %(conversation)s RETURNING version
"""


async def main(database_url: str, amqp_url: str, redis_url: str, queue_name: str, prefetch: int) -> None:
    pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
        database_url,
        connection_class=AsyncConnection[DictRow],
        kwargs={"autocommit": True, "row_factory": dict_row, "prepare_threshold": 0},
        min_size=prefetch,
        max_size=prefetch,
        open=False,
    )
    async with pool, Redis.from_url(redis_url) as redis, await aio_pika.connect_robust(amqp_url) as broker:
        await pool.wait()
        channel = await broker.channel(publisher_confirms=False)
        await channel.set_qos(prefetch_count=prefetch)
        queue = await channel.get_queue(queue_name, ensure=False)

        async def work(delivery: AbstractIncomingMessage) -> None:
            async with delivery.process(requeue=True):
                async with pool.connection() as connection, connection.transaction():
                    frames = await apply(connection, delivery)
                async with redis.pipeline(transaction=False) as pipeline:
                    for channel_name, frame in frames:
                        pipeline.publish(channel_name, orjson.dumps(frame))
                    await pipeline.execute()

        await queue.consume(work)
        print("ready", flush=True)
        await asyncio.Event().wait()


async def apply(connection: Connection, delivery: AbstractIncomingMessage) -> list[Frame]:
    """One event's effects in the open transaction; returns what to publish."""
    event = orjson.loads(delivery.body)
    clinic, source = int(str(delivery.headers["clinic"])), int(str(delivery.headers["source"]))
    key, name = event["data"]["key"], event["data"]["pushName"]
    at = datetime.fromtimestamp(event["data"]["messageTimestamp"], UTC)
    phone = key["remoteJid"].partition("@")[0]
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{clinic}:{phone}"])
    seen = {"id": delivery.headers["id"], "clinic": clinic, "source": source, "event": event["event"]}
    if not (await connection.execute(_REMEMBER, {**seen, "body": delivery.body})).rowcount:
        return []
    contact = await _contact(connection, clinic, phone, key["remoteJid"], name, at)
    conversation = await _conversation(connection, clinic, contact)
    content = event["data"]["message"]["conversation"]
    row = await _one(connection, _STORE, [clinic, conversation, source, key["id"], name, content, at])
    if row is None:
        return []
    values = {"clinic": clinic, "conversation": conversation, "source": source, "at": at}
    summary = await _one(connection, _SUMMARISE, {**values, "message": row["id"], "content": content})
    assert summary is not None
    told = {"conversationId": conversation, "clinicId": str(clinic), "version": summary["version"]}
    return [
        (
            f"{{prosa:{clinic}:conversa:{conversation}}}",
            {"type": "message:new", "target": "conversa", "data": row},
        ),
        (
            f"{{prosa:{clinic}:empresa:{clinic}}}",
            {"type": "conversation:list:updated", "target": "global", "data": told},
        ),
    ]


async def _contact(connection: Connection, clinic: int, phone: str, jid: str, name: str, at: datetime) -> int:
    known = "SELECT contact_id FROM contact_identities WHERE clinic_id = %s AND kind = 'phone' AND value = %s"
    if found := await _one(connection, known, [clinic, phone]):
        return int(found["contact_id"])
    created = await _one(
        connection,
        "INSERT INTO contacts (clinic_id, name, name_origin, name_at, phone) VALUES (%s, %s, 'profile', %s, %s)"
        " RETURNING id",
        [clinic, name, at, phone],
    )
    assert created is not None
    await connection.execute(
        "INSERT INTO contact_identities (clinic_id, kind, value, contact_id)"
        " VALUES (%(clinic)s, 'phone', %(phone)s, %(contact)s), (%(clinic)s, 'jid', %(jid)s, %(contact)s)",
        {"clinic": clinic, "phone": phone, "jid": jid, "contact": created["id"]},
    )
    return int(created["id"])


async def _conversation(connection: Connection, clinic: int, contact: int) -> int:
    known = "SELECT id FROM conversations WHERE clinic_id = %s AND contact_id = %s FOR NO KEY UPDATE"
    found = await _one(connection, known, [clinic, contact])
    opened = "INSERT INTO conversations (clinic_id, contact_id) VALUES (%s, %s) RETURNING id"
    row = found or await _one(connection, opened, [clinic, contact])
    assert row is not None
    return int(row["id"])


async def _one(connection: Connection, statement: str, values: Any) -> DictRow | None:
    return await (await connection.execute(statement.encode(), values)).fetchone()


if __name__ == "__main__":
    database, amqp, pubsub, queue_of_ours, in_hand = sys.argv[1:6]
    uvloop.run(main(database, amqp, pubsub, queue_of_ours, int(in_hand)))
