"""Media jobs run by a test, and what they have left."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp

from services.queue_worker.media.evolution_files import EvolutionFiles
from services.queue_worker.media.fetcher import Fetcher, FetcherSettings
from services.queue_worker.sending.evolution_client import EvolutionClient
from shared.db.pool import Pool
from shared.media.store import open_store
from tests.factories import evolution_message
from tests.integration.queue_worker.queue_rows import Owner

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
KEY = "test-key"
SECRETS_KEY = "test-secrets-key"


def fetcher(
    pool: Pool,
    directory: Path,
    http: aiohttp.ClientSession,
    *,
    evolution_url: str = "http://127.0.0.1:9",
    committed: Callable[[], None] = lambda: None,
    **limits: Any,
) -> Fetcher:
    given: dict[str, Any] = {
        "fetchers": 1,
        "timeout": 10.0,
        "max_bytes": 1_000_000,
        "expiry": timedelta(hours=48),
        "hosts": frozenset(),
        "longest_sleep": 0.05,
    }
    settings = FetcherSettings(**(given | limits))
    files = EvolutionFiles(pool, EvolutionClient(http, evolution_url, KEY, 10.0), [SECRETS_KEY])
    return Fetcher(pool, open_store(f"file:{directory}"), files, settings, committed)


def picture(provider_id: str = "3EB0A1", *, beside: Mapping[str, Any] | None = None, **data: Any) -> dict[str, Any]:
    """A webhook that tells of a picture; `beside` is beside its description, where versions put the file or a link."""
    said = {"imageMessage": {"mimetype": "image/jpeg", "caption": "a lesão"}, **(beside or {})}
    return evolution_message(provider_id, message=said, messageType="imageMessage", **data)


def attachments(owner: Owner) -> list[dict[str, Any]]:
    return owner.execute("SELECT * FROM message_attachments ORDER BY id").fetchall()


def attachment(owner: Owner) -> dict[str, Any]:
    """The only attachment."""
    [only] = attachments(owner)
    return only


def media_jobs(owner: Owner) -> list[dict[str, Any]]:
    return owner.execute("SELECT * FROM media_jobs ORDER BY attachment_id").fetchall()


def make_jobs_due(owner: Owner) -> None:
    """As if the time had come: for what waits, and for what a dead worker held."""
    owner.execute("UPDATE media_jobs SET due_at = now()")


def files_in(directory: Path) -> dict[str, bytes]:
    """What is in the store, by key; halves of files are named by their directory."""
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}
