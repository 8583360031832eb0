"""Dead letters: found, looked at, worked again, changed, set aside."""

import csv
import io
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from typing import Any, NoReturn

import psycopg
from aiohttp import web
from psycopg.rows import DictRow

from services.api.answers import json_answer
from services.api.cursors import EPOCH, CursorError, CursorKind, Position, decode_cursor, encode_cursor
from services.api.dead_letter_choice import choice_of, dead_choice, plan_token, require_plan
from services.api.desk import Desk, desk
from services.api.models.dead_letters import (
    DeadLetterQuery,
    DiscardsBody,
    EditBody,
    Entry,
    ExportQuery,
    ReasonBody,
    ReplayBody,
    SummaryQuery,
    detail_object,
    entry_object,
)
from services.api.parsing import parse_body, parse_repeating_query
from services.api.problems import ProblemError, invalid_parameter
from services.api.redaction import redacted, redacted_diff
from services.api.references import parse_id
from services.api.resources import RESOURCES
from services.api.stores import dead_letters as store
from services.api.stores.dead_letters import Choice
from services.api.versions import stated_version
from shared.events.live import encode_json

EXPORT_PAGE = 500
MOST_DISCARDED_AT_ONCE = 20_000
SUBJECT = "dead_letter"


async def dead_letter_list(request: web.Request) -> web.Response:
    """Dead letters, the newest first."""
    query = parse_repeating_query(request, DeadLetterQuery, "state")
    before = None if query.cursor is None else position(CursorKind.DEAD_LETTERS, query.cursor)
    async with desk(request, "view") as at:
        choice = choice_of(query, at)
        rows = await store.list_dead_letters(at.connection, at.clinic_id, choice, before, query.limit + 1)
        total = await store.count_dead_letters(at.connection, at.clinic_id, choice)
    page = rows[: query.limit]
    return json_answer(
        {
            "entries": [entry_object(row, at.timezone) for row in page],
            "total": total,
            "next_cursor": cursor_after(CursorKind.DEAD_LETTERS, page[-1]["id"]) if len(rows) > query.limit else None,
        }
    )


async def dead_letter_summary(request: web.Request) -> web.Response:
    """How many dead letters there are, of what kinds, how old and how fast they come.

    `total` and `groups` count those that wait (`dead`) unless a state is asked for; `by_state` counts every state.
    """
    query = parse_repeating_query(request, SummaryQuery, "state")
    async with desk(request, "view") as at:
        choice = choice_of(query, at)
        chosen = choice if choice.states else _with_states(choice, ["dead"])
        by_state = await store.summarise(at.connection, at.clinic_id, choice)
        groups = await store.group(at.connection, at.clinic_id, chosen, query.group_by)
    waiting = by_state.get("dead", {})
    return json_answer(
        {
            "total": sum(by_state[state]["entries"] for state in chosen.states or () if state in by_state),
            "by_state": {state: by_state.get(state, {}).get("entries", 0) for state in _STATES},
            "oldest_age_seconds": round(max(waiting.get("oldest", 0.0), 0.0), 3),
            "last_hour": waiting.get("last_hour", 0),
            "last_day": waiting.get("last_day", 0),
            "groups": [_group_object(row, at) for row in groups],
        }
    )


async def dead_letter_detail(request: web.Request) -> web.Response:
    """One dead letter, its payload redacted: its structure, ids and types, but no text, name or number of anybody."""
    async with desk(request, "view") as at:
        row = await existing(at, entry_id(request))
    return json_answer({"entry": detail_object(row, at.timezone)})


async def dead_letter_reveal(request: web.Request) -> web.Response:
    """What a dead letter holds, unredacted. Who asked, and why, is written down first."""
    body = await parse_body(request, ReasonBody)
    async with desk(request, "view_payload") as at:
        row = await existing(at, entry_id(request))
        await at.audit("dead_letter.revealed", SUBJECT, row["id"], {"reason": body.reason})
    raw = None if row["raw"] is None else b64encode(bytes(row["raw"])).decode()
    return json_answer({"payload": row["payload"], "edited_payload": row["edited_payload"], "raw": raw})


async def dead_letter_replay(request: web.Request) -> web.Response:
    """Have a dead letter worked again; a second request is a 409 that says who made the first, and when.

    `raw` takes the bytes as they came; that is also what is taken where nothing else is readable.
    """
    body = await parse_body(request, ReplayBody)
    async with desk(request, "replay") as at:
        row = await existing(at, entry_id(request))
        mode = replay_mode(row, body)
        changed = await store.mark_replaying(at.connection, at.clinic_id, row["id"], at.name, mode)
        if changed is None:
            await _refuse(at, row["id"])
        await at.audit("dead_letter.replayed", SUBJECT, row["id"], {"mode": mode})
    request.app[RESOURCES].waker.wake()
    return json_answer({"entry": entry_object(changed, at.timezone)}, status=202)


