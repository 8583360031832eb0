"""Files of messages, down and up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from services.api.answers import json_answer
from services.api.downloads import send_file
from services.api.problems import ProblemError, conversation_not_found, unavailable
from services.api.reading import conversation_reference
from services.api.reads import now
from services.api.references import ConversationReference, parse_id
from services.api.resources import CLAIMS, RESOURCES
from services.api.sessions import session_transaction
from services.api.stores.attachments import find_attachment
from services.api.stores.conversations import find_conversation_id
from services.api.uploads import UploadLimits, require_room, take_file
from shared.events.message import attachment_object


async def attachment_file(request: web.Request) -> web.StreamResponse:
    """The file of an attachment, whole or in part.

    Its type is what its content is. Only pictures, sounds and films are shown in place. `Range`, `If-Range` and
    `If-None-Match` are understood; the ETag is the file's SHA-256. A file that is not here is a 409 with code
    `media_pending`, or a 410 with `media_failed` or `media_expired`.
    """
    return await _answer(request, None)


async def conversation_attachment(request: web.Request) -> web.StreamResponse:
    """The file of an attachment in that conversation."""
    return await _answer(request, conversation_reference(request.match_info["conversation_id"]))


async def upload(request: web.Request) -> web.Response:
    """Upload a file that a message of yours will take.

    Either multipart/form-data, whose first file is taken, or the file itself as the body with its name, percent-encoded,
    in `X-File-Name`. A message names the attachment's id. A file that no message takes is forgotten after a day.
    """
    resources, claims = request.app[RESOURCES], request[CLAIMS]
    reference = conversation_reference(request.match_info["conversation_id"])
    limits = UploadLimits(resources.settings.media_max_bytes, resources.settings.media_upload_hours)
    async with _database_in_time(request):
        await require_room(resources.pool, claims, reference, conversation_not_found())
    with resources.uploads.taken(claims.user_id):
        row = await take_file(request, resources.pool, resources.media, claims, limits)
    return json_answer({"attachment": attachment_object(row)}, status=201)


async def _answer(request: web.Request, reference: ConversationReference | None) -> web.StreamResponse:
    resources, claims = request.app[RESOURCES], request[CLAIMS]
    attachment_id = parse_id(request.match_info["attachment_id"])
    if attachment_id is None:
        raise _not_found()
    async with _database_in_time(request), session_transaction(resources.pool, claims) as connection:
        conversation_id = None
        if reference is not None:
            conversation_id = await find_conversation_id(connection, claims.clinic_id, reference)
            if conversation_id is None:
                raise conversation_not_found()
        row = await find_attachment(connection, claims.clinic_id, attachment_id, claims.user_id, conversation_id)
    if row is None:
        raise _not_found()
    if row["conversation_id"] is not None and row["state"] == "stored":
        resources.reads.note(claims, str(row["conversation_id"]), now())  # before the first byte leaves
    return await send_file(request, resources.media, claims.clinic_id, row)


@asynccontextmanager
async def _database_in_time(request: web.Request) -> AsyncIterator[None]:
    """A file may take long, what is said about it may not: these routes have no deadline but this one."""
    try:
        async with asyncio.timeout(request.app[RESOURCES].settings.prosa_api_deadline_seconds):
            yield
    except TimeoutError as error:
        raise unavailable("The answer takes too long; try again.") from error


def _not_found() -> ProblemError:
    return ProblemError(404, "There is no such attachment.")
