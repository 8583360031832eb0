"""Who is who in a batch: which contact each party is, which are new, which addresses are learnt. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.queue_worker.facts import Address, Party


@dataclass(slots=True)
class ContactPlan:
    """`contacts[i]` is the contact of the i-th party; a negative one, of `newcomers`, still has to be given an id."""

    contacts: list[int] = field(default_factory=list)
    newcomers: list[int] = field(default_factory=list)
    learnt: dict[Address, int] = field(default_factory=dict)
    conflicts: int = 0

    def add_newcomer(self) -> int:
        self.newcomers.append(-1 - len(self.newcomers))
        return self.newcomers[-1]


def addresses_of(party: Party) -> tuple[Address, ...]:
    """All names of a party, the surest first: phone, jid, lid, and last what an integration calls the conversation."""
    if party.conversation_ref is None:
        return party.addresses
    return (*party.addresses, Address("external", party.conversation_ref))


def phone_of(party: Party) -> str | None:
    """The party's phone number, where it has one."""
    return next((address.value for address in party.addresses if address.kind == "phone"), None)


def plan_contacts(
    parties: Sequence[Party], known: Mapping[Address, int], phones: Mapping[int, str] | None = None
) -> ContactPlan:
    """Match parties by any address they share with a known contact or with one another; the surest address decides.

    Where a party's addresses belong to several contacts nothing is moved: that is a merge, and another matter. An
    integration's name for a conversation is no proof against a phone number (`phones` has those of known contacts): other
    systems count their conversations from 1 too, and one patient's words must never reach another.
    """
    plan = ContactPlan()
    numbers = dict(phones or {})
    for party in parties:
        addresses, number = addresses_of(party), phone_of(party)
        owners = {address: owner for address in addresses if (owner := known.get(address) or plan.learnt.get(address))}
        ours = [owner for address, owner in owners.items() if not _belied(address, numbers.get(owner), number)]
        contact = ours[0] if ours else plan.add_newcomer()
        plan.conflicts += len({contact, *owners.values()}) > 1
        plan.contacts.append(contact)
        if number is not None:
            numbers.setdefault(contact, number)
        for address in addresses:
            if address not in known or owners[address] not in ours:
                plan.learnt.setdefault(address, contact)
    return plan


def _belied(address: Address, known_number: str | None, number: str | None) -> bool:
    """Whether a phone number says that the owner of an address is somebody else."""
    return address.kind == "external" and None not in (known_number, number) and known_number != number
