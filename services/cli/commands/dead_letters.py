"""`prosa dlq …`: looking at dead letters."""

import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal
from urllib.parse import quote

from cyclopts import App, Parameter

from services.cli.commands.examples import examples
from services.cli.desk import Desk, signed_in
from services.cli.failures import ExitCode, Failure
from services.cli.options import FIRST_PAGE, NO_FILTERS, REMOTE, Filters, Page, Remote
from services.cli.rest.patience import patiently
from services.cli.screen.asking import reason_for
from services.cli.screen.entries import show_entries, show_entry, show_json
from services.cli.screen.output import Output
from services.cli.screen.tables import Column
from services.cli.screen.times import ago, span

GROUPS = Literal["fingerprint", "event_type", "source", "reason"]

dlq = App(name="dlq")


@dlq.command(
    help_epilogue=examples(
        "prosa dlq stats",
        "prosa dlq stats --group-by event_type --since 24h",
        "prosa dlq stats --watch      # anew every 2 seconds; Ctrl-C ends it",
        "prosa dlq stats --json | jq .by_state.dead",
    ),
)
def stats(
    *,
    group_by: Annotated[GROUPS, Parameter(help="What the table counts by.")] = "fingerprint",
    watch: Annotated[bool, Parameter(help="Again and again, until Ctrl-C; with --json one line each time.")] = False,
    every: Annotated[float, Parameter(help="Seconds between two looks.")] = 2.0,
    filters: Filters = NO_FILTERS,
    options: Remote = REMOTE,
) -> None:
    """Show how many there are, how fast they come, the oldest, and the largest groups."""
    with signed_in(options) as desk:
        query = [("group_by", group_by), *filters.query()]

        def look() -> Any:
            return desk.api.get("/api/dlq/summary", query)

        _show_summary(desk.out, look(), group_by, streamed=watch)
        with suppress(KeyboardInterrupt):  # the way to end it
            while watch:
                time.sleep(max(0.1, every))
                _show_summary(desk.out, patiently(look, desk.out.note, every), group_by, streamed=True)


@dlq.command(
    name="list",
    help_epilogue=examples(
        "prosa dlq list --since 2h --reason exhausted",
        "prosa dlq list --event messages.upsert --error timeout",
        'prosa dlq list --contains \'{"event":"call"}\' --json',
        "prosa dlq list --json | jq -r '.entries[].id' | prosa dlq replay - --yes",
    ),
)
def list_(*, filters: Filters = NO_FILTERS, page: Page = FIRST_PAGE, options: Remote = REMOTE) -> None:
    """List dead letters, newest first."""
    with signed_in(options) as desk:
        answer = desk.api.get("/api/dlq", [*filters.query(), *page.query()])
        if desk.out.as_json:
            desk.out.document(answer)
        else:
            _show_list(desk.out, answer, filtered=bool(filters))


@dlq.command(
    help_epilogue=examples(
        "prosa dlq show 4711",
        'prosa dlq show 4711 --reveal --reason "ticket 12"',
    ),
)
def show(
    entry_id: Annotated[str, Parameter(name="ID")],
    /,
    *,
    reveal: Annotated[bool, Parameter(help="Show the payload as it came. This is noted with your name.")] = False,
    reason: Annotated[str | None, Parameter(help="Why you reveal it.")] = None,
    options: Remote = REMOTE,
) -> None:
    """Show one: its error, each attempt, its history, its payload with texts, names and numbers masked."""
    why = reason_for("reveal the payload", reason) if reveal else None
    with signed_in(options) as desk:
        answer = desk.api.get(entry_path(entry_id))
        revealed = revealed_payload(desk, entry_id, why) if why else {}
        if desk.out.as_json:
            desk.out.document({**answer, **({"revealed": revealed} if revealed else {})})
            return
        show_entry(desk.out, answer["entry"])
        _show_revealed(desk.out, revealed)


@dlq.command(help_epilogue=examples('prosa dlq reveal 4711 --reason "ticket 12" --json | jq .payload'))
def reveal(
    entry_id: Annotated[str, Parameter(name="ID")],
    /,
    *,
    reason: Annotated[str | None, Parameter(help="Why you need to read it; asked for where it is missing.")] = None,
    options: Remote = REMOTE,
) -> None:
    """Show a payload as it came, with the patient's words. Needs the right view_payload; each look is noted."""
    why = reason_for("reveal the payload", reason)
    with signed_in(options) as desk:
        revealed = revealed_payload(desk, entry_id, why)
        if desk.out.as_json:
            desk.out.document(revealed)
        else:
            _show_revealed(desk.out, revealed)


