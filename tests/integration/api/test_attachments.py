"""Files down and up: for the tenant alone, whole or in part, and never as a program."""

import hashlib
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from psycopg.rows import DictRow

from services.api.models.messages import UploadedAttachment
from services.api.resources import RESOURCES
from services.api.stores.attachments import take_uploads
from services.api.upload_places import MOST_AT_ONCE, MOST_OF_A_USER
from services.api.uploads import MOST_UNSENT
from shared.db.pool import open_pool
from shared.db.tenant import tenant_transaction
from shared.media.keys import media_key
from tests.integration.api.client import Answer, Caller
from tests.integration.api.conftest import Serve
from tests.integration.api.factories import Owner, add_conversation, add_message, insert

DATA = bytes(range(256)) * 4
PNG = b"\x89PNG\r\n\x1a\n" + DATA
PAGE = b"<!DOCTYPE html><script>alert(document.cookie)</script>"


def stored_file(directory: Path, owner: Owner, data: bytes, clinic_id: int = 1) -> bytes:
    """A file in the store, as the worker leaves it; returns its hash."""
    sha256 = hashlib.sha256(data).digest()
    path = directory / media_key(clinic_id, sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    owner.execute(
        "INSERT INTO media_files (clinic_id, sha256, size) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        [clinic_id, sha256, len(data)],
    )
    return sha256


def files_in(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


def add_attachment(owner: Owner, message: DictRow, **columns: Any) -> DictRow:
    given = {"clinic_id": message["clinic_id"], "message_id": message["id"], "file_name": "lesão.png"}
    return insert(owner, "message_attachments", **(given | columns))


@pytest.fixture
def conversation(owner: Owner) -> DictRow:
    return add_conversation(owner)


@pytest.fixture
def picture(owner: Owner, conversation: DictRow, tmp_path: Path) -> DictRow:
    """A stored picture of a patient's message."""
    return add_attachment(
        owner,
        add_message(owner, conversation),
        state="stored",
        file_type="image/png",
        file_size=len(PNG),
        sha256=stored_file(tmp_path, owner, PNG),
    )


def path_of(attachment: DictRow) -> str:
    return f"/api/attachments/{attachment['id']}"


async def test_a_file_is_answered_whole_with_what_keeps_it_harmless(ana: Caller, picture: DictRow) -> None:
    """A picture is shown in place, under its own name, kept by nobody on the way, and sandboxed."""
    answer = await ana.get(path_of(picture))

    assert (answer.status, answer.content) == (200, PNG)
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Length"] == str(len(PNG))
    assert answer.headers["Content-Disposition"] == "inline; filename=\"les_o.png\"; filename*=UTF-8''les%C3%A3o.png"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert answer.headers["ETag"] == f'"{hashlib.sha256(PNG).hexdigest()}"'


async def test_a_file_is_found_through_its_conversation_and_no_other(
    ana: Caller, owner: Owner, conversation: DictRow, picture: DictRow
) -> None:
    """The longer address says the same, where it is true."""
    other = add_conversation(owner)
    of = "/api/conversations-simple/{}/attachments/{}"

    assert (await ana.get(of.format(conversation["id"], picture["id"]))).content == PNG
    (await ana.get(of.format(other["id"], picture["id"]))).problem(404)
    (await ana.get(of.format(10**9, picture["id"]))).problem(404)


async def test_another_clinics_file_does_not_exist(carla: Caller, nobody: Caller, picture: DictRow) -> None:
    """Neither under its own address nor under its conversation's; and nobody without a token sees it."""
    (await carla.get(path_of(picture))).problem(404)
    assert (await carla.call("HEAD", path_of(picture))).status == 404
    (await carla.get(f"/api/conversations-simple/1/attachments/{picture['id']}")).problem(404)
    (await nobody.get(path_of(picture))).problem(401)


@pytest.mark.parametrize("name", ["0", "x", "99999999999999999999", "01", "-1"])
async def test_what_is_no_id_is_a_file_that_does_not_exist(ana: Caller, name: str) -> None:
    """No text in the address can be anything but an id."""
    (await ana.get(f"/api/attachments/{name}")).problem(404)


async def test_a_deleted_messages_file_is_not_shown_any_more(ana: Caller, owner: Owner, picture: DictRow) -> None:
    """Deleted for everybody is deleted here."""
    owner.execute("UPDATE messages SET deleted_at = now() WHERE id = %s", [picture["message_id"]])

    (await ana.get(path_of(picture))).problem(404)


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=5-99", 5, 100),
        ("bytes=1000-", 1000, len(PNG)),
        ("bytes=-7", len(PNG) - 7, len(PNG)),
    ],
)
async def test_a_part_is_answered_as_a_part(ana: Caller, picture: DictRow, asked: str, start: int, stop: int) -> None:
    """A player that jumps gets what it jumps to."""
    answer = await ana.call("GET", path_of(picture), headers={"Range": asked})

    assert (answer.status, answer.content) == (206, PNG[start:stop])
    assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(PNG)}"


