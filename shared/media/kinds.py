"""What a file is, by its content. What its sender calls it only decides between things that look alike."""

import puremagic

UNKNOWN = "application/octet-stream"
PLAIN = "text/plain"

# What a browser shows without running anything that stands in it.
_SHOWN = frozenset(
    {
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/webp",
        "audio/aac",
        "audio/amr",
        "audio/mp4",
        "audio/mpeg",
        "audio/ogg",
        "audio/wav",
        "video/3gpp",
        "video/mp4",
        "video/quicktime",
        "video/webm",
    }
)
# The files of a messenger, by what they begin with: (offset, bytes, type).
_SIGNATURES = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"%PDF-", "application/pdf"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyp3g", "video/3gpp"),
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftyp", "video/mp4"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
# Containers, and which of the types that are written in them a sender may name.
_OPEN_DOCUMENT = "application/vnd.openxmlformats-officedocument."
_CONTAINERS = (
    (b"PK\x03\x04", "application/zip", (_OPEN_DOCUMENT, "application/vnd.oasis.opendocument.")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage", ("application/msword", "application/vnd.ms-")),
    (b"OggS", "audio/ogg", ("video/ogg",)),
)
_TEXTS = ("text/csv", "text/vcard")
_MARKUP = (
    (b"<svg", "image/svg+xml"),
    (b"<!doctype html", "text/html"),
    (b"<html", "text/html"),
    (b"<script", "text/html"),
    (b"<body", "text/html"),
    (b"<head", "text/html"),
    (b"<iframe", "text/html"),
    (b"<?xml", "application/xml"),
)
_CONTROLS = bytes(set(range(32)) - {7, 8, 9, 10, 12, 13, 27}) + b"\x7f"


def kind_of(head: bytes, declared: str | None = None) -> str:
    """The media type of a file that begins with `head`, without parameters.

    `declared` never makes a file what its content does not look like: a page that says it is a picture stays a page.
    """
    wanted = (declared or "").partition(";")[0].strip().lower()
    return _by_signature(head) or _by_container(head, wanted) or _by_text(head, wanted) or _by_lore(head)


def is_shown(kind: str) -> bool:
    """Whether a browser may show it in place. Everything else is only handed over: it may contain a program."""
    return kind in _SHOWN


def _by_signature(head: bytes) -> str | None:
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    return next((kind for offset, mark, kind in _SIGNATURES if head[offset:].startswith(mark)), None)


def _by_container(head: bytes, wanted: str) -> str | None:
    for signature, kind, inside in _CONTAINERS:
        if head.startswith(signature):
            return wanted if wanted.startswith(inside) else kind
    return None


def _by_text(head: bytes, wanted: str) -> str | None:
    if head.translate(None, _CONTROLS) != head or not _is_utf8(head):
        return None
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not start.startswith(b"<"):
        return wanted if wanted in _TEXTS else PLAIN
    return next((kind for mark, kind in _MARKUP if mark in start), "application/xml")


def _is_utf8(head: bytes) -> bool:
    # The last character may be cut.
    for missing in range(4):
        try:
            head[: len(head) - missing].decode()
        except UnicodeDecodeError:
            continue
        return True
    return False


def _by_lore(head: bytes) -> str:
    """What a large table of signatures says, where it says one thing clearly; never something a browser would show."""
    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return UNKNOWN
    kind = found[0].mime_type if found else ""
    return kind if kind and not is_shown(kind) and "/" in kind else UNKNOWN
