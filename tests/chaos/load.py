"""What is sent: a clinic's day, mixed from every kind of event, each with the effect by which it is found again."""

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.clinics import Clinic
from tests.factories import evolution_message, jid, moment

PATIENTS = 24
WINDOW = 40
HISTORY_MESSAGES = 12
MOST_REMEMBERED = 2000
# Of a hundred webhooks; the rest are patients' texts.
SHARES = {"own": 10, "edit": 10, "reaction": 8, "status": 12, "history": 2, "garbage": 4}
STATUSES = {"DELIVERY_ACK": "delivered", "READ": "read", "PLAYED": "played"}


@dataclass(frozen=True, slots=True)
class Said:
    """A message with its first text."""

    provider_id: str
    content: str


@dataclass(frozen=True, slots=True)
class Edited:
    """A later text of a message."""

    provider_id: str
    content: str
    at: int  # milliseconds


@dataclass(frozen=True, slots=True)
class Reacted:
    """A patient's emoji on a message."""

    provider_id: str
    emoji: str


@dataclass(frozen=True, slots=True)
class Climbed:
    """How far a message of ours has come at least."""

    provider_id: str
    status: str


@dataclass(frozen=True, slots=True)
class Buried:
    """It becomes a dead letter that holds its bytes."""


Effect = Said | Edited | Reacted | Climbed | Buried


@dataclass(frozen=True, slots=True)
class Webhook:
    """A body, and everything by which its effect is known."""

    body: bytes
    effects: tuple[Effect, ...]
    clinic_id: int


@dataclass
class Day:
    """An endless day of a clinic; the same for the same seed."""

    clinic: Clinic
    chance: random.Random
    said: list[tuple[str, str]] = field(default_factory=list)  # provider id and phone
    own: list[tuple[str, str]] = field(default_factory=list)
    unreacted: list[tuple[str, str]] = field(default_factory=list)
    count: int = 0
    shares: Mapping[str, int] = field(default_factory=lambda: SHARES)

    def webhooks(self) -> Iterator[Webhook]:
        """Each different from all others."""
        kinds, shares = ["text", *self.shares], [100 - sum(self.shares.values()), *self.shares.values()]
        while True:
            self.count += 1
            [kind] = self.chance.choices(kinds, shares)
            webhook: Webhook = getattr(self, f"_{kind}")()
            for known in (self.said, self.own, self.unreacted):
                del known[:-MOST_REMEMBERED]
            yield webhook

    def _text(self) -> Webhook:
        phone, provider_id = self._phone(), self._id()
        content = self._words(phone, "mensagem")
        self._remember(self.said, provider_id, phone)
        return self._webhook(self._message(provider_id, content, phone=phone), Said(provider_id, content))

    def _own(self) -> Webhook:
        phone, provider_id = self._phone(), self._id()
        content = self._words(phone, "resposta do telefone")
        self._remember(self.own, provider_id, phone)
        body = self._message(provider_id, content, phone=phone, from_me=True, name="Você")
        return self._webhook(body, Said(provider_id, content))

    def _remember(self, where: list[tuple[str, str]], provider_id: str, phone: str) -> None:
        where.append((provider_id, phone))
        self.unreacted.append((provider_id, phone))

    def _edit(self) -> Webhook:
        if not self.said:
            return self._text()
        target, phone = self.chance.choice(self.said)
        content, at = self._words(phone, "corrigida"), int(moment(self.count).timestamp() * 1000)
        data = {
            "key": {"remoteJid": jid(phone), "fromMe": False, "id": target},
            "type": 14,
            "editedMessage": {"conversation": content},
            "timestampMs": str(at),
        }
        return self._webhook(self._event("messages.edited", data), Edited(target, content, at))

    def _reaction(self) -> Webhook:
        if not self.unreacted:
            return self._text()
        target, phone = self.unreacted.pop(self.chance.randrange(len(self.unreacted)))
        emoji = self.chance.choice("👍🙏😂")
        reaction = {"reactionMessage": {"key": {"id": target}, "text": emoji}}
        body = self._message(self._id(), phone=phone, message=reaction, messageType="reactionMessage")
        return self._webhook(body, Reacted(target, emoji))

    def _status(self) -> Webhook:
        if not self.own:
            return self._own()
        target, phone = self.chance.choice(self.own)
        word = self.chance.choice(list(STATUSES))
        # No two are the same bytes: each has to be taken in by itself.
        data = {"keyId": target, "remoteJid": jid(phone), "fromMe": True, "status": word, "messageId": f"s{self.count}"}
        return self._webhook(self._event("messages.update", data), Climbed(target, STATUSES[word]))

    def _history(self) -> Webhook:
        elements, effects = [], []
        for index in range(HISTORY_MESSAGES):
            phone, provider_id = self._phone(), f"{self._id()}H{index}"
            content = self._words(phone, f"de antes {index} de")
            elements.append(self._message(provider_id, content, phone=phone, at=self.count - 100_000)["data"])
            effects.append(Said(provider_id, content))
        return self._webhook(self._event("messages.set", elements), *effects)

    def _garbage(self) -> Webhook:
        provider_id = self._id()
        kinds = [
            json.dumps(self._event("clinic.exploded", {"number": self.count})),
            json.dumps(self._message(provider_id, "nul \0 byte")),
            json.dumps(self._message(provider_id, "half an emoji \ud83d")),
            json.dumps(self._message(provider_id, "of another instance", instance=self.clinic.stranger)),
            json.dumps(self._message(provider_id, key={"id": provider_id})),
        ]
        return Webhook(self.chance.choice(kinds).encode(), (Buried(),), self.clinic.id)

    def _phone(self) -> str:
        return f"55119{55550000 + self.chance.randrange(PATIENTS)}"

    def _id(self) -> str:
        return self.clinic.provider_id(self.count)

    def _words(self, phone: str, what: str) -> str:
        return f"{phone} {what} {self.count} {self.clinic.mark}"

    def _message(self, provider_id: str, text: str = "", **fields: Any) -> dict[str, Any]:
        given = {"at": self.count, "instance": self.clinic.instance, "name": f"Maria {self.clinic.mark}"}
        return evolution_message(provider_id, text, **{**given, **fields})

    def _event(self, event: str, data: Any) -> dict[str, Any]:
        return {"event": event, "instance": self.clinic.instance, "data": data}

    def _webhook(self, body: dict[str, Any], *effects: Effect) -> Webhook:
        return Webhook(json.dumps(body).encode(), effects, self.clinic.id)


def windows(webhooks: Iterator[Webhook], chance: random.Random, twice: float) -> Iterator[list[Webhook]]:
    """Windows in each of which they come in any order, a share of them two times. Not all: a repetition makes up for a loss.

    A window is sent whole: a change in it may come before its message.
    """
    while True:
        once = [next(webhooks) for _ in range(WINDOW)]
        window = [*once, *(webhook for webhook in once if chance.random() < twice)]
        chance.shuffle(window)
        yield window
