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
    """All names of a party, the surest first: what an integration calls the conversation, then phone, jid, lid."""
    if party.conversation_ref is None:
        return party.addresses
    return (Address("external", party.conversation_ref), *party.addresses)


def plan_contacts(parties: Sequence[Party], known: Mapping[Address, int]) -> ContactPlan:
    """Match parties by any address they share with a known contact or with one another; the surest address decides.

    Where a party's addresses belong to several contacts nothing is moved: that is a merge, and another matter.
    """
    plan = ContactPlan()
    for party in parties:
        addresses = addresses_of(party)
        owners = [owner for address in addresses if (owner := known.get(address) or plan.learnt.get(address))]
        contact = owners[0] if owners else plan.add_newcomer()
        plan.conflicts += len(set(owners)) > 1
        plan.contacts.append(contact)
        for address in addresses:
            if address not in known:
                plan.learnt.setdefault(address, contact)
    return plan
