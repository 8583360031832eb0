"""Tokens that are missing, wrong or at their end."""

import asyncio
from datetime import UTC, datetime, timedelta

from shared.auth.tokens import issue_token
from tests.scenarios.client import Person
from tests.scenarios.stage import Stage, reached
from tests.scenarios.wire import RefusedError, Wire, frame, open_wire

EXPIRED, REFUSED, LATE, WRONG_FIRST = 4440, 4501, 4502, 4510


async def expired_token(stage: Stage) -> None:
    """A token's end is the connection's: warned before, closed with 4440, and resumed without loss after signing in."""
    [room] = stage.rooms(1)
    brief = [stage.client(room, person=stage.person(life=timedelta(seconds=4))) for _ in range(10)]
    lasting = stage.client(room)
    await stage.online(*brief, lasting)
    await stage.load([room], per_second=60, seconds=max(stage.seconds, 5.0))
    for client in brief:
        await client.until(lambda client=client: EXPIRED in client.closes, "the end of the token", stage.patience)  # type: ignore[misc]
        warned = [word for word in client.heard if word["type"] == "token_expiring"]
        stage.check("each was warned", warned and "expires_at" in warned[0]["data"])
    await stage.settle()
    stage.check("nothing but the token ended a connection", {code for c in brief for code in c.closes} == {EXPIRED})
    stage.check("who has a lasting token stayed", lasting.connects == 1)


async def renewed_token(stage: Stage) -> None:
    """A client that sends a newer token of the same user in time is not disconnected; with any other, it is."""
    [room] = stage.rooms(1)
    wise, foolish = (stage.client(room, person=stage.person(life=timedelta(seconds=4))) for _ in range(2))
    await stage.online(wise, foolish)
    other = Person(foolish.person.user_id, stage.clinic_id())
    for token in (other.token(), stage.person().token(), "nonsense", _forged(foolish.person)):
        reply = await foolish.command("auth", token=token)
        stage.check("another's or a forged token is refused", reply["ok"] is False, reply)
    lasting = Person(wise.person.user_id, wise.person.clinic_id)
    reply = await wise.command("auth", token=lasting.token())
    stage.check("a newer token of the same user is taken", reply["ok"], reply)
    await foolish.until(lambda: EXPIRED in foolish.closes, "the end of the token that was not renewed")
    await stage.publisher.publish(room)
    await stage.settle()
    stage.check("who renewed it stayed", wise.connects == 1, wise.closes)


async def bad_token(stage: Stage) -> None:
    """No token, a wrong one, or one too late: closed with the documented code, and nothing was sent."""
    person, port = stage.person(), stage.gateways[0].port
    past = Person(person.user_id, person.clinic_id, life=timedelta(seconds=-5))
    for token in ("x", "a.b.c", past.token(), _forged(person), person.token()[:-2]):
        stage.check("a wrong token is 4501", await _end(port, f"prosa.v1, bearer.{token}") == REFUSED, token[:9])
    for first in (b"hello", b"{}", b'{"type":"ping"}', b'{"type":"auth","data":{"token":7}}'):
        stage.check("another first frame is 4510", await _end(port, "prosa.v1", first) == WRONG_FIRST, first)
    wrong = b'{"type":"auth","data":{"token":"x"}}'
    stage.check("a wrong token in the first frame is 4501", await _end(port, "prosa.v1", wrong) == REFUSED)
    stage.check("no token in time is 4502", await _end(port, "prosa.v1") == LATE)
    for offered in ("graphql-ws", f"bearer.{person.token()}"):
        stage.check("no subprotocol of ours is HTTP 400", await _end(port, offered) == 400)


def _forged(person: Person) -> str:
    secret, now = "a secret that is long enough but not the one", datetime.now(UTC)
    ids = {"user_id": person.user_id, "clinic_id": person.clinic_id}
    return issue_token(secret, role="agent", name="Eve", now=now, life=timedelta(hours=1), **ids)


async def _end(port: int, subprotocols: str, first: bytes = b"") -> int:
    """How a socket ends that should: its close code, or the HTTP status; 0 where a text came, 1 where nothing did."""
    ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def decide(code: int) -> None:
        if not ended.done():
            ended.set_result(code)

    wire = Wire(lambda _wire: None, lambda _text: decide(0), decide)
    try:
        await open_wire("127.0.0.1", port, wire, subprotocols=subprotocols)
    except RefusedError as refused:
        return refused.status
    if first:
        wire.transport.write(frame(first))
    try:
        return await asyncio.wait_for(ended, 10)
    except TimeoutError:
        return 1
    finally:
        wire.drop()


async def crowd_of_one(stage: Stage) -> None:
    """A user with too many tabs loses the oldest (4409), which a page does not fight over: others are not touched."""
    person, gateway = stage.person(), stage.gateways[0]
    other = stage.client(at=[gateway])
    tabs = [stage.client(person=person, at=[gateway], returns=False) for _ in range(25)]
    await stage.online(other)
    for tab in tabs:
        await stage.online(tab)
    in_time = await reached(lambda: sum(tab.online for tab in tabs) <= 20, stage.patience)
    stage.check("a user has twenty connections at most", in_time, sum(tab.online for tab in tabs))
    stage.check("the oldest made room", all(tab.closes == [4409] for tab in tabs[:5]), [tab.closes for tab in tabs[:6]])
    stage.check("the newest stay", all(tab.online for tab in tabs[5:]))
    stage.check("nobody else lost a connection", other.connects == 1 and other.online)
