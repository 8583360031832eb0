"""Where the clinic's webhooks go, for its administrators."""

from typing import Any

from aiohttp import web
from psycopg.rows import DictRow
from yarl import URL

from services.api.answers import json_answer
from services.api.desk import Desk, desk
from services.api.models.destinations import (
    DestinationBody,
    DestinationChangeBody,
    RotationBody,
    destination_object,
)
from services.api.parsing import parse_body
from services.api.problems import ProblemError, destination_not_found, invalid_parameter, stale_destination
from services.api.references import parse_id
from services.api.resources import RESOURCES
from services.api.settings import Settings
from services.api.stores import destinations as store
from services.api.versions import etag, stated_version
from shared.auth.seal import seal
from shared.auth.standard_webhooks import OUTGOING, new_secret
from shared.net.addresses import ForbiddenAddressError, allowed_hosts, check_destination

MOST_DESTINATIONS = 20
_VALUES = ("name", "url", "events", "enabled")


async def destination_list(request: web.Request) -> web.Response:
    """Where the clinic's webhooks go, and how it went last."""
    async with desk(request, "webhooks") as at:
        rows = await store.list_destinations(at.connection, at.clinic_id)
        secrets = await store.list_secrets(at.connection, at.clinic_id)
    return json_answer({"destinations": [destination_object(row, secrets, at.timezone) for row in rows]})


async def destination_detail(request: web.Request) -> web.Response:
    """One destination. Its version is the `ETag`."""
    async with desk(request, "webhooks") as at:
        shown = await _shown(at, _destination_id(request))
    return json_answer({"destination": shown}, headers=etag(shown))


async def create_destination(request: web.Request) -> web.Response:
    """Send webhooks to one more address. The secret that signs them is in this answer and in no other."""
    body = await parse_body(request, DestinationBody)
    settings = request.app[RESOURCES].settings
    _require_reachable(settings, body.url)
    async with desk(request, "webhooks") as at:
        if await store.count_destinations(at.connection, at.clinic_id) >= MOST_DESTINATIONS:
            raise ProblemError(409, f"A clinic has {MOST_DESTINATIONS} destinations at most.", code="too_many")
        values = body.model_dump(include=set(_VALUES))
        destination_id = await store.add_destination(at.connection, at.clinic_id, at.user_id, **values)
        secret = await _new_secret(settings, at, destination_id, 0)
        await _audit(at, "created", destination_id, _told(values))
        shown = await _shown(at, destination_id)
    return json_answer({"destination": shown, "secret": secret}, status=201, headers=etag(shown))


async def change_destination(request: web.Request) -> web.Response:
    """Change a destination. One that was switched off, or has another address now, is called at once.

    `If-Match` may name the version that was looked at, in quotes. What is so already changes nothing.
    """
    body = await parse_body(request, DestinationChangeBody)
    if body.url is not None:
        _require_reachable(request.app[RESOURCES].settings, body.url)
    version = stated_version(request)
    async with desk(request, "webhooks") as at:
        row = await _locked(at, _destination_id(request))
        if version not in (None, row["version"]):
            raise stale_destination(await _shown(at, row["id"]))
        news = body.news(row)
        if news:
            await store.store_destination(
                at.connection, at.clinic_id, row["id"], {name: row[name] for name in _VALUES} | news
            )
            await store.end_rest(at.connection, at.clinic_id, row["id"])
            await _audit(at, "changed", row["id"], _told(news))
        shown = await _shown(at, row["id"])
    request.app[RESOURCES].waker.wake()
    return json_answer({"destination": shown, "changed": bool(news)}, headers=etag(shown))


async def remove_destination(request: web.Request) -> web.Response:
    """Send nothing there any more. What waits for it becomes dead letters."""
    async with desk(request, "webhooks") as at:
        row = await _locked(at, _destination_id(request))
        await store.delete_destination(at.connection, at.clinic_id, row["id"])
        await _audit(at, "deleted", row["id"], {"name": row["name"]})
    return web.Response(status=204)


async def rotate_destination_secret(request: web.Request) -> web.Response:
    """Sign with a new secret, which is in this answer and in no other; for a while with the one before too."""
    body = await parse_body(request, RotationBody)
    async with desk(request, "webhooks") as at:
        row = await _locked(at, _destination_id(request))
        secret = await _new_secret(request.app[RESOURCES].settings, at, row["id"], body.overlap_hours)
        await _audit(at, "secret_rotated", row["id"], {"overlap_hours": body.overlap_hours})
        shown = await _shown(at, row["id"])
    return json_answer({"destination": shown, "secret": secret})


async def try_destination(request: web.Request) -> web.Response:
    """Send a `ping`, once, also to one that is switched off or rests. What came of it is in the destination's state."""
    async with desk(request, "webhooks") as at:
        row = await _locked(at, _destination_id(request))
        await store.end_rest(at.connection, at.clinic_id, row["id"])
        timestamp = at.now.isoformat(timespec="milliseconds")
        webhook_id = await store.queue_ping(at.connection, at.clinic_id, row["id"], timestamp)
        await _audit(at, "tried", row["id"], {"webhook_id": str(webhook_id)})
    request.app[RESOURCES].waker.wake()
    return json_answer({"webhook_id": str(webhook_id)}, status=202)


def _require_reachable(settings: Settings, url: str) -> None:
    """What can be told without a look-up; the worker judges each connection. Raises ProblemError (400)."""
    try:
        check_destination(URL(url), allowed_hosts(settings.outgoing_webhook_allowed_hosts, ()))
    except ForbiddenAddressError as error:
        raise invalid_parameter("url", f"No webhook goes there: {error}") from error
    except ValueError as error:
        raise invalid_parameter("url", "Should be an address") from error


async def _new_secret(settings: Settings, at: Desk, destination_id: int, overlap_hours: int) -> str:
    secret = new_secret()
    sealed = seal(settings.secrets_keys, destination_id, OUTGOING, secret)
    await store.add_secret(at.connection, at.clinic_id, destination_id, sealed, overlap_hours)
    return secret


def _told(values: dict[str, Any]) -> dict[str, Any]:
    """For the audit log: an address's path may be all that guards it."""
    return {**values, "url": URL(values["url"]).host} if "url" in values else values


async def _audit(at: Desk, what: str, destination_id: int, data: dict[str, Any]) -> None:
    await at.audit(f"webhook_destination.{what}", "webhook_destination", destination_id, data)


async def _locked(at: Desk, destination_id: int) -> DictRow:
    row = await store.lock_destination(at.connection, at.clinic_id, destination_id)
    if row is None:
        raise destination_not_found()
    return row


async def _shown(at: Desk, destination_id: int) -> dict[str, Any]:
    rows = await store.list_destinations(at.connection, at.clinic_id, destination_id)
    if not rows:
        raise destination_not_found()
    return destination_object(rows[0], await store.list_secrets(at.connection, at.clinic_id), at.timezone)


def _destination_id(request: web.Request) -> int:
    """The id that a path names; 0, which none has, where it can be none's."""
    return parse_id(request.match_info["destination_id"]) or 0
