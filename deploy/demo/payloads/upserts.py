"""`messages.upsert`: somebody wrote, as each version of Evolution tells it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deploy.demo.cast import Group, Patient, Version
from deploy.demo.evolution.ids import android_message_id, iphone_message_id
from deploy.demo.evolution.instances import Instance
from deploy.demo.evolution.protobuf import byte_object, long_object
from deploy.demo.payloads.contents import Content

Json = dict[str, Any]

_FAKE_KEY = "RkFLRQRkFLRQRkFLRQRkFLRQRkFLRQRkFLRQRkFLRQR="


_DEVICES: Mapping[Version, Json] = {
    "2.3.7": {
        "senderKeyHash": byte_object(bytes(range(21, 31))),
        "senderTimestamp": long_object(1_795_000_000),
        "recipientKeyHash": byte_object(bytes(range(35, 45))),
        "recipientTimestamp": long_object(1_795_100_000),
    },
    "2.3.6": {
        "senderKeyIndexes": [],
        "recipientKeyIndexes": [],
        "senderTimestamp": long_object(1_795_000_000),
        "recipientKeyHash": byte_object(bytes(range(21, 31))),
        "recipientTimestamp": long_object(1_795_100_000),
    },
}


@dataclass(frozen=True, slots=True)
class Quoted:
    """The message of ours that somebody answers, by WhatsApp's id of it."""

    id: str
    words: str


@dataclass(frozen=True, slots=True)
class Written:
    """A message by a patient. `moment` is Unix time in seconds: WhatsApp knows no smaller unit."""

    author: Patient
    content: Content
    id: str
    moment: int
    quoted: Quoted | None = None
    group: Group | None = None


def new_id(author: Patient) -> str:
    """An id as the author's phone gives it."""
    return iphone_message_id() if author.phone == "ios" else android_message_id()


def upsert_data(instance: Instance, written: Written) -> Json:
    """The event's `data`."""
    return _data_1_8(instance, written) if written.author.version == "1.8" else _data_2(instance, written)


def _data_2(instance: Instance, written: Written) -> Json:
    return {
        "key": _key(written),
        "pushName": None if written.author.withheld else written.author.name,
        "status": "DELIVERY_ACK",
        "message": _message(written),
        **_context(instance, written.quoted),
        "messageType": written.content.kind,
        "messageTimestamp": written.moment,
        "instanceId": instance.id,
        "source": written.author.phone,
    }


def _data_1_8(instance: Instance, written: Written) -> Json:
    # 1.8 knows neither instanceId nor status, and writes bytes as base64 and longs as strings.
    return {
        "key": {"remoteJid": written.author.jid, "fromMe": False, "id": written.id},
        "pushName": written.author.name,
        "message": {written.content.kind: written.content.body, "messageContextInfo": _companion_1_8()},
        "messageType": written.content.kind,
        "messageTimestamp": written.moment,
        "owner": instance.name,
        "source": written.author.phone,
    }


def _key(written: Written) -> Json:
    own = {"fromMe": False, "id": written.id}
    if written.group:
        return {"remoteJid": written.group.jid, **own, "participant": written.author.jid}
    return _direct_key(written.author, own)


def _direct_key(author: Patient, own: Json) -> Json:
    if author.withheld:
        return {"remoteJid": author.lid_jid, **own, "participant": "", "addressingMode": "lid"}
    match author.version:
        case "2.3.6":
            alternative = {"remoteJidAlt": author.jid}
            return {"remoteJid": author.lid_jid, **alternative, **own, "participant": "", "addressingMode": "lid"}
        case "2.4":
            alternative = {"remoteJidAlt": author.lid_jid}
            return {"remoteJid": author.jid, **alternative, **own, "participant": "", "addressingMode": "pn"}
    return {"remoteJid": author.jid, **own}


def _message(written: Written) -> Json:
    said = {written.content.kind: written.content.body}
    if written.group:
        said = {"senderKeyDistributionMessage": _group_key(written.group), **said}
    companion = _companion(written.author)
    return {**companion, **said} if written.quoted else {**said, **companion}


def _companion(author: Patient) -> Json:
    """What travels with a message and says nothing."""
    if author.version not in _DEVICES:
        return {}
    return {
        "messageContextInfo": {
            "deviceListMetadata": _DEVICES[author.version],
            "deviceListMetadataVersion": 2,
            "messageSecret": byte_object(bytes((63 + step * 13) % 256 for step in range(32))),
        }
    }


def _companion_1_8() -> Json:
    return {
        "deviceListMetadata": {
            "senderKeyHash": _FAKE_KEY[:16],
            "senderTimestamp": "1795000000",
            "senderAccountType": "E2EE",
            "receiverAccountType": "E2EE",
            "recipientKeyHash": _FAKE_KEY[:16],
            "recipientTimestamp": "1795100000",
        },
        "deviceListMetadataVersion": 2,
        "messageSecret": _FAKE_KEY,
    }


def _group_key(group: Group) -> Json:
    return {"groupId": group.jid, "axolotlSenderKeyDistributionMessage": byte_object(bytes(range(12)))}


def _context(instance: Instance, quoted: Quoted | None) -> Json:
    if quoted is None:
        return {}
    return {
        "contextInfo": {
            "stanzaId": quoted.id,
            "participant": instance.jid,
            "quotedMessage": {"conversation": quoted.words},
        }
    }