async def test_a_part_beyond_the_end_is_refused_with_the_size(ana: Caller, picture: DictRow) -> None:
    """The client learns how long the file is."""
    answer = await ana.call("GET", path_of(picture), headers={"Range": f"bytes={len(PNG)}-"})

    answer.problem(416)
    assert answer.headers["Content-Range"] == f"bytes */{len(PNG)}"


async def test_a_part_of_another_version_is_answered_whole(ana: Caller, picture: DictRow) -> None:
    """If-Range with this file's tag gives the part; with any other the whole file."""
    etag = f'"{hashlib.sha256(PNG).hexdigest()}"'

    same = await ana.call("GET", path_of(picture), headers={"Range": "bytes=0-3", "If-Range": etag})
    other = await ana.call("GET", path_of(picture), headers={"Range": "bytes=0-3", "If-Range": '"other"'})

    assert (same.status, other.status, other.content) == (206, 200, PNG)


async def test_a_known_file_is_not_sent_again(ana: Caller, picture: DictRow) -> None:
    """A browser that has it is told so."""
    etag = f'"{hashlib.sha256(PNG).hexdigest()}"'

    answer = await ana.call("GET", path_of(picture), headers={"If-None-Match": f'"x", W/{etag}'})

    assert (answer.status, answer.content) == (304, b"")


async def test_the_head_tells_the_size_without_the_file(ana: Caller, picture: DictRow) -> None:
    """HEAD is GET without a body."""
    answer = await ana.call("HEAD", path_of(picture))

    assert (answer.status, answer.content) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(PNG))


@pytest.mark.parametrize(
    ("state", "status", "code"),
    [
        ("pending", 409, "media_pending"),
        ("failed", 410, "media_failed"),
        ("expired", 410, "media_expired"),
        ("none", 404, "media_none"),
    ],
)
async def test_a_file_that_is_not_here_says_why(
    ana: Caller, owner: Owner, conversation: DictRow, state: str, status: int, code: str
) -> None:
    """What waits can be asked for again; what failed says its reason."""
    absent = add_attachment(owner, add_message(owner, conversation), state=state, state_reason="the link answered 404")

    body = (await ana.get(path_of(absent))).problem(status)

    assert (body["code"], body["state"]) == (code, state)
    assert ("the link answered 404" in body["detail"]) == (status == 410)


async def test_a_file_missing_from_the_store_is_said_to_be(ana: Caller, picture: DictRow, tmp_path: Path) -> None:
    """No half of an answer, and no 500."""
    (tmp_path / media_key(1, picture["sha256"])).unlink()

    assert (await ana.get(path_of(picture))).problem(410)["code"] == "media_gone"


async def test_messages_say_how_their_files_are(ana: Caller, conversation: DictRow, picture: DictRow) -> None:
    """The attachment's state is in the message object."""
    detail = (await ana.get(f"/api/conversations-simple/{conversation['id']}")).ok()

    assert [a["state"] for m in detail["messages"] for a in m["attachments"]] == ["stored"]


# Uploads ---------------------------------------------------------------------------------------------------------------


async def upload(caller: Caller, conversation: DictRow, data: Any, name: str = "exame.pdf", **headers: str) -> Answer:
    return await caller.call(
        "POST",
        f"/api/conversations-simple/{conversation['id']}/attachments",
        data=data,
        headers={"X-File-Name": name, "Content-Type": "application/octet-stream", **headers},
    )


async def test_an_upload_is_stored_and_named_by_its_id(
    ana: Caller, bruno: Caller, carla: Caller, conversation: DictRow, tmp_path: Path
) -> None:
    """Whoever uploaded it can look at it; nobody else can before a message has it."""
    uploaded = (await upload(ana, conversation, PNG, "les%C3%A3o.png")).ok(UploadedAttachment, 201)["attachment"]

    assert (uploaded["file_name"], uploaded["file_type"], uploaded["state"]) == ("lesão.png", "image/png", "stored")
    assert (await ana.get(uploaded["file_path"])).content == PNG
    (await bruno.get(uploaded["file_path"])).problem(404)
    (await carla.get(uploaded["file_path"])).problem(404)
    assert (tmp_path / media_key(1, hashlib.sha256(PNG).digest())).read_bytes() == PNG


async def test_an_upload_comes_as_a_form_too(ana: Caller, conversation: DictRow) -> None:
    """The first file of the form is taken, under its own name."""
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("note", "para a Maria")
    form.add_field("file", PNG, filename="../../foto.png", content_type="text/html")

    answer = await ana.call("POST", f"/api/conversations-simple/{conversation['id']}/attachments", data=form)

    uploaded = answer.ok(UploadedAttachment, 201)["attachment"]
    assert (uploaded["file_name"], uploaded["file_type"]) == (".._.._foto.png", "image/png")


async def test_a_page_that_says_it_is_a_picture_is_only_handed_over(ana: Caller, conversation: DictRow) -> None:
    """A browser saves it, and runs nothing of it under our address."""
    uploaded = (await upload(ana, conversation, PAGE, "foto.png", **{"Content-Type": "image/png"})).ok(status=201)

    answer = await ana.get(uploaded["attachment"]["file_path"])

    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")


