import json
import time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.webhook_receiver.json_text import Verdict, judge, judge_by_grammar

DEPTH = 100_000

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)
texts = st.builds(
    lambda value, ascii_only, indent: json.dumps(value, ensure_ascii=ascii_only, indent=indent),
    values,
    st.booleans(),
    st.sampled_from([None, 0, 1, "\t"]),
).map(lambda text: text.encode("utf-8", "surrogatepass"))
json_like = st.text(alphabet='{}[]:,"\\/ \t\n\r-+.eE0123456789truefalsn\x00\x1f\u2028é', max_size=40).map(str.encode)


def verdict_of(body: bytes) -> Verdict:
    """What the receiver makes of a body: the grammar decides where the fast parser can't."""
    return judge(body) or judge_by_grammar(body)


def reference(body: bytes) -> Verdict:
    """What the standard library's parser says, held to RFC 8259: UTF-8, no NaN and no infinities."""

    def refuse(constant: str) -> Any:
        raise ValueError(constant)

    try:
        value = json.loads(body.decode("utf-8"), parse_constant=refuse)
    except ValueError:
        return "invalid"
    if isinstance(value, dict):
        return "object"
    if isinstance(value, list):
        return "array" if value else "empty array"
    return "other"


def both_agree(body: bytes) -> bool:
    """Both ways say what the reference says, as far as they can: the fast parser may pass, and the grammar doesn't
    count an array's elements, because the fast parser reads every empty one.
    """
    expected = reference(body)
    by_grammar: Verdict = "array" if expected == "empty array" else expected
    return judge(body) in {expected, None} and judge_by_grammar(body) == by_grammar


@given(texts)
def test_json_is_recognised(body: bytes) -> None:
    """Whatever a JSON writer writes has the verdict that a parser gives it."""
    assert reference(body) != "invalid"
    assert both_agree(body)


@given(texts, st.data())
def test_damaged_json_is_judged_as_a_parser_would(body: bytes, data: st.DataObject) -> None:
    """A byte inserted, replaced or missing anywhere changes the verdict exactly where it changes a parser's."""
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(start, min(len(body), start + 3)))
    damaged = body[:start] + data.draw(st.binary(max_size=2) | json_like) + body[end:]

    assert both_agree(damaged)


@given(json_like | st.binary())
@example(b"")
@example(b'"\\ud800"')
@example(b'"a\x7fb"')
@example(b"-")
@example(b"1.e1")
@example(b"01")
@example(b'{"a":1,}')
@example(b"[1,]")
@example(b'{"a" 1}')
@example(b"{1:1}")
@example(b"[}")
@example(b'{"a":1]')
def test_garbage_is_judged_as_a_parser_would(body: bytes) -> None:
    """Text that merely looks like JSON is told from JSON."""
    assert both_agree(body)


UNUSUAL: dict[str, tuple[bytes, Verdict]] = {
    "a lone high surrogate": (b'{"a":"\\ud800"}', "object"),
    "surrogates the wrong way round": (b'{"a":"\\udc00\\ud800"}', "object"),
    "NUL": (b'{"a":"\\u0000"}', "object"),
    "a number too large": (b'{"a":1e400}', "object"),
    "a number too small": (b'{"a":-1e-400}', "object"),
    "too many digits": (b'{"a":' + b"9" * 5000 + b"}", "object"),
    "deep arrays": (b"[" * DEPTH + b"]" * DEPTH, "array"),
    "deep objects": (b'{"a":' * DEPTH + b"1" + b"}" * DEPTH, "object"),
    "white space": (b' \t\r\n {"a":1} \t\r\n ', "object"),
    "a doubled key": (b'{"a":1,"a":2}', "object"),
    "an empty array": (b" [ ] ", "empty array"),
    "an array of an empty array": (b"[[]]", "array"),
    "a string": (b'"text"', "other"),
    "null": (b"null", "other"),
    "a number": (b"-0.5e+7", "other"),
}


@pytest.mark.parametrize(("body", "verdict"), UNUSUAL.values(), ids=UNUSUAL)
def test_what_the_grammar_allows_is_json(body: bytes, verdict: Verdict) -> None:
    """It is accepted also where a parser refuses it and nothing downstream can hold it: it is kept as bytes."""
    assert verdict_of(body) == verdict


NOT_JSON = {
    "nothing": b"",
    "white space": b"  \n ",
    "NaN": b"NaN",
    "NaN inside": b'{"a":NaN}',
    "infinity": b'{"a":-Infinity}',
    "a byte order mark": b'\xef\xbb\xbf{"a":1}',
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "text behind": b'{"a":1}garbage',
    "two values": b'{"a":1}{"b":2}',
    "NUL behind": b'{"a":1}\x00',
    "a form feed behind": b"{}\x0c",
    "a no-break space in front": b"\xc2\xa0{}",
    "a byte that is no UTF-8": b'{"a":"\xff"}',
    "a surrogate in UTF-8": b'{"a":"\xed\xa0\x80"}',
    "overlong UTF-8": b'{"a":"\xc0\xaf"}',
    "a line break in a string": b'{"a":"line\nbreak"}',
    "an unknown escape": b'{"a":"\\x41"}',
    "a short escape": b'{"a":"\\u12"}',
    "single quotes": b"{'a':1}",
    "a bare key": b"{a:1}",
    "a form": b"a=1&b=2",
    "Python": b"True",
    "a hexadecimal number": b"0x10",
    "a plus sign": b"+1",
    "no digit in front": b".5",
    "no digit behind": b"1.",
    "a comment": b"// comment\n{}",
    "deep and never closed": b"[" * DEPTH,
    "deep and closed wrongly": b"[" * DEPTH + b"]" * (DEPTH - 1) + b"}",
    "deep and closed too often": b"[" * DEPTH + b"]" * (DEPTH + 1),
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_not_json_is_invalid(body: bytes) -> None:
    """Evolution never sends a 400 again, so only what can never become an event may get one."""
    assert verdict_of(body) == "invalid"


HOSTILE = {
    "white space": b" " * 2_000_000 + b"x",
    "white space inside": b"[" + b"\n" * 2_000_000 + b"x",
    "an open string": b'"' + b"a" * 2_000_000,
    "backslashes": b'"' + b"\\" * 2_000_001,
    "short escapes": b'"' + b"\\u00e" * 300_000,
    "escaped quotes": b'{"a":"' + b'\\"' * 1_000_000,
    "digits": b"1" * 2_000_000 + b"x",
    "digits of a fraction": b"1." + b"1" * 2_000_000 + b"e",
    "signs": b"-" * 2_000_000,
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_costs_linear_time(body: bytes) -> None:
    """No body makes the grammar try again and again what failed: two megabytes are refused in a blink."""
    started = time.process_time()

    verdict = judge_by_grammar(body)

    assert verdict == "invalid"
    assert time.process_time() - started < 1.0
