"""The installation's database, as its owner. Row-level security holds for owners too: see each function."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, LiteralString
from urllib.parse import urlsplit

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import Jsonb
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.cli.administration.forgetting import forgetting, note_stale
from services.cli.failures import ExitCode, Failure
from services.cli.settings import surroundings
from shared.events.live import LiveEvent

Connection = psycopg.Connection[DictRow]
Row = dict[str, Any]

_NO_SCHEMA = (
    psycopg.errors.UndefinedObject,
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.UndefinedFunction,
)
OPTIONS = "-c statement_timeout=15000 -c timezone=UTC"


class DatabaseSettings(BaseSettings):
    """What administration reads beside the settings."""

    model_config = SettingsConfigDict(frozen=True, hide_input_in_errors=True, env_ignore_empty=True)

    database_url: str = Field(repr=False, description="The Postgres of the installation, as its owner.")


@contextmanager
def administered() -> Iterator[Connection]:
    """One transaction: everything in the block, or nothing. Raises a Failure where the database is away or not ours."""
    url = _database_url()
    try:
        with (
            forgetting(),
            psycopg.connect(
                url, connect_timeout=3, options=OPTIONS, application_name="prosa_cli", row_factory=dict_row
            ) as connection,
        ):
            yield connection
    except _NO_SCHEMA:
        raise Failure(
            ExitCode.FAILED, f"The database {place(url)} does not have the newest schema.", "Run `make migrate`."
        ) from None
    except psycopg.errors.InsufficientPrivilege as error:
        raise Failure(
            ExitCode.NOT_ALLOWED, f"The database {place(url)} refuses: {error}.", "DATABASE_URL must name its owner."
        ) from None
    except psycopg.errors.QueryCanceled:
        raise Failure(
            ExitCode.FAILED,
            f"The database {place(url)} did not answer a question within 15 s.",
            "See what it is busy with.",
        ) from None
    except psycopg.OperationalError as error:
        raise _unreachable(url, error) from None


def place(url: str) -> str:
    """Where a database is, without who one is there. Pure."""
    parts = urlsplit(url)
    return f"{parts.hostname or 'local socket'}:{parts.port or 5432}{parts.path}"


def every(connection: Connection, role: LiteralString, query: LiteralString) -> list[Row]:
    """The rows that a service's role sees of all clinics: the owner sees one clinic's only."""
    try:
        connection.execute(b"SET LOCAL ROLE " + role.encode())
    except psycopg.errors.InvalidParameterValue:
        raise psycopg.errors.UndefinedObject(f"there is no role {role}") from None
    rows = connection.execute(query).fetchall()
    connection.execute("RESET ROLE")
    return rows


def enter_clinic(connection: Connection, clinic_id: int) -> None:
    """Narrow the transaction to one clinic."""
    connection.execute("SELECT set_config('prosa.clinic_id', %s, true)", [str(clinic_id)])


def note_in_audit(
    connection: Connection, clinic_id: int, action: str, subject: tuple[str, object], **data: Any
) -> None:
    """Who did what, in the transaction that does it. There is no account behind it, so it names the machine's user."""
    connection.execute(
        "INSERT INTO audit_log (clinic_id, action, subject_type, subject_id, data) VALUES (%s, %s, %s, %s, %s)",
        [clinic_id, action, subject[0], str(subject[1]), Jsonb({"by": f"prosa cli ({surroundings().person})", **data})],
    )


def tell(connection: Connection, clinic_id: int, event: LiveEvent) -> None:
    """A live event, in the transaction of its effect; a worker publishes it within its polls' interval."""
    note_stale(event, clinic_id)
    connection.execute(
        "INSERT INTO outbox (clinic_id, channel, event) VALUES (%s, %s, %s)", [clinic_id, event.channel, event.frame]
    )


def _database_url() -> str:
    try:
        return DatabaseSettings().database_url
    except ValidationError:
        raise Failure(
            ExitCode.UNREACHABLE,
            "DATABASE_URL is not set, and the local stack has no database yet.",
            "Start it with `make up`, or set DATABASE_URL.",
            name="database_unknown",
        ) from None


def _unreachable(url: str, error: psycopg.OperationalError) -> Failure:
    # libpq's text names host, port and user, never the password; its first line says why.
    reason = str(error).strip().splitlines()[-1]
    return Failure(
        ExitCode.UNREACHABLE,
        f"The database {place(url)} is not reachable: {reason}",
        "Start it with `make up`, or correct DATABASE_URL.",
        name="database_unreachable",
    )
