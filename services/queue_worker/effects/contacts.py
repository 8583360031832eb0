"""Contacts and their addresses in SQL."""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.queue_worker import metrics
from services.queue_worker.effects.contact_plan import (
    ContactPlan,
    addresses_of,
    external_address,
    phone_of,
    plan_contacts,
)
from services.queue_worker.facts import Address, Party
from shared.db.pool import Connection

_OWN_ID = re.compile(r"[1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True)
class Sighting:
    """A party, seen in an event of that time."""

    party: Party
    at: datetime


@dataclass(frozen=True, slots=True)
class Resolution:
    """The contact of each sighting; contacts found to be another (`merges`); phone numbers learnt, by contact.

    `created` are those that nobody knew before.
    """

    contacts: list[int]
    merges: dict[int, int]
    phones: dict[int, str]
    created: frozenset[int] = frozenset()


async def resolve_contacts(connection: Connection, clinic_id: int, sightings: Sequence[Sighting]) -> Resolution:
    """Find the contact of each sighting, or create it where nobody has any of its addresses; new addresses are learnt.

    Addresses are locked before they are given to anybody or change hands, so that two workers never make two of one person.
    """
    parties = [sighting.party for sighting in sightings]
    addresses = sorted({address for party in parties for address in addresses_of(party)}, key=_sort_key)
    known, plan = await _plan(connection, clinic_id, parties, addresses)
    if plan.learnt or plan.merges:
        moving = addresses if plan.merges else [address for address in addresses if address not in known]
        await lock_addresses(connection, clinic_id, moving)
        _, plan = await _plan(connection, clinic_id, parties, addresses)
    metrics.IDENTITY_CONFLICTS.inc(plan.conflicts)
    ids = await _create(connection, clinic_id, sightings, plan)
    learnt = {address: ids.get(contact, contact) for address, contact in plan.learnt.items()}
    await _learn(connection, clinic_id, learnt)
    return Resolution(
        contacts=[ids.get(contact, contact) for contact in plan.contacts],
        merges=plan.merges,
        phones={contact: address.value for address, contact in learnt.items() if address.kind == "phone"},
        created=frozenset(ids.values()),
    )


async def describe_contacts(
    connection: Connection, clinic_id: int, sightings: Sequence[Sighting], resolution: Resolution
) -> set[int]:
    """Keep what is new about contacts; returns those that are called otherwise now.

    Their conversations must be locked, or two workers would wait for one another.
    """
    renamed = await _rename(connection, clinic_id, sightings, resolution.contacts)
    return renamed | await _fill_phones(connection, clinic_id, resolution.phones)


async def _plan(
    connection: Connection, clinic_id: int, parties: Sequence[Party], addresses: Sequence[Address]
) -> tuple[dict[Address, int], ContactPlan]:
    """Who is known by now, and the plan that follows. An integration may name a conversation by our own id, unless it
    calls somebody else that."""
    known = await _known(connection, clinic_id, addresses)
    ours = await _called_by_our_ids(connection, clinic_id, _possible_ids(parties, known))
    known |= ours
    named = await _named_by_integrations(connection, clinic_id, known)
    phones = {contact: row["phone"] for contact, row in named.items() if row["phone"] is not None}
    phones |= await _phones(connection, clinic_id, _apart(parties, known))
    nameless = {contact for contact, row in named.items() if row["nameless"]}
    return known, plan_contacts(parties, known, phones, nameless, ours)


def _apart(parties: Sequence[Party], known: Mapping[Address, int]) -> set[int]:
    """Contacts that one party's addresses belong to, where they are several."""
    owners = [{known[address] for address in addresses_of(party) if address in known} for party in parties]
    return {contact for several in owners if len(several) > 1 for contact in several}


async def _phones(connection: Connection, clinic_id: int, contacts: Set[int]) -> dict[int, str]:
    if not contacts:
        return {}
    cursor = await connection.execute(
        "SELECT id, phone FROM contacts WHERE clinic_id = %s AND id = ANY(%b) AND phone IS NOT NULL",
        [clinic_id, list(contacts)],
    )
    return {row["id"]: row["phone"] for row in await cursor.fetchall()}


def _possible_ids(parties: Sequence[Party], known: Mapping[Address, int]) -> dict[Address, int]:
    """Names that integrations gave and that may be ids of ours."""
    return {
        name: int(party.conversation_ref or 0)
        for party in parties
        if (name := external_address(party)) and name not in known and _OWN_ID.fullmatch(party.conversation_ref or "")
    }


def _sort_key(address: Address) -> tuple[str, str]:
    return address.kind, address.value


async def _known(connection: Connection, clinic_id: int, addresses: Sequence[Address]) -> dict[Address, int]:
    cursor = await connection.execute(
        "SELECT kind, value, contact_id FROM unnest(%b::text[], %b::text[]) AS asked (kind, value)"
        " JOIN contact_identities i USING (kind, value) WHERE i.clinic_id = %s",
        [[address.kind for address in addresses], [address.value for address in addresses], clinic_id],
        prepare=True,
    )
    return {Address(row["kind"], row["value"]): int(row["contact_id"]) for row in await cursor.fetchall()}


async def _called_by_our_ids(
    connection: Connection, clinic_id: int, names: Mapping[Address, int]
) -> dict[Address, int]:
    """The contacts whose conversations have these ids, or had them before they were merged."""
    if not names:
        return {}
    cursor = await connection.execute(
        "SELECT id, contact_id FROM conversations WHERE clinic_id = %(clinic)s AND id = ANY(%(ids)b)"
        " UNION ALL SELECT m.from_conversation_id, c.contact_id FROM conversation_merges m"
        " JOIN conversations c ON c.clinic_id = m.clinic_id AND c.id = m.into_conversation_id"
        " WHERE m.clinic_id = %(clinic)s AND m.from_conversation_id = ANY(%(ids)b)",
        {"clinic": clinic_id, "ids": list(names.values())},
    )
    owners = {row["id"]: row["contact_id"] for row in await cursor.fetchall()}
    return {name: owners[number] for name, number in names.items() if number in owners}


async def _named_by_integrations(
    connection: Connection, clinic_id: int, known: Mapping[Address, int]
) -> dict[int, Mapping[str, Any]]:
    """Of contacts that an integration named: the number its word is held against, and whether nothing else is known.

    Somebody named by our own conversation's id is known by that.
    """
    named = {contact: address.value for address, contact in known.items() if address.kind == "external"}
    if not named:
        return {}
    cursor = await connection.execute(
        """
        SELECT c.id, c.phone, bool_and(i.kind = 'external') AND bool_or(i.value = n.name) AS nameless
        FROM unnest(%b::bigint[], %b::text[]) AS n (id, name)
        JOIN contacts c ON c.clinic_id = %s AND c.id = n.id
        JOIN contact_identities i ON i.clinic_id = c.clinic_id AND i.contact_id = c.id
        GROUP BY c.id, c.phone
        """,
        [list(named), list(named.values()), clinic_id],
    )
    return {row["id"]: row for row in await cursor.fetchall()}


async def lock_addresses(connection: Connection, clinic_id: int, addresses: Sequence[Address]) -> None:
    """Until the transaction ends nobody else gives these addresses to a contact. Before any other lock, in one call."""
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
        [clinic_id, ids, [_address_as_name(party) for party in parties], [phone_of(party) for party in parties]],
    )
    return dict(zip(plan.newcomers, ids, strict=True))


