"""Labels, and conversations that have them."""

from aiohttp import web

from services.api.answers import json_answer
from services.api.labelling import label_conversation
from services.api.labels import add_label, change_label, forget_label, read_label, read_labels
from services.api.models.labels import LabelChange, LabelQuery, NewLabel
from services.api.parsing import parse_body, parse_query
from services.api.reading import conversation_reference
from services.api.resources import CLAIMS, RESOURCES
from services.api.versions import etag, stated_version


async def label_list(request: web.Request) -> web.Response:
    """The clinic's labels, by name."""
    query = parse_query(request, LabelQuery)
    return json_answer(await read_labels(request.app[RESOURCES].pool, request[CLAIMS], query))


async def label_add(request: web.Request) -> web.Response:
    """Add a label. No other one of the clinic may have its name, whatever its capitals and accents."""
    body = await parse_body(request, NewLabel)
    label = await add_label(request.app[RESOURCES].pool, request[CLAIMS], body)
    request.app[RESOURCES].waker.wake()
    return json_answer({"label": label}, status=201, headers=etag(label))


async def label_detail(request: web.Request) -> web.Response:
    """A label. Its version is the `ETag`."""
    label = await read_label(request.app[RESOURCES].pool, request[CLAIMS], request.match_info["label_id"])
    return json_answer({"label": label}, headers=etag(label))


async def label_change(request: web.Request) -> web.Response:
    """Change a label's name or colour.

    `If-Match` may name the version that was looked at, in quotes. What is so already changes nothing.
    """
    body = await parse_body(request, LabelChange)
    resources, label = request.app[RESOURCES], request.match_info["label_id"]
    changed = await change_label(resources.pool, request[CLAIMS], label, body, stated_version(request))
    if changed["changed"]:
        resources.waker.wake()
    return json_answer(changed, headers=etag(changed["label"]))


async def label_delete(request: web.Request) -> web.Response:
    """Delete a label, which takes it off all conversations. `If-Match` may name the version that was looked at."""
    resources, label = request.app[RESOURCES], request.match_info["label_id"]
    await forget_label(resources.pool, request[CLAIMS], label, stated_version(request))
    resources.waker.wake()
    return web.Response(status=204)


async def label_put_on(request: web.Request) -> web.Response:
    """Put a label on a conversation. What has it already is not changed."""
    return await _label(request, on=True)


async def label_take_off(request: web.Request) -> web.Response:
    """Take a label off a conversation. What does not have it is not changed."""
    return await _label(request, on=False)


async def _label(request: web.Request, *, on: bool) -> web.Response:
    resources, label = request.app[RESOURCES], request.match_info["label_id"]
    reference = conversation_reference(request.match_info["conversation_id"])
    changed = await label_conversation(resources.pool, request[CLAIMS], reference, label, on=on)
    if changed["changed"]:
        resources.waker.wake()
    return json_answer(changed)
