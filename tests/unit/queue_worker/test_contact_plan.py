"""Who is who in a batch."""

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from services.queue_worker.effects.contact_plan import ContactPlan, Identity, Sighting, identities_of
from services.queue_worker.effects.contact_plan import plan_contacts as plan_sightings
from services.queue_worker.facts import Address, Party
from tests.factories import moment, person

CLINIC = 1


def seen(party: Party, clinic: int = CLINIC) -> Sighting:
    return Sighting(clinic, party, moment())


def named(address: Address, clinic: int = CLINIC) -> Identity:
    return Identity(clinic, address.kind, address.value)


def names_of(party: Party) -> tuple[Identity, ...]:
    return identities_of(seen(party))


def plan_contacts(
    batch: Sequence[Party],
    known: Mapping[Identity, int],
    phones: Mapping[int, str] | None = None,
    nameless: Collection[int] = (),
) -> ContactPlan:
    return plan_sightings([seen(party) for party in batch], known, phones, nameless)


PHONE, LID, JID = Address("phone", "5511955550001"), Address("lid", "2011@lid"), Address("jid", "5511955550001@s")

# One number: whoever has two, or is said to, is another matter.
addresses = st.builds(Address, st.sampled_from(["jid", "lid"]), st.sampled_from("abcd")) | st.just(
    Address("phone", "a")
)
parties = st.builds(
    Party,
    st.lists(addresses, min_size=1, max_size=3, unique=True).map(tuple),
    conversation_ref=st.none() | st.sampled_from("xy"),
)
batches = st.lists(parties, max_size=12)
owners = st.dictionaries(addresses.map(named), st.integers(min_value=1, max_value=4), max_size=6)


@given(batches, owners)
def test_who_shares_the_surest_address_is_one_person(batch: list[Party], known: dict[Identity, int]) -> None:
    """Two parties with the same first address get the same contact, whatever else they are called."""
    plan = plan_contacts(batch, known)

    first: dict[Identity, int] = {}
    for party, contact in zip(batch, plan.contacts, strict=True):
        assert first.setdefault(names_of(party)[0], contact) == contact


@given(batches, owners)
def test_one_contact_is_one_chain_of_addresses(batch: list[Party], known: dict[Identity, int]) -> None:
    """Nobody is taken for somebody with whom no chain of shared addresses connects them."""
    plan = plan_contacts(batch, known)

    chain = chains(batch, known)
    for contact in set(plan.contacts):
        members = [names_of(party)[0] for party, own in zip(batch, plan.contacts, strict=True) if own == contact]
        assert len({chain[address] for address in members}) == 1


def chains(batch: list[Party], known: dict[Identity, int]) -> dict[Identity, int]:
    """The number of the chain in which each address is: all of one party, and all of one known contact, are in one."""
    links = [names_of(party) for party in batch]
    links += [tuple(address for address, owner in known.items() if owner == one) for one in set(known.values())]
    chain = {address: number for number, address in enumerate({address for link in links for address in link})}
    for link in links:
        for one, other in pairwise(link):
            joined, replaced = chain[one], chain[other]
            chain |= {address: joined for address, number in chain.items() if number == replaced}
    return chain


@given(batches, owners)
def test_addresses_told_in_one_breath_are_one_person(batch: list[Party], known: dict[Identity, int]) -> None:
    """Whoever owned a party's phone, jid or LID is its contact afterwards, or went into it."""
    plan = plan_contacts(batch, known)

    for party, contact in zip(batch, plan.contacts, strict=True):
        for address in map(named, party.addresses):
            owner = known.get(address) or plan.learnt[address]
            assert plan.merges.get(owner, owner) == contact
    assert not plan.learnt.keys() & known.keys()


@given(batches, owners)
def test_who_was_known_longest_stays(batch: list[Party], known: dict[Identity, int]) -> None:
    """A contact goes into an older one and into nobody who goes elsewhere; newcomers into those that are stored."""
    plan = plan_contacts(batch, known)

    assert all(into < contact and into not in plan.merges for contact, into in plan.merges.items())
    assert set(plan.newcomers) == {contact for contact in plan.contacts if contact < 0}
    assert all(address in known or address in plan.learnt for party in batch for address in names_of(party))


@given(batches, owners, st.randoms(use_true_random=False))
def test_people_are_the_same_in_any_order(batch: list[Party], known: dict[Identity, int], chance: Random) -> None:
    """Parties that are one person in one order are one in every other, where no integration's names are among them."""
    batch = [Party(party.addresses) for party in batch]
    order = list(range(len(batch)))
    chance.shuffle(order)

    straight = plan_contacts(batch, known).contacts
    shuffled = plan_contacts([batch[index] for index in order], known).contacts

    again = dict(zip(order, shuffled, strict=True))
    together = [(one, other) for one in order for other in order if straight[one] == straight[other]]
    assert together == [(one, other) for one in order for other in order if again[one] == again[other]]