def _address_as_name(party: Party) -> str:
    """What to call somebody who told no name."""
    if phone := phone_of(party):
        return f"+{phone}"
    return addresses_of(party)[0].value.partition("@")[0]


async def _learn(connection: Connection, clinic_id: int, learnt: Mapping[Address, int]) -> None:
    if not learnt:
        return
    addresses = sorted(learnt, key=_sort_key)
    await connection.execute(
        "INSERT INTO contact_identities (clinic_id, kind, value, contact_id)"
        " SELECT %s, * FROM unnest(%b::text[], %b::text[], %b::bigint[]) ON CONFLICT DO NOTHING",
        [
            clinic_id,
            [address.kind for address in addresses],
            [address.value for address in addresses],
            [learnt[address] for address in addresses],
        ],
    )


async def _fill_phones(connection: Connection, clinic_id: int, phones: Mapping[int, str]) -> set[int]:
    """A contact first met without a phone number gets the one that was learnt, also as its name where it told none."""
    if not phones:
        return set()
    cursor = await connection.execute(
        "UPDATE contacts c SET phone = p.phone, updated_at = now(),"
        " name = CASE WHEN c.name_origin = 'address' THEN '+' || p.phone ELSE c.name END"
        " FROM unnest(%b::bigint[], %b::text[]) AS p (id, phone)"
        " WHERE c.clinic_id = %s AND c.id = p.id AND c.phone IS NULL RETURNING c.id",
        [list(phones), list(phones.values()), clinic_id],
    )
    return {row["id"] for row in await cursor.fetchall()}


