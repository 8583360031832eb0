"""Plays one scene: what patients, agents and the assistant do, each at its time."""

import asyncio
import secrets
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, assert_never

from deploy.demo.cast import ASSISTANT, Agent, Patient
from deploy.demo.clock import DayClock
from deploy.demo.desk import Desk
from deploy.demo.evolution.files import has_file
from deploy.demo.evolution.instances import Instance, now
from deploy.demo.ledger import Effect, Ledger, Reply
from deploy.demo.payloads.n8n import action_created, by_conversation, by_phone, message_created, wrapped
from deploy.demo.payloads.noise import profile_data, typing_data
from deploy.demo.payloads.upserts import Quoted, Written, new_id, upsert_data
from deploy.demo.postbox import Postbox
from deploy.demo.sightings import Sightings
from deploy.demo.steps import Acts, Answers, Assists, Hurries, Says, Scene, Step
from deploy.demo.transcript import Transcript
from deploy.local.problem import Problem

Json = dict[str, Any]

_SEEN_WITHIN = 15.0  # seconds
_SENT_WITHIN = 15.0  # seconds
_OVERTAKING_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Stage:
    """What all scenes share."""

    clock: DayClock
    instances: Mapping[str, Instance]
    n8n_url: str
    desks: Mapping[Agent, Desk]
    postbox: Postbox
    ledger: Ledger
    sightings: Sightings
    transcript: Transcript


