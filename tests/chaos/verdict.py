"""What is there, against what was accepted."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.rows import DictRow
from redis import Redis

from services.queue_worker.effects.settling import status_rank
from tests.chaos.agents import PREFIX
from tests.chaos.clinics import CLINICS
from tests.chaos.ledger import name_of
from tests.chaos.load import Buried, Climbed, Edited, Effect, Reacted, Said, Webhook

Database = psycopg.Connection[DictRow]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Counts of accepted webhooks and replies. `complaints` say what else is wrong."""

    stored: int
    dead: int
    lost: Sequence[str]
    doubled: Sequence[str]
    complaints: Sequence[str]
    # What is of another clinic: rows, frames and answers.
    foreign: Sequence[str] = ()

    @property
    def sound(self) -> bool:
        return not (self.lost or self.doubled or self.complaints or self.foreign)


@dataclass
class Found:
    """What the database holds."""

    messages: dict[str, DictRow]
    replies: Counter[str]
    edits: Counter[tuple[str, str]]
    dead: Counter[str]
    strangers: list[str] = field(default_factory=list)  # rows that say another clinic's words, or name its things
    dead_in: dict[str, int | None] = field(default_factory=dict)
    rows: list[DictRow] = field(default_factory=list)
    contents: Counter[str] = field(default_factory=Counter)
    out: list[str] = field(default_factory=list)  # replies that left, or still say that they will


def look(database: Database) -> Found:
    """Read everything that could be an effect."""
    rows = database.execute("SELECT * FROM messages").fetchall()
    edits = database.execute("SELECT provider_id, value FROM message_changes WHERE kind = 'edit'").fetchall()
    dead = database.execute("SELECT raw, clinic_id FROM failed_messages WHERE raw IS NOT NULL").fetchall()
    return Found(
        messages={row["provider_id"]: row for row in rows if row["client_message_id"] is None},
        replies=Counter(row["client_message_id"] for row in rows if row["client_message_id"] is not None),
        edits=Counter((row["provider_id"], row["value"]) for row in edits),
        dead=Counter(name_of(bytes(row["raw"])) for row in dead),
        strangers=[*_with_foreign_words(rows), *map(str, database.execute(FOREIGN_REFERENCES).fetchall())],
        dead_in={name_of(bytes(row["raw"])): row["clinic_id"] for row in dead},
        rows=rows,
        contents=Counter(row["original_content"] or row["content"] for row in rows),
        out=[row["content"] for row in rows if row["client_message_id"] and row["delivery_status"] != "failed"],
    )


def _with_foreign_words(rows: Sequence[DictRow]) -> Iterator[str]:
    marks = {clinic.id: clinic.mark for clinic in CLINICS}
    for row in rows:
        for words in (row["content"], row["original_content"]):
            if words and not words.endswith(marks[row["clinic_id"]]):
                yield f"message {row['id']} of clinic {row['clinic_id']} says {words!r}"


def judge(found: Found, sent: Mapping[str, Webhook], accepted: Iterable[str], delivered: Counter[str]) -> Verdict:
    """Weigh each accepted name. `delivered` counts the texts that left through the stand-in."""
    names = set(accepted)
    lost = [name for name in names if not _is_there(found, name, sent.get(name))]
    dead = {name for name in names if name in found.dead}
    doubled = [
        *(f"dead {count} times: {name}" for name, count in found.dead.items() if count > 1),
        *(f"stored {count} times: {content}" for content, count in found.contents.items() if count > 1),
        *(f"sent to the patient {count} times: {text}" for text, count in delivered.items() if count > 1),
        *(f"stored and dead: {name}" for name in dead if not _is_garbage(sent[name])),
    ]
    silent = [f"neither sent nor given up: {content}" for content in found.out if not delivered[content]]
    complaints = [*_complaints(found, sent, names), *silent]
    buried_abroad = [
        f"a dead letter of clinic {clinic_id} is clinic {sent[name].clinic_id}'s: {name}"
        for name, clinic_id in found.dead_in.items()
        if name in sent and sent[name].clinic_id != clinic_id
    ]
    foreign = [*found.strangers, *buried_abroad]
    return Verdict(len(names) - len(lost) - len(dead), len(dead), lost, doubled, complaints, foreign)


