"""Bodies and values that cannot be read, on every endpoint that takes them."""

import gzip
import re
from typing import Any

import pytest
from psycopg.rows import DictRow

from services.api.routes import ENDPOINTS
from tests.dead_letters import add_dead_letter
from tests.integration.api.client import Caller
from tests.integration.api.factories import Owner, add_conversation

TAKING = [endpoint for endpoint in ENDPOINTS if endpoint.body is not None]
JSON = {"Content-Type": "application/json", "If-Match": '"1"'}
LOGIN = "/api/auth/login"
DLQ = "/api/dlq"


def address(path: str) -> str:
    """A path with something in every place."""
    return re.sub(r"{[^}]*}", "1", path)


@pytest.mark.parametrize("endpoint", TAKING, ids=lambda endpoint: f"{endpoint.method} {endpoint.path}")
async def test_a_body_that_is_not_encoded_as_it_says_is_the_clients_mistake(oper: Caller, endpoint: Any) -> None:
    """A known encoding that it has not is a 400, an unknown one a 415 that names those that are known."""
    for encoding, status in (("gzip", 400), ("deflate", 400), ("br", 415), ("zstd", 415)):
        headers = {**JSON, "Content-Encoding": encoding}
        answer = await oper.call(endpoint.method, address(endpoint.path), data=b"\x1f{no encoding}", headers=headers)
        assert answer.problem(status)["code"] == "body_encoding"
        assert answer.headers.get("Accept-Encoding") == ("gzip, deflate" if status == 415 else None)


async def test_nobody_needs_to_have_signed_in_to_be_told(nobody: Caller) -> None:
    """Also the one endpoint for everybody says what is wrong, and not that something went wrong here."""
    answer = await nobody.call("POST", LOGIN, data=b"{}", headers={**JSON, "Content-Encoding": "gzip"})
    assert answer.problem(400)["code"] == "body_encoding"


async def test_a_compressed_body_is_read(nobody: Caller) -> None:
    """What is encoded as it says is the same as if it were not."""
    body = gzip.compress(b'{"email": "ana@demo.test", "password": "prosa-demo"}')
    (await nobody.call("POST", LOGIN, data=body, headers={**JSON, "Content-Encoding": "gzip"})).ok()


async def test_a_few_bytes_that_unfold_to_many_are_too_many(nobody: Caller) -> None:
    """The bound on a body holds for what comes out of it."""
    body = gzip.compress(b'{"email": "' + b"a" * 2_000_000 + b'"}')
    (await nobody.call("POST", LOGIN, data=body, headers={**JSON, "Content-Encoding": "gzip"})).problem(413)


@pytest.mark.parametrize("encoding", ["gzip", "br"])
async def test_an_upload_is_taken_as_it_is_only(ana: Caller, owner: Owner, encoding: str) -> None:
    """A file's bytes are stored; nothing unfolds them on the way."""
    headers = {"Content-Encoding": encoding, "X-File-Name": "a.pdf", "Content-Type": "application/pdf"}
    path = f"/api/conversations-simple/{add_conversation(owner)['id']}/attachments"
    problem = (await ana.call("POST", path, data=b"%PDF no encoding", headers=headers)).problem(415)
    assert problem["code"] == "body_encoding"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400000", "-1e400000", "1e-400000", "0e-20000"])
@pytest.mark.parametrize("form", ["{}", '{{"a": [{}]}}'])
async def test_a_number_that_cannot_be_stored_is_named(oper: Caller, owner: Owner, number: str, form: str) -> None:
    """Wherever JSON is taken, and before an export has begun."""
    add_dead_letter(owner)
    contains = form.format(number)
    for path in (DLQ, f"{DLQ}/summary", f"{DLQ}/export"):
        problem = (await oper.get(path, contains=contains)).problem(400)
        assert problem["errors"][0]["path"] == "contains"
    for path in (f"{DLQ}/replays", f"{DLQ}/discards"):
        body = {"filter": {"contains": contains}, "dry_run": True, "reason": "x"}
        body = {name: value for name, value in body.items() if name != "reason" or path.endswith("discards")}
        problem = (await oper.post(path, body)).problem(400)
        assert problem["errors"][0]["path"] == "filter.contains"
        raw = f'{{"filter": {{"contains": {contains}}}, "dry_run": true}}'
        (await oper.call("POST", path, data=raw.encode(), headers=JSON)).problem(400)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e400000", "1e400"])
async def test_a_payload_with_such_a_number_is_refused(oper: Caller, owner: Owner, number: str) -> None:
    """It changes nothing."""
    row = add_dead_letter(owner)
    raw = f'{{"payload": {{"n": {number}}}, "reason": "x"}}'.encode()
    (await oper.call("PATCH", f"{DLQ}/{row['id']}/payload", data=raw, headers=JSON)).problem(400)


async def test_numbers_of_everyday_size_are_taken(oper: Caller) -> None:
    """Also large and small ones."""
    for number in ("1e300", "-1.5e-300", "12345678901234567890123", "0.1"):
        (await oper.get(DLQ, contains=f'{{"n": {number}}}')).ok()


async def test_a_text_is_told_its_bound_in_characters(ana: Caller, conversation: DictRow) -> None:
    """Too long and too short, in words about a text."""
    told = (await ana.send(conversation["id"], content="x" * 65_537, client_message_id="")).problem(400)["errors"]
    assert {error["path"]: error["message"] for error in told} == {
        "content": "String should have at most 65536 characters",
        "client_message_id": "String should have at least 1 character",
    }
