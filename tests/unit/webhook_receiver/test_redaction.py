import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.webhook_receiver.redaction import without_api_key, without_secrets

API_KEYS = ("apikey", "apiKey", "api_key")
RECORDED = sorted((Path(__file__).parents[2] / "fixtures" / "evolution").glob("*.json"))

spaces = st.text(alphabet=" \t\n\r", max_size=2)
# Words that look like what is searched for: inside strings, in other keys, with quotes and backslashes around them.
words = st.sampled_from(
    ["", "apikey", "api_key", "APIKEY", '"apikey":"x"', 'x"apikey', "\\", '\\"', "\\apikey", ",", "é", "apikey "]
) | st.text(max_size=5)
strings = words.map(json.dumps)
scalars = strings | st.sampled_from(["null", "true", "0", "-1.50e+10", "12345678901234567890123", "1e400"])
keys = st.sampled_from(API_KEYS).map(json.dumps)


def spaced(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(spaces, parts, spaces).map("".join)


def member(key: st.SearchStrategy[str], value: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(spaced(key), spaced(value)).map(":".join)


def containers(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Arrays and objects as text, with API keys anywhere, doubled keys, and white space wherever JSON has it."""
    members = member(keys, scalars) | member(strings.filter(lambda key: json.loads(key) not in API_KEYS), inner)
    objects = st.lists(members, max_size=5).map(lambda written: "{" + ",".join(written) + "}")
    arrays = st.lists(spaced(inner), max_size=3).map(lambda written: "[" + ",".join(written) + "]")
    return objects | arrays


documents = st.recursive(scalars, containers, max_leaves=12)


def literally(text: str) -> Any:
    """The JSON with its members in their order, doubled ones too, and its numbers as they are written."""
    return json.loads(text, object_pairs_hook=lambda pairs: pairs, parse_int=str, parse_float=str)


def cleaned(value: Any) -> Any:
    """What should be left of a document that was read literally."""
    if not isinstance(value, list):
        return value
    return [
        (item[0], cleaned(item[1])) if isinstance(item, tuple) else cleaned(item)
        for item in value
        if not (isinstance(item, tuple) and item[0] in API_KEYS)
    ]


@given(documents)
@example('{"apikey":"k","api_key":"k"}')
@example('{"a":1,"apikey":"k","api_key":"k"}')
@example('{"apikey":"k","api_key":"k","a":1}')
@example('{"a":1,"apikey":"k","apiKey":null,"api_key":0,"b":2}')
@example('{"x\\"apikey":"v","apikey":"k"}')
def test_only_api_keys_leave(text: str) -> None:
    """The JSON without its API keys, wherever they stand and however it is written, and everything else as it was."""
    result = without_api_key(text.encode()).decode()

    assert literally(result) == cleaned(literally(text))


@given(documents)
def test_a_second_time_changes_nothing(text: str) -> None:
    """What was cleaned once comes out as it went in, byte by byte."""
    once = without_api_key(text.encode())

    assert without_api_key(once) == once


@pytest.mark.parametrize("key", API_KEYS)
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"KEY":"s3cret"}', "{}"),
        ('{"KEY":"s3cret","a":1,"b":2}', '{"a":1,"b":2}'),
        ('{"a":1,"KEY":"s3cret","b":2}', '{"a":1,"b":2}'),
        ('{"a":1,"b":2,"KEY":"s3cret"}', '{"a":1,"b":2}'),
        ('{"a":{"KEY":"s3cret"},"KEY":"s3cret"}', '{"a":{}}'),
        ('[{"KEY":"s3cret"},{"b":2,"KEY":"s3cret"}]', '[{},{"b":2}]'),
        ('{"KEY":"s3\\"cr\\\\et","a":1}', '{"a":1}'),
        ('{"KEY":"s3cret\\\\","a":"\\",\\"b\\":1"}', '{"a":"\\",\\"b\\":1"}'),
        ('{"KEY":null,"a":1}', '{"a":1}'),
        ('{\n  "a": 1,\n  "KEY": "s3cret"\n}', '{\n  "a": 1\n}'),
        ('{\n  "KEY" : "s3cret" ,\n  "a": 1\n}', '{\n  \n  "a": 1\n}'),
    ],
)
def test_an_api_key_leaves_with_one_comma(key: str, before: str, after: str) -> None:
    """First, in the middle, last or alone: exactly the member goes, and the comma that it needed."""
    assert without_api_key(before.replace("KEY", key).encode()).decode() == after


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"text": 'send me {"apikey":"x"} please'}),
        json.dumps({"text": '"apikey":"x"'}),
        json.dumps({"text": 'apikey":"x'}),
        json.dumps({"text": '\\"apikey":"x"'}),
        json.dumps({'x"apikey': "v"}),
        json.dumps({'"apikey': "v"}),
        json.dumps({"apikey2": "v", "myapikey": "v", "API_KEY": "v", "apikeys": ["v"]}),
        json.dumps({"text": "apikey"}),
        json.dumps(["apikey", "api_key"]),
        json.dumps({"name": "apikey", "value": "x"}),
        '{"id":12345678901234567890123456789,"f":1.10,"a":1,"a":2,"u":"\\u00e9\\ud83d\\ude00"}',
    ],
)
def test_what_is_no_api_key_stays_byte_by_byte(text: str) -> None:
    """Patients' words are never touched, not even those about API keys, nor keys that merely contain the name."""
    assert without_api_key(text.encode()) == text.encode()


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_a_recorded_webhook_loses_its_api_key_only(path: Path) -> None:
    """Everything Evolution was ever seen to send comes out as it was, without the key."""
    text = path.read_text()

    result = without_api_key(text.encode()).decode()

    assert literally(result) == cleaned(literally(text))


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":' + b" " * 2_000_000 + b"1}",
        b'{"a":1,' * 200_000 + b'"apikey":"x"' + b"}" * 200_000,
        b'{"a":"' + b'\\"apikey\\":' * 200_000 + b'"}',
        b'{"apikey":"' + b"\\\\" * 1_000_000 + b'"}',
        b"[" + b",".join([b'{"apikey" : "x"}'] * 100_000) + b"]",
        b"{" + b" , ".join([b'"apikey" : "x"'] * 100_000) + b"}",
        b'{"apikey"' + b" " * 2_000_000 + b': "x"}',
        b'{"' + b'\\"apikey":1,"' * 100_000 + b'b":1}',
    ],
    ids=["space", "depth", "quotes", "backslashes", "objects", "members", "space in a member", "keys that end like it"],
)
def test_a_large_body_costs_linear_time(body: bytes) -> None:
    """It runs between other requests: no body makes it search the same bytes again and again."""
    started = time.process_time()

    without_api_key(body)

    assert time.process_time() - started < 1.0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (  # Evolution's report of its own errors, with the key of the whole server
            '{"event":"error","data":{"status":400},"date_time":"x","api_key":"GLOBAL","server_url":"u"}',
            '{"event":"error","data":{"status":400},"date_time":"x","server_url":"u"}',
        ),
        (
            '[{"headers":{"host":"n8n"},"body":{"event":"error","api_key":"GLOBAL","data":{"apikey":"k"}}}]',
            '[{"headers":{"host":"n8n"},"body":{"event":"error","data":{}}}]',
        ),
        (
            '{"event":"instance.create","data":{"instanceName":"a","hash":"T","token":"T"}}',
            '{"event":"instance.create","data":{"instanceName":"a"}}',
        ),
        (
            '{"event":"instance.create","data":{"hash":{"apikey":"T"},"token":"T"}}',
            '{"event":"instance.create","data":{"hash":{}}}',
        ),
        ('{"event" : "new.jwt","data":{"jwt":"T","token":"T"}}', '{"event" : "new.jwt","data":{}}'),
        ('{"event":"NEW_JWT_TOKEN","data":{"jwt":"T"}}', '{"event":"NEW_JWT_TOKEN","data":{}}'),
        ('[{"body":{"event":"new.jwt","data":{"jwt":"T","a":1}}}]', '[{"body":{"event":"new.jwt","data":{"a":1}}}]'),
        (  # what n8n's webhook node passes on
            '[{"headers":{"host":"n8n","authorization":"Bearer T","x-api-key":"T","Cookie":"T","accept":"*/*"},"body":{}}]',
            '[{"headers":{"host":"n8n","accept":"*/*"},"body":{}}]',
        ),
        ('{"headers":{"set-cookie":["T","T"],"webhook-signature":"v1,T"},"body":{}}', '{"headers":{},"body":{}}'),
        ('{"headers" : { "x-auth-token" : "T{\\"}" , "via" : "p" }}', '{"headers" : {  "via" : "p" }}'),
    ],
)
def test_credentials_leave(before: str, after: str) -> None:
    """Those of the whole server, of a new instance, and those that a workflow passes on with its request's headers."""
    assert without_secrets(before.encode()).decode() == after


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"event": "messages.upsert", "data": {"token": "T", "hash": "T", "jwt": "T"}}),
        json.dumps(
            {"event": "messages.upsert", "data": {"message": {"conversation": "instance.create"}, "token": "T"}}
        ),
        json.dumps({"text": '"event":"new.jwt"', "jwt": "T"}),
        json.dumps({"text": '{"headers":{"authorization":"x"}}', "action_data": {"authorization": "4711", "key": "k"}}),
        json.dumps({"headers": {"host": "n8n"}, "body": {"authorization": "4711", "cookie": "biscoito"}}),
        json.dumps({'x"headers': {"authorization": "x"}}),
        json.dumps({"headers": {"data": {"authorization": "nested: not a request's"}}}),
        json.dumps(["headers", {"authorization": "x"}]),
    ],
)
def test_words_that_sound_like_credentials_stay(text: str) -> None:
    """An insurance's authorization is no secret of a server's, and what people write is theirs."""
    assert without_secrets(text.encode()) == text.encode()


