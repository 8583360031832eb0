"""The part of Evolution's REST side that the product and its operators use."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from deploy.demo.evolution import changes, refusals
from deploy.demo.evolution.administration import connection_state, instance_object, pairing, webhook_object, webhook_of
from deploy.demo.evolution.announcer import Announcer
from deploy.demo.evolution.complaints import (
    deletion_complaints,
    edit_complaints,
    file_complaints,
    media_complaints,
    nothing_to_complain,
    presence_complaints,
    reaction_complaints,
    read_complaints,
    text_complaints,
    voice_complaints,
    webhook_complaints,
)
from deploy.demo.evolution.courier import encode
from deploy.demo.evolution.envelope import Json
from deploy.demo.evolution.files import file_answer, has_file
from deploy.demo.evolution.instances import Instance
from deploy.demo.evolution.jids import is_on_whatsapp, recipient_jid
from deploy.demo.evolution.messages import media_message, text_message, voice_message

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_MOST_BYTES = 136 * 1024**2


@dataclass(frozen=True, slots=True)
class StandIn:
    """What the routes work with. `sent` is every message that was taken, the oldest first."""

    instances: dict[str, Instance]
    api_key: str
    announcer: Announcer
    sent: list[Json] = field(default_factory=list)
    licensed: bool = True


STAND_IN = web.AppKey("stand_in", StandIn)


def create_app(stand_in: StandIn) -> web.Application:
    """The routes, answering for what `stand_in` holds."""
    app = web.Application(middlewares=[_refusing], client_max_size=_MOST_BYTES)
    app[STAND_IN] = stand_in
    app.add_routes(
        [
            web.post("/message/sendText/{instance}", _send_text),
            web.post("/message/sendMedia/{instance}", _send_media),
            web.post("/chat/getBase64FromMediaMessage/{instance}", _file),
            web.post("/message/sendWhatsAppAudio/{instance}", _send_voice),
            web.post("/message/sendReaction/{instance}", _react),
            web.delete("/chat/deleteMessageForEveryone/{instance}", _delete),
            *_both("/chat/updateMessage/{instance}", _edit),
            *_both("/chat/markMessageAsRead/{instance}", _mark_read),
            web.post("/chat/sendPresence/{instance}", _show_presence),
            web.post("/chat/findMessages/{instance}", _find_messages),
            web.get("/instance/connectionState/{instance}", _connection_state),
            web.get("/instance/connect/{instance}", _connect),
            web.get("/instance/fetchInstances", _fetch_instances),
            web.post("/webhook/set/{instance}", _set_webhook),
            web.get("/webhook/find/{instance}", _find_webhook),
        ]
    )
    return app


def _both(path: str, handler: Handler) -> tuple[web.RouteDef, web.RouteDef]:
    """A route that the second version posts to and the first puts."""
    return web.post(path, handler), web.put(path, handler)


@web.middleware
async def _refusing(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except refusals.Refused as refused:
        return _answer(refused.body, refused.status)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
        unknown = refusals.unknown_route(request.method, request.path)
        return _answer(unknown.body, unknown.status)


async def _send_text(request: web.Request) -> web.Response:
    instance, body = await _order(request, text_complaints)
    return await _send(
        request, instance, body, text_message(instance, _recipient(body), body["text"], body.get("quoted"))
    )


async def _send_media(request: web.Request) -> web.Response:
    instance, body = await _order(request, media_complaints)
    return await _send(request, instance, body, media_message(instance, _recipient(body), body))


async def _file(request: web.Request) -> web.Response:
    instance, body = await _order(request, file_complaints)
    key = body["message"].get("key") if isinstance(body["message"], dict) else None
    message = instance.files.get(str(key.get("id"))) if isinstance(key, dict) else None
    if message is None:
        raise refusals.message_not_found()
    return _answer(file_answer(message), 201)


async def _send_voice(request: web.Request) -> web.Response:
    instance, body = await _order(request, voice_complaints)
    return await _send(request, instance, body, voice_message(instance, _recipient(body), body))


async def _react(request: web.Request) -> web.Response:
    instance, body = await _order(request, reaction_complaints)
    changes.require_line(instance)
    answer = changes.reaction(instance, body)
    request.app[STAND_IN].announcer.announce("send.message", instance, answer)
    return _answer(answer, 201)


async def _edit(request: web.Request) -> web.Response:
    instance, body = await _order(request, edit_complaints)
    changes.require_line(instance)
    answer = changes.edited(instance, request.app[STAND_IN].sent, body)
    protocol = answer["message"]["editedMessage"]["message"]["protocolMessage"]
    request.app[STAND_IN].announcer.announce("send.message.update", instance, protocol)
    return _answer(answer, 201)


async def _delete(request: web.Request) -> web.Response:
    instance, body = await _order(request, deletion_complaints)
    changes.require_line(instance)
    answer = changes.deleted(instance, request.app[STAND_IN].sent, body)
    request.app[STAND_IN].announcer.announce("messages.delete", instance, {**body, "status": "DELETED"})
    return _answer(answer, 201)


async def _mark_read(request: web.Request) -> web.Response:
    instance, _ = await _order(request, read_complaints)
    changes.require_line(instance)
    return _answer({"message": "Read messages", "read": "success"}, 201)


async def _show_presence(request: web.Request) -> web.Response:
    instance, body = await _order(request, presence_complaints)
    changes.require_line(instance)
    # As the original: the call is held for as long as the contact sees it.
    await asyncio.sleep(_milliseconds(body["delay"]) / 1000)
    return _answer({"presence": body["presence"]}, 201)


async def _find_messages(request: web.Request) -> web.Response:
    instance, body = await _order(request, nothing_to_complain)
    return _answer(changes.shown(request.app[STAND_IN].sent, instance, body))


async def _connection_state(request: web.Request) -> web.Response:
    return _answer(connection_state(_instance(request)))


async def _connect(request: web.Request) -> web.Response:
    instance = _instance(request)
    return _answer(connection_state(instance) if instance.open else pairing())


async def _fetch_instances(request: web.Request) -> web.Response:
    stand_in, key = request.app[STAND_IN], request.headers.get("apikey")
    named = request.query.get("instanceName")
    seen = [i for i in stand_in.instances.values() if key in (stand_in.api_key, i.token) and named in (None, i.name)]
    if not seen and key != stand_in.api_key:
        raise refusals.unauthorized()
    return _answer([instance_object(instance) for instance in seen])


async def _set_webhook(request: web.Request) -> web.Response:
    instance, body = await _order(request, webhook_complaints)
    instance.webhook = webhook_of(body)
    return _answer(webhook_object(instance), 201)


async def _find_webhook(request: web.Request) -> web.Response:
    return _answer(webhook_object(_instance(request)))


async def _order(request: web.Request, complaints_of: Callable[[Json], list[str]]) -> tuple[Instance, Json]:
    """Whom a request is for and what it asks; judged in Evolution's order: JSON, instance, key, shape."""
    if not request.app[STAND_IN].licensed:
        raise refusals.not_activated()
    body = await _json(request)
    instance = _instance(request)
    if instance.version == "v1":
        body = changes.unwrapped(body)
    if complaints := complaints_of(body):
        raise refusals.invalid(complaints)
    return instance, body


