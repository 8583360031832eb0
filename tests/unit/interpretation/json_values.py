"""Any JSON at all, and recorded payloads with anything changed in them."""

from typing import Any

from hypothesis import strategies as st

from tests.unit.interpretation.events import recorded, recorded_names

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
# Values that look right to one reader or another.
PLAUSIBLE = st.sampled_from([
    "", "5511955550001@s.whatsapp.net", "201122334455667@lid", "120363000000000001@g.us", "1795160000@broadcast",
    "status@broadcast", "messages.upsert", "send.message", "message.created", "action.created", "new_message",
    {"low": -1, "high": 2}, {"low": 2**70, "high": -(2**70)}, 1795167401, 1795167401000, 10**30, True, "Você",
    0, 3, 14, "MESSAGE_EDIT", "REVOKE", "READ", "DELETED", 401, "open", "close", "composing", "offer", "add", "me",
    "120363000000000001@newsletter", "https://pps.whatsapp.net/x", "2026-11-20T09:40:00.000Z", "\ud83d", "a\x00b",
    {"id": "3EB0A1", "remoteJid": "5511955550001@s.whatsapp.net"}, [{"name": "Sim", "voters": ["me", "1@lid"]}],
    {"message": {"conversation": "x"}}, {"conversation": "x"}, [], {}, {"text": "x", "contextInfo": {"stanzaId": 1}},
])  # fmt: skip
JSON = st.recursive(
    SCALARS | PLAUSIBLE, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)

# The names that readers look for.
FIELDS = st.sampled_from([
    "key", "id", "keyId", "remoteJid", "fromMe", "participant", "status", "update", "message", "pollUpdates", "type",
    "editedMessage", "protocolMessage", "timestampMs", "reactionMessage", "pollUpdateMessage", "pollCreationMessageKey",
    "vote", "selectedOptions", "text", "conversation", "pushName", "name", "subject", "profilePicUrl", "presences",
    "lastKnownPresence", "chatId", "from", "date", "state", "statusReason", "disconnectionReasonCode", "qrcode",
    "labelId", "typebot", "variables", "session", "action", "participants", "author", "messageTimestamp", "datetime",
    "ephemeralExpiration", "voters", "imageMessage", "caption", "waveform", "audioMessage", "contextInfo",
    "externalAdReply", "messageContextInfo", "messageAssociation", "parentMessageKey", "callerPn", "latencyMs",
])  # fmt: skip
DATA = st.recursive(
    SCALARS | PLAUSIBLE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS | st.text(), inner, max_size=6),
    max_leaves=30,
)

RECORDED = [recorded(name) for name in recorded_names()]
Path = tuple[str | int, ...]


def paths(value: Any, at: Path = ()) -> list[Path]:
    """The way to every value inside, from the outermost."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for key, item in items for path in [(*at, key), *paths(item, (*at, key))]]


def changed(value: Any, path: Path, change: Any) -> Any:
    """A copy with the value at `path` replaced; deleted where `change` is DELETED."""
    if not path:
        return change
    copy: Any = value.copy()
    inner = changed(copy[path[0]], path[1:], change)
    if inner is DELETED:
        del copy[path[0]]
    else:
        copy[path[0]] = inner
    return copy


DELETED = object()


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """A recorded payload with up to four values replaced or deleted."""
    payload = draw(st.sampled_from(RECORDED))
    for _ in range(draw(st.integers(1, 4))):
        ways = paths(payload)
        if ways:
            payload = changed(payload, draw(st.sampled_from(ways)), draw(st.just(DELETED) | JSON))
    return payload