header_objects = st.dictionaries(words, words, max_size=5)


@given(st.recursive(header_objects | scalars, lambda inner: st.dictionaries(words, inner, max_size=3), max_leaves=6))
def test_only_secret_headers_leave_a_wrapper(body: Any) -> None:
    """A wrapper's headers lose those that are named like a secret, and nothing else of it changes."""
    wrapped = {"headers": {"authorization": "T", "accept": "*/*", "x-token": "T"}, "body": body}

    left = json.loads(without_secrets(json.dumps(wrapped).encode()))

    assert left["headers"] == {"accept": "*/*"}
    assert left["body"] == json.loads(without_secrets(json.dumps(body).encode()))


@pytest.mark.parametrize(
    "body",
    [
        b'{"headers":' * 200_000 + b"{}" + b"}" * 200_000,
        b'{"headers":{"a":"' + b'\\"headers\\":{' * 200_000 + b'"}}',
        b'{"headers":{' + b",".join([b'"a":"b"'] * 200_000) + b',"c":{}}}',
        b"[" + b",".join([b'{"headers":{"token":"x"}}'] * 100_000) + b"]",
        b'{"headers":{"a":' + b" " * 2_000_000 + b'"b"}}',
        b'{"headers":{"a":[' + b",".join([b'"\\\\"'] * 200_000) + b"]}}",
        b'{"event":"new.jwt",' + b",".join([b'"hash":"x"'] * 100_000) + b"}",
        b'{"event":' * 100_000 + b"1" + b"}" * 100_000,
    ],
    ids=["nested", "quotes", "members", "objects", "space", "array", "credentials", "events"],
)
def test_wrappers_and_events_cost_linear_time_too(body: bytes) -> None:
    """No body makes it search the same bytes again and again."""
    started = time.process_time()

    without_secrets(body)

    assert time.process_time() - started < 1.0
