"""A file on its way to a client: whole or in part, a piece at a time."""

import asyncio
from contextlib import aclosing

import structlog
from aiohttp import web
from psycopg.rows import DictRow

from services.api.dispositions import content_disposition
from services.api.metrics import SERVED_BYTES
from services.api.problems import ProblemError, unavailable
from services.api.ranges import Part, UnsatisfiableRangeError, names_etag, requested_part
from shared.media.keys import media_key
from shared.media.kinds import UNKNOWN, is_shown
from shared.media.store import MediaStore, MissingFileError, StoreError

log = structlog.get_logger(__name__)

# A client that takes nothing for so long is gone, or never came.
STALL_SECONDS = 30.0
RETRY_SECONDS = 5


async def send_file(request: web.Request, store: MediaStore, clinic_id: int, row: DictRow) -> web.StreamResponse:
    """Answer with the stored file of an attachment's row. Raises ProblemError before the answer has begun."""
    _require_stored(row)
    size, etag = row["file_size"], f'"{row["sha256"].hex()}"'
    headers = _headers(row, etag)
    if names_etag(request.headers.get("If-None-Match"), etag):
        return web.Response(status=304, headers={"ETag": etag, "Cache-Control": headers["Cache-Control"]})
    part = _part(request, size, etag)
    response = web.StreamResponse(status=206 if part else 200, headers=headers)
    if part:
        response.headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    part = part or Part(0, size)
    response.content_length = part.stop - part.start
    if request.method == "HEAD":
        return response
    return await _stream(request, response, store, media_key(clinic_id, row["sha256"]), part)


def _require_stored(row: DictRow) -> None:
    match row["state"]:
        case "stored":
            return
        case "pending":
            raise ProblemError(
                409,
                "The file is still being fetched.",
                headers={"Retry-After": str(RETRY_SECONDS)},
                code="media_pending",
                state="pending",
            )
        case "none":
            raise ProblemError(404, "This attachment has no file here.", code="media_none", state="none")
    detail = f"The file could not be fetched: {row['state_reason'] or 'no reason was given'}."
    raise ProblemError(410, detail, code=f"media_{row['state']}", state=row["state"])


def _headers(row: DictRow, etag: str) -> dict[str, str]:
    kind = row["file_type"] or UNKNOWN
    return {
        "Content-Type": f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
        "Content-Disposition": content_disposition(row["file_name"], shown=is_shown(kind)),
        "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
        # Kept by the client that may see it, and asked for again before it is shown again.
        "Cache-Control": "private, no-cache",
        "Accept-Ranges": "bytes",
        "ETag": etag,
    }


def _part(request: web.Request, size: int, etag: str) -> Part | None:
    condition = request.headers.get("If-Range")
    if condition is not None and condition.strip() != etag:
        return None  # another file, or a date, which says too little
    try:
        return requested_part(request.headers.get("Range"), size)
    except UnsatisfiableRangeError as error:
        raise ProblemError(
            416, "The file has no such bytes.", headers={"Content-Range": f"bytes */{size}"}, code="range"
        ) from error


async def _stream(
    request: web.Request, response: web.StreamResponse, store: MediaStore, key: str, part: Part
) -> web.StreamResponse:
    """The first piece is read before the answer begins, so that a store that is away is told as such."""
    async with aclosing(store.read(key, part.start, part.stop)) as pieces:
        try:
            async with asyncio.timeout(STALL_SECONDS):
                piece = await anext(pieces, b"")
        except MissingFileError as error:
            log.error("stored_file_is_missing", key=key)
            raise ProblemError(410, "The file is gone from the store.", code="media_gone") from error
        except (StoreError, TimeoutError) as error:
            raise unavailable("The file's store does not answer now; try again.") from error
        await response.prepare(request)
        try:
            while piece:
                async with asyncio.timeout(STALL_SECONDS):
                    await response.write(piece)
                SERVED_BYTES.inc(len(piece))
                async with asyncio.timeout(STALL_SECONDS):
                    piece = await anext(pieces, b"")
            await response.write_eof()
        except (StoreError, TimeoutError, OSError) as error:
            # Half of it is out: only a broken connection says that it was half.
            log.warning("download_broke_off", error=type(error).__name__)
            if request.transport is not None:
                request.transport.abort()
    return response
