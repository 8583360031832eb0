"""What a request does to messages that are there, or shows of them: reactions, edits, deletions, read marks, presence.

The routes of the first version are beside those of the second: they differ in methods and in wrappers.
"""

import time
from collections.abc import Mapping
from typing import Any

from deploy.demo.evolution import refusals
from deploy.demo.evolution.envelope import Json
from deploy.demo.evolution.ids import web_message_id
from deploy.demo.evolution.instances import Instance

NEWEST = 50
_WRAPPERS = ("textMessage", "mediaMessage", "audioMessage", "reactionMessage")
_LONGEST_EMOJI = 8


def unwrapped(body: Json) -> Json:
    """A body of the first version in the words of the second."""
    options = body.get("options")
    inner: Json = {}
    for wrapper in _WRAPPERS:
        if isinstance(body.get(wrapper), dict):
            inner |= body[wrapper]
    beside = {name: value for name, value in body.items() if name not in (*_WRAPPERS, "options")}
    return {**beside, **(options if isinstance(options, dict) else {}), **inner}


def require_line(instance: Instance) -> None:
    """Raise what Evolution says while the instance is not connected."""
    if not instance.open:
        raise refusals.line_down()


def reaction(instance: Instance, body: Json) -> Json:
    """The answer to a reaction, and the data of its webhook."""
    emoji, key = body.get("reaction"), _key(body)
    if not isinstance(emoji, str) or len(emoji) > _LONGEST_EMOJI or (emoji.isascii() and emoji):
        raise refusals.unsuitable("Reaction must be a single emoji or empty string")
    said = {"text": emoji, "key": key, "senderTimestampMs": int(time.time() * 1000)}
    return _change(instance, str(key.get("remoteJid")), "reactionMessage", {"reactionMessage": said})


def edited(instance: Instance, sent: list[Json], body: Json) -> Json:
    """The answer to an edit; what was sent says the new words from now on."""
    key = _key(body)
    message = found(sent, str(key.get("id")))
    message["message"] = {"conversation": str(body.get("text"))}
    protocol = {
        "key": key,
        "type": "MESSAGE_EDIT",
        "editedMessage": {"conversation": str(body.get("text"))},
        "timestampMs": str(int(time.time() * 1000)),
    }
    said = {"editedMessage": {"message": {"protocolMessage": protocol}}}
    return _change(instance, str(key.get("remoteJid")), "editedMessage", said)


def deleted(instance: Instance, sent: list[Json], body: Json) -> Json:
    """The answer to a deletion; nobody finds the message from now on."""
    message = found(sent, str(body.get("id")))
    sent.remove(message)
    said = {"protocolMessage": {"key": dict(body), "type": "REVOKE"}}
    return _change(instance, str(body.get("remoteJid")), "protocolMessage", said)


def found(sent: list[Json], message_id: str) -> Json:
    """A message of ours by its id."""
    for message in sent:
        if message["key"]["id"] == message_id:
            return message
    raise refusals.unsuitable("Message not found")


def shown(sent: list[Json], instance: Instance, body: Json) -> Any:
    """The newest messages of a chat: a page in the second version's answer, a list in the first's."""
    where = body.get("where")
    wanted = where.get("key") if isinstance(where, Mapping) else None
    jid = wanted.get("remoteJid") if isinstance(wanted, Mapping) else None
    ours = [m for m in reversed(sent) if m["instanceId"] == instance.id and jid in (None, m["key"]["remoteJid"])]
    records = ours[: body.get("offset") or body.get("limit") or NEWEST]
    if instance.version == "v1":
        return records
    return {"messages": {"total": len(ours), "pages": 1, "currentPage": 1, "records": records}}


def _key(body: Json) -> Json:
    key = body.get("key")
    if not isinstance(key, dict):
        raise refusals.invalid(['instance requires property "key"'])
    return key


def _change(instance: Instance, jid: str, message_type: str, message: Json) -> Json:
    return {
        "key": {"remoteJid": jid, "fromMe": True, "id": web_message_id()},
        "pushName": "Você",
        "status": "PENDING",
        "message": message,
        "messageType": message_type,
        "messageTimestamp": int(time.time()),
        "instanceId": instance.id,
        "source": "web",
    }
