"""Contacts and their addresses in SQL."""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.queue_worker import metrics
from services.queue_worker.effects.contact_plan import (
    ContactPlan,
    Identity,
    Sighting,
    external_identity,
    identities_of,
    phone_of,
    plan_contacts,
)
from services.queue_worker.effects.keys import Key, columns
from shared.db.pool import Connection

_OWN_ID = re.compile(r"[1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True)
class Resolution:
    """The contact of each sighting; contacts found to be another (`merges`); phone numbers learnt, by contact.

    `created` are those that nobody knew before.
    """

    contacts: list[Key]
    merges: dict[Key, Key]
    phones: dict[Key, str]
    created: frozenset[Key] = frozenset()


async def resolve_contacts(connection: Connection, sightings: Sequence[Sighting]) -> Resolution:
    """Find the contact of each sighting, or create it where nobody has any of its identities; new ones are learnt.

    Identities are locked before they are given to anybody or change hands, so that two workers never make two of one person.
    """
    identities = sorted({identity for sighting in sightings for identity in identities_of(sighting)})
    known, plan = await _plan(connection, sightings, identities)
    if plan.learnt or plan.merges:
        moving = identities if plan.merges else [identity for identity in identities if identity not in known]
        await lock_identities(connection, moving)
        _, plan = await _plan(connection, sightings, identities)
    metrics.IDENTITY_CONFLICTS.inc(plan.conflicts)
    ids = await _create(connection, sightings, plan)
    learnt = {identity: ids.get(contact, contact) for identity, contact in plan.learnt.items()}
    await _learn(connection, learnt)
    contacts = [ids.get(contact, contact) for contact in plan.contacts]
    clinics = {contact: sighting.clinic_id for contact, sighting in zip(contacts, sightings, strict=True)}
    return Resolution(
        contacts=[(clinics[contact], contact) for contact in contacts],
        merges={(clinics[into], contact): (clinics[into], into) for contact, into in plan.merges.items()},
        phones={(one.clinic_id, contact): one.value for one, contact in learnt.items() if one.kind == "phone"},
        created=frozenset((clinics[contact], contact) for contact in ids.values()),
    )


async def describe_contacts(connection: Connection, sightings: Sequence[Sighting], resolution: Resolution) -> set[Key]:
    """Keep what is new about contacts; returns those that are called otherwise now.

    Their conversations must be locked, or two workers would wait for one another.
    """
    renamed = await _rename(connection, sightings, resolution.contacts)
    return renamed | await _fill_phones(connection, resolution.phones)


async def _plan(
    connection: Connection, sightings: Sequence[Sighting], identities: Sequence[Identity]
) -> tuple[dict[Identity, int], ContactPlan]:
    """Who is known by now, and the plan that follows. An integration may name a conversation by our own id, unless it
    calls somebody else that."""
    known = await _known(connection, identities)
    ours = await _called_by_our_ids(connection, _possible_ids(sightings, known))
    known |= ours
    named = await _named_by_integrations(connection, known)
    phones = {contact: row["phone"] for contact, row in named.items() if row["phone"] is not None}
    phones |= await _phones(connection, _apart(sightings, known))
    nameless = {contact for contact, row in named.items() if row["nameless"]}
    return known, plan_contacts(sightings, known, phones, nameless, ours)


def _apart(sightings: Sequence[Sighting], known: Mapping[Identity, int]) -> set[Key]:
    """Contacts that one party's identities belong to, where they are several."""
    owners = [{(i.clinic_id, known[i]) for i in identities_of(sighting) if i in known} for sighting in sightings]
    return {contact for several in owners if len(several) > 1 for contact in several}


async def _phones(connection: Connection, contacts: Set[Key]) -> dict[int, str]:
    if not contacts:
        return {}
    cursor = await connection.execute(
        "SELECT id, phone FROM unnest(%b::bigint[], %b::bigint[]) AS w (clinic_id, id)"
        " JOIN contacts USING (clinic_id, id) WHERE phone IS NOT NULL",
        columns(contacts),
    )
    return {row["id"]: row["phone"] for row in await cursor.fetchall()}


def _possible_ids(sightings: Sequence[Sighting], known: Mapping[Identity, int]) -> dict[Identity, int]:
    """Names that integrations gave and that may be ids of ours."""
    return {
        name: int(sighting.party.conversation_ref or 0)
        for sighting in sightings
        if (name := external_identity(sighting))
        and name not in known
        and _OWN_ID.fullmatch(sighting.party.conversation_ref or "")
    }


async def _known(connection: Connection, identities: Sequence[Identity]) -> dict[Identity, int]:
    cursor = await connection.execute(
        "SELECT clinic_id, kind, value, contact_id FROM unnest(%b::bigint[], %b::text[], %b::text[])"
        " AS asked (clinic_id, kind, value) JOIN contact_identities USING (clinic_id, kind, value)",
        columns(identities, 3),
        prepare=True,
    )
    return {Identity(row["clinic_id"], row["kind"], row["value"]): row["contact_id"] for row in await cursor.fetchall()}


async def _called_by_our_ids(connection: Connection, names: Mapping[Identity, int]) -> dict[Identity, int]:
    """The contacts whose conversations have these ids, or had them before they were merged."""
    if not names:
        return {}
    cursor = await connection.execute(
        "WITH w AS (SELECT * FROM unnest(%b::bigint[], %b::bigint[]) AS w (clinic_id, id))"
        " SELECT w.clinic_id, w.id, c.contact_id FROM w JOIN conversations c USING (clinic_id, id)"
        " UNION ALL SELECT w.clinic_id, w.id, c.contact_id FROM w"
        " JOIN conversation_merges m ON m.clinic_id = w.clinic_id AND m.from_conversation_id = w.id"
        " JOIN conversations c ON c.clinic_id = m.clinic_id AND c.id = m.into_conversation_id",
        columns((name.clinic_id, number) for name, number in names.items()),
    )
    owners = {(row["clinic_id"], row["id"]): row["contact_id"] for row in await cursor.fetchall()}
    return {name: owners[key] for name, number in names.items() if (key := (name.clinic_id, number)) in owners}


async def _named_by_integrations(connection: Connection, known: Mapping[Identity, int]) -> dict[int, Mapping[str, Any]]:
    """Of contacts that an integration named: the number its word is held against, and whether nothing else is known.

    Somebody named by our own conversation's id is known by that.
    """
    named = {contact: identity for identity, contact in known.items() if identity.kind == "external"}
    if not named:
        return {}
    cursor = await connection.execute(
        """
        SELECT c.id, c.phone, bool_and(i.kind = 'external') AND bool_or(i.value = n.name) AS nameless
        FROM unnest(%b::bigint[], %b::bigint[], %b::text[]) AS n (clinic_id, id, name)
        JOIN contacts c ON c.clinic_id = n.clinic_id AND c.id = n.id
        JOIN contact_identities i ON i.clinic_id = c.clinic_id AND i.contact_id = c.id
        GROUP BY c.id, c.phone
        """,
        columns(((identity.clinic_id, contact, identity.value) for contact, identity in named.items()), 3),
    )
    return {row["id"]: row for row in await cursor.fetchall()}


async def lock_identities(connection: Connection, identities: Sequence[Identity]) -> None:
    """Until the transaction ends nobody else gives these identities to a contact. Before any other lock, in one call."""
    names = [f"{identity.clinic_id}:{identity.kind}:{identity.value}" for identity in identities]
    await connection.execute(
        "SELECT pg_advisory_xact_lock(key) FROM (SELECT DISTINCT hashtextextended(name, 0) AS key"
        " FROM unnest(%b::text[]) AS n (name) ORDER BY key) AS keys",
        [names],
    )


async def _create(connection: Connection, sightings: Sequence[Sighting], plan: ContactPlan) -> dict[int, int]:
    """Create the plan's new contacts; returns the id of each."""
    if not plan.newcomers:
        return {}
    first = dict(reversed(list(zip(plan.contacts, sightings, strict=True))))
    seen = [first[contact] for contact in plan.newcomers]
    cursor = await connection.execute(
        "SELECT nextval('contacts_id_seq') AS id FROM generate_series(1, %s)", [len(seen)]
    )
    ids = [row["id"] for row in await cursor.fetchall()]
    await connection.execute(
        "INSERT INTO contacts (clinic_id, id, name, phone)"
        " SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::text[], %b::text[])",
        [
            [sighting.clinic_id for sighting in seen],
            ids,
            [_address_as_name(sighting) for sighting in seen],
            [phone_of(sighting.party) for sighting in seen],
        ],
    )
    return dict(zip(plan.newcomers, ids, strict=True))


def _address_as_name(sighting: Sighting) -> str:
    """What to call somebody who told no name."""
    if phone := phone_of(sighting.party):
        return f"+{phone}"
    return identities_of(sighting)[0].value.partition("@")[0]


async def _learn(connection: Connection, learnt: Mapping[Identity, int]) -> None:
    if not learnt:
        return
    rows = [(*identity, learnt[identity]) for identity in sorted(learnt)]
    await connection.execute(
        "INSERT INTO contact_identities (clinic_id, kind, value, contact_id)"
        " SELECT * FROM unnest(%b::bigint[], %b::text[], %b::text[], %b::bigint[]) ON CONFLICT DO NOTHING",
        columns(rows, 4),
    )


async def _fill_phones(connection: Connection, phones: Mapping[Key, str]) -> set[Key]:
    """A contact first met without a phone number gets the one that was learnt, also as its name where it told none."""
    if not phones:
        return set()
    cursor = await connection.execute(
        "UPDATE contacts c SET phone = p.phone, updated_at = now(),"
        " name = CASE WHEN c.name_origin = 'address' THEN '+' || p.phone ELSE c.name END"
        " FROM unnest(%b::bigint[], %b::bigint[], %b::text[]) AS p (clinic_id, id, phone)"
        " WHERE c.clinic_id = p.clinic_id AND c.id = p.id AND c.phone IS NULL RETURNING c.clinic_id, c.id",
        [*columns(phones), list(phones.values())],
    )
    return {(row["clinic_id"], row["id"]) for row in await cursor.fetchall()}


_RANK = "array_position(ARRAY['address', 'profile', 'integration', 'agent'], {})"


async def _rename(connection: Connection, sightings: Sequence[Sighting], contacts: Sequence[Key]) -> set[Key]:
    """Give contacts the best name seen: by origin, then by time. The order of arrival makes no difference.

    Returns those that are called otherwise now.
    """
    names: dict[Key, Sighting] = {}
    for contact, sighting in zip(contacts, sightings, strict=True):
        if sighting.party.name and (contact not in names or _rank(sighting) > _rank(names[contact])):
            names[contact] = sighting
    if not names:
        return set()
    # Also where the name stays the same: that it was seen later is what an older one, arriving late, is measured by.
    cursor = await connection.execute(
        f"""
        WITH n AS MATERIALIZED (
          SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::timestamptz[])
            AS n (clinic_id, id, name, origin, at)
        ), o AS MATERIALIZED (
          SELECT c.clinic_id, c.id, c.name FROM n JOIN contacts c USING (clinic_id, id) ORDER BY c.id FOR NO KEY UPDATE OF c
        )
        UPDATE contacts c SET name = n.name, name_origin = n.origin, name_at = n.at,
          updated_at = CASE WHEN c.name = n.name THEN c.updated_at ELSE now() END
        FROM n JOIN o USING (clinic_id, id)
        WHERE c.clinic_id = n.clinic_id AND c.id = n.id
          AND ({_RANK.format("n.origin")}, n.at, n.name COLLATE "C")
            > ({_RANK.format("c.name_origin")}, c.name_at, c.name COLLATE "C")
        RETURNING c.clinic_id, c.id, o.name <> c.name AS renamed
        """.encode(),  # noqa: S608 - built from constants
        [
            *columns(names),
            [sighting.party.name for sighting in names.values()],
            [sighting.party.name_origin for sighting in names.values()],
            [sighting.at for sighting in names.values()],
        ],
        prepare=True,
    )
    return {(row["clinic_id"], row["id"]) for row in await cursor.fetchall() if row["renamed"]}


async def lock_contacts(connection: Connection, contacts: Set[Key]) -> None:
    """Contacts in one order: who has no conversation yet has no lock that workers would meet at before."""
    await connection.execute(
        "SELECT 1 FROM unnest(%b::bigint[], %b::bigint[]) AS w (clinic_id, id) JOIN contacts c USING (clinic_id, id)"
        " ORDER BY c.id FOR NO KEY UPDATE OF c",
        columns(contacts),
    )


async def keep_pictures(connection: Connection, pictures: Mapping[Key, tuple[str, datetime]]) -> None:
    """Keep the newest picture of contacts."""
    if pictures:
        await connection.execute(
            "UPDATE contacts c SET picture_url = p.url, picture_at = p.at"
            " FROM unnest(%b::bigint[], %b::bigint[], %b::text[], %b::timestamptz[]) AS p (clinic_id, id, url, at)"
            " WHERE c.clinic_id = p.clinic_id AND c.id = p.id"
            ' AND (c.picture_at IS NULL OR (p.at, p.url COLLATE "C") > (c.picture_at, c.picture_url COLLATE "C"))',
            [*columns(pictures), *columns(pictures.values())],
        )


def _rank(sighting: Sighting) -> tuple[bool, datetime, str]:
    return sighting.party.name_origin == "integration", sighting.at, sighting.party.name or ""
