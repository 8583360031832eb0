"""What becomes of a message after it was sent, and when."""

import random
from dataclasses import dataclass

from deploy.demo.evolution.envelope import Json
from deploy.demo.evolution.instances import Instance
from deploy.demo.evolution.jids import is_group

_READERS = 0.85


@dataclass(frozen=True, slots=True)
class Receipt:
    """A status, and how many seconds after the one before it."""

    status: str
    after: float


def receipts(jid: str, chance: random.Random, pace: float) -> list[Receipt]:
    """The receipts of one message, in their order. Some people do not read; for groups only the server's is reported.

    `pace` stretches the waits: 1 is a hurried person's, 0 none at all.
    """
    stages = [Receipt("SERVER_ACK", pace * chance.uniform(0.05, 0.2))]
    if not is_group(jid):
        stages.append(Receipt("DELIVERY_ACK", pace * chance.uniform(0.1, 0.6)))
        if chance.random() < _READERS:
            stages.append(Receipt("READ", pace * chance.uniform(0.4, 2.0)))
    return stages


def receipt_data(instance: Instance, message: Json, row: str, status: str) -> Json:
    """The data of `messages.update`. `row` is the message's id in Evolution's database, the same in all of them."""
    key = message["key"]
    return {
        "keyId": key["id"],
        "remoteJid": key["remoteJid"],
        "fromMe": True,
        "status": status,
        "instanceId": instance.id,
        "messageId": row,
    }
