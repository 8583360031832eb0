"""A clinic of 100,000 conversations and 2,000,000 messages beside fifty small ones, in a minute or two.

Rows are made by Postgres itself. Shapes are as in life: a few conversations have thousands of messages, most have a dozen;
one in nine messages has a file, one conversation in five an action; a tenth is archived, a third is somebody's.

`python -m tests.bench.large_clinic <database-url>` fills a migrated database by hand.
"""

import sys
import time
from dataclasses import dataclass

import psycopg

LARGE_CLINIC = 1000
SMALL_CLINICS = 50


@dataclass(frozen=True, slots=True)
class Size:
    """How much of it."""

    conversations: int = 100_000
    messages: int = 2_000_000
    small_conversations: int = 40
    small_messages: int = 800
    users: int = 40


STEPS = (
    # Clinics: the large one and the small ones after it.
    "INSERT INTO clinics (id, slug, name) SELECT {first} + n, 'large-' || n, 'Clínica ' || n"
    " FROM generate_series(0, {small}) n",
    """INSERT INTO users (id, clinic_id, email, name, role, password_hash)
       SELECT {first} * 1000 + n, {first}, 'agente' || n || '@large.test', 'Agente ' || n, 'agent', 'x'
       FROM generate_series(1, {users}) n""",
    """INSERT INTO contacts (id, clinic_id, name, phone)
       SELECT {base} + n, {clinic}, (ARRAY['Maria', 'José', 'Ana', 'João', 'Conceição', 'Luís'])[1 + n % 6] || ' '
         || (ARRAY['da Silva', 'Gonçalves', 'de Souza', 'Araújo', 'Pereira'])[1 + n % 5] || ' ' || n,
         '5511' || (900000000 + n)
       FROM generate_series(1, {conversations}) n""",
    """INSERT INTO conversations (id, clinic_id, contact_id, external_id, status, priority, assigned_to, unread_count,
         last_message_type, last_message_sender, last_message, last_message_at, created_at)
       SELECT {base} + n, {clinic}, {base} + n, CASE WHEN n % 3 = 0 THEN '5511965860124551' || n END,
         CASE WHEN n % 10 = 0 THEN 'archived' ELSE 'active' END,
         (ARRAY['normal', 'normal', 'normal', 'high', 'low', 'urgent'])[1 + n % 6],
         CASE WHEN n % 3 = 1 AND {clinic} = {first} THEN {first} * 1000 + 1 + n % {users} END, n % 4,
         'text', 'patient', 'Bom dia, gostaria de remarcar a consulta ' || n, now() - n * interval '37 seconds',
         now() - interval '90 days'
       FROM generate_series(1, {conversations}) n""",
    # Half of the messages spread evenly, the other half over fewer and fewer conversations.
    """INSERT INTO messages (clinic_id, conversation_id, sender_type, content, message_type, "timestamp", delivery_status)
       SELECT {clinic}, {base} + c, (ARRAY['patient', 'professional', 'patient', 'ai'])[1 + n % 4],
         'Mensagem ' || n || repeat(' bom dia, tudo bem? ', 1 + n % 5),
         (ARRAY['text', 'text', 'text', 'audio', 'image'])[1 + n % 5],
         now() - c * interval '37 seconds' - (n % 5000) * interval '7 minutes', 'delivered'
       FROM (SELECT n, CASE WHEN n % 2 = 0 THEN 1 + n / 2 % {conversations}
               ELSE 1 + floor({conversations} * power(random(), 4))::integer % {conversations} END AS c
             FROM generate_series(1, {messages}) n) AS spread""",
    """INSERT INTO message_attachments (clinic_id, message_id, file_name, file_type, file_size)
       SELECT clinic_id, id, 'exame-' || id || '.jpg', 'image/jpeg', 120000 FROM messages
       WHERE clinic_id = {clinic} AND id % 9 = 0""",
    """INSERT INTO conversation_actions (clinic_id, conversation_id, action_type, action_data)
       SELECT {clinic}, {base} + n, 'appointment_created', jsonb_build_object('appointment_id', n)
       FROM generate_series(1, {conversations}) n WHERE n % 5 = 0""",
)
LATEST = """
UPDATE conversations c SET last_message_id = m.id, last_message = left(m.content, 500), last_message_type = m.message_type,
  last_message_sender = m.sender_type, last_message_at = m."timestamp"
FROM (SELECT DISTINCT ON (conversation_id) * FROM messages WHERE clinic_id >= {first}
      ORDER BY conversation_id, "timestamp" DESC, id DESC) AS m
WHERE c.id = m.conversation_id AND c.clinic_id = m.clinic_id
"""


def fill(url: str, size: Size) -> float:
    """Make the rows; returns how long it took, in seconds."""
    began = time.perf_counter()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET work_mem = '256MB'")
        _step(connection, STEPS[0], LARGE_CLINIC, size, 0, 0)
        _step(connection, STEPS[1], LARGE_CLINIC, size, 0, 0)
        for number in range(SMALL_CLINICS + 1):
            large = number == 0
            conversations = size.conversations if large else size.small_conversations
            messages = size.messages if large else size.small_messages
            for step in STEPS[2:]:
                _step(connection, step, LARGE_CLINIC + number, size, conversations, messages)
        connection.execute(LATEST.format(first=LARGE_CLINIC).encode())
        connection.execute("VACUUM ANALYZE")
    return time.perf_counter() - began


def conversation_ids(size: Size) -> range:
    """Of the large clinic: the first is the one that was active last."""
    base = LARGE_CLINIC * 10_000_000
    return range(base + 1, base + 1 + size.conversations)


def _step(
    connection: psycopg.Connection[tuple[object, ...]],
    step: str,
    clinic: int,
    size: Size,
    conversations: int,
    messages: int,
) -> None:
    with connection.transaction():
        connection.execute("SELECT set_config('prosa.clinic_id', %s, true)", [str(clinic)])
        statement = step.format(
            first=LARGE_CLINIC,
            small=SMALL_CLINICS,
            users=size.users,
            clinic=clinic,
            base=clinic * 10_000_000,
            conversations=conversations,
            messages=messages,
        )
        connection.execute(statement.encode())


if __name__ == "__main__":
    print(f"filled in {fill(sys.argv[1], Size()):.0f} s")
