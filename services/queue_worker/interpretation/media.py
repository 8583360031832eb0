"""Pictures, voices, films, papers and stickers: what is known of a file before anyone fetched it."""

import re
from collections.abc import Mapping
from typing import Any

from services.queue_worker.facts import Attachment
from services.queue_worker.interpretation.fields import count, mapping, octets, present, prose, text
from services.queue_worker.interpretation.file_names import extension_of, generated_name, safe_name
from services.queue_worker.interpretation.spoken import Content, Spoken

MEDIA_TYPES: Mapping[str, str] = {
    "imageMessage": "image",
    "videoMessage": "video",
    "ptvMessage": "video",
    "audioMessage": "audio",
    "documentMessage": "document",
    "stickerMessage": "sticker",
}
_MIMETYPE_LIMIT = 100
_URL = re.compile(r"https?://[^\s\x00-\x1f]{1,4096}")
_PICTURE_URL_LIMIT = 2_048
_SIZE_LIMIT = 2**63
# WhatsApp draws 64 strokes; each stands for how loud a voice was, from 0 to 100.
_LONGEST_WAVEFORM = 128


def media(spoken: Spoken) -> Content:
    """A file with its caption."""
    kind = MEDIA_TYPES[spoken.kind]
    return Content(kind, prose(spoken.body.get("caption")), _transcription(spoken), (_attachment(spoken, kind),))


def has_file(message: Mapping[str, Any]) -> bool:
    """Whether a message carries or links a file, though it may not describe it."""
    return media_url(message.get("mediaUrl")) is not None or _is_inline(message)


def media_url(value: Any) -> str | None:
    """A link to the file; None for anything that is no web address."""
    return value if isinstance(value, str) and _URL.fullmatch(value) else None


def secure_url(value: Any) -> str | None:
    """A picture's address, fit for a browser to load; None for any other, or one that is too long."""
    link = media_url(value)
    return link if link and link.startswith("https://") and len(link) <= _PICTURE_URL_LIMIT else None


def file_size(value: Any) -> int | None:
    """Bytes, in any of the ways versions write them."""
    return count(value, _SIZE_LIMIT)


def mimetype(value: Any) -> str | None:
    """The kind of file, as its sender states it."""
    return text(value, _MIMETYPE_LIMIT)


def _attachment(spoken: Spoken, kind: str) -> Attachment:
    body, file_type = spoken.body, mimetype(spoken.body.get("mimetype"))
    extension = extension_of(kind, file_type, _link(spoken))
    return Attachment(
        file_name=safe_name(body.get("fileName"))
        or safe_name(body.get("title"))
        or generated_name(kind, spoken.provider_id, extension),
        file_type=file_type,
        file_size=file_size(body.get("fileLength")),
        metadata=_description(spoken),
    )


def _description(spoken: Spoken) -> dict[str, Any]:
    # Never the file itself, its thumbnail or its keys: this is shown, and goes into live events.
    body = spoken.body
    return present(
        seconds=count(body.get("seconds")),
        width=count(body.get("width")),
        height=count(body.get("height")),
        page_count=count(body.get("pageCount")),
        ptt=_if_true(body.get("ptt")),
        ptv=_if_true(spoken.kind == "ptvMessage"),
        gif=_if_true(body.get("gifPlayback")),
        animated=_if_true(body.get("isAnimated")),
        waveform=list(octets(body.get("waveform"), _LONGEST_WAVEFORM)) or None,
        view_once=_if_true(spoken.view_once or body.get("viewOnce")),
        media_url=_link(spoken),
        inline=_if_true(_is_inline(spoken.outer) or _is_inline(spoken.message)),
    )


def _link(spoken: Spoken) -> str | None:
    return media_url(spoken.outer.get("mediaUrl")) or media_url(spoken.message.get("mediaUrl"))


def _is_inline(message: Mapping[str, Any]) -> bool:
    return isinstance(message.get("base64"), str) and message["base64"] != ""


def _transcription(spoken: Spoken) -> Mapping[str, Any]:
    said = spoken.outer.get("speechToText")
    return present(transcription=text(said if isinstance(said, str) else mapping(said).get("text"), limit=65_536))


def _if_true(value: Any) -> bool | None:
    return True if value is True else None
