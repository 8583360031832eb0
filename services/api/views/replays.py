"""Many dead letters worked again, and what is decided about their kinds."""

from collections import Counter
from typing import Any

from aiohttp import web

from services.api.answers import json_answer
from services.api.dead_letter_choice import dead_choice, filter_object, instant, plan_token, require_plan
from services.api.desk import Desk, desk
from services.api.models.dead_letters import ReplaysBody, entry_object, replay_object
from services.api.models.issues import IssueBody, IssueQuery, issue_object
from services.api.parsing import parse_body, parse_query
from services.api.problems import ProblemError
from services.api.references import parse_id
from services.api.resources import RESOURCES
from services.api.storable import is_storable
from services.api.stores import dead_letters as store
from services.api.stores.dead_letters import Choice
from services.api.stores.queue import closed_sources, list_pauses, resting_sources
from shared.observability.health import answer_of
from shared.pubsub.connection import ping as ping_redis

MOST_ITEMS = 100_000
LISTED_REPLAYS = 20
LISTED_ISSUES = 200
SAMPLE = 5


async def make_replay(request: web.Request) -> web.Response:
    """Have many dead letters worked again: those of these ids or, after a dry run, all that a filter matches.

    With `dry_run` nothing is changed: the answer (200) tells how many there are, of what kinds, and what may be in the way.
    """
    body = await parse_body(request, ReplaysBody)
    redis = await answer_of(lambda: ping_redis(request.app[RESOURCES].redis)) if body.dry_run else ""
    async with desk(request, "bulk_replay") as at:
        choice = dead_choice(body, at)
        count = await store.count_dead_letters(at.connection, at.clinic_id, choice)
        if body.dry_run:
            return json_answer(await _plan(at, choice, body, count, redis))
        require_plan(at.clinic_id, body, count)
        replay = await _create(at, choice, body, count)
    request.app[RESOURCES].waker.wake()
    return json_answer({"replay": replay}, status=202)


async def _create(at: Desk, choice: Choice, body: ReplaysBody, count: int) -> dict[str, Any]:
    terms = {
        "by": at.name,
        "start_at": instant("start_at", body.start_at, at, ahead=True),
        "rate": body.rate,
        "max_failures": body.max_failures,
        "accept_duplicates": body.accept_duplicates,
        "filter": store.as_json(filter_object(body)),
        "total": min(count, MOST_ITEMS),
    }
    if count == 0:
        raise ProblemError(409, "None of these is dead; there is nothing to replay.", code="nothing_to_replay")
    row = await store.create_replay(at.connection, at.clinic_id, choice, terms, MOST_ITEMS)
    if row is None:
        raise LookupError("a replay was made and is not there")
    replay = replay_object(row, at.timezone)
    await at.audit("replay.made", "replay", row["id"], {"total": row["total"], "filter": row["filter"]})
    return replay


async def _plan(at: Desk, choice: Choice, body: ReplaysBody, count: int, redis: str) -> dict[str, Any]:
    by_source = await store.group(at.connection, at.clinic_id, choice, "source")
    by_type = await store.group(at.connection, at.clinic_id, choice, "event_type")
    sample = await store.list_dead_letters(at.connection, at.clinic_id, choice, None, SAMPLE)
    pauses = await list_pauses(at.connection, at.clinic_id)
    return {
        "count": count,
        "by_source": Counter({row["key"] or "": row["entries"] for row in by_source}),
        "by_event_type": {row["key"]: row["entries"] for row in by_type},
        "sample": [entry_object(row, at.timezone) for row in sample],
        "oldest": at.time(min((row["first_seen_at"] for row in by_type), default=None)),
        "preflight": {
            "postgres": "ok",
            "redis": redis,
            # A replay begins in Postgres: what was received once does not go through the broker again.
            "rabbitmq": "not needed",
            "paused_sources": [row["source_name"] or "*" for row in pauses],
            "closed_sources": await closed_sources(at.connection, at.clinic_id),
            "resting_sources": await resting_sources(at.connection, at.clinic_id),
        },
        "plan_token": plan_token(at.clinic_id, body, count),
    }


