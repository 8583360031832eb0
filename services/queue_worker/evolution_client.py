"""Evolution API's REST side: the one call that leaves the house."""

from dataclasses import dataclass
from urllib.parse import quote

import aiohttp

from services.queue_worker.sends import NotSent, Sent, read_answer


class OutcomeUnknownError(Exception):
    """The call was made and no answer came: the message may have been sent."""


@dataclass(frozen=True, slots=True)
class EvolutionClient:
    """Sends through an Evolution server. `timeout` in seconds."""

    session: aiohttp.ClientSession
    base_url: str
    api_key: str
    timeout: float

    async def send_text(self, instance: str, number: str, text: str) -> Sent | NotSent:
        """Send a text. Raises OutcomeUnknownError where it cannot be told whether it was sent."""
        url = f"{self.base_url.rstrip('/')}/message/sendText/{quote(instance, safe='')}"
        try:
            async with self.session.post(
                url,
                json={"number": number, "text": text},
                headers={"apikey": self.api_key},
                timeout=aiohttp.ClientTimeout(total=self.timeout),
            ) as response:
                return read_answer(response.status, await _json(response))
        except aiohttp.ClientConnectorError:
            return NotSent("Evolution cannot be reached", "unavailable")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise OutcomeUnknownError(type(error).__name__) from error


async def _json(response: aiohttp.ClientResponse) -> object:
    try:
        return await response.json(content_type=None)
    except ValueError:
        return None
