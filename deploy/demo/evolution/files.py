"""Files that patients sent, as Evolution gives them when it is asked: small ones, made here, which really open."""

import base64
import io
import math
import struct
import wave
import zlib
from typing import Any

from deploy.demo.evolution.envelope import Json

_KINDS = ("imageMessage", "audioMessage", "documentMessage", "videoMessage", "stickerMessage")


def has_file(message: Json) -> bool:
    """Whether a message's data describes a file that can be made here."""
    return message.get("messageType") in _KINDS


def file_answer(message: Json) -> Json:
    """What `chat/getBase64FromMediaMessage` answers for a message."""
    kind = message["messageType"]
    body: Json = message["message"][kind]
    data = _content(kind)
    return {
        "mediaType": kind,
        "fileName": body.get("fileName") or f"{message['key']['id']}",
        "caption": body.get("caption"),
        "size": {"fileLength": str(len(data)), "height": body.get("height"), "width": body.get("width")},
        "mimetype": body.get("mimetype"),
        "base64": base64.b64encode(data).decode(),
        "buffer": None,
    }


def _content(kind: str) -> bytes:
    match kind:
        case "audioMessage":
            return _tone()
        case "documentMessage":
            return _paper()
    return _picture()


def _picture(width: int = 240, height: int = 320) -> bytes:
    """A PNG: skin, and what the patient is worried about."""
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            spot = math.hypot(x - width / 2, y - height / 2) < width / 6
            rows += bytes((176, 72, 66) if spot else (236 - y // 8, 200 - y // 8, 178))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"".join(
        (b"\x89PNG\r\n\x1a\n", _chunk(b"IHDR", head), _chunk(b"IDAT", zlib.compress(bytes(rows))), _chunk(b"IEND", b""))
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _tone(seconds: float = 2.0, rate: int = 8000) -> bytes:
    """A WAV with a falling tone."""
    samples = (int(12_000 * math.sin(n * (440 - n / rate * 60) * math.tau / rate)) for n in range(int(seconds * rate)))
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return file.getvalue()


def _paper() -> bytes:
    """A PDF of one page with one line."""
    words = b"BT /F1 18 Tf 72 720 Td (Pedido de exame - Clinica Demo) Tj ET"
    objects: list[Any] = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(words), words),
    ]
    pdf, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, 1):
        offsets.append(len(pdf))
        pdf += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(pdf)
    pdf += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    pdf += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return bytes(pdf + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table))
