"""What the API keeps is dropped by events: so whatever changes what a client is shown must tell of it, in its transaction."""

import random
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from shared.db.pool import Pool
from shared.events.cached import conversations_key, detail_key, stale_keys
from shared.events.live import LiveEvent
from tests.factories import INSTANCE, envelope, evolution_message, jid, n8n_message
from tests.integration.queue_worker import test_every_event as every_event
from tests.integration.queue_worker.queue_rows import Owner
from tests.integration.queue_worker.working import take_in_webhooks, work

# Notes, beside each transaction's events, which conversations it let clients see otherwise; `listed` where lists show it.
# What a row has beyond this is not shown, or stands in the transaction that tells of it.
WATCH = """
CREATE TABLE seen_changes (txid bigint, clinic_id bigint, conversation_id bigint, listed boolean, what text);
CREATE TABLE told_events (txid bigint, clinic_id bigint, channel text, event text, ephemeral boolean);
GRANT INSERT ON seen_changes, told_events TO prosa_worker;

CREATE FUNCTION shown(source text, r jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE source
    WHEN 'conversations' THEN r - '{updated_at,source_id,heard_at,heard_address}'::text[]
    WHEN 'messages' THEN r - '{posted_at,source_id,original_content,quiet,created_at}'::text[]
    WHEN 'contacts' THEN jsonb_build_object('name', r -> 'name', 'phone', r -> 'phone')
    WHEN 'message_attachments' THEN r - '{sha256,state_reason,created_at,uploaded_by,upload_expires_at}'::text[]
    ELSE r END
$$;
CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE r jsonb;
BEGIN
  IF TG_OP = 'UPDATE' AND shown(TG_TABLE_NAME, to_jsonb(OLD)) = shown(TG_TABLE_NAME, to_jsonb(NEW)) THEN
    RETURN NULL;
  END IF;
  FOREACH r IN ARRAY ARRAY[to_jsonb(OLD), to_jsonb(NEW)] LOOP
    CONTINUE WHEN r IS NULL;
    INSERT INTO seen_changes SELECT txid_current(), (r ->> 'clinic_id')::bigint, c.id,
        TG_TABLE_NAME IN ('conversations', 'contacts'), TG_TABLE_NAME || ' ' || TG_OP
      FROM (
        SELECT (r ->> 'id')::bigint WHERE TG_TABLE_NAME = 'conversations'
        UNION SELECT (r ->> 'conversation_id')::bigint WHERE TG_TABLE_NAME IN ('messages', 'conversation_actions')
        UNION SELECT v.id FROM conversations v WHERE TG_TABLE_NAME = 'contacts' AND v.contact_id = (r ->> 'id')::bigint
        UNION SELECT m.conversation_id FROM messages m
          WHERE TG_TABLE_NAME = 'message_attachments' AND m.id = (r ->> 'message_id')::bigint
      ) AS c (id);
  END LOOP;
  RETURN NULL;
END $$;
CREATE FUNCTION note_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO told_events VALUES (txid_current(), NEW.clinic_id, NEW.channel, NEW.event, NEW.ephemeral);
  RETURN NULL;
END $$;
CREATE TRIGGER told AFTER INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION note_event();
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['conversations', 'messages', 'contacts', 'message_attachments', 'conversation_actions'] LOOP
    EXECUTE format('CREATE TRIGGER seen AFTER INSERT OR UPDATE OR DELETE ON %I FOR EACH ROW'
      ' EXECUTE FUNCTION note_change()', name);
  END LOOP;
END $$;
"""


UNWATCH = """
DROP FUNCTION note_change() CASCADE; DROP FUNCTION note_event() CASCADE; DROP FUNCTION shown(text, jsonb);
DROP TABLE seen_changes, told_events;
"""


@pytest.fixture
def watched(owner: Owner) -> Iterator[Owner]:
    owner.execute(WATCH.encode())
    yield owner
    owner.execute(UNWATCH.encode())


def untold(owner: Owner, least: int = 20) -> set[str]:
    """Changes that no event of their transaction makes the API forget."""
    dropped: defaultdict[int, set[str]] = defaultdict(set)
    for row in owner.execute("SELECT * FROM told_events").fetchall():
        dropped[row["txid"]] |= stale_keys(LiveEvent(row["channel"], row["event"], row["ephemeral"]), row["clinic_id"])
    changes = owner.execute("SELECT * FROM seen_changes").fetchall()
    assert len(changes) > least
    missing = set()
    for row in changes:
        keys = {detail_key(row["conversation_id"])} | (
            {conversations_key(row["clinic_id"])} if row["listed"] else set()
        )
        if not keys <= dropped[row["txid"]]:
            missing.add(row["what"])
    return missing


async def test_every_recorded_event_tells_of_whatever_it_changes(watched: Owner, worker_pool: Pool) -> None:
    """Messages, statuses, edits, files, renames, merges, actions: none is shown to anybody without being told."""
    for seed in range(2):
        await every_event.tell(watched, worker_pool, every_event.recorded_webhooks(), random.Random(seed), 1)
    assert untold(watched) == set()


@pytest.mark.parametrize("seed", range(4))
async def test_any_story_tells_of_whatever_it_changes(watched: Owner, worker_pool: Pool, seed: int) -> None:
    """One person under two names, told in any order: also who is taken over, renamed, or given a name from outside."""
    chance = random.Random(seed)
    webhooks = every_event.story(chance)
    webhooks += [every_event.repeated(webhook) for webhook in chance.sample(webhooks, k=len(webhooks) // 2)]
    chance.shuffle(webhooks)
    await every_event.tell(watched, worker_pool, webhooks, chance, 2)
    assert untold(watched) == set()


PHONE, LID = "5511955550001", "201122334455667@lid"
CALLED = {"event": "contacts.upsert", "instance": INSTANCE}
LINKED = evolution_message(
    "A", key={"remoteJid": jid(PHONE), "remoteJidAlt": LID, "fromMe": False, "id": "A"}, name=None
)
POSTED = n8n_message("resumo", external_id="N1", phone=PHONE, timestamp="2026-11-20T12:00:00Z")
STEPS = {
    "one who had no conversation is taken over, and had the better name": [
        evolution_message("A", phone=PHONE, name="Maria"),
        {**CALLED, "data": {"remoteJid": LID, "pushName": "Maria das Dores"}},
        LINKED,
    ],
    "one who had a conversation is taken over by one who had none": [
        {**CALLED, "data": {"remoteJid": jid(PHONE), "pushName": "Maria"}},
        evolution_message("A", key={"remoteJid": LID, "fromMe": False, "id": "A"}, name=None),
        LINKED,
    ],
    "a conversation is given a name from outside by what was said already": [
        POSTED,
        {**POSTED, "conversation_id": "5511965860124551150391104"},
    ],
}


@pytest.mark.parametrize("steps", STEPS.values(), ids=STEPS)
async def test_what_is_changed_by_a_repetition_is_told(watched: Owner, worker_pool: Pool, steps: list[Any]) -> None:
    """Nothing new was said, so no message is told; what the conversation is called is another matter."""
    for body in steps:
        from_n8n = "instance" not in body
        webhook = envelope(body, source_id=2 if from_n8n else 1, kind="n8n" if from_n8n else "evolution")
        await take_in_webhooks(worker_pool, [webhook])
        await work(worker_pool)
    assert untold(watched, least=3) == set()