class Performance:
    """One scene being played."""

    def __init__(self, scene: Scene, stage: Stage) -> None:
        self._scene = scene
        self._stage = stage
        self._instance = stage.instances[scene.instance]
        self._last_heard: str | None = None
        self._last_reply: Reply | None = None
        self._last_second = 0

    async def play(self) -> None:
        """Play the scene from its hour on. Raises Problem where the product does not play along."""
        await self._stage.clock.until(self._scene.begins_at)
        self._stage.transcript.tells(self._scene.about)
        for number, step in enumerate(self._scene.steps):
            if number:
                await self._stage.clock.pass_minutes(step.after)
            await self._perform(step)

    async def _perform(self, step: Step) -> None:
        match step:
            case Says():
                await self._say(step)
            case Hurries():
                await self._hurry(step)
            case Answers():
                await self._answer(step)
            case Assists():
                await self._assist(step)
            case Acts():
                await self._act(step)
            case _:
                assert_never(step)

    async def _say(self, step: Says) -> None:
        author = step.by or self._scene.patient
        quoted = await self._quoted() if step.quoting else None
        written = Written(author, step.content, new_id(author), self._second(), quoted, step.group)
        await self._stage.postbox.post_event(self._instance, "presence.update", typing_data(author))
        self._stage.transcript.says(_speaker(author, step), step.content.spoken)
        await self._post(written)
        await self._stage.postbox.post_event(self._instance, "contacts.update", profile_data(self._instance, author))

    async def _hurry(self, step: Hurries) -> None:
        """Write in order, and have it arrive in another: Evolution repeats what failed and does not wait for it."""
        author = self._scene.patient
        first = self._second() - len(step.contents)
        written = [
            Written(author, content, new_id(author), first + number) for number, content in enumerate(step.contents)
        ]
        for message in written:
            self._stage.transcript.says(author.name, message.content.spoken)
        order = ", ".join(str(position + 1) for position in step.arrivals)
        self._stage.transcript.tells(f"the webhooks of these {len(written)} arrive in the order {order}")
        self._stage.ledger.overtaken += overtaken(step.arrivals)
        for position in step.arrivals:
            await self._post(written[position])
            await asyncio.sleep(_OVERTAKING_SECONDS)

    async def _post(self, written: Written) -> None:
        effect = Effect(self._scene.clinic, "message", written.id)
        data = upsert_data(self._instance, written)
        if has_file(data):
            self._instance.files[written.id] = data
        await self._stage.postbox.post_event(self._instance, "messages.upsert", data, effect)
        self._last_heard = written.id

    async def _answer(self, step: Answers) -> None:
        conversation_id = await self._conversation()
        desk, request_id = self._stage.desks[step.by], str(uuid.uuid4())
        self._stage.transcript.says(f"{step.by.name} → {self._scene.patient.called.split()[0]}", step.words)
        message = await desk.reply(conversation_id, step.words, request_id)
        if step.insists:
            await self._insist(desk, conversation_id, step, request_id, message)
        self._last_reply = Reply(message["id"], conversation_id, step.words)
        self._stage.ledger.replies.append(self._last_reply)
        self._last_second = int(time.time())

    async def _insist(self, desk: Desk, conversation_id: str, step: Answers, request_id: str, first: Json) -> None:
        self._stage.transcript.tells(f"{step.by.name}'s browser lost the answer and sends the reply again")
        second = await desk.reply(conversation_id, step.words, request_id)
        self._stage.ledger.repeated_requests += 1
        if second["id"] != first["id"]:
            raise Problem("The same reply, sent twice, became two messages.", "Look: make logs ARGS=api")

    async def _assist(self, step: Assists) -> None:
        speaker = self._scene.patient.name if step.sender_type == "patient" else ASSISTANT
        reference = f"n8n-{secrets.token_hex(8)}"
        event = message_created(self._party, step.sender_type, step.words, reference, now())
        self._stage.transcript.says(speaker, step.words)
        await self._post_to_n8n(event, Effect(self._scene.clinic, "message", reference))
        self._last_heard = reference

    async def _act(self, step: Acts) -> None:
        reference = secrets.token_hex(4)
        event = action_created(self._party, step.action_type, {"reference": reference, **step.details}, now())
        self._stage.transcript.tells(f"n8n, for {self._scene.patient.name}: {step.action_type}")
        await self._post_to_n8n(event, Effect(self._scene.clinic, "action", action_reference(event)))

    async def _post_to_n8n(self, event: Json, effect: Effect) -> None:
        body = wrapped([event]) if self._scene.numbered else event
        await self._stage.postbox.post(self._stage.n8n_url, body, effect)

    @property
    def _party(self) -> Json:
        return by_conversation(self._scene.patient) if self._scene.numbered else by_phone(self._scene.patient)

    async def _conversation(self) -> str:
        if self._last_heard is None:
            raise ValueError("a scene begins with the patient")
        try:
            return await self._stage.sightings.conversation_of(self._last_heard, _SEEN_WITHIN)
        except TimeoutError:
            raise Problem(
                f"A message of {self._scene.patient.name}'s was accepted, and {_SEEN_WITHIN:g} s later nobody sees it.",
                "Look: make status, make logs ARGS=queue_worker",
            ) from None

    async def _quoted(self) -> Quoted:
        reply = self._last_reply
        if reply is None:
            raise ValueError("there is nothing to quote yet")
        try:
            provider_id = await self._stage.sightings.provider_id_of(reply.message_id, _SENT_WITHIN)
        except TimeoutError:
            raise Problem(
                f"A reply to {self._scene.patient.name} was taken, and {_SENT_WITHIN:g} s later it is not sent.",
                "Does the worker call the stand-in? Its EVOLUTION_API_URL and EVOLUTION_API_KEY must be the stand-in's.",
            ) from None
        return Quoted(provider_id, reply.words)

    def _second(self) -> int:
        """This second, or one more than the last of the scene: who answers has read, and WhatsApp counts in seconds."""
        self._last_second = max(int(time.time()), self._last_second + 1)
        return self._last_second


def overtaken(arrivals: tuple[int, ...]) -> int:
    """How many messages arrive after one that was written later."""
    return sum(any(before > position for before in arrivals[:place]) for place, position in enumerate(arrivals))


def action_reference(action: Mapping[str, Any]) -> str:
    """What tells an action from all others, in an event and in the API's answers."""
    return f"{action['action_type']} {action['action_data'].get('reference')}"


def _speaker(author: Patient, step: Says) -> str:
    return f"{author.called} @grupo" if step.group else author.called