async def _json(request: web.Request) -> Json:
    try:
        body = json.loads(await request.read())
    except ValueError as error:
        raise refusals.not_json(error.pos if isinstance(error, json.JSONDecodeError) else 0) from None
    return body if isinstance(body, dict) else {}


def _instance(request: web.Request) -> Instance:
    stand_in, name = request.app[STAND_IN], request.match_info["instance"]
    instance = stand_in.instances.get(name)
    if instance is None:
        raise refusals.unknown_instance(name)
    if request.headers.get("apikey") not in (stand_in.api_key, instance.token):
        raise refusals.unauthorized()
    return instance


def _recipient(body: Json) -> str:
    jid = recipient_jid(body["number"])
    if not is_on_whatsapp(jid):
        raise refusals.not_on_whatsapp(jid, body["number"])
    return jid


async def _send(request: web.Request, instance: Instance, body: Json, message: Json) -> web.Response:
    stand_in = request.app[STAND_IN]
    changes.require_line(instance)
    # As the original: the call is held while the contact sees somebody typing.
    await asyncio.sleep(_milliseconds(body.get("delay")) / 1000)
    stand_in.sent.append(message)
    if has_file(message):
        instance.files[message["key"]["id"]] = message
    stand_in.announcer.sent(instance, message)
    return _answer(message, 201)


def _answer(body: Any, status: int = 200) -> web.Response:
    return web.json_response(body, status=status, dumps=encode)


def _milliseconds(delay: Any) -> float:
    return max(0.0, float(delay)) if isinstance(delay, int | float) else 0.0