def _is_garbage(webhook: Webhook) -> bool:
    return webhook.effects == (Buried(),)


def _is_there(found: Found, name: str, webhook: Webhook | None) -> bool:
    if webhook is None:
        return name.startswith(PREFIX) and found.replies[name] > 0
    return all(_has_effect(found, name, effect) for effect in webhook.effects)


def _has_effect(found: Found, name: str, effect: Effect) -> bool:
    if isinstance(effect, Buried):
        return found.dead[name] > 0
    message = found.messages.get(effect.provider_id)
    if message is None:
        return False
    match effect:
        case Said():
            return bool(effect.content == (message["original_content"] or message["content"]))
        case Edited():
            return found.edits[effect.provider_id, effect.content] == 1
        case Reacted():
            return [reaction["emoji"] for reaction in message["reactions"]] == [effect.emoji]
        case Climbed():
            return status_rank(message["delivery_status"]) >= status_rank(effect.status)  # type: ignore[arg-type]


def _complaints(found: Found, sent: Mapping[str, Webhook], accepted: set[str]) -> list[str]:
    """Messages that show another text than their newest edit, or a status nobody reported, or that nobody sent."""
    effects = [effect for webhook in sent.values() for effect in webhook.effects]
    known = {effect.provider_id for effect in effects if isinstance(effect, Said)}
    complaints = [f"nobody sent {provider_id}" for provider_id in found.messages.keys() - known]
    accepted_effects = [effect for name in accepted if name in sent for effect in sent[name].effects]
    newest: dict[str, Edited] = {}
    highest: dict[str, Climbed] = {}
    for effect in accepted_effects:
        if isinstance(effect, Edited):
            newest[effect.provider_id] = max(newest.get(effect.provider_id, effect), effect, key=lambda edit: edit.at)
        if isinstance(effect, Climbed):
            climbed = highest.get(effect.provider_id, effect)
            highest[effect.provider_id] = max(climbed, effect, key=lambda climb: status_rank(climb.status))  # type: ignore[arg-type]
    shown = found.messages
    complaints += [
        f"{provider_id} shows {shown[provider_id]['content']!r}, not its newest text {edit.content!r}"
        for provider_id, edit in newest.items()
        if provider_id in shown and shown[provider_id]["content"] != edit.content
    ]
    complaints += [
        f"{provider_id} is {shown[provider_id]['delivery_status']}, but the highest reported is {climb.status}"
        for provider_id, climb in highest.items()
        if provider_id in shown and shown[provider_id]["delivery_status"] != climb.status
    ]
    return complaints


