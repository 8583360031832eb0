"""`prosa sources …`: Evolution instances and integrations."""

import sys
from datetime import datetime
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter

from services.cli.administration.database import administered
from services.cli.administration.resealing import reencrypt_secrets
from services.cli.administration.source_secrets import (
    Purpose,
    add_secret,
    expire_secret,
    list_secrets,
    new_secret,
)
from services.cli.administration.sources import Wanted, change_source, clinic_sources, create_source, source_named
from services.cli.administration.webhook_setup import evolution_hint, n8n_hint
from services.cli.commands.every_source import every_source
from services.cli.commands.examples import examples
from services.cli.desk import now, output, signed_in
from services.cli.failures import ExitCode, Failure, usage
from services.cli.options import LOCAL, REMOTE, Remote, Shared
from services.cli.screen.asking import attended, hidden_answer
from services.cli.screen.output import Output
from services.cli.screen.rests import rests
from services.cli.screen.tables import Column
from services.cli.screen.times import ago, start_moment
from services.cli.settings import named_variable, read_settings
from shared.http.evolution_webhook import evolution_body, evolution_path, webhook_url

SECRET_VARIABLE = "PROSA_SOURCE_SECRET"  # noqa: S105 - the variable's name

SourceRef = Annotated[str, Parameter(name="SOURCE", help="Its id or name.")]
ClinicRef = Annotated[
    str | None, Parameter(name="--clinic", help="Its clinic, by slug or id, where the name is not enough.")
]
Accepts = Annotated[
    tuple[Literal["groups", "statuses", "newsletters"], ...],
    Parameter(
        name="--accepts", help="Beside people's own chats; may be given several times. New sources accept groups."
    ),
]
Nothing = Annotated[bool, Parameter(name="--accepts-none", help="People's own chats only.")]
Rate = Annotated[int | None, Parameter(name="--rate", help="Webhooks a second; more get a 429.")]
SendRate = Annotated[float | None, Parameter(name="--sends-per-second", help="Replies a second.")]
ApiVersion = Annotated[Literal["v1", "v2"] | None, Parameter(name="--api-version", help="Evolution's; v2 where unset.")]
EvolutionUrl = Annotated[
    str | None, Parameter(name="--evolution-url", help="Its Evolution server; else EVOLUTION_API_URL.")
]
Generate = Annotated[bool, Parameter(name="--generate", help="Make the secret, and show it once.")]

sources = App(name="sources")
secret = App(
    name="secret",
    help="Secrets of a source. Add the new one, tell the sender, then let the old one expire.",
    help_epilogue=examples(
        "prosa sources secret add demo-wa evolution-jwt --generate",
        "prosa sources secret list demo-wa",
        "prosa sources secret expire demo-wa 1 --at +1h",
    ),
)
sources.command(secret)


@sources.command(
    name="list",
    help_epilogue=examples(
        "prosa sources list                  # your clinic's, from the API",
        "prosa sources list --clinic demo    # any clinic's, from the database",
    ),
)
def list_(
    *,
    clinic: Annotated[str | None, Parameter(help="Read the database instead of asking the API.")] = None,
    options: Remote = REMOTE,
) -> None:
    """List sources: what they are, and the state of their lines."""
    if clinic is None:
        with signed_in(options) as desk:
            _show_sources(desk.out, {"sources": every_source(desk.api)})
        return
    with administered() as connection:
        found = [source_object(row) for row in clinic_sources(connection, clinic)]
    _show_sources(output(options), {"sources": found})


@sources.command(
    help_epilogue=examples(
        "prosa sources create evolution recepcao --clinic bem-estar",
        "prosa sources create evolution sala-2 --clinic bem-estar \\\n    --secret evolution-jwt --generate",
        "prosa sources create n8n agenda --clinic bem-estar --rate 50",
    ),
)
def create(
    kind: Annotated[Literal["evolution", "n8n"], Parameter(name="KIND")],
    name: Annotated[str, Parameter(name="NAME", help="Of an Evolution instance: exactly its name.")],
    /,
    *,
    clinic: Annotated[str, Parameter(help="Its clinic, by slug or id.")],
    accepts: Accepts = (),
    accepts_none: Nothing = False,
    rate: Rate = None,
    sends_per_second: SendRate = None,
    api_version: ApiVersion = None,
    evolution_url: EvolutionUrl = None,
    purpose: Annotated[
        Purpose | None, Parameter(name="--secret", help="Add a secret of this purpose, as `sources secret add` does.")
    ] = None,
    generate: Generate = False,
    receiver_url: Annotated[
        str | None, Parameter(name="--receiver-url", help="What senders reach; else PROSA_RECEIVER_URL.")
    ] = None,
    options: Shared = LOCAL,
) -> None:
    """Create a source. Its token is shown once, in the URL to post to; only its hash is stored."""
    out = output(options)
    receiver = receiver_url or str(read_settings().prosa_receiver_url)
    wanted = Wanted(
        accepts=_accepts(accepts, none=accepts_none),
        rate_per_second=rate,
        sends_per_second=sends_per_second,
        api_version=api_version,
        api_url=evolution_url,
    )
    value = _secret(purpose, generate=generate) if purpose else None
    with administered() as connection:
        row, token = create_source(connection, kind, name, clinic, wanted)
        if purpose and value:
            add_secret(connection, row, purpose, value)
    _show_created(out, row, webhook_url(receiver, kind, token), token, (purpose, value if generate else None))