def replay_mode(row: Mapping[str, Any], body: ReplayBody) -> str:
    """How a dead letter is worked again. Raises ProblemError (409) where that cannot be, or must be decided by somebody."""
    readable = row["payload"] is not None or row["edited_payload"] is not None
    mode = body.mode or ("event" if readable else "raw")
    if mode == "event" and not readable:
        raise ProblemError(409, "It has no payload that could be read; edit it, or use raw.", code="no_payload")
    if mode == "raw" and row["raw"] is None:
        raise ProblemError(409, "Its bytes were not kept; use event.", code="no_raw")
    if row["state"] == "dead" and row["reason"] == "unknown_outcome" and not body.accept_duplicate:
        detail = "The patient may have got this message already; say accept_duplicate to send it again."
        raise ProblemError(409, detail, code="outcome_unknown")
    return mode


async def dead_letter_edit(request: web.Request) -> web.Response:
    """Give a dead letter another payload; its own is kept. The next replay takes the edited one.

    `If-Match` is the version that was looked at, in quotes.
    """
    body = await parse_body(request, EditBody)
    version = _required_version(request)
    async with desk(request, "edit_payload") as at:
        row = await existing(at, entry_id(request))
        _require_editable(row, version)
        changed = await _edit(at, row, version, body)
        if changed is None:
            raise ProblemError(412, "It was changed meanwhile; look again.", code="stale")
        before = row["payload"] if row["edited_payload"] is None else row["edited_payload"]
        diff = redacted_diff(before, body.payload)
        await at.audit("dead_letter.edited", SUBJECT, row["id"], {"reason": body.reason, "diff": diff[:10_000]})
    return json_answer({"entry": entry_object(changed, at.timezone), "diff": diff})


async def dead_letter_discard(request: web.Request) -> web.Response:
    """Set a dead letter aside; it can be restored until it expires."""
    body = await parse_body(request, ReasonBody)
    async with desk(request, "discard") as at:
        row = await existing(at, entry_id(request))
        changed = await store.discard(at.connection, at.clinic_id, row["id"], at.name, body.reason)
        if changed is None:
            await _refuse(at, row["id"])
        await at.audit("dead_letter.discarded", SUBJECT, row["id"], {"reason": body.reason})
    return json_answer({"entry": entry_object(changed, at.timezone)})


async def dead_letter_restore(request: web.Request) -> web.Response:
    """Take a discarded dead letter back."""
    async with desk(request, "discard") as at:
        row = await existing(at, entry_id(request))
        changed = await store.restore(at.connection, at.clinic_id, row["id"], at.name)
        if changed is None:
            raise ProblemError(409, f"It is not discarded but {row['state']}.", code="not_discarded")
        await at.audit("dead_letter.restored", SUBJECT, row["id"], {})
    return json_answer({"entry": entry_object(changed, at.timezone)})


async def dead_letter_discards(request: web.Request) -> web.Response:
    """Set many dead letters aside: those of these ids, or, after a dry run, all that a filter matches."""
    body = await parse_body(request, DiscardsBody)
    async with desk(request, "discard") as at:
        choice = dead_choice(body, at)
        count = await store.count_dead_letters(at.connection, at.clinic_id, choice)
        if body.dry_run:
            return json_answer({"count": count, "plan_token": plan_token(at.clinic_id, body, count)})
        require_plan(at.clinic_id, body, count)
        if count > MOST_DISCARDED_AT_ONCE:
            raise ProblemError(409, f"At most {MOST_DISCARDED_AT_ONCE} at once; narrow the filter.", code="too_many")
        done = await store.discard_many(at.connection, at.clinic_id, choice, at.name, body.reason)
        chosen = {"filter": body.filter and body.filter.model_dump(exclude_none=True), "ids": body.ids}
        await at.audit("dead_letter.many_discarded", SUBJECT, "many", chosen | {"reason": body.reason, "count": done})
    return json_answer({"count": done, "plan_token": None})


async def dead_letter_export(request: web.Request) -> web.StreamResponse:
    """All that match, redacted, as NDJSON (with payloads) or CSV; streamed, the newest first."""
    query = parse_repeating_query(request, ExportQuery, "state")
    async with desk(request, "view") as at:
        choice = choice_of(query, at)
        asked = query.model_dump(exclude_none=True)
        await at.audit("dead_letter.exported", SUBJECT, "many", asked)
    pages = _pages(request, choice)
    # Nothing is begun before Postgres has answered once: then a failure still has a status.
    found = await anext(pages, None)
    kind = "application/x-ndjson" if query.format == "ndjson" else "text/csv"
    answer = web.StreamResponse(
        headers={"Content-Type": kind, "Content-Disposition": f'attachment; filename="dead-letters.{query.format}"'}
    )
    await answer.prepare(request)
    if query.format == "csv":
        await answer.write(_csv_line(list(Entry.model_fields)))
    while found is not None:
        page, zone = found
        await answer.write(b"".join(_exported(row, zone, query.format) for row in page))
        found = await anext(pages, None)
    await answer.write_eof()
    return answer


