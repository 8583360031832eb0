from datetime import UTC, datetime, timedelta
from typing import Any

from services.api.cursors import CursorKind, Position, encode_cursor
from services.api.models.conversations import Access, ConversationDetail
from services.api.models.messages import MessagePage
from tests.integration.api.client import Caller
from tests.integration.api.factories import Owner, add_conversation, add_message, insert

PATH = "/api/conversations-simple"
NOON = datetime(2025, 6, 27, 15, 0, tzinfo=UTC)
BIG = "5511965860124551150391104"


def contents(body: Any) -> list[str]:
    return [message["content"] for message in body["messages"]]


async def test_what_is_not_there_is_a_404(ana: Caller) -> None:
    """Whatever stands in the path."""
    for reference in ("999999", "0", "-1", BIG, "nothing", "%252e", "9" * 300):
        for suffix in ("", "/messages", "/access"):
            (await ana.get(f"{PATH}/{reference}{suffix}")).problem(404)


async def test_a_conversation_is_found_by_its_external_id(ana: Caller, owner: Owner) -> None:
    """WhatsApp-style ids exceed 64 bits; they are kept and compared as text."""
    conversation = add_conversation(owner, external_id=BIG)
    body = (await ana.get(f"{PATH}/{BIG}")).ok(ConversationDetail)
    assert body["conversation"]["id"] == str(conversation["id"])
    assert body["conversation"]["external_id"] == BIG
    assert (await ana.get(f"{PATH}/{BIG}/access")).ok(Access) == {"conversation_id": str(conversation["id"])}


async def test_a_conversations_own_id_wins(ana: Caller, owner: Owner) -> None:
    """One conversation's external id may be another one's own id."""
    own = add_conversation(owner)
    add_conversation(owner, external_id=str(own["id"]))
    for suffix in ("", "/access", "/messages"):
        (await ana.get(f"{PATH}/{own['id']}{suffix}")).ok()
    assert (await ana.get(f"{PATH}/{own['id']}/access")).ok() == {"conversation_id": str(own["id"])}
    assert (await ana.get(f"{PATH}/{own['id']}")).ok()["conversation"]["id"] == str(own["id"])


async def test_a_number_that_is_nobodys_id_may_be_an_external_id(ana: Caller, owner: Owner) -> None:
    """It is looked for in both."""
    conversation = add_conversation(owner, external_id="0012")
    other = add_conversation(owner, external_id="987654321")
    assert (await ana.get(f"{PATH}/0012/access")).ok() == {"conversation_id": str(conversation["id"])}
    assert (await ana.get(f"{PATH}/987654321/access")).ok() == {"conversation_id": str(other["id"])}


async def test_a_detail_has_the_latest_messages_oldest_first(ana: Caller, owner: Owner) -> None:
    """Fifty of them, and whether there are more."""
    conversation = add_conversation(owner)
    for number in range(51):
        add_message(owner, conversation, content=str(number), timestamp=NOON + timedelta(seconds=number))
    body = (await ana.get(f"{PATH}/{conversation['id']}")).ok(ConversationDetail)
    assert contents(body) == [str(number) for number in range(1, 51)]
    assert body["has_more"] is True


async def test_a_detail_of_fifty_messages_is_complete(ana: Caller, owner: Owner) -> None:
    """Exactly the limit is not more than the limit."""
    conversation = add_conversation(owner)
    for number in range(50):
        add_message(owner, conversation, timestamp=NOON + timedelta(seconds=number))
    body = (await ana.get(f"{PATH}/{conversation['id']}")).ok(ConversationDetail)
    assert len(body["messages"]) == 50
    assert body["has_more"] is False


async def test_a_detail_has_attachments_and_actions(ana: Caller, owner: Owner) -> None:
    """Each attachment stands at its message; action data come as they were given."""
    conversation = add_conversation(owner)
    first = add_message(owner, conversation, message_type="image", content="", timestamp=NOON)
    add_message(owner, conversation, timestamp=NOON + timedelta(seconds=1))
    for name in ("a.jpg", "b.jpg"):
        insert(owner, "message_attachments", clinic_id=1, message_id=first["id"], file_name=name, file_size=3)
    for number in range(2):
        insert(
            owner,
            "conversation_actions",
            clinic_id=1,
            conversation_id=conversation["id"],
            action_type="appointment_created",
            action_data={"number": number, "huge": 2**80},
            created_at=NOON + timedelta(minutes=number),
        )
    body = (await ana.get(f"{PATH}/{conversation['id']}")).ok(ConversationDetail)
    assert [[file["file_name"] for file in message["attachments"]] for message in body["messages"]] == [
        ["a.jpg", "b.jpg"],
        [],
    ]
    assert [action["action_data"]["number"] for action in body["actions"]] == [0, 1]
    assert body["actions"][0]["created_at"] == "2025-06-27T12:00:00.000-03:00"


