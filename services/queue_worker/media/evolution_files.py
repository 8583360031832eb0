"""A file that Evolution is asked for by the message's id."""

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import aiohttp

from services.queue_worker.media.base64_text import Base64Error, base64_member
from services.queue_worker.media.failures import NotYetError, evolution_failure
from services.queue_worker.media.jobs import MediaJob

CONNECT_TIMEOUT_SECONDS = 5.0
# Evolution downloads and decrypts the whole file before the first byte of its answer, waiting 5 s between two tries.
READ_TIMEOUT_SECONDS = 90.0
_CHUNK_BYTES = 64 * 1024
_LONGEST_REFUSAL = 64 * 1024


@dataclass(frozen=True, slots=True)
class EvolutionFiles:
    """Asks the servers of sources."""

    session: aiohttp.ClientSession
    base_url: str
    api_key: str

    def server(self, job: MediaJob) -> str:
        """The Evolution server of a job's source."""
        return (job.api_url or self.base_url).rstrip("/")

    def key(self, job: MediaJob) -> str:  # noqa: ARG002 - a source's own key is looked up here, once sources have them
        """The key under which a job's source is asked."""
        return self.api_key

    async def file(self, job: MediaJob) -> AsyncGenerator[bytes, None]:
        """The bytes of a message's file, in pieces. Raises NotYetError or NeverError."""
        url = f"{self.server(job)}/chat/getBase64FromMediaMessage/{quote(job.source_name, safe='')}"
        body = {"message": {"key": {"id": job.provider_id}}, "convertToMp4": False}
        limits = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT_SECONDS, sock_read=READ_TIMEOUT_SECONDS)
        try:
            async with self.session.post(
                url, json=body, headers={"apikey": self.key(job)}, timeout=limits, allow_redirects=False
            ) as response:
                if response.status not in {200, 201}:
                    raise evolution_failure(response.status, await _refusal(response))
                async for piece in base64_member(response.content.iter_chunked(_CHUNK_BYTES)):
                    yield piece
        except Base64Error as error:
            raise NotYetError("Evolution's answer was cut off or is no base64") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise NotYetError(f"no answer from Evolution ({type(error).__name__})") from error


async def _refusal(response: aiohttp.ClientResponse) -> Any:
    try:
        return json.loads(await response.content.read(_LONGEST_REFUSAL))
    except (ValueError, RecursionError):
        return None
