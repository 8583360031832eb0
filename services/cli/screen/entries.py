"""Dead letters as people read them."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.cli.screen.output import Output
from services.cli.screen.tables import Column
from services.cli.screen.times import ago, moment, size, span

EXPIRES_SOON_SECONDS = 7 * 86400

Entry = Mapping[str, Any]

COLUMNS = (
    Column("ID"),
    Column("STATE"),
    Column("REASON"),
    Column("EVENT", drop=1),
    Column("SOURCE", drop=3),
    Column("TRIES", right=True, drop=4),
    Column("DEAD", drop=2),
    Column("ERROR", flexible=True),
)


def entry_row(entry: Entry, now: datetime) -> list[object]:
    """An entry's cells in a list."""
    return [
        entry["id"],
        entry["state"],
        entry.get("reason") or "-",
        entry.get("event_type") or "-",
        entry.get("source_name") or entry.get("source") or "-",
        entry.get("failure_count", "-"),
        ago(entry.get("dead_at"), now),
        entry.get("error_message") or "-",
    ]


def show_entries(out: Output, entries: Sequence[Entry]) -> None:
    """A table of entries."""
    out.table(COLUMNS, [entry_row(entry, out.now()) for entry in entries])


def show_entry(out: Output, entry: Entry) -> None:
    """All that is known of an entry."""
    now = out.now()
    out.facts(entry_facts(entry, now))
    if (warning := expiry_warning(entry, now)) is not None:
        out.line(warning, "yellow")
    _show_attempts(out, entry.get("attempts") or ())
    _show_history(out, entry.get("history") or ())
    show_json(out, "Headers", entry.get("headers"))
    show_json(out, "Payload (redacted: `prosa dlq reveal` shows it, and is noted)", entry.get("payload"))
    show_json(out, "Payload as edited (redacted)", entry.get("edited_payload"))


def entry_facts(entry: Entry, now: datetime) -> list[tuple[str, object]]:
    """Names and values; None for what is not known."""
    source = " ".join(str(entry[name]) for name in ("source", "source_name") if entry.get(name))
    return [
        ("id", entry["id"]),
        ("state", f"{entry['state']}{' (edited)' if entry.get('edited') else ''}"),
        ("reason", entry.get("reason")),
        ("error", _error(entry)),
        ("event", entry.get("event_type")),
        ("source", f"{source} (id {entry['source_id']})" if source and entry.get("source_id") else source or None),
        ("tries", entry.get("failure_count")),
        ("first seen", _when(entry.get("first_seen_at"), now)),
        ("dead since", _when(entry.get("dead_at"), now)),
        ("expires", _when(entry.get("expires_at"), now)),
        ("fingerprint", entry.get("fingerprint")),
        ("provider id", entry.get("provider_id")),
        ("conversation", entry.get("conversation_id")),
        ("correlation", entry.get("correlation_id")),
        ("payload", _payload_facts(entry)),
        ("replay job", entry.get("replay_id")),
        ("code", entry.get("code_version")),
        ("version", entry.get("version")),
    ]


def expiry_warning(entry: Entry, now: datetime) -> str | None:
    """What to say of a dead letter that will soon be gone, or is."""
    ends = moment(str(entry.get("expires_at")))
    if ends is None or entry.get("state") != "dead":
        return None
    left = (ends - now).total_seconds()
    if left <= 0:
        return "Its payload has expired: it cannot be replayed any more."
    return f"Its payload expires in {span(left)}: replay or export it before." if left < EXPIRES_SOON_SECONDS else None


def show_json(out: Output, title: str, value: Any) -> None:
    """A JSON value under a title; nothing where there is none."""
    if value is None or value == {}:
        return
    out.heading(title)
    out.lines(json.dumps(value, ensure_ascii=False, indent=2))


def _show_attempts(out: Output, attempts: Sequence[Entry]) -> None:
    if not attempts:
        return
    out.heading("Attempts")
    columns = (
        Column("AT"),
        Column("TOOK", right=True, drop=2),
        Column("WORKER", drop=1),
        Column("ERROR", flexible=True),
    )
    rows = [
        [
            ago(made.get("at"), out.now()),
            _milliseconds(made.get("duration_ms")),
            made.get("worker") or "-",
            _error(made),
        ]
        for made in attempts
    ]
    out.table(columns, rows)


def _show_history(out: Output, history: Sequence[Entry]) -> None:
    if not history:
        return
    out.heading("History")
    for step in history:
        known = {name: value for name, value in step.items() if name not in ("at", "event", "by") and value is not None}
        said = [ago(step.get("at"), out.now()), str(step.get("event") or "-")]
        said += [f"by {person(step['by'])}"] if step.get("by") else []
        said += [f"{name}: {value}" for name, value in known.items()]
        out.line("  " + "  ".join(said))


def person(by: Any) -> str:
    """Somebody's name, however they are given."""
    return str(by.get("name") or by.get("id")) if isinstance(by, Mapping) else str(by)


def _error(entry: Entry) -> str | None:
    parts = [str(entry[name]) for name in ("error_class", "error_message", "error") if entry.get(name)]
    return ": ".join(parts) or None


def _when(text: Any, now: datetime) -> str | None:
    return f"{text} ({ago(text, now)})" if text else None


def _payload_facts(entry: Entry) -> str | None:
    if entry.get("payload_size") is None:
        return None
    digest = f", sha256 {entry['payload_sha256']}" if entry.get("payload_sha256") else ""
    return f"{size(entry['payload_size'])}{digest}"


def _milliseconds(duration: Any) -> str:
    return "-" if duration is None else f"{duration} ms"
