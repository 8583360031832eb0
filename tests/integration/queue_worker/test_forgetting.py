"""What the worker writes down of lines and of kinds of dead letters has an end."""

from services.queue_worker import housekeeping
from shared.db.pool import Pool
from tests.dead_letters import add_dead_letter
from tests.integration.queue_worker.queue_rows import Owner


async def test_states_of_lines_are_forgotten_when_they_are_old(owner: Owner, worker_pool: Pool) -> None:
    """Of every clinic, as many as there are; the newer ones stay, and the source's own state does."""
    owner.execute("UPDATE sources SET state = 'open', state_at = now() - interval '90 days'")
    owner.execute(
        'INSERT INTO source_states (event_id, clinic_id, source_id, state, "at")'
        " SELECT gen_random_uuid(), s.clinic_id, s.id, 'open', now() - make_interval(days => age)"
        " FROM sources s, generate_series(0, 60, 15) AS age"
    )
    clinics = {row["clinic_id"] for row in owner.execute("SELECT clinic_id FROM sources")}

    await housekeeping.forget(worker_pool, 31)

    left = owner.execute(
        "SELECT clinic_id, max(now() - \"at\") < '31 days' AS young FROM source_states GROUP BY 1"
    ).fetchall()
    assert {row["clinic_id"] for row in left} == clinics
    assert len(clinics) > 1
    assert all(row["young"] for row in left)
    assert {row["state"] for row in owner.execute("SELECT state FROM sources")} == {"open"}


async def test_kinds_of_dead_letters_are_forgotten_when_nothing_is_left_of_them(
    owner: Owner, worker_pool: Pool
) -> None:
    """Not those that have a dead letter, came lately, or that somebody decided about."""
    kinds = ("gone", "here", "late", "noted", "muted", "discarded")
    for kind in kinds:
        add_dead_letter(owner, fingerprint=kind)
    owner.execute("DELETE FROM failed_messages WHERE fingerprint <> 'here'")
    owner.execute("UPDATE dead_letter_issues SET last_seen_at = now() - interval '31 days' WHERE fingerprint <> 'late'")
    owner.execute("UPDATE dead_letter_issues SET note = 'já avisado' WHERE fingerprint = 'noted'")
    owner.execute("UPDATE dead_letter_issues SET state = 'muted' WHERE fingerprint = 'muted'")
    owner.execute("UPDATE dead_letter_issues SET discard_until = now() WHERE fingerprint = 'discarded'")

    await housekeeping.forget(worker_pool, 30)

    left = {row["fingerprint"] for row in owner.execute("SELECT fingerprint FROM dead_letter_issues")}
    assert left == set(kinds) - {"gone"}
