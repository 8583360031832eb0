"""The day's books held against what is there. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deploy.demo.ledger import Effect, Ledger, Reply

Json = dict[str, Any]

_FAILURES = frozenset({"pending", "failed"})
# Evolution's words for what we call a message's status.
_REPORTED = {"SERVER_ACK": "sent", "DELIVERY_ACK": "delivered", "READ": "read"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found at the end.

    `found` counts effects, `messages` are the message objects by id, `sent` what the stand-in was given to send and
    `reported` the last status it told of each. `waiting` events are still in the queue, `new_dead` are dead letters that
    were not there in the morning, `trespasses` conversations of another clinic that an agent could see.
    """

    ledger: Ledger
    found: Counter[Effect]
    messages: Mapping[str, Json]
    sent: Sequence[Json]
    reported: Mapping[str, str]
    waiting: int
    new_dead: int
    trespasses: int

    def complaints(self) -> list[str]:
        """Everything that is not as it was promised, each in a phrase; none on a good day."""
        return [
            *self._refusals(),
            *self._missing(),
            *self._doubled(),
            *(complaint for reply in self.ledger.replies for complaint in self._about(reply)),
            *self._sent_twice(),
            *([f"{self.new_dead} events of the clinic became dead letters"] if self.new_dead else []),
            *([f"Ana could see {self.trespasses} conversations of another clinic"] if self.trespasses else []),
        ]

    def shown_statuses(self) -> Counter[str]:
        """The replies by the status the API shows."""
        shown = (self.messages.get(reply.message_id, {}) for reply in self.ledger.replies)
        return Counter(str(message.get("status", "missing")) for message in shown)

    def reported_statuses(self) -> Counter[str]:
        """The replies by the status that WhatsApp reported last."""
        return Counter(self.reported_status(reply) for reply in self.ledger.replies)

    def reported_status(self, reply: Reply) -> str:
        """The status that WhatsApp reported last of a reply, in our words."""
        provider_id = self.messages.get(reply.message_id, {}).get("external_id")
        return _REPORTED.get(self.reported.get(str(provider_id), ""), "unknown")

    def _refusals(self) -> list[str]:
        refused = Counter(p.delivery.status for p in self.ledger.postings if not p.delivery.accepted)
        return [f"{times} webhooks were not accepted ({status or 'no answer'})" for status, times in refused.items()]

    def _missing(self) -> list[str]:
        missing = [effect for effect in self.ledger.promised if not self.found[effect]]
        return [
            f"accepted and not to be seen: {effect.kind} {effect.reference} of {effect.clinic}" for effect in missing
        ]

    def _doubled(self) -> list[str]:
        doubled = [effect for effect in self.ledger.promised if self.found[effect] > 1]
        return [f"there {self.found[effect]} times: {effect.kind} {effect.reference}" for effect in doubled]

    def _about(self, reply: Reply) -> list[str]:
        message = self.messages.get(reply.message_id)
        if message is None:
            return [f"taken and not to be seen: the reply {reply.words!r}"]
        if message["status"] in _FAILURES:
            return [f"not sent ({message['status']}): the reply {reply.words!r}"]
        # Evolution tells of our own sends too: that must not become a second message.
        told = [m for m in self.messages.values() if _is_echo_of(message, m)]
        return [f"there twice, as itself and as its echo: the reply {reply.words!r}"] if told else []

    def _sent_twice(self) -> list[str]:
        words = {reply.words for reply in self.ledger.replies}
        times = Counter((m["key"]["remoteJid"], m["message"].get("conversation")) for m in self.sent)
        twice = [said for (_, said), count in times.items() if count > 1 and said in words]
        return [f"sent to the patient more than once: {said!r}" for said in twice]


def _is_echo_of(reply: Json, message: Json) -> bool:
    same = all(message[name] == reply[name] for name in ("conversation_id", "content", "sender_type"))
    return same and message["id"] != reply["id"] and message["timestamp"] >= reply["timestamp"]
