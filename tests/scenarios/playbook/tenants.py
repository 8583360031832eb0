"""What one clinic can see of another: nothing, whatever it asks for and however."""

import json
from typing import Any

from tests.scenarios.client import Client, Frame
from tests.scenarios.stage import Stage
from tests.scenarios.truth import Address

COMMANDS = (
    "conversation:join",
    "conversation:leave",
    "typing_start",
    "typing_stop",
    "message:read",
    "conversation:transfer",
)


def disguises(room: Address) -> list[str]:
    """A foreign conversation's channel, as somebody may hope that it is looked up."""
    return [
        room.channel,
        f"prosa:{room.clinic_id}:{room.channel}",
        f"{{prosa:{room.clinic_id}:{room.channel}}}",
        f"{room.clinic_id}:{room.conversation}",
        f"../{room.conversation}",
        f"{room.conversation}/../{room.conversation}",
        f"{room.conversation} ",
        f"{room.conversation}\n",
        f"{room.conversation}\x00",
        f"{room.conversation}?clinic_id={room.clinic_id}",
        f"{room.conversation}%20",
        "*",
        f"empresa:{room.clinic_id}",
        f"presence:{room.clinic_id}",
        "".join(chr(ord(digit) - ord("0") + 0x0660) for digit in room.conversation),
    ]


async def tenants(stage: Stage) -> None:
    """Every command with another clinic's ids, every guess of its channels' names: no event, and no telling answer."""
    [foreign] = stage.rooms(1)
    gateway = stage.gateways[:1]  # what one of them remembers of rights is what the other may not profit from
    theirs = stage.client(foreign, at=gateway)
    eve = stage.client(person=stage.person(stage.clinic_id()), at=gateway)
    await stage.online(theirs, eve)
    missing = str(next(stage.arena.numbers))
    for command in COMMANDS:
        there = await _ask(eve, command, foreign.conversation, theirs)
        absent = await _ask(eve, command, missing, theirs)
        stage.check("missing and forbidden are answered alike", there == absent, f"{command}: {there} or {absent}")
        refused = command == "conversation:leave" or there["ok"] is False
        stage.check("nothing foreign is granted", refused, f"{command}: {there}")
    for name in disguises(foreign):
        reply = await eve.command("conversation:join", conversation_id=name)
        stage.check("nothing foreign is granted", reply["ok"] is False, f"{name}: {reply}")
    reply = await eve.command("clinic:join", clinic_id=foreign.clinic_id, channel=stage.lists.channel)
    stage.check("the clinic is the token's", reply["data"]["channel"] == f"empresa:{eve.person.clinic_id}", reply)
    heard = len(eve.heard)
    await _everything_happens(stage, foreign, theirs)
    stage.check("nothing of another clinic was heard", len(eve.heard) == heard, eve.heard[heard:])
    seen = sum(view.live for view in eve.views.values())
    stage.check("no event of another clinic came", seen == 0, seen)


async def _everything_happens(stage: Stage, foreign: Address, theirs: Client) -> None:
    """Something on each kind of channel, to an end that the gateway passes on after all of it."""
    personal = Address(stage.clinic, f"atendente:{theirs.person.user_id}")
    for _ in range(5):
        for address in (foreign, stage.lists, personal):
            await stage.publisher.publish(address)
            await stage.publisher.whisper(address, "secret")
        await stage.publisher.whisper(Address(stage.clinic, f"presence:{stage.clinic}"), "secret")
    await stage.settle()


async def _ask(client: Client, command: str, conversation: str, whom: Client) -> Frame:
    """The reply, without what tells one asking from another."""
    more: dict[str, Any] = {
        "conversation:transfer": {"to_user_id": str(whom.person.user_id)},
        "message:read": {"message_id": "1"},
    }
    reply = await client.command(command, conversation_id=conversation, **more.get(command, {}))
    reply.pop("id")
    if "error" in reply:
        reply["error"].pop("retry_ms", None)
    told: Frame = json.loads(json.dumps(reply).replace(conversation, "…"))
    return told


async def namesakes(stage: Stage) -> None:
    """Two clinics whose users, conversations and channels have the same names: each hears its own only."""
    other = stage.clinic_id()
    ours = stage.rooms(3)
    for room in ours:
        stage.rights.grant(other, room.conversation)
    theirs = [Address(other, room.channel) for room in ours]
    people = [stage.person(), stage.person(other)]
    people[1].user_id = people[0].user_id
    clients = [stage.client(*rooms, person=person) for rooms, person in zip((ours, theirs), people, strict=True)]
    clients += [stage.client(*rooms) for rooms in (ours, theirs) for _ in range(5)]
    await stage.online(*clients)
    personal = [Address(person.clinic_id, f"atendente:{person.user_id}") for person in people]
    await stage.load([*ours, *theirs, *personal], per_second=100)
    await stage.settle()