@sources.command(
    name="set",
    help_epilogue=examples(
        "prosa sources set recepcao --accepts groups --accepts statuses",
        "prosa sources set recepcao --inactive    # its webhooks get a 404 soon",
        "prosa sources set recepcao --rate-default",
    ),
)
def set_(
    source: SourceRef,
    /,
    *,
    clinic: ClinicRef = None,
    name: Annotated[str | None, Parameter(help="Another name; an Evolution source's is its instance's.")] = None,
    active: Annotated[bool | None, Parameter(negative="--inactive", help="Whether its webhooks are taken.")] = None,
    accepts: Accepts = (),
    accepts_none: Nothing = False,
    rate: Rate = None,
    rate_default: Annotated[bool, Parameter(help="The receiver's own rate again.")] = False,
    sends_per_second: SendRate = None,
    sends_default: Annotated[bool, Parameter(help="The worker's own rate again.")] = False,
    api_version: ApiVersion = None,
    evolution_url: EvolutionUrl = None,
    options: Shared = LOCAL,
) -> None:
    """Change a source."""
    out = output(options)
    cleared = {
        name for name, given in (("rate_per_second", rate_default), ("sends_per_second", sends_default)) if given
    }
    wanted = Wanted(
        name=name,
        active=active,
        accepts=_accepts(accepts, none=accepts_none),
        rate_per_second=rate,
        sends_per_second=sends_per_second,
        api_version=api_version,
        api_url=evolution_url,
        cleared=frozenset(cleared),
    )
    with administered() as connection:
        row = change_source(connection, source_named(connection, source, clinic), wanted)
    if out.as_json:
        out.document({"source": source_object(row)})
    else:
        _show_sources(out, {"sources": [source_object(row)]})


@sources.command(help_epilogue=examples("PROSA_SECRETS_KEY=new,old prosa sources reencrypt"))
def reencrypt(*, options: Shared = LOCAL) -> None:
    """Seal every secret, of sources and of webhooks out, with the first key of PROSA_SECRETS_KEY; then forget the others."""
    out = output(options)
    with administered() as connection:
        count, unopened = reencrypt_secrets(connection)
    if out.as_json:
        out.document({"sealed": count, "unopened": unopened})
    else:
        out.line(f"{count} secrets are sealed with the first key.")
    if unopened:
        raise Failure(
            ExitCode.FAILED,
            f"No key of PROSA_SECRETS_KEY opens: {', '.join(unopened)}.",
            "Add the key that sealed them.",
        )


@secret.command(
    help_epilogue=examples(
        "prosa sources secret add demo-wa evolution-jwt --generate",
        "prosa sources secret add demo-wa api-key    # asked for, and not shown",
        "pass show evolution | prosa sources secret add demo-wa api-key",
    ),
)
def add(
    source: SourceRef,
    purpose: Annotated[Purpose, Parameter(name="PURPOSE", help="What it is for.")],
    /,
    *,
    clinic: ClinicRef = None,
    generate: Generate = False,
    options: Shared = LOCAL,
) -> None:
    """Add a secret. It is asked for, or read from stdin or PROSA_SOURCE_SECRET; it is never an argument.

    It is sealed with PROSA_SECRETS_KEY, which must be the services'. Older
    ones of its purpose stay valid until they are told to expire.
    """
    out = output(options)
    value = _secret(purpose, generate=generate)
    with administered() as connection:
        row = secret_object(add_secret(connection, source_named(connection, source, clinic), purpose, value))
    if out.as_json:
        out.document({"secret": {**row, **({"value": value} if generate else {})}})
        return
    out.line(f"Secret {row['id']} for {purpose} is valid now.")
    if generate:
        out.facts([("secret", f"{value}   (shown once)")])
    out.note(f"When the sender uses it, end the older one: prosa sources secret expire {source} ID")


@secret.command(name="list", help_epilogue=examples("prosa sources secret list demo-wa"))
def list_secrets_(source: SourceRef, /, *, clinic: ClinicRef = None, options: Shared = LOCAL) -> None:
    """List a source's secrets, without what they are."""
    out = output(options)
    with administered() as connection:
        found = [secret_object(row) for row in list_secrets(connection, source_named(connection, source, clinic))]
    if out.as_json:
        out.document({"secrets": found})
    elif found:
        columns = (Column("ID"), Column("PURPOSE"), Column("CREATED"), Column("EXPIRES"))
        out.table(
            columns,
            [
                [row["id"], row["purpose"], ago(row["created_at"], out.now()), ago(row["expires_at"], out.now())]
                for row in found
            ],
        )
    else:
        out.line(f"No secrets: whoever knows the URL may post. prosa sources secret add {source} PURPOSE --generate")


