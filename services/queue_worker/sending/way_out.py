"""Through which instance, of which version, and under which address a contact is reached: SQL and its rows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.queue_worker.sending.calls import Key, Version
from services.queue_worker.sending.evolution_client import Door, EvolutionClient
from shared.auth.seal import open_sealed
from shared.db.pool import Connection

PERSONAL = "@s.whatsapp.net"
MOST_ADDRESSES = 4
_MOBILE_WITH_NINTH_DIGIT = re.compile(r"(55\d{2})9(\d{8})")


@dataclass(frozen=True, slots=True)
class Chat:
    """A contact's addresses, the surest first."""

    conversation_id: int
    addresses: Sequence[str]

    @property
    def number(self) -> str | None:
        """What Evolution wants as `number`: digits for a phone's jid; a LID or a group whole."""
        return self.addresses[0].removesuffix(PERSONAL) if self.addresses else None

    @property
    def jid(self) -> str:
        """The chat as WhatsApp names it."""
        return as_jid(self.addresses[0]) if self.addresses else ""

    def jids(self) -> list[str]:
        """Every name under which Evolution may keep the chat: mobiles in parts of Brazil have lost their ninth digit."""
        named = [as_jid(address) for address in self.addresses]
        shorter = [match[1] + match[2] + PERSONAL for jid in named if (match := _MOBILE_WITH_NINTH_DIGIT.match(jid))]
        return list(dict.fromkeys([*named, *shorter]))[:MOST_ADDRESSES]

    def key(self, provider_id: str, *, from_me: bool, participant: str | None = None) -> Key:
        """A message of the chat as WhatsApp names it."""
        return Key(provider_id, self.jid, from_me, participant)


def as_jid(address: str) -> str:
    """A phone number as a jid; what is one already stays as it is."""
    return address if "@" in address else address + PERSONAL


async def find_chat(connection: Connection, clinic_id: int, conversation_id: int) -> Chat | None:
    """Under which addresses a conversation's contact is reached: as WhatsApp itself named it, else by phone.

    Of several numbers the one last heard from: people change them, and write from the one they have.
    """
    cursor = await connection.execute(
        """
        SELECT c.id, ARRAY(
          SELECT i.value FROM contact_identities i
          WHERE i.clinic_id = c.clinic_id AND i.contact_id = c.contact_id AND i.kind IN ('group', 'jid', 'phone', 'lid')
          ORDER BY array_position(ARRAY['group', 'jid', 'phone', 'lid'], i.kind),
            (i.value = c.heard_address) IS TRUE DESC, i.created_at DESC LIMIT %s
        ) AS addresses
        FROM conversations c WHERE c.clinic_id = %s AND c.id = %s
        """,
        [MOST_ADDRESSES, clinic_id, conversation_id],
        prepare=True,
    )
    row = await cursor.fetchone()
    return None if row is None else Chat(row["id"], row["addresses"])


@dataclass(frozen=True, slots=True)
class Way:
    """An instance: where it is reached, and the version it speaks."""

    door: Door
    version: Version


async def find_way(
    connection: Connection, clinic_id: int, source_id: int, evolution: EvolutionClient, keys: Sequence[str]
) -> Way | None:
    """The way through a source; None where it is no instance of the clinic's. Raises UnsealError."""
    cursor = await connection.execute(
        """
        SELECT s.name, s.api_url, s.api_version, s.own_key_only, (
          SELECT k.sealed FROM source_secrets k
          WHERE k.source_id = s.id AND k.clinic_id = s.clinic_id AND k.purpose = 'api-key'
            AND (k.expires_at IS NULL OR k.expires_at > now())
          ORDER BY k.id DESC LIMIT 1
        ) AS sealed
        FROM sources s WHERE s.id = %s AND s.clinic_id = %s AND s.kind = 'evolution'
        """,
        [source_id, clinic_id],
        prepare=True,
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    sealed = row["sealed"]
    # Where an admin chose the instance or its server: without a key of its own Evolution refuses, and the line rests.
    shared_key = "" if row["own_key_only"] else evolution.api_key
    api_key = shared_key if sealed is None else open_sealed(keys, source_id, "api-key", sealed)
    return Way(Door(row["api_url"] or evolution.url, row["name"], api_key), row["api_version"])
