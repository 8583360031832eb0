"""What Evolution's answer to a call means."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.queue_worker.send_kinds import KINDS
from services.queue_worker.sending.answers import REASONS, Done, NotSent, Sent, Unclear, read_answer

TRANSCRIPTS = Path(__file__).parents[2] / "fixtures" / "evolution-rest"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
)
KIND_OF = {
    "message/sendReaction": "send.reaction",
    "message/sendMedia": "send.media",
    "message/sendWhatsAppAudio": "send.audio",
    "chat/markMessageAsRead": "send.read",
    "chat/sendPresence": "send.typing",
}


class Exchange(NamedTuple):
    place: str
    request: str
    status: int
    body: Any

    @property
    def kind(self) -> str:
        return next((kind for path, kind in KIND_OF.items() if path in self.request), "send.text")


def exchanges() -> list[Exchange]:
    """Every call of the recorded transcripts that a sender makes, and the answer without a key that ends one of them."""
    return [
        exchange
        for path in sorted(TRANSCRIPTS.glob("*.txt"))
        for exchange in transcript(path)
        if exchange.request.startswith(("/message/", "/chat/mark", "/chat/sendPresence", "nokey"))
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
def test_every_recorded_success_is_one(exchange: Exchange) -> None:
    """What becomes a message gets its id and chat from the answer; the rest is just done."""
    answer = read_answer(exchange.status, exchange.body, exchange.kind)

    if exchange.kind in ("send.text", "send.media", "send.audio"):
        key = exchange.body["key"]
        assert answer == Sent(key["id"], key["remoteJid"])
    else:
        assert isinstance(answer, Done)


def test_the_time_of_a_change_is_whatsapps() -> None:
    """Where the answer tells it, the change is dated as its webhook will be."""
    [reaction] = [exchange for exchange in SENT if exchange.kind == "send.reaction"]

    answer = read_answer(reaction.status, reaction.body, "send.reaction")

    assert isinstance(answer, Done)
    assert answer.at is not None
    assert answer.at.timestamp() * 1000 == reaction.body["message"]["reactionMessage"]["senderTimestampMs"]


RECORDED_CODES = {
    "numero inexistente": ("not_on_whatsapp", "permanent"),
    '"mentioned":[]': ("refused", "permanent"),
    "sendText/nope": ("unknown_instance", "unavailable"),
    "v1 body": ("refused", "permanent"),
    '"numeric"': ("refused", "permanent"),
    "no number": ("refused", "permanent"),
    "bad json": ("refused", "permanent"),
    '"reaction":"x"': ("refused", "permanent"),
    "markMessageAsRead/tenant-a": ("unsupported", "permanent"),
    "sendPresence/tenant-a": ("unsupported", "permanent"),
    "nokey": ("bad_key", "unavailable"),
    '"text":"x"}': ("bad_key", "unavailable"),
}


@pytest.mark.parametrize("exchange", REFUSED, ids=lambda exchange: exchange.place)
def test_every_recorded_refusal_has_its_reason(exchange: Exchange) -> None:
    """A message's own fault is final; the operator's holds up the source; what failed inside Evolution may have been sent."""
    answer = read_answer(exchange.status, exchange.body, exchange.kind)

    if exchange.status == 500:
        assert isinstance(answer, Unclear)
        return
    assert isinstance(answer, NotSent)
    expected = next(code for words, code in RECORDED_CODES.items() if words in exchange.request)
    assert (answer.code, answer.unsent) == expected


def refusal(*messages: Any) -> dict[str, Any]:
    return {"status": 400, "error": "Bad Request", "response": {"message": list(messages)}}


UNLICENSED = {"error": "service not activated", "code": "LICENSE_REQUIRED"}

# Every error of Evolution's REST side that is known, and what a proxy before it may say.
ERRORS: list[tuple[int, Any, str, str, str]] = [
    (400, refusal("Error: Connection Closed"), "send.text", "unavailable", "line_down"),
    (400, refusal("Connection Closed"), "send.text", "unavailable", "line_down"),
    (400, refusal("Error: Connection was lost"), "send.audio", "unavailable", "line_down"),
    (400, refusal("Error: Stream Errored (conflict)"), "send.text", "unavailable", "line_down"),
    (400, refusal("Instance is not connected"), "send.read", "unavailable", "line_down"),
    (400, refusal([{"exists": False}]), "send.text", "permanent", "refused"),
    (
        400,
        refusal({"jid": "1@s.whatsapp.net", "exists": False, "number": "1"}),
        "send.media",
        "permanent",
        "not_on_whatsapp",
    ),
    (400, refusal(['instance requires property "text"']), "send.text", "permanent", "refused"),
    (400, refusal("Message not found"), "send.edit", "permanent", "refused"),
    (400, refusal("Method not available on Evolution Channel"), "send.reaction", "permanent", "unsupported"),
    (400, UNLICENSED, "send.text", "unavailable", "not_activated"),
    (401, None, "send.text", "unavailable", "bad_key"),
    (403, refusal('"undefined" is already in use'), "send.text", "unavailable", "bad_key"),
    (404, refusal('The "x" instance does not exist'), "send.reaction", "unavailable", "unknown_instance"),
    (404, refusal("Cannot POST /message/sendReaction/x"), "send.reaction", "permanent", "unsupported"),
    (404, refusal("Cannot POST /message/sendText/x"), "send.text", "unavailable", "unknown_instance"),
    (404, "<html>", "send.text", "unavailable", "unknown_instance"),
    (405, None, "send.delete", "permanent", "unsupported"),
    (408, None, "send.text", "transient", "gave_up"),
    (413, None, "send.media", "permanent", "too_large"),
    (422, None, "send.text", "permanent", "refused"),
    (429, None, "send.text", "unavailable", "busy"),
    (301, None, "send.text", "unavailable", "misconfigured"),
    (503, UNLICENSED, "send.text", "unavailable", "not_activated"),
    (503, {"error": "starting"}, "send.text", "unavailable", "not_ready"),
]


@pytest.mark.parametrize(("status", "body", "kind", "unsent", "code"), ERRORS)
def test_errors_are_told_apart_by_code_and_words(status: int, body: Any, kind: str, unsent: str, code: str) -> None:
    """Evolution answers 400 to almost everything: only its words tell whose fault it was."""
    answer = read_answer(status, body, kind)

    assert isinstance(answer, NotSent)
    assert (answer.unsent, answer.code) == (unsent, code)
    assert answer.reason == REASONS[code]


@pytest.mark.parametrize(
    "words",
    [
        "Error: Timed Out",
        "Timed Out",
        "PrismaClientKnownRequestError: Timed out fetching a new connection from the connection pool",
        "PrismaClientInitializationError: Connection Closed by the database",
        "TypeError: Cannot read properties of undefined (reading 'id')",
        "AxiosError: timeout of 60000ms exceeded",
        "Error: Internal Server Error",
    ],
)
def test_an_exception_inside_evolution_may_have_come_after_it_sent(words: str) -> None:
    """It stores and tells of a message after sending it: sending again could reach the patient twice."""
    assert isinstance(read_answer(400, refusal(words)), Unclear)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599, 204, 202, 100])
def test_what_says_nothing_does_not_tell_whether_it_was_sent(status: int) -> None:
    """A proxy that lost its patience knows nothing of what Evolution did."""
    assert isinstance(read_answer(status, None), Unclear)


@pytest.mark.parametrize("body", [None, {}, {"key": None}, {"key": {"id": ""}}, {"key": {"id": 7}}, []])
def test_a_success_without_an_id_is_no_failure(body: Any) -> None:
    """It was taken: to call it failed would have the agent send it again."""
    assert isinstance(read_answer(201, body), Unclear)


def test_nothing_of_the_patients_is_in_a_reason() -> None:
    """Reasons are logged: numbers and texts that Evolution repeats are not among them."""
    answers = [
        read_answer(400, refusal({"jid": "5511955550001@s.whatsapp.net", "exists": False, "number": "5511955550001"})),
        read_answer(400, refusal("a patient's words")),
        read_answer(418, refusal("a patient's words")),
    ]

    for answer in answers:
        assert isinstance(answer, NotSent)
        assert "5511955550001" not in answer.error
        assert "patient's words" not in answer.error


@given(st.integers(min_value=100, max_value=599), JSON, st.sampled_from(KINDS))
def test_every_answer_has_a_meaning(status: int, body: Any, kind: str) -> None:
    """Whatever JSON comes with whatever status, it is read without an error, and only a success is one."""
    answer = read_answer(status, body, kind)

    assert isinstance(answer, Sent | Done | NotSent | Unclear)
    assert status in (200, 201) or not isinstance(answer, Sent | Done)
    assert not isinstance(answer, NotSent) or answer.code in REASONS


@given(st.lists(st.text(max_size=30), max_size=3), st.sampled_from(KINDS))
def test_a_400_is_taken_back_only_for_words_that_prove_it(words: list[str], kind: str) -> None:
    """An exception that is not known to come before sending never lets a message be sent again by itself."""
    answer = read_answer(400, refusal("UnheardOfError: Connection Closed", *words), kind)

    assert isinstance(answer, Unclear)