@secret.command(help_epilogue=examples("prosa sources secret expire demo-wa 1 --at +1h"))
def expire(
    source: SourceRef,
    secret_id: Annotated[int, Parameter(name="ID")],
    /,
    *,
    at: Annotated[str | None, Parameter(help="ISO 8601 with an offset, or 1h from now on; now where unset.")] = None,
    clinic: ClinicRef = None,
    options: Shared = LOCAL,
) -> None:
    """Let a secret end, now or at a time. Evolution repeats a signed webhook for 20 minutes: leave it that long."""
    out = output(options)
    when = _moment(at)
    with administered() as connection:
        row = expire_secret(connection, source_named(connection, source, clinic), secret_id, when)
    if out.as_json:
        out.document({"secret": secret_object(row)})
    else:
        out.line(f"Secret {secret_id} ends {ago(when.isoformat(), out.now())}.")


def source_object(row: dict[str, Any]) -> dict[str, Any]:
    """A source for programs."""
    kept = ("kind", "name", "active", "accepts", "rate_per_second", "sends_per_second", "api_version", "api_url")
    return {
        "id": str(row["id"]),
        "clinic_id": str(row["clinic_id"]),
        **{name: row[name] for name in kept},
        "state": row["state"],
        "state_reason": row["state_reason"],
        "state_at": row["state_at"].isoformat() if row["state_at"] else None,
        "last_event_at": row["last_event_at"].isoformat() if row["last_event_at"] else None,
        "sending": row["sending"],
    }


def secret_object(row: dict[str, Any]) -> dict[str, Any]:
    """A secret for programs, without what it is."""
    ends = row["expires_at"]
    ids = {"id": str(row["id"]), "source_id": str(row["source_id"]), "purpose": row["purpose"]}
    return {**ids, "created_at": row["created_at"].isoformat(), "expires_at": ends.isoformat() if ends else None}


def _accepts(given: tuple[str, ...], *, none: bool) -> tuple[str, ...] | None:
    if given and none:
        raise usage("--accepts and --accepts-none exclude each other.")
    return () if none else tuple(dict.fromkeys(given)) or None


def _secret(purpose: str, *, generate: bool) -> str:
    if generate:
        return new_secret(purpose)
    given = named_variable(SECRET_VARIABLE)
    if given is None:
        given = hidden_answer(f"Secret for {purpose}: ") if attended() else sys.stdin.readline().rstrip("\r\n")
    if not given:
        raise usage("There is no secret.", f"Type it, pass it on stdin or in {SECRET_VARIABLE}, or add --generate.")
    return given


def _moment(text: str | None) -> datetime:
    if text is None:
        return now()
    parsed = datetime.fromisoformat(start_moment(text, now()))
    if parsed.tzinfo is None:
        raise usage(f"{text!r} has no offset.", "Write 2026-11-20T22:00-03:00, or +1h.")
    return parsed


def _show_sources(out: Output, answer: dict[str, Any]) -> None:
    if out.as_json:
        out.document(answer)
        return
    if not answer["sources"]:
        out.line("No sources yet: prosa sources create evolution NAME --clinic SLUG")
        return
    columns = (
        Column("ID"),
        Column("KIND"),
        Column("NAME"),
        Column("ACTIVE"),
        Column("STATE"),
        Column("LAST EVENT", drop=2),
        Column("ACCEPTS", drop=3),
        Column("WHY", flexible=True, drop=1),
    )
    rows = [
        [
            row["id"],
            row["kind"],
            row["name"],
            "yes" if row["active"] else "no",
            f"{row.get('state') or '-'}{', ' + ago(row['state_at'], out.now()) if row.get('state_at') else ''}",
            ago(row.get("last_event_at"), out.now()),
            ", ".join(row.get("accepts") or ()) or "-",
            row.get("state_reason") or "-",
        ]
        for row in answer["sources"]
    ]
    out.table(columns, rows)
    for line in rests(answer["sources"], out.now()):
        out.line(line, "yellow")


def _show_created(out: Output, row: dict[str, Any], url: str, token: str, added: tuple[str | None, str | None]) -> None:
    purpose, generated = added
    jwt_key = (generated or "the-secret-you-gave") if purpose == "evolution-jwt" else None
    body = evolution_body(url, row["api_version"], jwt_key) if row["kind"] == "evolution" else None
    if out.as_json:
        secret_part = {"secret": {"purpose": purpose, **({"value": generated} if generated else {})}} if purpose else {}
        setup = {"evolution": {"method": "POST", "path": evolution_path(row["name"]), "body": body}} if body else {}
        out.document({"source": source_object(row), "token": token, "webhook_url": url, **secret_part, **setup})
        return
    out.facts(
        [
            ("source", f"{row['name']} ({row['kind']}), id {row['id']}"),
            ("webhook", f"{url}   (shown once: only its hash is stored)"),
            ("secret", f"{generated}   (shown once)" if generated else None),
        ]
    )
    out.line()
    out.lines(evolution_hint(row["name"], row["api_url"], body) if body else n8n_hint(url, purpose is not None))
