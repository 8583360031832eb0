"""Tokens and signatures from hosts whose clocks are wrong: within what is allowed they are taken, beyond it refused."""

import asyncio
import base64
import json
import time
from datetime import UTC, datetime, timedelta

import aiohttp
from yarl import URL

from shared.auth.standard_webhooks import TOLERANCE, signed_headers
from shared.auth.tokens import DEVELOPMENT_SECRET, issue_token
from tests.chaos.clinics import CLINICS, DEMO, Clinic
from tests.chaos.ledger import name_of
from tests.chaos.load import Said, Webhook
from tests.chaos.site import Site
from tests.factories import n8n_message
from tests.scenarios.wire import RefusedError, Wire, open_wire

SIGNED_SOURCE, SIGNED_PATH = "demo-n8n", "/webhooks/n8n/demo-n8n-token"
SIGNING_SECRET = "whsec_" + base64.b64encode(b"the secret of chaos, 24b").decode()
LIFE = timedelta(minutes=10)  # of an agent's token
# How far the clock of who issued the token is ahead, in seconds, and what becomes of the token. It ends when it says.
TOKENS = {86_400: 0, 300: 0, 0: 0, -300: 0, -(600 + 5): 4501, -86_400: 4501}
ENDS_SOON = -(600 - 3)  # three seconds are left of it
EXPIRED = 4440
SIGNATURES = {
    0: 200,
    TOLERANCE.seconds - 30: 200,
    30 - TOLERANCE.seconds: 200,
    TOLERANCE.seconds + 30: 401,
    -TOLERANCE.seconds - 30: 401,
}
EVERY_SECONDS = 0.5
ENDS_WITHIN_SECONDS = 10.0


async def clocks_skewed(site: Site, seconds: float) -> None:
    """Agents sign in and integrations send from hosts whose clocks are wrong, again and again; nobody else is touched."""
    connects = [listener.connects for listener in site.listeners]
    users = await asyncio.to_thread(site.users)
    deadline = asyncio.get_running_loop().time() + seconds
    async with aiohttp.ClientSession() as http:
        number = 0
        while asyncio.get_running_loop().time() < deadline:
            number += 1
            for clinic in CLINICS:
                await _tokens(site, http, clinic, users[clinic.id])
            for skew, wanted in SIGNATURES.items():
                await _signed(site, http, skew, wanted, number)
            await asyncio.sleep(EVERY_SECONDS)
    if connects != [listener.connects for listener in site.listeners]:
        site.remarks.append("an agent whose clock is right lost the connection")


async def _tokens(site: Site, http: aiohttp.ClientSession, clinic: Clinic, user_id: int) -> None:
    for skew, wanted in TOKENS.items():
        token = _token(clinic, user_id, skew)
        if (code := await _end(site.product.socket, token)) != wanted:
            site.remarks.append(f"a token from a clock {skew} s ahead: the socket ended with {code}, not {wanted}")
        async with http.get(f"{site.product.api}/api/auth/me", headers={"Authorization": f"Bearer {token}"}) as answer:
            if (answer.status == 401) != bool(wanted):
                site.remarks.append(f"a token from a clock {skew} s ahead: the API answered {answer.status}")
    if (code := await _end(site.product.socket, _token(clinic, user_id, ENDS_SOON), stays=True)) != EXPIRED:
        site.remarks.append(f"a token that ended: the socket ended with {code}, not {EXPIRED}")


def _token(clinic: Clinic, user_id: int, skew: int) -> str:
    now = datetime.now(UTC) + timedelta(seconds=skew)
    ids = {"user_id": user_id, "clinic_id": clinic.id}
    return issue_token(DEVELOPMENT_SECRET, role="agent", name="Skewed", now=now, life=LIFE, **ids)


async def _end(socket: str, token: str, *, stays: bool = False) -> int:
    """The close code of a socket; 0 where it is let in, unless it `stays` for its end."""
    ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def end(code: int) -> None:
        if not ended.done():
            ended.set_result(code)

    wire = Wire(lambda _wire: None, lambda text: None if stays or b'"connected"' not in text else end(0), end)
    url = URL(socket)
    try:
        await open_wire(str(url.host), int(url.port or 0), wire, subprotocols=f"prosa.v1, bearer.{token}")
        return await asyncio.wait_for(ended, ENDS_WITHIN_SECONDS)
    except RefusedError as refused:
        return refused.status
    except TimeoutError:
        return -1
    finally:
        if hasattr(wire, "transport"):
            wire.drop()


async def _signed(site: Site, http: aiohttp.ClientSession, skew: int, wanted: int, number: int) -> None:
    """A message that is signed at another time; the ledger has to know it where it was accepted, and only then."""
    provider_id = f"{DEMO.provider_id(number)}S{list(SIGNATURES).index(skew)}"
    content = f"5511955550000 assinada {number} {skew} {DEMO.mark}"
    said = n8n_message(content, phone="5511955550000", external_id=provider_id, contact_name=f"Maria {DEMO.mark}")
    body = json.dumps(said).encode()
    headers = signed_headers([SIGNING_SECRET], f"msg-{provider_id}", int(time.time()) + skew, body)
    headers["Content-Type"] = "application/json"
    async with http.post(f"{site.product.receiver}{SIGNED_PATH}", data=body, headers=headers) as answer:
        if answer.status != wanted:
            site.remarks.append(f"signed {skew} s ahead: answered {answer.status}, not {wanted}")
        if answer.status == 200:
            name = name_of(body)
            site.sent[name] = Webhook(body, (Said(provider_id, content),), DEMO.id)
            await site.ledger.accept(name)
