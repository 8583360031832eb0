"""Who types: told to the others, on every gateway, and ended by everything that should end it."""

from collections.abc import Awaitable, Callable
from functools import partial

from tests.scenarios.client import Client, Frame
from tests.scenarios.stage import Stage, reached
from tests.scenarios.truth import Address

# After which the gateway ends what is not renewed.
SERVER_SECONDS = 6.0


def marks(client: Client, room: Address, typist: Client) -> list[bool]:
    """What a client was told of another's typing, repetitions left out."""
    told: list[bool] = []
    for word in client.heard:
        if _is_of(word, room, typist) and word["data"]["typing"] not in told[-1:]:
            told.append(word["data"]["typing"])
    return told


def _is_of(word: Frame, room: Address, typist: Client) -> bool:
    if word["type"] != "conversation:typing":
        return False
    user: str = word["data"]["user"]["id"]
    return bool(word["channel"] == room.channel) and user == str(typist.person.user_id)


async def typing(stage: Stage) -> None:
    """Others see it, the own tab does not; stopping, leaving, going away, the message and silence end it, each once."""
    ends: dict[str, Callable[[Client, Address], Awaitable[object]]] = {
        "stopping": _stop,
        "leaving": _leave,
        "going away": _go_away,
        "closing the tab": _close,
        "the message": lambda client, room: _send_message(stage, client, room),
        "silence": _say_nothing,
    }
    watched = [(name, await _typed(stage, name, end)) for name, end in ends.items()]
    for name, (room, typist, seers) in watched:
        for seer in seers:
            what = partial(marks, seer, room, typist)
            seen = await reached(lambda what=what: what() == [True, False], stage.patience)  # type: ignore[misc]
            stage.check("what should end it ends it", seen, f"{name}: {what()}")
        stage.check("the own tab hears nothing of it", marks(typist, room, typist) == [], name)


async def _typed(
    stage: Stage, name: str, end: Callable[[Client, Address], Awaitable[object]]
) -> tuple[Address, Client, list[Client]]:
    """Let somebody type in a conversation of their own, then end it; who types where, and who sees it."""
    here, there = stage.gateways[:2]
    [room] = stage.rooms(1)
    seers = [stage.client(room, at=[at]) for at in (here, there)]
    typist = stage.client(room, at=[here], returns=False)
    await stage.online(*seers, typist)
    reply = await typist.command("typing_start", conversation_id=room.conversation)
    assert reply["ok"], reply
    for seer in seers:
        seen = await reached(lambda seer=seer: marks(seer, room, typist) == [True], stage.patience)  # type: ignore[misc]
        stage.check("the others see that somebody types", seen, f"{name}: {marks(seer, room, typist)}")
    late = stage.client(room, at=[there])
    await stage.online(late)
    reply = await late.command("conversation:join", conversation_id=room.conversation)
    stage.check("who joins later sees it too", str(typist.person.user_id) in _users(reply), f"{name}: {reply}"[:300])
    await end(typist, room)
    return room, typist, seers


def _users(reply: Frame) -> list[str]:
    """Who types, as the reply to a join says."""
    users = (one.get("user", one) for one in reply["data"]["typing"])
    return [user["id"] for user in users]


async def _stop(client: Client, room: Address) -> None:
    await client.command("typing_stop", conversation_id=room.conversation)


async def _leave(client: Client, room: Address) -> None:
    await client.command("conversation:leave", conversation_id=room.conversation)


async def _go_away(client: Client, _room: Address) -> None:
    client.drop()


async def _close(client: Client, _room: Address) -> None:
    await client.stop()


async def _send_message(stage: Stage, client: Client, room: Address) -> None:
    await stage.publisher.publish(room, sender=client.person.user_id)


async def _say_nothing(_client: Client, _room: Address) -> None:
    """It is the gateway's turn."""


async def typing_of_strangers(stage: Stage) -> None:
    """Nobody hears of typing in a conversation that they did not join, or that is another clinic's of the same name."""
    [room, other] = stage.rooms(2)
    namesake = Address(stage.clinic_id(), room.channel)
    stage.rights.grant(namesake.clinic_id, room.conversation)
    typist, seer = stage.client(room), stage.client(room)
    strangers = [stage.client(other), stage.client(namesake), stage.client()]
    await stage.online(typist, seer, *strangers)
    for command in ("typing_start", "typing_stop") * 3:
        reply = await typist.command(command, conversation_id=room.conversation)
        assert reply["ok"], reply
    seen = await reached(lambda: marks(seer, room, typist)[-2:] == [True, False], stage.patience)
    stage.check("who has joined hears of it", seen, marks(seer, room, typist))
    stage.check("the own tab hears nothing of it", marks(typist, room, typist) == [], marks(typist, room, typist))
    for stranger in strangers:
        heard = [word for word in stranger.heard if word["type"] == "conversation:typing"]
        stage.check("strangers hear nothing", not heard, heard)
