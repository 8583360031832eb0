"""Contacts and their addresses in SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.queue_worker import metrics
from services.queue_worker.effects.contact_plan import ContactPlan, addresses_of, plan_contacts
from services.queue_worker.facts import Address, Party
from shared.db.pool import Connection


@dataclass(frozen=True, slots=True)
class Sighting:
    """A party, seen in an event of that time."""

    party: Party
    at: datetime


async def resolve_contacts(connection: Connection, clinic_id: int, sightings: Sequence[Sighting]) -> list[int]:
    """The contact of each sighting, created where nobody has any of its addresses; what is new about them is kept.

    Unknown addresses are locked before they are given to anybody, so that two workers never make two of one person.
    """
    parties = [sighting.party for sighting in sightings]
    addresses = sorted({address for party in parties for address in addresses_of(party)}, key=_sort_key)
    known = await _known(connection, clinic_id, addresses)
    if unknown := [address for address in addresses if address not in known]:
        await _lock(connection, clinic_id, unknown)
        known = await _known(connection, clinic_id, addresses)
    plan = plan_contacts(parties, known)
    metrics.IDENTITY_CONFLICTS.inc(plan.conflicts)
    ids = await _create(connection, clinic_id, sightings, plan)
    await _learn(connection, clinic_id, plan, ids)
    contacts = [ids.get(contact, contact) for contact in plan.contacts]
    await _rename(connection, clinic_id, sightings, contacts)
    return contacts


def _sort_key(address: Address) -> tuple[str, str]:
    return address.kind, address.value


async def _known(connection: Connection, clinic_id: int, addresses: Sequence[Address]) -> dict[Address, int]:
    """Owners of addresses. An integration's name for a conversation may be the conversation's own id."""
    cursor = await connection.execute(
        """
        WITH asked AS (SELECT * FROM unnest(%b::text[], %b::text[]) AS a (kind, value))
        SELECT kind, value, i.contact_id FROM asked JOIN contact_identities i USING (kind, value) WHERE i.clinic_id = %s
        UNION ALL
        SELECT kind, value, c.contact_id FROM asked JOIN conversations c ON c.clinic_id = %s
          AND c.id = CASE WHEN value ~ '^[0-9]{1,18}$' THEN value::bigint END
        WHERE kind = 'external'
        """,
        [[a.kind for a in addresses], [a.value for a in addresses], clinic_id, clinic_id],
        prepare=True,
    )
    return {Address(row["kind"], row["value"]): row["contact_id"] for row in await cursor.fetchall()}


async def _lock(connection: Connection, clinic_id: int, addresses: Sequence[Address]) -> None:
    names = [f"{clinic_id}:{address.kind}:{address.value}" for address in addresses]
    await connection.execute(
        "SELECT pg_advisory_xact_lock(key) FROM (SELECT DISTINCT hashtextextended(name, 0) AS key"
        " FROM unnest(%b::text[]) AS n (name) ORDER BY key) AS keys",
        [names],
    )


async def _create(
    connection: Connection, clinic_id: int, sightings: Sequence[Sighting], plan: ContactPlan
) -> dict[int, int]:
    """Create the plan's new contacts; returns the id of each."""
    if not plan.newcomers:
        return {}
    first = {contact: index for index, contact in reversed(list(enumerate(plan.contacts)))}
    parties = [sightings[first[contact]].party for contact in plan.newcomers]
    cursor = await connection.execute(
        "SELECT nextval('contacts_id_seq') AS id FROM generate_series(1, %s)", [len(parties)]
    )
    ids = [row["id"] for row in await cursor.fetchall()]
    await connection.execute(
        "INSERT INTO contacts (id, clinic_id, name, phone)"
        " SELECT id, %s, name, phone FROM unnest(%b::bigint[], %b::text[], %b::text[]) AS n (id, name, phone)",
        [clinic_id, ids, [_address_as_name(party) for party in parties], [_phone(party) for party in parties]],
    )
    return dict(zip(plan.newcomers, ids, strict=True))


def _phone(party: Party) -> str | None:
    return next((address.value for address in party.addresses if address.kind == "phone"), None)


def _address_as_name(party: Party) -> str:
    """What to call somebody who told no name."""
    if phone := _phone(party):
        return f"+{phone}"
    return addresses_of(party)[0].value.partition("@")[0]


async def _learn(connection: Connection, clinic_id: int, plan: ContactPlan, ids: dict[int, int]) -> None:
    if not plan.learnt:
        return
    learnt = sorted(plan.learnt.items(), key=lambda item: _sort_key(item[0]))
    await connection.execute(
        "INSERT INTO contact_identities (clinic_id, kind, value, contact_id)"
        " SELECT %s, * FROM unnest(%b::text[], %b::text[], %b::bigint[]) ON CONFLICT DO NOTHING",
        [
            clinic_id,
            [address.kind for address, _ in learnt],
            [address.value for address, _ in learnt],
            [ids.get(contact, contact) for _, contact in learnt],
        ],
    )
    await _fill_phones(connection, clinic_id, {ids.get(c, c): a.value for a, c in learnt if a.kind == "phone"})


async def _fill_phones(connection: Connection, clinic_id: int, phones: dict[int, str]) -> None:
    """A contact first met without a phone number gets the one that was learnt."""
    if phones:
        await connection.execute(
            "UPDATE contacts c SET phone = p.phone, updated_at = now() FROM unnest(%b::bigint[], %b::text[]) AS p (id, phone)"
            " WHERE c.clinic_id = %s AND c.id = p.id AND c.phone IS NULL",
            [list(phones), list(phones.values()), clinic_id],
        )


_RANK = "array_position(ARRAY['address', 'profile', 'integration', 'agent'], {})"


async def _rename(
    connection: Connection, clinic_id: int, sightings: Sequence[Sighting], contacts: Sequence[int]
) -> None:
    """Give contacts the best name seen: by origin, then by time. The order of arrival does not matter."""
    names: dict[int, Sighting] = {}
    for contact, sighting in zip(contacts, sightings, strict=True):
        if sighting.party.name and (contact not in names or _rank(sighting) > _rank(names[contact])):
            names[contact] = sighting
    if not names:
        return
    await connection.execute(
        f"""
        UPDATE contacts c SET name = n.name, name_origin = n.origin, name_at = n.at, updated_at = now()
        FROM unnest(%b::bigint[], %b::text[], %b::text[], %b::timestamptz[]) AS n (id, name, origin, at)
        WHERE c.clinic_id = %s AND c.id = n.id
          AND ({_RANK.format("n.origin")}, n.at) > ({_RANK.format("c.name_origin")}, c.name_at)
          AND (c.name, c.name_origin) IS DISTINCT FROM (n.name, n.origin)
        """.encode(),  # noqa: S608 - built from constants
        [
            list(names),
            [sighting.party.name for sighting in names.values()],
            [sighting.party.name_origin for sighting in names.values()],
            [sighting.at for sighting in names.values()],
            clinic_id,
        ],
    )


def _rank(sighting: Sighting) -> tuple[bool, datetime]:
    return sighting.party.name_origin == "integration", sighting.at
