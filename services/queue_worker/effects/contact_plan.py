"""Who is who in a batch: which contact each party is, which are new, which are one, which identities are learnt. Pure."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from services.queue_worker.facts import Party


class Identity(NamedTuple):
    """An address in a clinic: the same number is nobody or somebody else in another."""

    clinic_id: int
    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """A party, seen by a clinic in an event of that time."""

    clinic_id: int
    party: Party
    at: datetime


@dataclass(slots=True)
class ContactPlan:
    """`contacts[i]` is the contact of the i-th sighting; a negative one, of `newcomers`, still has to be given an id.

    `merges` gives for contacts that were found to be somebody else that somebody. `conflicts` counts sightings whose
    identities belong to several contacts that are not one for certain.
    """

    contacts: list[int] = field(default_factory=list)
    newcomers: list[int] = field(default_factory=list)
    learnt: dict[Identity, int] = field(default_factory=dict)
    merges: dict[int, int] = field(default_factory=dict)
    conflicts: int = 0


# Of an id as short as that there are several: integrations that count their conversations begin at 1, as we do.
_COUNTED = re.compile(r"[0-9]{1,11}")


def identities_of(sighting: Sighting) -> tuple[Identity, ...]:
    """All names of a party, the surest first: phone, jid, lid, and last what an integration calls the conversation."""
    told = (Identity(sighting.clinic_id, address.kind, address.value) for address in sighting.party.addresses)
    external = external_identity(sighting)
    return tuple(told) if external is None else (*told, external)


def external_identity(sighting: Sighting) -> Identity | None:
    """What an integration calls the conversation, where it does."""
    reference = sighting.party.conversation_ref
    if reference is None:
        return None
    return Identity(sighting.clinic_id, "external", _external_name(reference, sighting.party.named_by))


def _external_name(reference: str, named_by: str | None) -> str:
    """Unmistakable ids are the clinic's; those that were counted are of whoever counted."""
    return f"{named_by}:{reference}" if named_by and _COUNTED.fullmatch(reference) else reference


def phone_of(party: Party) -> str | None:
    """The party's phone number, where it has one."""
    return next((address.value for address in party.addresses if address.kind == "phone"), None)


def heard_address(party: Party) -> str | None:
    """The address under which WhatsApp itself would have the party answered: a number before a LID."""
    named = {address.kind: address.value for address in reversed(party.addresses)}
    return next((named[kind] for kind in ("group", "jid", "lid", "phone") if kind in named), None)


def plan_contacts(
    sightings: Sequence[Sighting],
    known: Mapping[Identity, int],
    phones: Mapping[int, str] | None = None,
    nameless: Collection[int] = (),
    own_ids: Collection[Identity] = (),
) -> ContactPlan:
    """Match parties by any identity they share with a known contact or with one another; of two clinics none is the same.

    Addresses that WhatsApp gives in one breath (phone, jid, LID) are one person's: contacts that had them apart become one.
    Not so where both have numbers, and different ones: a number may have gone from one person to another, and what was
    joined cannot be told apart again. There the surest address decides.
    An integration's name for a conversation is no such proof: other systems count their conversations from 1 too, and one
    patient's words must never reach another. Against a phone number (`phones` has those of known contacts) it counts
    nothing; it joins only a contact of whom nothing but that name is known (`nameless`). A name that is an id of ours
    (`own_ids`) may as well be a number of theirs: beside an address that is not that contact's it counts nothing either.
    """
    planning = _Planning(known, dict(phones or {}), set(nameless), frozenset(own_ids))
    found = [planning.place(sighting) for sighting in sightings]
    return planning.plan(found)


class _Planning:
    """The plan while it is made. Contacts are joined as in a union-find; the oldest known one represents the others."""

    def __init__(
        self, known: Mapping[Identity, int], phones: dict[int, str], nameless: set[int], own_ids: frozenset[Identity]
    ) -> None:
        self._own_ids = own_ids
        self._known = known
        self._phones = phones
        self._nameless = nameless
        self._learnt: dict[Identity, int] = {}
        self._joined: dict[int, int] = {}
        self._newcomers = 0
        self._conflicts = 0

    def place(self, sighting: Sighting) -> int:
        party, identities, number = sighting.party, identities_of(sighting), phone_of(sighting.party)
        owners = {identity: owner for identity in identities if (owner := self._owner(identity)) is not None}
        surely = {owner for identity, owner in owners.items() if identity.kind != "external"}
        ours = [
            owner
            for identity, owner in owners.items()
            if not self._belied(identity, owner, number)
            and not (self._is_guess(identity, party) and owner not in surely)
        ]
        contact = ours[0] if ours else self._newcomer()
        for identity, owner in owners.items():
            if owner in ours and (identity.kind != "external" or owner in self._nameless):
                contact = self._join(contact, owner)
        self._conflicts += len({contact, *map(self._root, owners.values())}) > 1
        self._describe(contact, party, number)
        for identity in identities:
            if identity not in self._known or self._root(owners[identity]) not in {self._root(owner) for owner in ours}:
                self._learnt.setdefault(identity, contact)
        return contact

    def plan(self, found: Iterable[int]) -> ContactPlan:
        """The plan, once every party has its place."""
        contacts = [self._root(contact) for contact in found]
        return ContactPlan(
            contacts=contacts,
            newcomers=sorted({contact for contact in contacts if contact < 0}, reverse=True),
            learnt={identity: self._root(contact) for identity, contact in self._learnt.items()},
            merges={contact: self._root(contact) for contact in self._joined if contact > 0},
            conflicts=self._conflicts,
        )

    def _owner(self, identity: Identity) -> int | None:
        owner = self._known.get(identity) or self._learnt.get(identity)
        return None if owner is None else self._root(owner)

    def _root(self, contact: int) -> int:
        while contact in self._joined:
            contact = self._joined[contact]
        return contact

    def _join(self, first: int, second: int) -> int:
        first, second = self._root(first), self._root(second)
        if first == second or len({self._phones[one] for one in (first, second) if one in self._phones}) > 1:
            return first
        # A contact that is stored wins over one that is not yet, and the older of two that are.
        root, other = sorted((first, second), key=lambda contact: (contact < 0, abs(contact)))
        self._joined[other] = root
        if number := self._phones.get(other):
            self._phones.setdefault(root, number)
        if other not in self._nameless:
            self._nameless.discard(root)
        return root

    def _newcomer(self) -> int:
        self._newcomers += 1
        self._nameless.add(-self._newcomers)
        return -self._newcomers

    def _describe(self, contact: int, party: Party, number: str | None) -> None:
        if number is not None:
            self._phones.setdefault(contact, number)
        if party.addresses:
            self._nameless.discard(contact)

    def _is_guess(self, identity: Identity, party: Party) -> bool:
        return identity in self._own_ids and bool(party.addresses)

    def _belied(self, identity: Identity, owner: int, number: str | None) -> bool:
        """Whether a phone number says that the owner of an identity is somebody else."""
        return (
            identity.kind == "external"
            and None not in (self._phones.get(owner), number)
            and self._phones[owner] != number
        )
