"""Sources' secrets: sealed, several of one purpose valid at once while one replaces the other."""

import base64
import binascii
import secrets
from datetime import UTC, datetime
from typing import Literal, get_args

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.cli.administration.database import Connection, Row, note_in_audit
from services.cli.failures import ExitCode, Failure, usage
from shared.auth.seal import DEVELOPMENT_KEY, seal
from shared.runtime.environment import Environment, UnsafeSettingError, secrets_keys

Purpose = Literal["evolution-jwt", "standard-webhooks", "api-key"]
PURPOSES: tuple[str, ...] = get_args(Purpose)
OF_KIND = {"evolution": ("evolution-jwt", "standard-webhooks", "api-key"), "n8n": ("standard-webhooks",)}

PREFIX = "whsec_"
SHORTEST, LONGEST = 16, 1024  # characters
KEY_BYTES = range(24, 65)  # of a Standard Webhooks secret


class SealingSettings(BaseSettings):
    """With which keys secrets are sealed: those of the services that open them."""

    model_config = SettingsConfigDict(frozen=True, hide_input_in_errors=True, env_ignore_empty=True)

    prosa_env: Environment = "development"
    prosa_secrets_key: SecretStr = Field(SecretStr(DEVELOPMENT_KEY), description="Seals; separated by commas.")


def new_secret(purpose: str) -> str:
    """A secret nobody chose. Raises a usage Failure for an API key, which Evolution gives."""
    if purpose == "api-key":
        raise usage("An API key is Evolution's to give.", "Pass it on stdin, or in PROSA_SOURCE_SECRET.")
    if purpose == "standard-webhooks":
        return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()
    return secrets.token_urlsafe(32)


def check_secret(kind: str, purpose: str, secret: str) -> None:
    """Raise a usage Failure for what no service could use. Never shows it."""
    if purpose not in OF_KIND[kind]:
        raise usage(f"A source of kind {kind} has no use for {purpose}.", f"It may have {', '.join(OF_KIND[kind])}.")
    if purpose == "standard-webhooks":
        _check_standard_webhooks(secret)
    elif not SHORTEST <= len(secret) <= LONGEST or not secret.isascii() or not secret.isprintable():
        raise usage(f"The secret must have {SHORTEST} to {LONGEST} printable ASCII characters.")


def add_secret(connection: Connection, source: Row, purpose: str, secret: str) -> Row:
    """The stored secret, without what it is. Others of its purpose stay valid."""
    check_secret(source["kind"], purpose, secret)
    sealed = seal(sealing_keys(), source["id"], purpose, secret)
    [row] = connection.execute(
        "INSERT INTO source_secrets (clinic_id, source_id, purpose, sealed) VALUES (%s, %s, %s, %s)"
        " RETURNING id, source_id, purpose, created_at, expires_at",
        [source["clinic_id"], source["id"], purpose, sealed],
    ).fetchall()
    note_in_audit(
        connection,
        source["clinic_id"],
        "source.secret_added",
        ("source", source["id"]),
        secret_id=row["id"],
        purpose=purpose,
    )
    return row


def list_secrets(connection: Connection, source: Row) -> list[Row]:
    """A source's secrets, newest first, without what they are."""
    return connection.execute(
        "SELECT id, source_id, purpose, created_at, expires_at FROM source_secrets WHERE source_id = %s ORDER BY id DESC",
        [source["id"]],
    ).fetchall()


def expire_secret(connection: Connection, source: Row, secret_id: int, at: datetime) -> Row:
    """The secret, which nobody accepts any more from then on. Raises a Failure where it is not the source's."""
    row = connection.execute(
        "UPDATE source_secrets SET expires_at = %s WHERE id = %s AND source_id = %s"
        " RETURNING id, source_id, purpose, created_at, expires_at",
        [at, secret_id, source["id"]],
    ).fetchone()
    if row is None:
        raise Failure(
            ExitCode.NOT_FOUND,
            f"The source {source['name']!r} has no secret {secret_id}.",
            f"`prosa sources secret list {source['id']}` shows them.",
        )
    note_in_audit(
        connection,
        source["clinic_id"],
        "source.secret_expires",
        ("source", source["id"]),
        secret_id=secret_id,
        at=at.astimezone(UTC).isoformat(timespec="seconds"),
    )
    return row


def sealing_keys() -> tuple[str, ...]:
    """The services' keys: the first seals, each opens. Raises a usage Failure."""
    settings = SealingSettings()
    try:
        return secrets_keys(settings.prosa_env, settings.prosa_secrets_key.get_secret_value())
    except UnsafeSettingError as error:
        raise usage(f"{error}.", "Give it the services' value.") from None


def _check_standard_webhooks(secret: str) -> None:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(PREFIX) or len(key) not in KEY_BYTES:
        raise usage("A Standard Webhooks secret is whsec_ and the base64 of 24 to 64 bytes.", "--generate makes one.")
