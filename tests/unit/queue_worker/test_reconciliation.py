"""Whether Evolution shows a message of ours."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.queue_worker.sending.reconciliation import CLOCK_TOLERANCE, candidates, the_one
from tests.factories import jid, moment

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["messages", "records", "key", "id", "fromMe", "message", "conversation", "messageTimestamp", "low"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


def record(provider_id: str = "A1", text: str = "oi", at: float = 0, **fields: Any) -> dict[str, Any]:
    key = {"id": provider_id, "fromMe": True, "remoteJid": jid("5511955550001")}
    said = {"key": key, "message": {"conversation": text}, "messageTimestamp": int(moment(at).timestamp())}
    return {**said, **fields}


def page(*records: Any) -> dict[str, Any]:
    return {"messages": {"total": len(records), "pages": 1, "currentPage": 1, "records": list(records)}}


def found(body: Any, text: str = "oi", message_type: str = "text", taken: frozenset[str] = frozenset()) -> str | None:
    shown = candidates(body)
    assert shown is not None
    one = the_one(shown, message_type, text, moment(), taken)
    return None if one is None else one.provider_id


def test_both_versions_lists_are_read() -> None:
    """The second puts them on a page, the first gives a list."""
    assert found(page(record())) == found([record()]) == "A1"


def test_the_same_words_must_have_been_said_since() -> None:
    """A clock that is a little behind is forgiven, an earlier message is not taken for this one."""
    early = -CLOCK_TOLERANCE.total_seconds()
    assert found(page(record(at=early - 1))) is None
    assert found(page(record(at=early + 1))) == "A1"
    assert found(page(record(text="outra coisa"))) is None


def test_the_earliest_that_is_nobody_elses_is_the_one() -> None:
    """Two equal texts are two messages, in their order."""
    shown = page(record("LATE", at=20), record("EARLY", at=10), record("TAKEN", at=5))

    assert found(shown, taken=frozenset({"TAKEN"})) == "EARLY"


def test_a_file_is_known_by_its_kind_and_caption() -> None:
    """Also one that a chat with disappearing messages wraps."""
    picture = {"imageMessage": {"caption": "raio x", "mimetype": "image/jpeg"}}
    wrapped = {"ephemeralMessage": {"message": picture}}
    paper = {"documentWithCaptionMessage": {"message": {"documentMessage": {"caption": "exame"}}}}

    assert found(page(record(message=picture)), "raio x", "image") == "A1"
    assert found(page(record(message=wrapped)), "raio x", "image") == "A1"
    assert found(page(record(message=paper)), "exame", "document") == "A1"
    assert found(page(record(message=picture)), "raio x", "video") is None


def test_what_somebody_else_said_is_not_ours() -> None:
    """The page may hold more than was asked for."""
    assert found(page(record(key={"id": "A1", "fromMe": False, "remoteJid": jid("1")}))) is None


def test_times_are_read_in_every_form() -> None:
    """Seconds, text, or a 64 bit number in two halves."""
    seconds = int(moment().timestamp())
    for at in (
        seconds,
        str(seconds),
        {"low": seconds - 2**32 if seconds >= 2**31 else seconds, "high": 0, "unsigned": False},
    ):
        assert found(page(record(messageTimestamp=at))) == "A1"


@given(JSON)
def test_no_answer_is_too_strange(body: Any) -> None:
    """Whatever is answered is read without an error, as messages or as no such list."""
    shown = candidates(body)
    assert shown is None or the_one(shown, "text", "oi", moment() - timedelta(days=36500), frozenset()) is None or shown