async def _pages(request: web.Request, choice: Choice) -> AsyncIterator[tuple[list[DictRow], str]]:
    """Page by page, each in its own transaction: a slow reader holds nothing in Postgres."""
    before: int | None = None
    while True:
        async with desk(request, "view") as at:
            page = await store.page_with_payloads(at.connection, at.clinic_id, choice, before, EXPORT_PAGE)
        if page:
            yield page, at.timezone
        if len(page) < EXPORT_PAGE:
            return
        before = page[-1]["id"]


def _exported(row: DictRow, zone: str, form: str) -> bytes:
    entry = entry_object(row, zone)
    if form == "csv":
        return _csv_line(list(entry.values()))
    payload = row["payload"] if row["edited_payload"] is None else row["edited_payload"]
    return encode_json({**entry, "payload": redacted(payload)}) + b"\n"


def _csv_line(values: list[Any]) -> bytes:
    line = io.StringIO()
    # A spreadsheet would run what begins like a formula.
    safe = [f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t" and value else value for value in values]
    csv.writer(line).writerow(safe)
    return line.getvalue().encode()


_STATES = ("dead", "replaying", "replayed", "discarded")


def _with_states(choice: Choice, states: list[str]) -> Choice:
    return Choice(**{name: getattr(choice, name) for name in Choice.__dataclass_fields__} | {"states": states})


def _group_object(row: DictRow, at: Desk) -> dict[str, Any]:
    return {
        "key": row["key"],
        "count": row["entries"],
        "first_seen_at": at.time(row["first_seen_at"]),
        "last_seen_at": at.time(row["last_seen_at"]),
        "error_message": row["error_message"],
        "issue_state": row["issue_state"],
        "link": row["link"],
    }


def entry_id(request: web.Request) -> int:
    """The id that a path names. Raises ProblemError (404)."""
    found = parse_id(request.match_info["id"])
    if found is None:
        raise _not_found()
    return found


async def existing(at: Desk, wanted: int) -> DictRow:
    """The dead letter. Raises ProblemError (404) also where it is another clinic's."""
    row = await store.find_dead_letter(at.connection, at.clinic_id, wanted)
    if row is None:
        raise _not_found()
    return row


def _not_found() -> ProblemError:
    return ProblemError(404, "There is no such dead letter.")


async def _refuse(at: Desk, wanted: int) -> NoReturn:
    """Say why something that is not dead any more cannot be acted on."""
    row = await existing(at, wanted)
    if row["state"] == "dead":
        raise ProblemError(410, "It is past its retention and about to be deleted.", code="expired")
    code = f"already_{row['state']}"
    by, when = row["replayed_by"], at.time(row["replayed_at"])
    if row["state"] == "discarded":
        last = row["history"][-1] if row["history"] else {}
        by, when = last.get("by"), last.get("at")
    raise ProblemError(409, f"It is {row['state']} already, by {by} at {when}.", code=code, by=by, at=when)


def _required_version(request: web.Request) -> int:
    version = stated_version(request)
    if version is None:
        raise ProblemError(428, 'Say which version you changed: If-Match: "<version>".', code="version_missing")
    return version


def _require_editable(row: DictRow, version: int) -> None:
    if row["state"] != "dead":
        raise ProblemError(409, f"Only what is dead can be edited; it is {row['state']}.", code="not_dead")
    if row["message_type"].startswith("send."):
        raise ProblemError(409, "A send names a stored message; write a new one instead.", code="not_editable")
    if row["message_type"].startswith("deliver."):
        raise ProblemError(409, "A delivery says what happened; that cannot be changed.", code="not_editable")
    if row["version"] != version:
        raise ProblemError(412, "It was changed meanwhile; look again.", code="stale", version=row["version"])


async def _edit(at: Desk, row: DictRow, version: int, body: EditBody) -> DictRow | None:
    try:
        async with at.connection.transaction():
            return await store.edit(at.connection, at.clinic_id, row["id"], version, body.payload, at.name, body.reason)
    except (psycopg.DataError, psycopg.errors.StatementTooComplex, RecursionError) as error:
        raise invalid_parameter("payload", "Is JSON that cannot be stored") from error


def position(kind: CursorKind, cursor: str) -> int:
    """The id after which a page begins. Raises ProblemError (400)."""
    try:
        return decode_cursor(kind, cursor).id
    except CursorError as error:
        raise invalid_parameter("cursor", "This is no cursor of this list; start again without it") from error


def cursor_after(kind: CursorKind, last_id: int) -> str:
    """The cursor of the page after an id."""
    return encode_cursor(kind, Position(EPOCH, last_id))
