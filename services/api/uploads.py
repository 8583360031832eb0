"""A file from a client: bounded while it is read, stored, and then an attachment that waits for its message."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from aiohttp import BodyPartReader, web
from aiohttp.http import HttpProcessingError
from psycopg.rows import DictRow

from services.api.metrics import UPLOADS
from services.api.problems import ProblemError, invalid_request, too_many, unavailable, unknown_coding
from services.api.references import ConversationReference
from services.api.sessions import session_transaction
from services.api.storable import is_storable
from services.api.stores.attachments import count_uploads, insert_upload
from services.api.stores.conversations import find_conversation_id
from shared.auth.tokens import Claims
from shared.db.media_files import note_file
from shared.db.pool import Pool
from shared.http.content_coding import is_coded
from shared.media.incoming import IncomingFile, TooLargeError, receive
from shared.media.keys import media_key
from shared.media.kinds import kind_of
from shared.media.store import MediaStore, StoreError

MOST_UNSENT = 100
LONGEST_NAME = 255
STALL_SECONDS = 30.0
# A slower one gives its place up: there are few, and everybody's.
LEAST_BYTES_A_SECOND = 64 * 1024
RETRY_SECONDS = 60
_CHUNK_BYTES = 64 * 1024
_MOST_PARTS = 20
_UNSAFE = re.compile(r"[/\\\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """Bytes of one file, and hours until an upload that no message took is forgotten."""

    max_bytes: int
    expiry_hours: float


@dataclass(frozen=True, slots=True)
class _Offered:
    """A file as its request brings it. What it says of its name and type is the client's word."""

    name: str
    declared_type: str | None
    chunks: AsyncIterator[bytes]


async def require_room(
    pool: Pool, claims: Claims, reference: ConversationReference, conversation_not_found: ProblemError
) -> None:
    """Refuse, before anything is read, what will not be taken. Raises ProblemError (404, 429)."""
    async with session_transaction(pool, claims) as connection:
        if await find_conversation_id(connection, claims.clinic_id, reference) is None:
            raise conversation_not_found
        if await count_uploads(connection, claims.clinic_id, claims.user_id) >= MOST_UNSENT:
            UPLOADS.labels("refused").inc()
            raise too_many(f"You have {MOST_UNSENT} files that no message has taken yet; send or wait.", RETRY_SECONDS)


async def take_file(
    request: web.Request, pool: Pool, store: MediaStore, claims: Claims, limits: UploadLimits
) -> DictRow:
    """Read, store and note the file that a request brings. Raises ProblemError (400, 413, 415, 503)."""
    if is_coded(request.headers.get("Content-Encoding", "")):
        raise unknown_coding("")
    try:
        async with (
            asyncio.timeout(STALL_SECONDS + limits.max_bytes / LEAST_BYTES_A_SECOND),
            _offered(request) as offered,
        ):
            async with receive(_in_time(offered.chunks), store.incoming, limits.max_bytes) as file:
                if not file.size:
                    raise invalid_request([{"path": "", "message": "The file is empty"}])
                row = await _keep(pool, store, claims, limits, offered, file)
    except TooLargeError as error:
        UPLOADS.labels("too_large").inc()
        # What is still on its way is not read: the connection ends with the answer.
        raise ProblemError(
            413, f"The file is larger than {limits.max_bytes} bytes.", headers={"Connection": "close"}
        ) from error
    except (StoreError, TimeoutError) as error:
        UPLOADS.labels("failed").inc()
        raise unavailable("The file cannot be stored now; try again.") from error
    UPLOADS.labels("stored").inc()
    return row


async def _keep(
    pool: Pool, store: MediaStore, claims: Claims, limits: UploadLimits, offered: _Offered, file: IncomingFile
) -> DictRow:
    """Noted, stored, referred to: killed between two of them, what is left over is found by the worker's sweep."""
    async with session_transaction(pool, claims) as connection:
        await note_file(connection, claims.clinic_id, file.sha256, file.size)
    await store.put(media_key(claims.clinic_id, file.sha256), file.path)
    async with session_transaction(pool, claims) as connection:
        return await insert_upload(
            connection,
            claims.clinic_id,
            claims.user_id,
            file_name=offered.name,
            file_type=kind_of(file.head, offered.declared_type),
            file_size=file.size,
            sha256=file.sha256,
            expiry_hours=limits.expiry_hours,
        )


@asynccontextmanager
async def _offered(request: web.Request) -> AsyncIterator[_Offered]:
    if request.content_type != "multipart/form-data":
        if "X-File-Name" not in request.headers:
            raise invalid_request([{"path": "X-File-Name", "message": "Name the file, or send multipart/form-data"}])
        name = safe_name(unquote(request.headers["X-File-Name"]))
        yield _Offered(name, request.content_type, request.content.iter_chunked(_CHUNK_BYTES))
        return
    try:
        part = await _file_part(request)
        yield _Offered(safe_name(part.filename), part.headers.get("Content-Type"), _pieces(part))
    except (ValueError, AssertionError, HttpProcessingError) as error:  # the last: headers of a part
        raise invalid_request([{"path": "", "message": "The body is no multipart/form-data"}]) from error


async def _file_part(request: web.Request) -> BodyPartReader:
    """The first part that is a file."""
    reader = await request.multipart()
    for _ in range(_MOST_PARTS):
        async with asyncio.timeout(STALL_SECONDS):
            part: Any = await reader.next()
        if part is None:
            break
        if isinstance(part, BodyPartReader) and part.filename:
            return part
        if not isinstance(part, BodyPartReader):
            break
    raise invalid_request([{"path": "file", "message": "There is no part with a file name"}])


async def _pieces(part: BodyPartReader) -> AsyncIterator[bytes]:
    while chunk := await part.read_chunk(_CHUNK_BYTES):
        yield chunk


async def _in_time(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    while True:
        async with asyncio.timeout(STALL_SECONDS):
            chunk = await anext(chunks, b"")
        if not chunk:
            return
        yield chunk


def safe_name(value: str | None) -> str:
    """A client's name for a file as one harmless path component of at most 255 characters, its extension kept."""
    name = _UNSAFE.sub("_", value or "").strip()
    if not name.strip("._ ") or not is_storable(name):
        return "file"
    stem, dot, extension = name.rpartition(".")
    if len(name) <= LONGEST_NAME or not stem or len(extension) > 16:  # noqa: PLR2004
        return name[:LONGEST_NAME]
    return stem[: LONGEST_NAME - len(extension) - 1] + dot + extension
