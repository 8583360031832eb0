"""What a file is called: its sender's name for it made harmless, or one made up from what is known."""

import re
from collections.abc import Mapping
from typing import Any

from services.queue_worker.interpretation.fields import NAME_LIMIT, prose

_EXTENSIONS: Mapping[str, str] = {
    "application/msword": "doc",
    "application/pdf": "pdf",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-powerpoint": "ppt",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/zip": "zip",
    "audio/aac": "aac",
    "audio/amr": "amr",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "image/gif": "gif",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "text/csv": "csv",
    "text/plain": "txt",
    "text/vcard": "vcf",
    "video/3gpp": "3gp",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
}
# What WhatsApp sends where it doesn't say.
_USUAL: Mapping[str, str] = {"image": "jpg", "video": "mp4", "audio": "ogg", "sticker": "webp"}
_LONGEST_EXTENSION = 16
# Path separators; control characters; and the marks that turn text around, with which "fdp.exe" reads "exe.pdf".
_UNSAFE = re.compile(r"[/\\\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_NOT_ALPHANUMERIC = re.compile(r"[^0-9A-Za-z]")
_LINKED_FILE = re.compile(r"https?://[^/?#]+/[^?#]*\.([0-9A-Za-z]{1,5})(?:[?#].*)?", re.DOTALL)


def safe_name(value: Any) -> str | None:
    """A sender's name for a file as one harmless path component, its extension kept when it is too long."""
    name = _UNSAFE.sub("_", prose(value)).strip()
    if not name.strip("._ "):
        return None
    stem, dot, extension = name.rpartition(".")
    if len(name) <= NAME_LIMIT or not stem or len(extension) > _LONGEST_EXTENSION:
        return name[:NAME_LIMIT].strip()
    return stem[: NAME_LIMIT - len(extension) - 1].rstrip() + dot + extension


def generated_name(kind: str, provider_id: str, extension: str) -> str:
    """A name for a file without one. The id's end is used: the start of Cloud ids spells the contact's number."""
    return f"{kind}-{_NOT_ALPHANUMERIC.sub('', provider_id)[-8:] or 'file'}.{extension}"


def extension_of(kind: str, mimetype: str | None, link: str | None) -> str:
    """How such a file's name ends, from its type, else its link, else what is usual."""
    known = _EXTENSIONS.get((mimetype or "").partition(";")[0].strip().lower())
    linked = _LINKED_FILE.fullmatch(link) if link and not mimetype else None
    return known or (linked[1].lower() if linked else _USUAL.get(kind, "bin"))
