"""Files: what is known of them, and how they are called."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.queue_worker.facts import Attachment
from services.queue_worker.interpretation.file_names import safe_name
from tests.unit.interpretation.events import message_of, upsert


def the_file(message: dict[str, Any], **data: Any) -> Attachment:
    (attachment,) = message_of(upsert(message, **data)).attachments
    return attachment


@pytest.mark.parametrize(
    ("message", "kind", "name"),
    [
        ({"imageMessage": {"mimetype": "image/png"}}, "image", "image-3EB0A1.png"),
        ({"imageMessage": {}}, "image", "image-3EB0A1.jpg"),
        ({"videoMessage": {"mimetype": "video/x-strange"}}, "video", "video-3EB0A1.mp4"),
        ({"ptvMessage": {}}, "video", "video-3EB0A1.mp4"),
        ({"audioMessage": {"mimetype": "audio/ogg; codecs=opus"}}, "audio", "audio-3EB0A1.ogg"),
        ({"documentMessage": {"title": "laudo.pdf"}}, "document", "laudo.pdf"),
        ({"documentMessage": {"mimetype": "application/x-strange"}}, "document", "document-3EB0A1.bin"),
        ({"stickerMessage": {}}, "sticker", "sticker-3EB0A1.webp"),
    ],
)
def test_file_is_named(message: dict[str, Any], kind: str, name: str) -> None:
    """A file without a name is named after its kind, its message and its type."""
    assert message_of(upsert(message)).message_type == kind
    assert the_file(message).file_name == name


def test_voice_message_is_described() -> None:
    """What a player needs to know of a voice message is kept, its transcription too."""
    fact = message_of(
        upsert({"audioMessage": {"seconds": "7", "ptt": True, "fileLength": "900"}, "speechToText": "oi"})
    )
    assert fact.attachments[0].metadata == {"seconds": 7, "ptt": True}
    assert (fact.attachments[0].file_size, fact.metadata) == (900, {"transcription": "oi"})


@pytest.mark.parametrize(
    "waveform",
    [
        {"0": 0, "1": 50, "2": 100},
        [0, 50, 100],
        {"type": "Buffer", "data": [0, 50, 100]},
        "ADJk",
    ],
    ids=["object", "array", "Buffer", "base64"],
)
def test_voice_is_drawn(waveform: Any) -> None:
    """How loud a voice was, stroke by stroke, in each way versions write bytes."""
    assert the_file({"audioMessage": {"waveform": waveform}}).metadata == {"waveform": [0, 50, 100]}


@pytest.mark.parametrize("waveform", [None, "", "not base64", 7, {}, {"a": 1}, [], ["x", 256, -1, True]], ids=repr)
def test_senseless_waveform_is_left_out(waveform: Any) -> None:
    """A player draws nothing then."""
    assert the_file({"audioMessage": {"waveform": waveform}}).metadata == {}


@pytest.mark.parametrize("waveform", [[1] * 5_000, {str(n): 1 for n in range(5_000)}, "AQEB" * 5_000])
def test_waveform_is_bounded(waveform: Any) -> None:
    """WhatsApp's has 64 strokes; whatever is sent goes into every live event."""
    assert 100 < len(the_file({"audioMessage": {"waveform": waveform}}).metadata["waveform"]) <= 128


def test_round_video_and_animation_are_described() -> None:
    """How a moving picture is meant to be shown is kept."""
    assert the_file({"ptvMessage": {}}).metadata == {"ptv": True}
    assert the_file({"videoMessage": {"gifPlayback": True}}).metadata == {"gif": True}
    assert the_file({"stickerMessage": {"isAnimated": True}}).metadata == {"animated": True}


def test_picture_to_be_seen_once_is_marked() -> None:
    """The envelope's promise is kept with the file inside."""
    assert the_file({"viewOnceMessageV2": {"message": {"imageMessage": {}}}}).metadata == {"view_once": True}


def test_caption_survives_the_envelope() -> None:
    """A document sent with a caption shows the caption."""
    inner = {"documentMessage": {"fileName": "a.pdf", "caption": "segue"}}
    fact = message_of(upsert({"documentWithCaptionMessage": {"message": inner}}))
    assert (fact.content, fact.attachments[0].file_name) == ("segue", "a.pdf")


def test_file_larger_than_32_bits_keeps_its_size() -> None:
    """A size beyond 32 bits is read from both halves of its Long."""
    body = {"fileLength": {"low": 705032704, "high": 1, "unsigned": True}}
    assert the_file({"documentMessage": body}).file_size == 5_000_000_000


@pytest.mark.parametrize("size", [None, -1, "big", {"low": "1", "high": 0}, 2**63, True])
def test_senseless_size_is_unknown(size: Any) -> None:
    """A size that is none is not stored."""
    assert the_file({"documentMessage": {"fileLength": size}}).file_size is None


def test_file_itself_and_its_keys_stay_out() -> None:
    """Neither the file, its thumbnail nor its keys get into a fact; that it travelled along does."""
    secrets = {"mediaKey": "SECRET", "jpegThumbnail": "SECRET", "url": "SECRET", "directPath": "SECRET"}
    message = {"imageMessage": {**secrets, "fileSha256": "SECRET"}, "base64": "SECRET"}
    fact = message_of(upsert(message, mediaKey="SECRET"))
    assert "SECRET" not in repr(fact)
    assert fact.attachments[0].metadata == {"inline": True}


def test_link_to_the_file_is_kept() -> None:
    """Where Evolution stored the file is kept, if it is a web address."""
    assert the_file({"imageMessage": {}, "mediaUrl": "https://s3/x.jpg"}).metadata == {"media_url": "https://s3/x.jpg"}
    assert the_file({"imageMessage": {}, "mediaUrl": "javascript:alert(1)"}).metadata == {}


def test_linked_file_without_description_is_shown() -> None:
    """The EVOLUTION channel's bare link is the file its message type says it is."""
    message = {"mediaUrl": "https://example.com/a", "fileName": "exame.pdf", "caption": "seu exame"}
    fact = message_of(upsert(message, messageType="documentMessage"))
    assert (fact.message_type, fact.content, fact.attachments[0].file_name) == ("document", "seu exame", "exame.pdf")


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("laudo.pdf", "laudo.pdf"),
        ("../../etc/passwd", ".._.._etc_passwd"),
        ("C:\\x.exe", "C:_x.exe"),
        ("exe.\u202efdp", "exe._fdp"),
        ("..", None),
        ("  ", None),
        (None, None),
        ("a" * 300 + ".pdf", "a" * 251 + ".pdf"),
        ("a" * 300, "a" * 255),
    ],
)
def test_sender_s_file_name_is_made_harmless(given_name: Any, name: str | None) -> None:
    """A sender's name for a file is one path component, without tricks, and fits its column."""
    assert safe_name(given_name) == name


@given(st.text())
def test_file_name_is_always_harmless(given_name: str) -> None:
    """Whatever a file is called, its name is short, one component, and not a way up."""
    name = safe_name(given_name)
    assert name is None or (0 < len(name) <= 255 and not set(name) & set("/\\\x00\n") and name not in (".", ".."))