@dlq.command(
    help_epilogue=examples(
        "prosa dlq export --since 24h > dead.ndjson",
        "prosa dlq export --format csv --output dead.csv",
    ),
)
def export(
    *,
    format_: Annotated[
        Literal["ndjson", "csv"], Parameter(name="--format", help="One JSON object a line, or CSV.")
    ] = "ndjson",
    output: Annotated[Path | None, Parameter(help="A file instead of stdout; only you can read it.")] = None,
    filters: Filters = NO_FILTERS,
    options: Remote = REMOTE,
) -> None:
    """Write dead letters for a ticket. Texts, names, numbers and addresses are masked."""
    with signed_in(options) as desk, _destination(output) as file:
        for piece in desk.api.stream("/api/dlq/export", [("format", format_), *filters.query()]):
            file.write(piece)
        file.flush()


def entry_path(entry_id: str, *parts: str) -> str:
    """The path of an entry, whatever its id contains."""
    return "/".join(["/api/dlq", quote(entry_id, safe=""), *parts])


def revealed_payload(desk: Desk, entry_id: str, reason: str) -> dict[str, Any]:
    """An entry's payload as it came."""
    answer: dict[str, Any] = desk.api.post(entry_path(entry_id, "reveal"), {"reason": reason})
    return answer


def _show_summary(out: Output, summary: Mapping[str, Any], group_by: str, *, streamed: bool) -> None:
    if out.as_json:
        out.document(summary, compact=streamed)
        return
    if streamed:
        out.clear()
    by_state = summary.get("by_state") or {}
    counts = ", ".join(f"{count} {state}" for state, count in by_state.items() if count)
    out.facts(
        [
            ("dead letters", f"{summary['total']}{f' ({counts})' if counts else ''}"),
            ("oldest", span(summary.get("oldest_age_seconds"))),
            ("last hour", f"+{summary.get('last_hour', 0)}"),
            ("last day", f"+{summary.get('last_day', 0)}"),
        ]
    )
    _show_groups(out, summary.get("groups") or (), group_by)
    sys.stdout.flush()


def _show_groups(out: Output, groups: Any, group_by: str) -> None:
    if not groups:
        out.line()
        out.line("Nothing is dead: there is nothing to do.", "green")
        return
    out.line()
    columns = (
        Column(group_by.upper().replace("_", " ")),
        Column("COUNT", right=True),
        Column("FIRST", drop=3),
        Column("LAST", drop=2),
        *((Column("ISSUE", drop=1), Column("ERROR", flexible=True)) if group_by == "fingerprint" else ()),
    )
    rows = [
        [
            group.get("key") or "-",
            group["count"],
            ago(group.get("first_seen_at"), out.now()),
            ago(group.get("last_seen_at"), out.now()),
            " ".join(str(group[name]) for name in ("issue_state", "link") if group.get(name)) or "-",
            group.get("error_message") or "-",
        ][: len(columns)]
        for group in groups
    ]
    out.table(columns, rows)


def _show_list(out: Output, answer: Mapping[str, Any], *, filtered: bool) -> None:
    entries = answer["entries"]
    if not entries:
        out.line(
            "No dead letter matches: take a filter away, or see `prosa dlq stats`." if filtered else "Nothing is dead."
        )
        return
    show_entries(out, entries)
    shown = f"{len(entries)} of {answer['total']}. "
    more = f"More: --cursor {answer['next_cursor']}" if answer.get("next_cursor") else "Look at one: prosa dlq show ID"
    out.note(shown + more)


def _show_revealed(out: Output, revealed: Mapping[str, Any]) -> None:
    show_json(out, "Payload as it came", revealed.get("payload"))
    show_json(out, "Payload as edited", revealed.get("edited_payload"))
    if revealed and revealed.get("payload") is None:
        out.heading("Raw bytes (base64)")
        out.line(str(revealed.get("raw") or "none are kept"))


@contextmanager
def _destination(path: Path | None) -> Iterator[BinaryIO]:
    if path is None:
        sys.stdout.flush()
        yield sys.stdout.buffer
        return
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise Failure(ExitCode.FAILED, f"{path} cannot be written: {error.strerror}.", "Name another file.") from None
    with os.fdopen(descriptor, "wb") as file:
        yield file