@given(batches, owners)
def test_the_same_batch_gives_the_same_plan(batch: list[Party], known: dict[Identity, int]) -> None:
    """Whoever plans, and however often."""
    assert plan_contacts(batch, known) == plan_contacts(batch, dict(known))


def test_an_alias_learnt_in_the_batch_counts_for_the_rest_of_it() -> None:
    """A LID that came with a phone number is that person in the next message, which has the LID alone."""
    with_both, lid_alone = Party((PHONE, LID)), Party((LID,))

    plan = plan_contacts([with_both, lid_alone], {})

    assert plan.contacts == [-1, -1]
    assert plan.learnt == {named(PHONE): -1, named(LID): -1}


def test_two_contacts_with_one_persons_addresses_are_merged() -> None:
    """Phone and LID, met apart before, come in one message: the younger contact goes into the older."""
    plan = plan_contacts([Party((PHONE, LID)), Party((LID,))], {named(PHONE): 8, named(LID): 7})

    assert plan.contacts == [7, 7]
    assert plan.merges == {8: 7}
    assert (plan.conflicts, plan.learnt) == (0, {})


def test_a_contact_of_whom_only_an_integrations_name_is_known_joins_the_phone() -> None:
    """The integration that named it says now who it is; with any other address of its own it stays apart."""
    external = Address("external", "5511965860124551150391104")
    party = Party((PHONE,), conversation_ref=external.value)

    assert plan_contacts([party], {named(external): 7, named(PHONE): 8}, {}, {7}).merges == {8: 7}
    assert plan_contacts([party], {named(external): 7, named(PHONE): 8}, {7: "5511911110001"}, {7}).merges == {}
    apart = plan_contacts([party], {named(external): 7, named(PHONE): 8}, {}, ())
    assert (apart.contacts, apart.merges, apart.conflicts) == ([8], {}, 1)


def test_a_phone_weighs_more_than_an_integrations_name_for_the_conversation() -> None:
    """Where the phone is somebody's, the message is theirs, whatever the integration calls the conversation."""
    external = Address("external", "5511965860124551150391104")
    party = Party((PHONE,), conversation_ref=external.value)

    plan = plan_contacts([party], {named(external): 7, named(PHONE): 8})

    assert plan.contacts == [8]
    assert plan.conflicts == 1


def test_a_name_whose_conversation_has_another_number_is_not_believed() -> None:
    """Another system counts its conversations from 1 too: its `2` is not the patient of our conversation 2."""
    external = Address("external", "2")
    stranger = Party((PHONE,), conversation_ref=external.value)

    plan = plan_contacts([stranger], {named(external): 7}, {7: "5511911110001"})

    assert plan.contacts == [-1]
    assert plan.conflicts == 1
    assert plan.learnt == {named(PHONE): -1, named(external): -1}


def test_a_name_is_believed_where_no_number_contradicts_it() -> None:
    """The conversation's own number, or none on either side, leaves the integration's word."""
    external = Address("external", "55119")
    parties = [Party((PHONE,), conversation_ref="55119"), Party((), conversation_ref="55119")]

    assert plan_contacts(parties, {named(external): 7}, {7: PHONE.value}).contacts == [7, 7]
    assert plan_contacts(parties, {named(external): 7}, {}).contacts == [7, 7]


def test_strangers_stay_strangers() -> None:
    """Parties that share nothing are different contacts."""
    plan = plan_contacts([person("phone:1"), person("phone:2"), person("lid:1")], {})

    assert plan.contacts == [-1, -2, -3]


@given(batches, batches, owners, owners)
def test_of_two_clinics_nobody_is_the_same(
    ours: list[Party], theirs: list[Party], known: dict[Identity, int], known_there: dict[Identity, int]
) -> None:
    """The same addresses in a batch of two clinics: each finds the people it would find alone, and learns its own names."""
    there = {one._replace(clinic_id=2): 10 + who for one, who in known_there.items()}

    both = plan_sightings([*map(seen, ours), *(seen(party, 2) for party in theirs)], {**known, **there})

    alone = plan_sightings([seen(party) for party in ours], known)
    assert both.contacts[: len(ours)] == alone.contacts
    assert not set(both.contacts[: len(ours)]) & set(both.contacts[len(ours) :])
    assert {one: who for one, who in both.learnt.items() if one.clinic_id == CLINIC} == alone.learnt
    assert {who: into for who, into in both.merges.items() if who < 10} == alone.merges