async def replay_list(request: web.Request) -> web.Response:
    """The newest replays."""
    async with desk(request, "view") as at:
        rows = await store.list_replays(at.connection, at.clinic_id, LISTED_REPLAYS)
    return json_answer({"replays": [replay_object(row, at.timezone) for row in rows]})


async def replay_detail(request: web.Request) -> web.Response:
    """A replay and how far it is."""
    async with desk(request, "view") as at:
        replay = await _existing(at, _replay_id(request))
    return json_answer({"replay": replay})


async def pause_replay(request: web.Request) -> web.Response:
    """Release nothing more for now; what was released is finished."""
    return await _change(request, "paused", ("running",))


async def resume_replay(request: web.Request) -> web.Response:
    """Let a paused replay go on; also one that stopped by its failures and was looked at would fail again, and cannot."""
    return await _change(request, "running", ("paused",))


async def cancel_replay(request: web.Request) -> web.Response:
    """Release nothing more at all."""
    return await _change(request, "cancelled", ("running", "paused"))


async def _change(request: web.Request, state: str, states: tuple[str, ...]) -> web.Response:
    async with desk(request, "bulk_replay") as at:
        replay_id = _replay_id(request)
        replay = await _existing(at, replay_id)
        if not await store.change_replay(at.connection, at.clinic_id, replay_id, state, states):
            raise ProblemError(409, f"It is {replay['state']}.", code=f"replay_{replay['state']}")
        await at.audit(f"replay.{state}", "replay", replay_id, {})
        changed = await _existing(at, replay_id)
    request.app[RESOURCES].waker.wake()
    return json_answer({"replay": changed})


async def _existing(at: Desk, replay_id: int) -> dict[str, Any]:
    row = await store.find_replay(at.connection, at.clinic_id, replay_id)
    if row is None:
        raise ProblemError(404, "There is no such replay.")
    return replay_object(row, at.timezone)


def _replay_id(request: web.Request) -> int:
    found = parse_id(request.match_info["replay_id"])
    if found is None:
        raise ProblemError(404, "There is no such replay.")
    return found


async def issue_list(request: web.Request) -> web.Response:
    """Kinds of dead letters, those seen last first, with what was decided about them."""
    query = parse_query(request, IssueQuery)
    async with desk(request, "view") as at:
        rows = await store.list_issues(at.connection, at.clinic_id, query.state, LISTED_ISSUES)
    return json_answer({"issues": [issue_object(row, at.timezone) for row in rows]})


async def change_issue(request: web.Request) -> web.Response:
    """Acknowledge, mute or resolve a kind of dead letter, link it, or have new ones discarded until some time.

    A field that is left out stays; null clears it. A resolved one opens again by itself when it is seen again.
    """
    body = await parse_body(request, IssueBody)
    changes = body.model_dump(exclude_unset=True)
    if changes.get("state", "") is None:
        del changes["state"]
    if not changes:
        raise ProblemError(400, "Nothing is asked to change.", code="nothing_changed")
    fingerprint = request.match_info["fingerprint"]
    async with desk(request, "discard") as at:
        if not is_storable(fingerprint):
            raise ProblemError(404, "There is no such kind of dead letter.")
        if "discard_until" in changes:
            changes["discard_until"] = instant("discard_until", body.discard_until, at, ahead=True)
        if not await store.change_issue(at.connection, at.clinic_id, fingerprint, changes, at.name):
            raise ProblemError(404, "There is no such kind of dead letter.")
        audited = {
            name: value if isinstance(value, str | None) else value.isoformat() for name, value in changes.items()
        }
        await at.audit("issue.changed", "issue", fingerprint, audited)
        row = await store.find_issue(at.connection, at.clinic_id, fingerprint)
    return json_answer({"issue": issue_object(row or {}, at.timezone)})
