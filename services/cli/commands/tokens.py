"""`prosa tokens …`: with what integrations speak to the API."""

from datetime import timedelta
from typing import Annotated, Any

from cyclopts import App, Parameter

from services.cli.administration.clinics import clinic_named
from services.cli.administration.database import administered
from services.cli.administration.service_tokens import all_tokens, create_token, revoke_token, rotate_token
from services.cli.commands.examples import examples
from services.cli.desk import output
from services.cli.options import LOCAL, Shared
from services.cli.screen.output import Output
from services.cli.screen.tables import Column
from services.cli.screen.times import ago, span_seconds
from shared.auth.service_tokens import Scope

TokenId = Annotated[int, Parameter(name="ID", help="As `prosa tokens list` shows it.")]

tokens = App(name="tokens")


@tokens.command(name="list", help_epilogue=examples("prosa tokens list", "prosa tokens list --clinic demo --json"))
def list_(
    *, clinic: Annotated[str | None, Parameter(help="Of one clinic, by slug or id.")] = None, options: Shared = LOCAL
) -> None:
    """List tokens, of all clinics or one, without what they are."""
    out = output(options)
    with administered() as connection:
        of = clinic_named(connection, clinic)["id"] if clinic else None
        found = [token_object(row) for row in all_tokens(connection) if of in (None, row["clinic_id"])]
    if out.as_json:
        out.document({"tokens": found})
    elif found:
        _show(out, found)
    else:
        out.line("No tokens yet: prosa tokens create NAME --clinic SLUG --scope conversations:read")


@tokens.command(
    help_epilogue=examples(
        "prosa tokens create n8n --clinic bem-estar \\\n    --scope messages:send --scope actions:write",
        "prosa tokens create relatorio --clinic bem-estar \\\n    --scope conversations:read --expires-in 90d",
    )
)
def create(
    name: Annotated[str, Parameter(name="NAME", help="As conversations and the audit log show it.")],
    /,
    *,
    clinic: Annotated[str, Parameter(help="Its clinic, by slug or id.")],
    scope: Annotated[tuple[Scope, ...], Parameter(help="What it may do; may be given several times.")],
    expires_in: Annotated[str | None, Parameter(help="For instance 90d; else it goes on until revoked.")] = None,
    options: Shared = LOCAL,
) -> None:
    """Create a token for an integration. It is shown once; only its hash is stored."""
    out = output(options)
    life = None if expires_in is None else timedelta(seconds=span_seconds(expires_in))
    with administered() as connection:
        row, secret = create_token(connection, clinic, name, scope, life)
    _tell(out, row, secret)


@tokens.command(help_epilogue=examples("prosa tokens rotate 1", "prosa tokens rotate 1 --overlap 0s"))
def rotate(
    token: TokenId,
    /,
    *,
    overlap: Annotated[str, Parameter(help="How long the one before goes on; up to 7d.")] = "1d",
    options: Shared = LOCAL,
) -> None:
    """Replace a token. The new one is shown once; the one before goes on for the overlap."""
    out = output(options)
    going_on = timedelta(seconds=span_seconds(overlap))
    with administered() as connection:
        row, secret = rotate_token(connection, token, going_on)
    _tell(out, row, secret)


@tokens.command(help_epilogue=examples("prosa tokens revoke 1"))
def revoke(token: TokenId, /, *, options: Shared = LOCAL) -> None:
    """End a token: the next request with it is refused."""
    out = output(options)
    with administered() as connection:
        row = token_object(revoke_token(connection, token))
    if out.as_json:
        out.document({"token": row})
    else:
        out.line(f"Token {token} ({row['name']}) is revoked.")


def token_object(row: dict[str, Any]) -> dict[str, Any]:
    """A token for programs, without what it is."""
    kept = {name: row[name] for name in ("name", "prefix", "scopes", "state")}
    ids = {name: str(row[name]) for name in ("id", "clinic_id", "user_id")}
    times = ("created_at", "expires_at", "last_used_at", "revoked_at")
    moments = {name: row[name].isoformat() if row[name] else None for name in times}
    return {**ids, **kept, **moments, "replaced_by": str(row["replaced_by"]) if row["replaced_by"] else None}


def _tell(out: Output, row: dict[str, Any], secret: str) -> None:
    if out.as_json:
        out.document({"token": token_object(row), "secret": secret})
        return
    out.facts(
        [
            ("token", f"{row['name']}, id {row['id']}"),
            ("scopes", ", ".join(row["scopes"])),
            ("secret", f"{secret}   (shown once: only its hash is stored)"),
        ]
    )


def _show(out: Output, found: list[dict[str, Any]]) -> None:
    columns = (
        Column("ID"),
        Column("NAME", flexible=True),
        Column("BEGINS"),
        Column("STATE"),
        Column("CLINIC", drop=1),
        Column("LAST USED"),
        Column("EXPIRES", drop=2),
        Column("SCOPES", drop=3),
    )
    rows = [
        [
            token["id"],
            token["name"],
            token["prefix"],
            token["state"],
            token["clinic_id"],
            ago(token["last_used_at"], out.now()),
            ago(token["expires_at"], out.now()),
            ", ".join(token["scopes"]),
        ]
        for token in found
    ]
    out.table(columns, rows)
