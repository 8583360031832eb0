"""Clinics' retention rules in the database."""

from typing import Literal

from services.cli.administration.clinics import all_clinics, clinic_named
from services.cli.administration.database import Connection, Row, every, note_in_audit
from services.cli.failures import ExitCode, Failure, usage
from services.cli.settings import surroundings

Class = Literal["messages", "media", "dead_letters", "reads"]
MOST_DAYS = 36_500


def all_rules(connection: Connection) -> list[Row]:
    """Every rule, with its clinic's short name."""
    slugs = {clinic["id"]: clinic["slug"] for clinic in all_clinics(connection)}
    rows = every(
        connection,
        "prosa_worker",
        "SELECT clinic_id, class, days, set_by, set_at FROM retention_rules ORDER BY clinic_id, class",
    )
    return [{**row, "slug": slugs[row["clinic_id"]]} for row in rows]


def set_rule(connection: Connection, clinic: str, what: Class, days: int) -> Row:
    """Delete what is older from now on. Raises a Failure."""
    if not 1 <= days <= MOST_DAYS:
        raise usage(f"{days} is no number of days.", f"1 to {MOST_DAYS}.")
    found = clinic_named(connection, clinic)
    row = connection.execute(
        "INSERT INTO retention_rules (clinic_id, class, days, set_by) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (clinic_id, class) DO UPDATE SET days = excluded.days, set_by = excluded.set_by, set_at = now()"
        " RETURNING clinic_id, class, days, set_by, set_at",
        [found["id"], what, days, surroundings().person],
    ).fetchone()
    note_in_audit(connection, found["id"], "retention.set", ("clinic", found["id"]), **{"class": what, "days": days})
    if row is None:
        raise LookupError("an upsert returns its row")
    return {**row, "slug": found["slug"]}


def end_rule(connection: Connection, clinic: str, what: Class) -> None:
    """Keep everything of a class from now on. Raises a Failure where there is no rule."""
    found = clinic_named(connection, clinic)
    ended = connection.execute(
        "DELETE FROM retention_rules WHERE clinic_id = %s AND class = %s", [found["id"], what]
    ).rowcount
    if not ended:
        raise Failure(ExitCode.NOT_FOUND, f"The clinic {found['slug']} has no rule for {what}.")
    note_in_audit(connection, found["id"], "retention.ended", ("clinic", found["id"]), **{"class": what})
