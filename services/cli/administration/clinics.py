"""Clinics in the database."""

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.cli.administration.database import Connection, Row, enter_clinic, every, note_in_audit
from services.cli.failures import ExitCode, Failure, usage

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_SLUG, LONGEST_NAME = 63, 255


def all_clinics(connection: Connection) -> list[Row]:
    """Every clinic."""
    return every(connection, "prosa_worker", "SELECT id, slug, name, timezone, created_at FROM clinics ORDER BY id")


def clinic_named(connection: Connection, wanted: str) -> Row:
    """The clinic with this slug or id; the transaction is narrowed to it. Raises a Failure."""
    clinics = all_clinics(connection)
    found = next((clinic for clinic in clinics if wanted in (clinic["slug"], str(clinic["id"]))), None)
    if found is None:
        known = ", ".join(clinic["slug"] for clinic in clinics[:20]) or "none yet"
        raise Failure(ExitCode.NOT_FOUND, f"There is no clinic {wanted!r}.", f"There are: {known}.")
    enter_clinic(connection, found["id"])
    return found


def create_clinic(connection: Connection, slug: str, name: str, timezone: str) -> Row:
    """A new clinic. Raises a Failure: usage for bad values, conflict where the slug is taken."""
    check_slug(slug)
    check_name(name)
    check_timezone(timezone)
    _refuse_taken(all_clinics(connection), slug)
    # Its id comes first: the policy lets nobody write a clinic's row but in that clinic's transaction.
    [row] = connection.execute("SELECT nextval('clinics_id_seq') AS id").fetchall()
    enter_clinic(connection, row["id"])
    inserted = connection.execute(
        "INSERT INTO clinics (id, slug, name, timezone) VALUES (%s, %s, %s, %s) ON CONFLICT (slug) DO NOTHING"
        " RETURNING id, slug, name, timezone, created_at",
        [row["id"], slug, name, timezone],
    ).fetchone()
    if inserted is None:
        raise Failure(ExitCode.CONFLICT, f"The clinic {slug!r} was created by somebody else just now.", name="exists")
    note_in_audit(connection, row["id"], "clinic.created", ("clinic", row["id"]), slug=slug)
    return inserted


def check_slug(slug: str) -> None:
    """Raise unless it can be a clinic's short name."""
    if not _SLUG.fullmatch(slug) or len(slug) > LONGEST_SLUG:
        raise usage(f"{slug!r} is no slug.", "Lower-case letters, digits and single hyphens: bem-estar.")


def check_name(name: str) -> None:
    """Raise unless it is a line of readable text."""
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise usage(f"{name!r} is no name.", f"1 to {LONGEST_NAME} printable characters.")


def check_timezone(timezone: str) -> None:
    """Raise unless it is an IANA time zone."""
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise usage(f"{timezone!r} is no time zone.", "An IANA name, such as America/Sao_Paulo.") from None


def _refuse_taken(clinics: list[Row], slug: str) -> None:
    taken = next((clinic for clinic in clinics if clinic["slug"] == slug), None)
    if taken is not None:
        raise Failure(
            ExitCode.CONFLICT,
            f"The clinic {slug!r} exists already: id {taken['id']}, {taken['name']}, {taken['timezone']}.",
            name="exists",
            known={
                "existing": {"id": str(taken["id"]), "slug": slug, "name": taken["name"], "timezone": taken["timezone"]}
            },
        )
