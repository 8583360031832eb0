"""`prosa queue …`: what waits, and stopping it on purpose."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import quote

from cyclopts import App, Parameter

from services.cli.commands.every_source import every_source
from services.cli.commands.examples import examples
from services.cli.desk import Desk, signed_in
from services.cli.options import FIRST_PAGE, REMOTE, Page, Remote
from services.cli.screen.asking import reason_for
from services.cli.screen.entries import person
from services.cli.screen.output import Output
from services.cli.screen.rests import rests
from services.cli.screen.tables import Column
from services.cli.screen.times import ago, span

Kind = Annotated[Literal["events", "sends"], Parameter(help="Webhooks being processed, or replies being sent.")]
Source = Annotated[str | None, Parameter(name="--source", help="One source's id (`prosa sources list`); else all.")]
MessageId = Annotated[str, Parameter(name="ID")]

queue = App(name="queue")


@queue.command(help_epilogue=examples("prosa queue stats", "prosa queue stats --json | jq .depth"))
def stats(*, options: Remote = REMOTE) -> None:
    """Show how much waits, how old it is, how fast it goes."""
    with signed_in(options) as desk:
        answer = desk.api.get("/api/queue")
        if desk.out.as_json:
            desk.out.document(answer)
        else:
            _show_stats(desk.out, answer)


@queue.command(
    name="list", help_epilogue=examples("prosa queue list --status retrying", "prosa queue list --event call --json")
)
def list_(
    *,
    status: Annotated[Literal["pending", "processing", "retrying"] | None, Parameter(help="Only these.")] = None,
    event_type: Annotated[
        str | None, Parameter(name=("--event", "--event-type"), help="Such as messages.upsert.")
    ] = None,
    page: Page = FIRST_PAGE,
    options: Remote = REMOTE,
) -> None:
    """List what waits or is tried again."""
    given = [(name, value) for name, value in (("status", status), ("event_type", event_type)) if value]
    with signed_in(options) as desk:
        answer = desk.api.get("/api/queue/messages", [*given, *page.query()])
        if desk.out.as_json:
            desk.out.document(answer)
        else:
            _show_messages(desk.out, answer)


@queue.command(help_epilogue=examples("prosa queue kill 01a1f8a4-43b2-71c3-9e7a-8514ab6c995a --reason hopeless"))
def kill(
    message_id: MessageId,
    /,
    *,
    reason: Annotated[str | None, Parameter(help="Why; asked for where it is missing.")] = None,
    options: Remote = REMOTE,
) -> None:
    """Put what is being retried to the dead letters now, where it can be looked at and replayed."""
    why = reason_for("kill it", reason)
    with signed_in(options) as desk:
        answer = desk.api.post(_message_path(message_id, "kill"), {"reason": why})
        _done(desk, answer, f"{message_id} goes to the dead letters: prosa dlq list")


@queue.command(help_epilogue=examples("prosa queue run 01a1f8a4-43b2-71c3-9e7a-8514ab6c995a"))
def run(message_id: MessageId, /, *, options: Remote = REMOTE) -> None:
    """Try something again now, without waiting for its time."""
    with signed_in(options) as desk:
        _done(desk, desk.api.post(_message_path(message_id, "run")), f"{message_id} is tried now: prosa queue list")


@queue.command(
    help_epilogue=examples(
        "prosa queue pause --source 1 --kind sends --reason 'new phone'",
        "prosa queue pause --kind events --reason 'bad release'    # all sources",
    ),
)
def pause(
    *,
    kind: Kind,
    source: Source = None,
    reason: Annotated[str | None, Parameter(help="Why; asked for where it is missing.")] = None,
    options: Remote = REMOTE,
) -> None:
    """Hold a source's events or sends, or the clinic's. Webhooks are still accepted and wait; nothing is lost."""
    why = reason_for("pause", reason)
    with signed_in(options) as desk:
        body = {"kind": kind, "reason": why, **({"source_id": source} if source else {})}
        answer = desk.api.post("/api/queue/pauses", body)
        _done(desk, answer, f"{kind} of {_whose(source)} are paused: prosa queue resume --kind {kind}{_again(source)}")


@queue.command(help_epilogue=examples("prosa queue resume --source 1 --kind sends"))
def resume(*, kind: Kind, source: Source = None, options: Remote = REMOTE) -> None:
    """Let what was paused go on."""
    with signed_in(options) as desk:
        query = [("kind", str(kind)), *([("source_id", source)] if source else [])]
        _done(desk, desk.api.delete("/api/queue/pauses", query), f"{kind} of {_whose(source)} go on.")


@queue.command(help_epilogue=examples("prosa queue pauses"))
def pauses(*, options: Remote = REMOTE) -> None:
    """List what is paused, since when, by whom; and whose sends rest by themselves after failures."""
    with signed_in(options) as desk:
        answer = desk.api.get("/api/queue/pauses")
        resting = [found for found in every_source(desk.api) if found.get("sending")]
        if desk.out.as_json:
            desk.out.document({**answer, "resting": resting})
            return
        if answer["pauses"]:
            _show_pauses(desk.out, answer["pauses"])
        else:
            desk.out.line("Nothing is paused.")
        for line in rests(resting, desk.out.now()):
            desk.out.line(line, "yellow")


def _message_path(message_id: str, verb: str) -> str:
    return f"/api/queue/messages/{quote(message_id, safe='')}/{verb}"


def _whose(source: str | None) -> str:
    return f"source {source}" if source else "the clinic"


def _again(source: str | None) -> str:
    return f" --source {source}" if source else ""


def _done(desk: Desk, answer: Any, line: str) -> None:
    if desk.out.as_json:
        desk.out.document(answer)
    else:
        desk.out.line(line)


def _show_stats(out: Output, answer: Mapping[str, Any]) -> None:
    depth = answer.get("depth") or {}
    out.facts(
        [
            *((name, depth.get(name)) for name in ("pending", "processing", "retrying")),
            ("dead", answer.get("dlq")),
            ("a minute", answer.get("rate_per_minute")),
            ("errors", f"{answer['error_rate']:.1%}" if answer.get("error_rate") is not None else None),
            ("oldest", span(answer.get("oldest_age_seconds"))),
            ("workers", "?" if answer.get("workers") is None else answer["workers"]),
        ]
    )
    if answer.get("by_type"):
        out.line()
        out.table(
            (Column("EVENT"), Column("WAITING", right=True)), [_type_row(found) for found in _types(answer["by_type"])]
        )
    if answer.get("workers") == 0:
        out.note("No worker listens for work: what waits goes on waiting.")
    if answer.get("dlq"):
        out.note("Some are dead: prosa dlq stats")


def _types(by_type: Any) -> list[Any]:
    return list(by_type.items()) if isinstance(by_type, Mapping) else list(by_type)


def _type_row(found: Any) -> list[object]:
    if isinstance(found, Mapping):
        return [found.get("message_type") or found.get("event_type") or found.get("type"), found.get("count")]
    name, count = found
    return [name, sum(count.values()) if isinstance(count, Mapping) else count]


def _show_messages(out: Output, answer: Mapping[str, Any]) -> None:
    if not answer["messages"]:
        out.line("Nothing waits.")
        return
    columns = (
        Column("ID"),
        Column("STATUS"),
        Column("EVENT", drop=1),
        Column("SOURCE", drop=3),
        Column("TRIES", right=True, drop=4),
        Column("DUE", drop=2),
        Column("LAST ERROR", flexible=True),
    )
    rows = [
        [
            found["id"],
            f"{found['status']}{', paused' if found.get('paused') else ''}",
            found.get("event_type") or "-",
            found.get("source_name") or "-",
            found.get("failure_count", "-"),
            ago(found.get("scheduled_at"), out.now()),
            found.get("last_error") or "-",
        ]
        for found in answer["messages"]
    ]
    out.table(columns, rows)
    if answer.get("next_cursor"):
        out.note(f"More: --cursor {answer['next_cursor']}")


def _show_pauses(out: Output, found: list[dict[str, Any]]) -> None:
    columns = (Column("SOURCE"), Column("KIND"), Column("SINCE"), Column("BY"), Column("REASON", flexible=True))
    rows = [
        [
            pause.get("source_id") or "all",
            pause["kind"],
            ago(pause.get("paused_at"), out.now()),
            person(pause.get("paused_by") or "-"),
            pause.get("reason") or "-",
        ]
        for pause in found
    ]
    out.table(columns, rows)