async def test_a_message_is_shown_in_the_clinics_time(ana: Caller, owner: Owner) -> None:
    """Another clinic's clock is another clinic's; a message's time is converted once."""
    owner.execute("UPDATE clinics SET timezone = 'America/Manaus' WHERE id = 1")
    conversation = add_conversation(owner)
    add_message(owner, conversation, timestamp=datetime(2025, 6, 27, 3, 59, 16, 363000, tzinfo=UTC))
    body = (await ana.get(f"{PATH}/{conversation['id']}")).ok(ConversationDetail)
    assert body["messages"][0]["timestamp"] == "2025-06-26T23:59:16.363-04:00"


async def test_messages_are_paged_into_the_past(ana: Caller, owner: Owner) -> None:
    """By cursor and by message id, through messages of one instant, without gap or repetition."""
    conversation = add_conversation(owner)
    rows = [
        add_message(owner, conversation, content=str(n), timestamp=NOON + timedelta(seconds=n // 4)) for n in range(9)
    ]
    path = f"{PATH}/{conversation['id']}/messages"
    seen: list[str] = []
    params: dict[str, Any] = {"limit": 2}
    while True:
        body = (await ana.get(path, **params)).ok(MessagePage)
        seen = contents(body) + seen
        if not body["has_more"]:
            break
        params["before"] = body["next_before"]
    assert seen == [str(number) for number in range(9)]
    assert body["next_before"] is None
    by_id = (await ana.get(path, limit=2, before=str(rows[5]["id"]))).ok(MessagePage)
    assert contents(by_id) == ["3", "4"]


async def test_a_late_message_does_not_move_a_page(ana: Caller, owner: Owner) -> None:
    """What arrives meanwhile, with a time of then or now, leaves the pages before the cursor as they are."""
    conversation = add_conversation(owner)
    for number in range(4):
        add_message(owner, conversation, content=str(number), timestamp=NOON + timedelta(seconds=number))
    path = f"{PATH}/{conversation['id']}/messages"
    first = (await ana.get(path, limit=2)).ok()
    add_message(owner, conversation, content="new", timestamp=NOON + timedelta(seconds=9))
    assert contents((await ana.get(path, limit=2, before=first["next_before"])).ok()) == ["0", "1"]


async def test_before_must_be_a_message_of_the_conversation_or_a_cursor(ana: Caller, owner: Owner) -> None:
    """Another conversation's message, a list's cursor and nonsense are each a 400."""
    conversation, other = add_conversation(owner), add_conversation(owner)
    foreign = add_message(owner, other)
    lists_cursor = encode_cursor(CursorKind.CONVERSATIONS, Position(NOON, 1))
    for before in (str(foreign["id"]), "999999", lists_cursor, "nonsense"):
        answer = await ana.get(f"{PATH}/{conversation['id']}/messages", before=before)
        assert answer.problem(400)["errors"][0]["path"] == "before"


async def test_a_detail_takes_four_statements(ana: Caller, owner: Owner, statements: list[tuple[Any, Any]]) -> None:
    """Conversation, messages, attachments, actions; however many of each."""
    conversation = add_conversation(owner)
    for _ in range(3):
        message = add_message(owner, conversation)
        insert(owner, "message_attachments", clinic_id=1, message_id=message["id"], file_name="a")
    (await ana.get(f"{PATH}/{conversation['id']}")).ok()
    assert len(statements) == 4
    statements.clear()
    (await ana.get(f"{PATH}/{conversation['id']}/messages", before=str(message["id"]))).ok()
    assert len(statements) <= 4
    statements.clear()
    (await ana.get(f"{PATH}/{conversation['id']}/access")).ok()
    assert len(statements) == 1
