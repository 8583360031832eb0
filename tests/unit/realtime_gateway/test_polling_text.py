"""The `channels` parameter and a poll's other parameters: what was written is read, and nonsense is refused as such."""

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.realtime_gateway.polling.positions_text import (
    LARGEST_SEQ,
    MOST_POLLED_CHANNELS,
    Asked,
    read_channels,
    write_channels,
)
from services.realtime_gateway.polling.query import read_poll
from services.realtime_gateway.protocol.positions import Position
from services.realtime_gateway.protocol.refusal import Refusal

names = st.from_regex(r"(conversa|empresa|atendente|presence|x):[A-Za-z0-9][A-Za-z0-9_.:@+=-]{0,30}", fullmatch=True)
epochs = st.from_regex(r"[A-Za-z0-9_.:+=~-]{1,64}", fullmatch=True)
positions = st.none() | st.builds(Position, st.integers(0, LARGEST_SEQ), epochs)
asked_lists = st.lists(st.builds(Asked, names, positions), min_size=1, max_size=20, unique_by=lambda one: one.name)


@given(asked_lists)
@example([Asked("conversa:5511@s.whatsapp.net", None)])
@example([Asked("conversa:x@12.net", None)])
@example([Asked("conversa:x@12.net", Position(3, "e.4"))])
def test_what_was_written_is_read(asked: list[Asked]) -> None:
    """Also for external ids that have an `@` in them, or look as if a position followed."""
    assert read_channels(write_channels(asked)) == asked


@given(st.text() | st.text(alphabet="conversa:12@.,e-") | asked_lists.map(write_channels).map(lambda text: text[:-1]))
def test_nothing_but_a_refusal_is_raised(text: str) -> None:
    """Whatever the client sends, and what was read can be written and read again."""
    with suppress(Refusal):
        asked = read_channels(text)
        assert read_channels(write_channels(asked)) == asked


@given(st.dictionaries(st.sampled_from(["channels", "wait", "connection", "token", "x"]), st.text()))
def test_parameters_are_read_or_refused(query: dict[str, str]) -> None:
    """No parameter makes it fail in another way."""
    with suppress(Refusal):
        assert 0 <= read_poll({"channels": "empresa:1", **query}).wait_seconds <= 25


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",",
        "empresa:1,",
        "empresa:1,empresa:1",
        "empresa:1@7.a,empresa:1@8.a",
        "empresa",
        "empresa:",
        ":1",
        "Empresa:1",
        "conversa:../13",
        "conversa:a b",
        "conversa:á",
        "conversa:12@-1.e",
        "conversa:12@1",
        "conversa:12@1.",
        "conversa:12@01.e",
        "conversa:12@٣.e",
        f"conversa:12@{2**63}.e",
        "conversa:12@1.e\n",
        "conversa:12\n",
        "conversa:5511@s.whatsapp.net",
        "conversa:" + "1" * 300,
    ],
)
def test_malformed_channels_are_refused(text: str) -> None:
    """One that would be taken for something else than it was meant is refused, not guessed at."""
    with pytest.raises(Refusal) as refused:
        read_channels(text)
    assert refused.value.code == "bad_request"
    assert not refused.value.temporary


def test_as_many_channels_as_a_socket_may_join() -> None:
    """200, and not one more."""
    most = ",".join(f"conversa:{number}" for number in range(MOST_POLLED_CHANNELS))

    assert len(read_channels(most)) == MOST_POLLED_CHANNELS
    with pytest.raises(Refusal) as refused:
        read_channels(f"{most},empresa:1")
    assert refused.value.code == "too_many_channels"


@pytest.mark.parametrize("wait", ["", "-1", "25.1", "26", "1e1", "nan", "inf", "٣", "100"])
def test_wait_is_refused_outside_its_bounds(wait: str) -> None:
    """0 to 25 seconds, in plain digits."""
    with pytest.raises(Refusal):
        read_poll({"channels": "empresa:1", "wait": wait})


@pytest.mark.parametrize(
    "query",
    [
        {"token": "x"},
        {"access_token": "x"},
        {"jwt": "x"},
        {"Authorization": "x"},
        {"bearer": "x"},
        {"x": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJl"},
    ],
)
def test_token_in_a_url_is_refused(query: dict[str, str]) -> None:
    """Nobody builds on what would end in logs, whatever the parameter is called."""
    with pytest.raises(Refusal, match="URL"):
        read_poll({"channels": "empresa:1", **query})


@pytest.mark.parametrize("connection", ["", "short", "x" * 65, "with space", "a/b/c/d/e", '"origin":"', "tab-0001\n"])
def test_connection_is_refused_where_it_is_no_name(connection: str) -> None:
    """It goes into events of others, so it is letters, digits, `_` and `-`."""
    with pytest.raises(Refusal):
        read_poll({"channels": "empresa:1", "connection": connection})


def test_polls_without_a_name_are_different_connections() -> None:
    """A client that does not name its tab is not taken for another one that does not."""
    first, second = (read_poll({"channels": "empresa:1"}).connection for _ in range(2))

    assert first != second
