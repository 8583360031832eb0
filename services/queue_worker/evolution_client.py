"""Evolution API's REST side: the one call that leaves the house."""

from dataclasses import dataclass
from urllib.parse import quote

import aiohttp

from services.queue_worker.sends import Answer, NotSent, Unclear, read_answer

CONNECT_TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class EvolutionClient:
    """Sends through an Evolution server. `timeout` in seconds."""

    session: aiohttp.ClientSession
    base_url: str
    api_key: str
    timeout: float

    async def send_text(self, instance: str, number: str, text: str) -> Answer:
        """Send a text. Only a connection that was never made is a call that surely was not."""
        url = f"{self.base_url.rstrip('/')}/message/sendText/{quote(instance, safe='')}"
        try:
            async with self.session.post(
                url,
                json={"number": number, "text": text},
                headers={"apikey": self.api_key},
                timeout=aiohttp.ClientTimeout(total=self.timeout, sock_connect=CONNECT_TIMEOUT_SECONDS),
                allow_redirects=False,  # it would be followed with a GET
            ) as response:
                return read_answer(response.status, await _json(response))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            return NotSent("Evolution cannot be reached", "unavailable")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return Unclear(f"no answer from Evolution ({type(error).__name__})")


async def _json(response: aiohttp.ClientResponse) -> object:
    try:
        return await response.json(content_type=None)
    except ValueError:
        return None
