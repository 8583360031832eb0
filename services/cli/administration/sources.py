"""Sources in the database: Evolution instances and integrations, their rights and rates. Tokens are stored hashed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.cli.administration.clinics import all_clinics, check_name, clinic_named
from services.cli.administration.database import Connection, Row, enter_clinic, note_in_audit
from services.cli.failures import ExitCode, Failure, usage
from shared.auth.webhook_tokens import new_token, token_hash
from shared.db.sources import CHANGE_SOURCE, CREATE_SOURCE, HIGHEST_RATE
from shared.http.evolution_webhook import is_server_address

_OF_CLINIC = """
SELECT id, clinic_id, kind, name, active, created_at, accepts, rate_per_second, sends_per_second, api_version, api_url,
       own_key_only, state, state_reason, CASE WHEN isfinite(state_at) THEN state_at END AS state_at,
       (SELECT max(a.last_at) FROM source_activity a WHERE a.source_id = s.id) AS last_event_at,
       (SELECT jsonb_build_object('paused_until', CASE WHEN isfinite(l.paused_until) THEN l.paused_until END,
                                  'reason', l.reason, 'failures', l.failures)
        FROM source_sending l WHERE l.source_id = s.id AND l.paused_until IS NOT NULL) AS sending
FROM sources s WHERE clinic_id = %s ORDER BY id
"""
_SETTABLE = ("name", "active", "accepts", "rate_per_second", "sends_per_second", "api_version", "api_url")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a source shall be. None: as it is, or the column's default."""

    name: str | None = None
    active: bool | None = None
    accepts: tuple[str, ...] | None = None
    rate_per_second: int | None = None
    sends_per_second: float | None = None
    api_version: str | None = None
    api_url: str | None = None
    cleared: frozenset[str] = field(default_factory=frozenset)

    def changes(self) -> dict[str, Any]:
        """The columns that are named, with their values."""
        given = {name: getattr(self, name) for name in _SETTABLE if getattr(self, name) is not None}
        listed = {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}
        return {**listed, **dict.fromkeys(self.cleared)}

    def check(self) -> None:
        """Raise a usage Failure for values that the database or the services would refuse."""
        if self.name is not None:
            check_name(self.name)
        for rate in (self.rate_per_second, self.sends_per_second):
            if rate is not None and not 0 < rate < HIGHEST_RATE:
                raise usage(f"{rate} is no rate.", "More than 0 a second.")
        if self.api_url is not None:
            _check_url(self.api_url)


def clinic_sources(connection: Connection, clinic: str | None) -> list[Row]:
    """The sources of one clinic, or of all."""
    clinics = [clinic_named(connection, clinic)] if clinic is not None else all_clinics(connection)
    return [row for found in clinics for row in _of_clinic(connection, found["id"])]


def source_named(connection: Connection, wanted: str, clinic: str | None) -> Row:
    """The source with this id or name; the transaction is narrowed to its clinic. Raises a Failure."""
    rows = clinic_sources(connection, clinic)
    found = [row for row in rows if str(row["id"]) == wanted] or [row for row in rows if row["name"] == wanted]
    if not found:
        raise Failure(
            ExitCode.NOT_FOUND, f"There is no source {wanted!r}.", "`prosa sources list --clinic SLUG` shows them."
        )
    if len(found) > 1:
        ids = ", ".join(f"{row['id']} ({row['kind']} of clinic {row['clinic_id']})" for row in found)
        raise usage(f"Several sources are called {wanted!r}: {ids}.", "Name it by its id.")
    enter_clinic(connection, found[0]["clinic_id"])
    return found[0]


def create_source(connection: Connection, kind: str, name: str, clinic: str, wanted: Wanted) -> tuple[Row, str]:
    """A new source and its token, which is stored nowhere. Raises a Failure; a taken name is a conflict."""
    check_name(name)
    wanted.check()
    clinic_id = clinic_named(connection, clinic)["id"]
    _refuse_taken(_of_clinic(connection, clinic_id), kind, name)
    token = new_token()
    inserted = connection.execute(
        CREATE_SOURCE, {"clinic_id": clinic_id, "kind": kind, "name": name, "token_hash": token_hash(token)}
    ).fetchone()
    if inserted is None:
        raise Failure(
            ExitCode.CONFLICT, f"{kind} source {name!r} was created by somebody else just now.", name="exists"
        )
    row = _one(connection, clinic_id, inserted["id"])
    connection.execute(CHANGE_SOURCE, {**row, **wanted.changes()})
    note_in_audit(connection, clinic_id, "source.created", ("source", inserted["id"]), kind=kind, name=name)
    return _one(connection, clinic_id, inserted["id"]), token


def change_source(connection: Connection, source: Row, wanted: Wanted) -> Row:
    """The source as it is then. Raises a Failure: usage where nothing is to change."""
    wanted.check()
    changes = wanted.changes()
    if not changes:
        raise usage("Nothing says what to change.", "See prosa sources set --help.")
    if wanted.name is not None and wanted.name != source["name"]:
        _refuse_taken(_of_clinic(connection, source["clinic_id"]), source["kind"], wanted.name)
    connection.execute(CHANGE_SOURCE, {**source, **changes})
    note_in_audit(connection, source["clinic_id"], "source.changed", ("source", source["id"]), **_audited(changes))
    return _one(connection, source["clinic_id"], source["id"])


def _of_clinic(connection: Connection, clinic_id: int) -> list[Row]:
    enter_clinic(connection, clinic_id)
    return connection.execute(_OF_CLINIC, [clinic_id]).fetchall()


def _one(connection: Connection, clinic_id: int, source_id: int) -> Row:
    return next(row for row in _of_clinic(connection, clinic_id) if row["id"] == source_id)


def _audited(changes: Mapping[str, Any]) -> dict[str, Any]:
    return {f"new_{name}": value for name, value in changes.items()}


def _refuse_taken(rows: Sequence[Row], kind: str, name: str) -> None:
    taken = next((row for row in rows if (row["kind"], row["name"]) == (kind, name)), None)
    if taken is not None:
        state = "active" if taken["active"] else "not active"
        raise Failure(
            ExitCode.CONFLICT,
            f"The {kind} source {name!r} exists already: id {taken['id']}, {state}.",
            "Its token cannot be shown again; `prosa sources set` changes the rest.",
            name="exists",
            known={"existing": {"id": str(taken["id"]), "kind": kind, "name": name, "active": taken["active"]}},
        )


def _check_url(url: str) -> None:
    if not is_server_address(url):
        raise usage(f"{url!r} is no address of an Evolution server.", "It looks like https://evolution.example.com.")
