"""What Evolution's answer to a send means."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.queue_worker.sends import NotSent, Sent, Unclear, read_answer

TRANSCRIPTS = Path(__file__).parents[2] / "fixtures" / "evolution-rest"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
)


class Exchange(NamedTuple):
    place: str
    request: str
    status: int
    body: Any


def exchanges() -> list[Exchange]:
    """Every send of the recorded transcripts, and the answer without a key that ends one of them."""
    return [
        exchange
        for path in sorted(TRANSCRIPTS.glob("*.txt"))
        for exchange in transcript(path)
        if exchange.request.startswith(("/message/", "nokey"))
    ]


def transcript(path: Path) -> list[Exchange]:
    found, request, body = [], "", None
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if line.startswith("### "):
            request, body = line.removeprefix("### POST "), None
        elif line.endswith("]") and "status " in line:
            who = "nokey" if line.startswith("[nokey") else request
            found.append(Exchange(f"{path.stem}:{number}", who, int(line.rstrip("]").split()[-1]), body))
        else:
            body = json.loads(line) if line else None
    return found


SENT = [exchange for exchange in exchanges() if exchange.status == 201]
REFUSED = [exchange for exchange in exchanges() if exchange.status != 201]


@pytest.mark.parametrize("exchange", SENT, ids=lambda exchange: exchange.place)
def test_every_recorded_success_gives_the_message_its_id(exchange: Exchange) -> None:
    """Whatever was sent through either channel, its answer names the message and the chat."""
    key = exchange.body["key"]

    assert read_answer(exchange.status, exchange.body) == Sent(key["id"], key["remoteJid"])


@pytest.mark.parametrize("exchange", REFUSED, ids=lambda exchange: exchange.place)
def test_no_recorded_refusal_is_sent_again_by_itself(exchange: Exchange) -> None:
    """What Evolution refused is refused again; what failed inside it may have been sent."""
    expected = Unclear if exchange.status == 500 else NotSent

    answer = read_answer(exchange.status, exchange.body)

    assert isinstance(answer, expected)
    assert not isinstance(answer, NotSent) or answer.unsent == "permanent"


def test_a_number_that_is_not_on_whatsapp_is_told_so() -> None:
    """The agent learns why: the recorded answer for a number without WhatsApp."""
    [answer] = [exchange for exchange in REFUSED if "inexistente" in exchange.request]

    assert read_answer(answer.status, answer.body) == NotSent("the number is not on WhatsApp", "permanent")


def refusal(*messages: Any) -> dict[str, Any]:
    return {"status": 400, "error": "Bad Request", "response": {"message": list(messages)}}


@pytest.mark.parametrize("words", ["Error: Connection Closed", "Connection Closed", "Error: Stream Errored (conflict)"])
def test_a_line_that_is_down_is_waited_for(words: str) -> None:
    """Evolution says 400 to that as well: only the words tell that the message itself is fine."""
    assert read_answer(400, refusal(words)) == NotSent("the instance is not connected to WhatsApp", "unavailable")


@pytest.mark.parametrize(
    "words",
    [
        "Error: Timed Out",
        "PrismaClientKnownRequestError: Timed out fetching a new connection from the connection pool",
        "TypeError: Cannot read properties of undefined (reading 'id')",
    ],
)
def test_an_exception_inside_evolution_may_have_come_after_it_sent(words: str) -> None:
    """It stores and tells of a message after sending it: sending again could reach the patient twice."""
    assert isinstance(read_answer(400, refusal(words)), Unclear)


@pytest.mark.parametrize("status", [500, 502, 504, 599])
def test_a_server_error_does_not_tell_whether_it_was_sent(status: int) -> None:
    """A proxy that lost its patience knows nothing of what Evolution did."""
    assert isinstance(read_answer(status, None), Unclear)


@pytest.mark.parametrize("body", [None, {}, {"key": None}, {"key": {"id": ""}}, {"key": {"id": 7}}, []])
def test_a_success_without_an_id_is_no_failure(body: Any) -> None:
    """It was taken: to call it failed would have the agent send it again."""
    assert isinstance(read_answer(201, body), Unclear)


@pytest.mark.parametrize("status", [429, 503])
def test_an_evolution_that_is_not_ready_is_waited_for(status: int) -> None:
    """503 is also what Evolution 2.4 answers without its licence."""
    body = {"error": "service not activated", "code": "LICENSE_REQUIRED"}

    answer = read_answer(status, body)

    assert isinstance(answer, NotSent)
    assert answer.unsent == "unavailable"


@given(st.integers(min_value=100, max_value=599), JSON)
def test_every_answer_has_a_meaning(status: int, body: Any) -> None:
    """Whatever JSON comes with whatever status, it is read without an error."""
    assert isinstance(read_answer(status, body), Sent | NotSent | Unclear)
