"""What 2.3.7's validation says of a request's body, in its own words."""

from collections.abc import Iterable
from typing import Any

from deploy.demo.evolution.envelope import Json
from deploy.demo.evolution.instances import EVENTS


def text_complaints(body: Json) -> list[str]:
    """Of `message/sendText`."""
    return [*_missing(body, ("number", "text")), *_format(body), *_texts(body, ("text",)), *_mentions(body)]


def media_complaints(body: Json) -> list[str]:
    """Of `message/sendMedia`."""
    return [*_missing(body, ("number", "mediatype")), *_format(body), *_texts(body, ("mediatype",))]


def voice_complaints(body: Json) -> list[str]:
    """Of `message/sendWhatsAppAudio`."""
    return [*_missing(body, ("number", "audio")), *_format(body)]


def reaction_complaints(body: Json) -> list[str]:
    """Of `message/sendReaction`."""
    return _missing(body, ("key", "reaction"))


def edit_complaints(body: Json) -> list[str]:
    """Of `chat/updateMessage`."""
    return [*_missing(body, ("number", "key", "text")), *_format(body)]


def deletion_complaints(body: Json) -> list[str]:
    """Of `chat/deleteMessageForEveryone`."""
    return _missing(body, ("id", "fromMe", "remoteJid"))


def read_complaints(body: Json) -> list[str]:
    """Of `chat/markMessageAsRead`: its field had another name in the first version."""
    return [] if "read_messages" in body else _missing(body, ("readMessages",))


def presence_complaints(body: Json) -> list[str]:
    """Of `chat/sendPresence`."""
    return [*_missing(body, ("number", "presence", "delay")), *_format(body)]


def nothing_to_complain(_: Json) -> list[str]:
    """Of what takes any body."""
    return []


def file_complaints(body: Json) -> list[str]:
    """Of `chat/getBase64FromMediaMessage`."""
    return _missing(body, ("message",))


def webhook_complaints(body: Json) -> list[str]:
    """Of `webhook/set`."""
    if missing := _missing(body, ("webhook",)):
        return missing
    webhook = body["webhook"]
    if not isinstance(webhook, dict):
        return ["webhook is not of a type(s) object"]
    required = [f'webhook requires property "{name}"' for name in ("enabled", "url") if name not in webhook]
    return [*required, *_events(webhook.get("events", []))]


def _missing(body: Json, names: Iterable[str]) -> list[str]:
    return [f'instance requires property "{name}"' for name in names if name not in body]


def _format(body: Json) -> list[str]:
    return ["Invalid format"] if not isinstance(body.get("number", ""), str) else []


def _texts(body: Json, names: Iterable[str]) -> list[str]:
    return [f"{name} is not of a type(s) string" for name in names if not isinstance(body.get(name, ""), str)]


def _mentions(body: Json) -> list[str]:
    return ["mentioned does not meet minimum length of 1"] if body.get("mentioned") == [] else []


def _events(events: Any) -> list[str]:
    if not isinstance(events, list):
        return ["webhook.events is not of a type(s) array"]
    known = ",".join(EVENTS)
    return [
        f"webhook.events[{index}] is not one of enum values: {known}"
        for index, event in enumerate(events)
        if event not in EVENTS
    ]