LEFT_OVER = """
    SELECT (SELECT count(*) FROM message_queue) AS queued, (SELECT count(*) FROM outbox) AS untold
"""
# Not on their way: a change whose message was lost waits for good.
UNSETTLED = "SELECT provider_id, kind FROM message_changes WHERE NOT settled"
WRONG_SUMMARIES = """
    SELECT c.id, c.unread_count, seen.unread, c.last_message_id, seen.newest FROM conversations c, LATERAL (
      SELECT count(*) FILTER (WHERE sender_type = 'patient' AND NOT quiet) AS unread,
        (array_agg(m.id ORDER BY m."timestamp" DESC, m.id DESC))[1] AS newest,
        (array_agg(m.content ORDER BY m."timestamp" DESC, m.id DESC))[1] AS words
      FROM messages m WHERE m.conversation_id = c.id AND m.message_type <> 'note'
    ) AS seen
    WHERE (c.unread_count, c.last_message_id, c.last_message) IS DISTINCT FROM (seen.unread, seen.newest, seen.words)
"""
WRONG_COUNTS = """
    SELECT * FROM (SELECT clinic_id, status, priority, assigned_to, count(*)::numeric AS conversations
      FROM conversations GROUP BY 1, 2, 3, 4) AS counted
    FULL JOIN (SELECT clinic_id, status, priority, assigned_to, sum(conversations) AS added_up
      FROM conversation_counts GROUP BY 1, 2, 3, 4 HAVING sum(conversations) <> 0) AS kept
    ON (counted.clinic_id, counted.status, counted.priority) = (kept.clinic_id, kept.status, kept.priority)
      AND counted.assigned_to IS NOT DISTINCT FROM kept.assigned_to
    WHERE counted.conversations IS DISTINCT FROM kept.added_up
"""
FOREIGN_REFERENCES = """
    SELECT 'message' AS what, m.id::text FROM messages m JOIN conversations c ON c.id = m.conversation_id
      WHERE c.clinic_id <> m.clinic_id
    UNION ALL SELECT 'conversation', c.id::text FROM conversations c JOIN contacts p ON p.id = c.contact_id
      WHERE p.clinic_id <> c.clinic_id
    UNION ALL SELECT 'identity', i.value FROM contact_identities i JOIN contacts p ON p.id = i.contact_id
      WHERE p.clinic_id <> i.clinic_id
    UNION ALL SELECT 'source', m.id::text FROM messages m JOIN sources s ON s.id = m.source_id
      WHERE s.clinic_id <> m.clinic_id
    UNION ALL SELECT 'reply', m.id::text FROM messages m
      WHERE client_message_id LIKE 'reply-%' AND split_part(client_message_id, '-', 2) <> clinic_id::text
    UNION ALL SELECT 'provider id', m.id::text FROM messages m
      WHERE provider_id LIKE 'CHAOS%' AND substr(provider_id, 6, 1) <> clinic_id::text
"""
MIXED_CONVERSATIONS = """
    SELECT conversation_id FROM messages WHERE client_message_id IS NULL
    GROUP BY 1 HAVING count(DISTINCT split_part(content, ' ', 1)) <> 1
"""


def left_over(database: Database) -> dict[str, int]:
    """What is still on its way inside Postgres; leases count with what they hold."""
    row = database.execute(LEFT_OVER).fetchone()
    return {name: count for name, count in (row or {}).items() if count}


def inconsistencies(database: Database) -> list[str]:
    """Summaries and counters that do not equal what they summarise, conversations that mix patients, changes not shown."""
    wrong = [f"a conversation's entry is wrong: {row}" for row in database.execute(WRONG_SUMMARIES).fetchall()]
    counts = [f"conversations are counted wrongly: {row}" for row in database.execute(WRONG_COUNTS).fetchall()]
    mixed = [f"a conversation mixes patients: {row}" for row in database.execute(MIXED_CONVERSATIONS).fetchall()]
    waiting = [f"a change waits for its message: {row}" for row in database.execute(UNSETTLED).fetchall()]
    return [*wrong, *counts, *mixed, *waiting]


def live_faults(redis: Redis, database: Database, *, forgets: bool) -> list[str]:
    """Channels whose numbers have a gap, and messages announced twice or, where Redis forgot nothing, never."""
    faults: list[str] = []
    announced: Counter[str] = Counter()
    cut_short = False
    for key in redis.scan_iter(match="*:position"):
        history: Any = redis.xrange(key.replace(":position", ":history"))
        numbers = [int(entry_id.split("-")[0]) for entry_id, _ in history]
        last = int(redis.hget(key, "seq") or 0)
        if numbers and numbers != list(range(numbers[0], last + 1)):
            faults.append(f"{key} has a gap")
        if ":conversa:" in key:
            cut_short |= bool(numbers) and numbers[0] > 1
            announced.update(_announced(fields["f"] for _, fields in history))
    faults += [f"message {message} was announced {count} times" for message, count in announced.items() if count > 1]
    if not forgets and not cut_short:
        rows = database.execute("SELECT id FROM messages WHERE NOT quiet").fetchall()
        faults += [f"message {row['id']} was never announced" for row in rows if not announced[str(row["id"])]]
    return faults


def _announced(frames: Iterable[str]) -> list[str]:
    events = map(json.loads, frames)
    return [str(event["data"]["id"]) for event in events if event["type"] == "message:new"]
