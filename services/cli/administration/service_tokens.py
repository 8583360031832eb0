"""Integrations' tokens in the database."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from services.cli.administration.clinics import clinic_named
from services.cli.administration.database import Connection, Row, enter_clinic, every, note_in_audit
from services.cli.failures import ExitCode, Failure, usage
from shared.auth.service_tokens import (
    LONGEST_LIFE_DAYS,
    LONGEST_NAME,
    LONGEST_OVERLAP,
    MOST_TOKENS,
    Scope,
    new_service_token,
    ordered_scopes,
    shown_prefix,
)
from shared.auth.webhook_tokens import token_hash
from shared.db import service_tokens as statements


def all_tokens(connection: Connection) -> list[Row]:
    """Every clinic's tokens, also those that are over."""
    query = f"SELECT {statements.SHOWN} FROM service_tokens ORDER BY clinic_id, id"  # noqa: S608 - constants
    return every(connection, "prosa_services", query)


def create_token(
    connection: Connection, clinic: str, name: str, scopes: Sequence[Scope], life: timedelta | None
) -> tuple[Row, str]:
    """A new service's token, which is stored nowhere. Raises a Failure."""
    _check(name, life)
    clinic_id = clinic_named(connection, clinic)["id"]
    _require_room(connection, clinic_id)
    [service] = connection.execute(statements.CREATE_SERVICE, {"name": name}).fetchall()
    wanted = {"user_id": service["user_id"], "name": name, "scopes": ordered_scopes(scopes), "life": life}
    row, secret = _add(connection, clinic_id, wanted)
    audited = {"name": name, "scopes": wanted["scopes"], "user_id": str(service["user_id"])}
    note_in_audit(connection, clinic_id, "service_token.created", ("service_token", row["id"]), **audited)
    return row, secret


def rotate_token(connection: Connection, token_id: int, overlap: timedelta) -> tuple[Row, str]:
    """Another token for the same service; the one before goes on for the overlap. Raises a Failure."""
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        raise usage("The overlap is too long.", f"{LONGEST_OVERLAP.days}d at most.")
    was = _token(connection, token_id)
    _require_room(connection, was["clinic_id"])
    was = _locked(connection, was["clinic_id"], token_id)
    if was["state"] != "active":
        raise Failure(ExitCode.CONFLICT, f"Token {token_id} is {was['state']}.", "Create another.", name=was["state"])
    life = was["expires_at"] and was["expires_at"] - was["created_at"]
    kept = {name: was[name] for name in ("user_id", "name", "scopes")}
    row, secret = _add(connection, was["clinic_id"], kept | {"life": life})
    replaced = {"clinic_id": was["clinic_id"], "id": token_id, "by": row["id"], "overlap": overlap}
    connection.execute(statements.REPLACE, replaced)
    audited = {"replaced_by": str(row["id"]), "overlap_seconds": int(overlap.total_seconds())}
    note_in_audit(connection, was["clinic_id"], "service_token.rotated", ("service_token", token_id), **audited)
    return row, secret


def revoke_token(connection: Connection, token_id: int) -> Row:
    """End a token with the next request. Raises a Failure; a conflict where it is revoked already."""
    clinic_id = _token(connection, token_id)["clinic_id"]
    row = _locked(connection, clinic_id, token_id)
    if row["state"] == "revoked":
        raise Failure(ExitCode.CONFLICT, f"Token {token_id} is revoked already.", name="already")
    connection.execute(statements.REVOKE, {"clinic_id": clinic_id, "id": token_id})
    connection.execute(statements.RETIRE, {"user_id": row["user_id"]})
    audited = {"name": row["name"], "user_id": str(row["user_id"])}
    note_in_audit(connection, clinic_id, "service_token.revoked", ("service_token", token_id), **audited)
    return _locked(connection, clinic_id, token_id)


def _check(name: str, life: timedelta | None) -> None:
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise usage(f"{name!r} is no name.", f"1 to {LONGEST_NAME} printable characters.")
    if life is not None and not timedelta() < life <= timedelta(days=LONGEST_LIFE_DAYS):
        raise usage("It would go on for too long.", f"{LONGEST_LIFE_DAYS}d at most.")


def _token(connection: Connection, token_id: int) -> Row:
    """The token with this id; the transaction is narrowed to its clinic."""
    found = next((token for token in all_tokens(connection) if token["id"] == token_id), None)
    if found is None:
        raise Failure(ExitCode.NOT_FOUND, f"There is no token {token_id}.", "`prosa tokens list` shows what there is.")
    enter_clinic(connection, found["clinic_id"])
    return found


def _require_room(connection: Connection, clinic_id: int) -> None:
    connection.execute(statements.TAKE_TURNS, {"clinic_id": clinic_id})
    [counted] = connection.execute(statements.COUNT, {"clinic_id": clinic_id}).fetchall()
    if counted["count"] >= MOST_TOKENS:
        raise Failure(ExitCode.CONFLICT, f"A clinic has {MOST_TOKENS} tokens at most.", "Revoke one.", name="too_many")


def _add(connection: Connection, clinic_id: int, values: dict[str, Any]) -> tuple[Row, str]:
    secret = new_service_token()
    hidden = {"token_hash": token_hash(secret), "prefix": shown_prefix(secret)}
    [row] = connection.execute(
        statements.ADD, values | hidden | {"clinic_id": clinic_id, "created_by": None}
    ).fetchall()
    return _locked(connection, clinic_id, row["id"]), secret


def _locked(connection: Connection, clinic_id: int, token_id: int) -> Row:
    [row] = connection.execute(statements.LOCK.encode(), {"clinic_id": clinic_id, "id": token_id}).fetchall()
    return row