async def test_an_upload_over_the_limit_is_refused_and_leaves_nothing(
    serve: Serve, token_of: Any, owner: Owner, conversation: DictRow, tmp_path: Path
) -> None:
    """Also one that does not say how long it is."""

    async def unending() -> Any:
        for _ in range(64):
            yield b"x" * 65_536

    async with serve(media_max_bytes=100_000) as api:
        ana = Caller(api, token_of("ana@demo.test"))
        (await upload(ana, conversation, b"x" * 100_001)).problem(413)
        (await upload(ana, conversation, unending())).problem(413)
        (await upload(ana, conversation, b"x" * 100_000)).ok(status=201)

    assert len(files_in(tmp_path)) == 1


async def test_what_cannot_be_an_upload_is_refused(
    ana: Caller, carla: Caller, nobody: Caller, conversation: DictRow
) -> None:
    """An empty file, a form without a file, a conversation of somebody else's."""
    path = f"/api/conversations-simple/{conversation['id']}/attachments"

    (await upload(ana, conversation, b"")).problem(400)
    (await ana.call("POST", path, data=b"x")).problem(400)
    (await ana.call("POST", path, data=b"x", headers={"Content-Type": "multipart/form-data"})).problem(400)
    (await ana.call("POST", path, data=b"x", headers={"Content-Type": "multipart/form-data; boundary=a"})).problem(400)
    (await upload(carla, conversation, PNG)).problem(404)
    (await upload(nobody, conversation, PNG)).problem(401)


async def test_a_form_whose_parts_have_no_headers_is_refused(ana: Caller, conversation: DictRow) -> None:
    """Control characters in a part's header are the client's mistake, not ours."""
    path = f"/api/conversations-simple/{conversation['id']}/attachments"
    form = b'--a\r\nContent-Disposition: form-data; name="\x15"; filename="x"\r\n\r\nx\r\n--a--\r\n'

    answer = await ana.call("POST", path, data=form, headers={"Content-Type": "multipart/form-data; boundary=a"})

    assert "no multipart/form-data" in answer.problem(400)["errors"][0]["message"]


async def test_unsent_uploads_have_a_bound(ana: Caller, owner: Owner, conversation: DictRow, picture: DictRow) -> None:
    """Nobody fills the store with what no message takes."""
    owner.execute(
        "INSERT INTO message_attachments (clinic_id, file_name, state, sha256, uploaded_by, upload_expires_at)"
        " SELECT 1, 'a', 'stored', %s, u.id, now() + interval '1 hour' FROM users u, generate_series(1, %s)"
        " WHERE u.email = 'ana@demo.test'",
        [picture["sha256"], MOST_UNSENT],
    )

    (await upload(ana, conversation, PNG)).problem(429)


async def test_uploads_at_once_have_a_bound(serve: Serve, owner: Owner, token_of: Any, conversation: DictRow) -> None:
    """What is too much for now is refused for now, before it is read; who uploads much leaves room for others."""
    busy, another = owner.execute("SELECT id FROM users WHERE email = 'ana@demo.test'").fetchall()[0]["id"], 0
    async with serve() as api:
        ana, bruno = (Caller(api, token_of(f"{name}@demo.test")) for name in ("ana", "bruno"))
        places = api.app[RESOURCES].uploads
        with ExitStack() as running:
            for _ in range(MOST_OF_A_USER):
                running.enter_context(places.taken(busy))
            refused = await upload(ana, conversation, PNG)
            (await upload(bruno, conversation, PNG)).ok(status=201)
            for _ in range(MOST_AT_ONCE - MOST_OF_A_USER):
                running.enter_context(places.taken(another))
            full = await upload(bruno, conversation, PNG)
        (await upload(ana, conversation, PNG)).ok(status=201)

    refused.problem(429)
    full.problem(503)
    assert refused.headers["Retry-After"]
    assert full.headers["Retry-After"]


async def test_an_upload_becomes_one_messages_attachment(
    ana: Caller, owner: Owner, conversation: DictRow, database_url: str
) -> None:
    """A message takes it once; neither a second message, nor another user, nor another clinic gets it."""
    uploaded = int((await upload(ana, conversation, PNG)).ok(status=201)["attachment"]["id"])
    users = {row["email"]: row["id"] for row in owner.execute("SELECT id, email FROM users")}
    first, second = (add_message(owner, conversation)["id"] for _ in range(2))

    async def take(clinic_id: int, email: str, message_id: int) -> list[int]:
        async with open_pool(database_url, "prosa_api", size=1) as pool, tenant_transaction(pool, clinic_id) as c:
            return [row["id"] for row in await take_uploads(c, clinic_id, users[email], message_id, [uploaded])]

    assert await take(1, "bruno@demo.test", first) == []
    assert await take(2, "carla@outra.test", first) == []
    assert await take(1, "ana@demo.test", first) == [uploaded]
    assert await take(1, "ana@demo.test", second) == []
    assert (await ana.get(f"/api/attachments/{uploaded}")).content == PNG