_RANK = "array_position(ARRAY['address', 'profile', 'integration', 'agent'], {})"


async def _rename(
    connection: Connection, clinic_id: int, sightings: Sequence[Sighting], contacts: Sequence[int]
) -> set[int]:
    """Give contacts the best name seen: by origin, then by time. The order of arrival makes no difference.

    Returns those that are called otherwise now.
    """
    names: dict[int, Sighting] = {}
    for contact, sighting in zip(contacts, sightings, strict=True):
        if sighting.party.name and (contact not in names or _rank(sighting) > _rank(names[contact])):
            names[contact] = sighting
    if not names:
        return set()
    # Also where the name stays the same: that it was seen later is what an older one, arriving late, is measured by.
    cursor = await connection.execute(
        f"""
        WITH o AS MATERIALIZED (
          SELECT id, name FROM contacts WHERE clinic_id = %s AND id = ANY(%b) ORDER BY id FOR NO KEY UPDATE
        )
        UPDATE contacts c SET name = n.name, name_origin = n.origin, name_at = n.at,
          updated_at = CASE WHEN c.name = n.name THEN c.updated_at ELSE now() END
        FROM unnest(%b::bigint[], %b::text[], %b::text[], %b::timestamptz[]) AS n (id, name, origin, at)
        JOIN o ON o.id = n.id
        WHERE c.clinic_id = %s AND c.id = n.id
          AND ({_RANK.format("n.origin")}, n.at, n.name COLLATE "C")
            > ({_RANK.format("c.name_origin")}, c.name_at, c.name COLLATE "C")
        RETURNING c.id, o.name <> c.name AS renamed
        """.encode(),  # noqa: S608 - built from constants
        [
            clinic_id,
            list(names),
            list(names),
            [sighting.party.name for sighting in names.values()],
            [sighting.party.name_origin for sighting in names.values()],
            [sighting.at for sighting in names.values()],
            clinic_id,
        ],
        prepare=True,
    )
    return {row["id"] for row in await cursor.fetchall() if row["renamed"]}


async def lock_contacts(connection: Connection, clinic_id: int, contacts: Set[int]) -> None:
    """Contacts in one order: who has no conversation yet has no lock that workers would meet at before."""
    await connection.execute(
        "SELECT 1 FROM contacts WHERE clinic_id = %s AND id = ANY(%b) ORDER BY id FOR NO KEY UPDATE",
        [clinic_id, list(contacts)],
    )


async def keep_pictures(connection: Connection, clinic_id: int, pictures: Mapping[int, tuple[str, datetime]]) -> None:
    """Keep the newest picture of contacts."""
    if pictures:
        await connection.execute(
            "UPDATE contacts c SET picture_url = p.url, picture_at = p.at"
            " FROM unnest(%b::bigint[], %b::text[], %b::timestamptz[]) AS p (id, url, at)"
            " WHERE c.clinic_id = %s AND c.id = p.id"
            ' AND (c.picture_at IS NULL OR (p.at, p.url COLLATE "C") > (c.picture_at, c.picture_url COLLATE "C"))',
            [list(pictures), [url for url, _ in pictures.values()], [at for _, at in pictures.values()], clinic_id],
        )


def _rank(sighting: Sighting) -> tuple[bool, datetime, str]:
    return sighting.party.name_origin == "integration", sighting.at, sighting.party.name or ""
