"""The store, as a directory and as a bucket: the same promises.

The bucket is tested where PROSA_TEST_S3_STORE names one (`s3://bucket?endpoint=http://…`, with AWS_ACCESS_KEY_ID and
AWS_SECRET_ACCESS_KEY): no S3 server can be installed by `make test` everywhere.
"""

import hashlib
import os
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.media.incoming import TooLargeError, receive
from shared.media.keys import media_key
from shared.media.store import MediaStore, MissingFileError, StoreError, open_store

S3 = os.environ.get("PROSA_TEST_S3_STORE")
LARGE = 12 * 1024 * 1024  # more than one part of a multipart upload


@pytest.fixture(params=["directory", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> MediaStore:
    if request.param == "directory":
        return open_store(f"file:{tmp_path}/a/b")
    if not S3:
        pytest.skip("PROSA_TEST_S3_STORE is not set")
    return open_store(S3)


async def chunks(data: bytes, size: int = 100_000) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def put(store: MediaStore, data: bytes) -> str:
    async with receive(chunks(data), store.incoming, len(data)) as file:
        assert (file.size, file.sha256, file.head) == (len(data), hashlib.sha256(data).digest(), data[:4096])
        key = media_key(7, file.sha256)
        await store.put(key, file.path)
    return key


async def read(store: MediaStore, key: str, start: int, stop: int) -> bytes:
    return b"".join([piece async for piece in store.read(key, start, stop)])


@pytest.mark.parametrize("size", [1, 300_000, LARGE])
async def test_what_was_put_is_read_whole_and_in_parts(store: MediaStore, size: int) -> None:
    """Also a file that a bucket takes in several parts."""
    data = secrets.token_bytes(size)

    key = await put(store, data)

    assert await read(store, key, 0, size) == data
    assert await read(store, key, size // 2, size // 2 + 10) == data[size // 2 : size // 2 + 10]
    assert await read(store, key, 0, 0) == b""
    await store.delete(key)


async def test_putting_again_changes_nothing(store: MediaStore) -> None:
    """A job that is repeated writes the same bytes under the same name."""
    data = secrets.token_bytes(1000)

    key = await put(store, data)
    assert await put(store, data) == key

    assert await read(store, key, 0, 1000) == data
    await store.delete(key)


async def test_what_was_deleted_is_missing_and_can_be_deleted_again(store: MediaStore) -> None:
    """A sweep may be repeated."""
    key = await put(store, secrets.token_bytes(10))

    await store.delete(key)
    await store.delete(key)

    with pytest.raises(MissingFileError):
        await read(store, key, 0, 10)


async def test_nothing_of_a_file_over_the_limit_stays(store: MediaStore) -> None:
    """It is refused as soon as it is too long, not when it is whole."""
    taken = 0

    async def unending() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b"x" * 100_000

    with pytest.raises(TooLargeError):
        async with receive(unending(), store.incoming, 1_000_000):
            pytest.fail("an endless file came to an end")

    assert taken < 20
    assert list(store.incoming.iterdir()) == []


async def test_halves_of_files_are_cleared_when_they_are_old(store: MediaStore) -> None:
    """What is being received now is young."""
    half = store.incoming / secrets.token_hex(16)
    half.write_bytes(b"x")

    await store.clear_incoming(3600)
    assert half.exists()
    os.utime(half, (0, 0))
    await store.clear_incoming(3600)
    assert not half.exists()


async def test_a_store_that_is_away_says_so_and_not_what_was_in_it(tmp_path: Path) -> None:
    """Its error names no request."""
    away = open_store("s3://bucket?endpoint=http://127.0.0.1:9&region=sa-east-1")

    with pytest.raises(StoreError, match=r"^the store failed \(\w+\)$"):
        await read(away, "7/aa/x", 0, 1)


def test_a_directorys_files_are_for_its_user_alone(tmp_path: Path) -> None:
    """Patients' files on a machine with other users."""
    open_store(f"file:{tmp_path}/media")

    assert (tmp_path / "media" / ".incoming").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("location", ["", "media", "http://x/y", "s3://", "file://server/share", "file:"])
def test_what_names_no_store_is_refused(location: str) -> None:
    """At the start, with the two forms there are."""
    with pytest.raises(ValueError, match="MEDIA_STORE"):
        open_store(location)
