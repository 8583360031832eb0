"""What a message says, in WhatsApp's own words for it: text, picture, voice, paper, place."""

from dataclasses import dataclass
from typing import Any

from deploy.demo.evolution.protobuf import byte_object, long_object

Json = dict[str, Any]

_MEDIA_SERVER = "https://mmg.whatsapp.net/o1/v/t24/f2/m239/AQN?ccb=9-4&oh=01_AQ&oe=6900"
_PATH = "/o1/v/t24/f2/m239/AQN"


@dataclass(frozen=True, slots=True)
class Content:
    """A message's kind and body, and how it reads in the transcript."""

    kind: str
    body: Any
    spoken: str


def text(words: str) -> Content:
    """Plain words."""
    return Content("conversation", words, words)


def picture(caption: str, *, size: int = 118_904) -> Content:
    """A photograph."""
    body = {
        "url": _MEDIA_SERVER,
        "mimetype": "image/jpeg",
        "fileSha256": _hash(1),
        "fileLength": long_object(size),
        "height": 1280,
        "width": 960,
        "mediaKey": _hash(2),
        "fileEncSha256": _hash(3),
        "directPath": _PATH,
        "mediaKeyTimestamp": long_object(1_795_167_000),
        "jpegThumbnail": byte_object(bytes(range(48))),
        "caption": caption,
    }
    return Content("imageMessage", body, f"[foto] {caption}")


def voice(seconds: int) -> Content:
    """A voice message."""
    body = {
        "url": _MEDIA_SERVER,
        "mimetype": "audio/ogg; codecs=opus",
        "fileSha256": _hash(4),
        "fileLength": long_object(seconds * 2_400),
        "seconds": seconds,
        "ptt": True,
        "mediaKey": _hash(5),
        "fileEncSha256": _hash(6),
        "directPath": _PATH,
        "mediaKeyTimestamp": long_object(1_795_167_000),
        "waveform": byte_object(bytes(range(64))),
    }
    return Content("audioMessage", body, f"[áudio, {seconds} s]")


def paper(file_name: str, *, pages: int, size: int = 88_888) -> Content:
    """A PDF."""
    body = {
        "url": _MEDIA_SERVER,
        "mimetype": "application/pdf",
        "title": file_name,
        "fileSha256": _hash(7),
        "fileLength": long_object(size),
        "pageCount": pages,
        "mediaKey": _hash(8),
        "fileName": file_name,
        "directPath": _PATH,
    }
    return Content("documentMessage", body, f"[documento] {file_name}")


def place(latitude: float, longitude: float) -> Content:
    """Where somebody is."""
    body = {
        "degreesLatitude": latitude,
        "degreesLongitude": longitude,
        "jpegThumbnail": byte_object(bytes(range(16))),
    }
    return Content("locationMessage", body, f"[localização] {latitude}, {longitude}")


def _hash(start: int) -> Json:
    return byte_object(bytes((start * 21 + step * 13) % 256 for step in range(32)))
