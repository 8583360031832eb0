"""A file that Evolution is asked for by the message's id."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

import aiohttp

from services.queue_worker.media.base64_text import Base64Error, base64_member
from services.queue_worker.media.failures import NeverError, NotYetError, evolution_failure
from services.queue_worker.media.jobs import MediaJob
from services.queue_worker.sending.evolution_client import Door, EvolutionClient
from services.queue_worker.sending.way_out import find_way
from shared.auth.seal import UnsealError
from shared.db.pool import Pool
from shared.db.tenant import tenant_transaction
from shared.net.bounded_json import bounded_json

CONNECT_TIMEOUT_SECONDS = 5.0
# Evolution downloads and decrypts the whole file before the first byte of its answer, waiting 5 s between two tries.
READ_TIMEOUT_SECONDS = 90.0
_CHUNK_BYTES = 64 * 1024
_LONGEST_REFUSAL = 64 * 1024


@dataclass(frozen=True, slots=True)
class EvolutionFiles:
    """Asks the servers of sources, each with its own key where it has one. `keys` open sealed ones."""

    pool: Pool
    client: EvolutionClient
    keys: Sequence[str] = field(repr=False)

    def server(self, job: MediaJob) -> str:
        """The Evolution server of a job's source."""
        return job.api_url or self.client.url

    async def file(self, job: MediaJob) -> AsyncGenerator[bytes, None]:
        """The bytes of a message's file, in pieces. Raises NotYetError or NeverError, and what the database does."""
        door = await self._door(job)
        url = f"{door.url.rstrip('/')}/chat/getBase64FromMediaMessage/{quote(door.instance, safe='')}"
        body = {"message": {"key": {"id": job.provider_id}}, "convertToMp4": False}
        limits = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT_SECONDS, sock_read=READ_TIMEOUT_SECONDS)
        try:
            async with self.client.session.post(
                url, json=body, headers={"apikey": door.api_key}, timeout=limits, allow_redirects=False
            ) as response:
                if response.status not in {200, 201}:
                    raise evolution_failure(response.status, await bounded_json(response, _LONGEST_REFUSAL))
                async for piece in base64_member(response.content.iter_chunked(_CHUNK_BYTES)):
                    yield piece
        except Base64Error as error:
            raise NotYetError("Evolution's answer was cut off or is no base64") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise NotYetError(f"no answer from Evolution ({type(error).__name__})") from error

    async def _door(self, job: MediaJob) -> Door:
        try:
            async with tenant_transaction(self.pool, job.clinic_id) as connection:
                way = await find_way(connection, job.clinic_id, job.source_id, self.client, self.keys)
        except UnsealError as error:
            raise NotYetError("no key of PROSA_SECRETS_KEY opens the source's API key") from error
        if way is None:
            raise NeverError("the source is no instance of Evolution")
        return way.door
