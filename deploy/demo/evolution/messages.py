"""A message sent through the API, as 2.3.7 answers and announces it."""

import time
from typing import Any

from deploy.demo.evolution.envelope import Json
from deploy.demo.evolution.ids import web_message_id
from deploy.demo.evolution.instances import Instance
from deploy.demo.evolution.protobuf import byte_object, long_object

_MEDIA = {"image": "image/jpeg", "video": "video/mp4", "audio": "audio/ogg; codecs=opus", "document": "application/pdf"}
_TWO_DAYS = 172_800


def text_message(instance: Instance, jid: str, text: str, quoted: Any = None) -> Json:
    """A text. The same object is the body of the 201 and the data of `send.message`."""
    return _message(instance, jid, "conversation", {"conversation": text}, _context() | _quotation(quoted))


def media_message(instance: Instance, jid: str, request: Json) -> Json:
    """A file, described as far as the request does."""
    mediatype = request["mediatype"]
    body = {
        "url": f"https://mmg.whatsapp.net/o1/v/t24/f2/m239/{web_message_id()}",
        "mimetype": request.get("mimetype") or _MEDIA.get(mediatype, "application/octet-stream"),
        "fileLength": long_object(len(str(request.get("media")))),
        "mediaKey": byte_object(bytes(32)),
        **{name: request[name] for name in ("caption", "fileName") if request.get(name)},
    }
    kind = f"{mediatype}Message"
    return _message(instance, jid, kind, {kind: body}, _context())


def voice_message(instance: Instance, jid: str, request: Json) -> Json:
    """A voice message."""
    body = {
        "url": f"https://mmg.whatsapp.net/o1/v/t24/f2/m239/{web_message_id()}",
        "mimetype": _MEDIA["audio"],
        "fileLength": long_object(len(str(request.get("audio")))),
        "mediaKey": byte_object(bytes(32)),
        "ptt": True,
    }
    return _message(instance, jid, "audioMessage", {"audioMessage": body}, _context())


def _message(instance: Instance, jid: str, message_type: str, message: Json, context: Json) -> Json:
    return {
        "key": {"remoteJid": jid, "fromMe": True, "id": web_message_id()},
        "pushName": "Você",
        "status": "PENDING",
        "message": message,
        "contextInfo": context,
        "messageType": message_type,
        "messageTimestamp": int(time.time()),
        "instanceId": instance.id,
        "source": "web",
    }


def _context() -> Json:
    return {
        "mentionedJid": [],
        "groupMentions": [],
        "ephemeralSettingTimestamp": long_object(int(time.time()) - _TWO_DAYS),
        "disappearingMode": {"initiator": 0},
    }


def _quotation(quoted: Any) -> Json:
    if not isinstance(quoted, dict) or not isinstance(quoted.get("key"), dict):
        return {}
    key = quoted["key"]
    return {
        "stanzaId": key.get("id"),
        "participant": key.get("participant") or key.get("remoteJid"),
        "quotedMessage": quoted.get("message") or {},
    }
