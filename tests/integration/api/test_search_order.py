"""Whichever way messages are looked for, what is found is what a plain look at all of them finds."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import DrawFn, composite, integers, none, sampled_from
from psycopg.rows import DictRow

from tests.integration.api.factories import Owner, add_contact, add_conversation

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTES = 4000
# From what everybody says to what was said once, alone, together, one after another, and not at all.
QUERIES = (
    "mensagem", "metade", "décimo", "quadragésimo", "milésimo", "único", "antigamente", "nada", "metade décimo",
    "metade milésimo", "décimo or único", '"metade décimo"', '"décimo metade"', "-metade", "-mensagem", "milésimo -metade",
    '"décimo milésimo"', '"quadragésimo antigamente"', '-"metade décimo"', "metade-décimo", '"metade décimo" or único',
    '"milésimo antigamente" -metade',
)  # fmt: skip
PLAIN = """
SELECT id FROM messages m
WHERE clinic_id = 1 AND deleted_at IS NULL
  AND message_words(clinic_id, content) @@ websearch_to_tsquery('portuguese', folded(%(query)s))
  AND (%(conversation)s::bigint IS NULL OR conversation_id = %(conversation)s)
  AND (%(since)s::timestamptz IS NULL OR "timestamp" >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR "timestamp" < %(until)s)
  AND (%(at)s::timestamptz IS NULL OR ("timestamp", id) < (%(at)s, %(id)s))
ORDER BY "timestamp" DESC, id DESC LIMIT %(most)s
"""
FOUND = """
SELECT message_id AS id
FROM find_messages(%(query)s, %(conversation)s, %(since)s, %(until)s, %(at)s, %(id)s, %(most)s)
"""


@pytest.fixture
def said(owner: Owner) -> list[int]:
    """A few thousand messages of three conversations, several at each instant, some long, some deleted; their
    conversations."""
    ids = [add_conversation(owner, contact_id=add_contact(owner)["id"])["id"] for _ in range(3)]
    owner.execute(
        """
        INSERT INTO messages (clinic_id, conversation_id, sender_type, content, "timestamp", deleted_at)
        SELECT 1, (%(ids)s::bigint[])[1 + CASE WHEN n %% 40 = 0 THEN n %% 3 ELSE 0 END], 'patient', 'Mensagem '
            || CASE WHEN n %% 2 = 0 THEN 'metade ' ELSE '' END || CASE WHEN n %% 10 = 4 THEN 'décimo ' ELSE '' END
            || CASE WHEN n %% 40 = 7 THEN 'quadragésimo ' ELSE '' END || CASE WHEN n %% 1000 = 9 THEN 'milésimo ' ELSE '' END
            || CASE WHEN n = 77 THEN 'único' ELSE '' END || CASE WHEN n < 3000 THEN 'antigamente' ELSE '' END
            || CASE WHEN n %% 100 = 3 THEN repeat(' sopa', 1000) ELSE '' END,
          %(noon)s + n / 3 * interval '3 minutes', CASE WHEN n %% 17 = 0 THEN now() END
        FROM generate_series(1, 4000) n
        """,
        {"ids": ids, "noon": NOON},
    )
    owner.execute("ANALYZE messages")
    return [int(one) for one in ids]


@composite
def _moments(draw: DrawFn) -> datetime:
    return NOON + timedelta(minutes=draw(integers(-10, MINUTES + 10)))


def test_what_is_found_is_what_there_is(owner: Owner, said: list[int]) -> None:
    """The same messages in the same order, for common words and rare ones, with every bound, from any place on."""

    @settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
    @given(
        query=sampled_from(QUERIES),
        conversation=none() | sampled_from([*said, 999_999]),
        since=none() | _moments(),
        until=none() | _moments(),
        at=none() | _moments(),
        of=integers(1, 5000),
        most=sampled_from([1, 2, 51, 201]),
    )
    def same(**asked: object) -> None:
        values = {**asked, "id": asked["of"] if asked["at"] else None}
        assert _ids(owner, FOUND, values) == _ids(owner, PLAIN, values)

    same()


def _ids(owner: Owner, statement: str, values: dict[str, object]) -> list[int]:
    with owner.transaction(force_rollback=True):
        owner.execute("SELECT set_config('prosa.clinic_id', '1', true)")
        rows: list[DictRow] = owner.execute(statement.encode(), values).fetchall()
    return [row["id"] for row in rows]


def test_what_everybody_says_is_found_among_the_newest(owner: Owner, said: list[int]) -> None:
    """Not in the index of words, which would give all that match; also where words stand one after another."""
    for query in ("mensagem", "metade", '"mensagem metade"', "-nada"):
        with owner.transaction(force_rollback=True):
            owner.execute("SET LOCAL ROLE prosa_api")
            owner.execute("SELECT set_config('prosa.clinic_id', '1', true)")
            owner.execute("SELECT find_messages(%s, NULL, NULL, NULL, NULL, NULL, 51)", [query])
            [scans] = owner.execute(
                "SELECT pg_stat_get_xact_numscans('idx_messages_words'::regclass) AS words,"
                " pg_stat_get_xact_numscans('idx_messages_latest'::regclass) AS latest,"
                " pg_stat_get_xact_numscans('messages'::regclass) AS whole"
            ).fetchall()
        assert (scans["words"], scans["whole"]) == (0, 0)
        assert scans["latest"] > 0
