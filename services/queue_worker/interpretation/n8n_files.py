"""Files an integration says it has stored, or links."""

from typing import Any

from services.queue_worker.facts import Attachment, ShapeError
from services.queue_worker.interpretation.fields import present, prose, required_object
from services.queue_worker.interpretation.file_names import extension_of, generated_name, safe_name
from services.queue_worker.interpretation.media import file_size, media_url, mimetype

_MOST = 50
_PATH_LIMIT = 500


def attachments_of(value: Any, message_type: str, provider_id: str) -> tuple[Attachment, ...]:
    """The files of a message, in order; one may stand without a list around it."""
    files = [value] if isinstance(value, dict) else value or []
    if not isinstance(files, list) or len(files) > _MOST:
        raise ShapeError(f"attachments is not a list of at most {_MOST} files")
    return tuple(_attachment(file, message_type, provider_id) for file in files)


def _attachment(value: Any, message_type: str, provider_id: str) -> Attachment:
    file = required_object(value, "attachments[]")
    file_type, link = mimetype(file.get("file_type")), media_url(file.get("media_url"))
    extension = extension_of(message_type, file_type, link)
    return Attachment(
        file_name=safe_name(file.get("file_name")) or generated_name(message_type, provider_id, extension),
        file_path=_path(file.get("file_path")),
        file_type=file_type,
        file_size=file_size(file.get("file_size")),
        metadata=present(media_url=link),
    )


def _path(value: Any) -> str | None:
    path = prose(value).strip()
    if len(path) > _PATH_LIMIT or not isinstance(value, str | None):
        raise ShapeError(f"attachments[].file_path is not a string of at most {_PATH_LIMIT} characters")
    return path or None
