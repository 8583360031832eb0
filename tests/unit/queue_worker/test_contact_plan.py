"""Who is who in a batch."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.queue_worker.effects.contact_plan import addresses_of, plan_contacts
from services.queue_worker.facts import Address, Party
from tests.factories import person

PHONE, LID, JID = Address("phone", "5511955550001"), Address("lid", "2011@lid"), Address("jid", "5511955550001@s")

addresses = st.builds(Address, st.sampled_from(["phone", "jid", "lid"]), st.sampled_from("abcd"))
parties = st.builds(
    Party,
    st.lists(addresses, min_size=1, max_size=3, unique=True).map(tuple),
    conversation_ref=st.none() | st.sampled_from("xy"),
)
batches = st.lists(parties, max_size=12)
owners = st.dictionaries(addresses, st.integers(min_value=1, max_value=4), max_size=6)


@given(batches, owners)
def test_who_shares_the_surest_address_is_one_person(batch: list[Party], known: dict[Address, int]) -> None:
    """Two parties with the same first address get the same contact, whatever else they are called."""
    plan = plan_contacts(batch, known)

    first: dict[Address, int] = {}
    for party, contact in zip(batch, plan.contacts, strict=True):
        assert first.setdefault(addresses_of(party)[0], contact) == contact


@given(batches, owners)
def test_one_contact_is_one_chain_of_addresses(batch: list[Party], known: dict[Address, int]) -> None:
    """Nobody is taken for somebody with whom no chain of shared addresses connects them."""
    plan = plan_contacts(batch, known)

    chain = chains(batch, known)
    for contact in set(plan.contacts):
        members = [addresses_of(party)[0] for party, own in zip(batch, plan.contacts, strict=True) if own == contact]
        assert len({chain[address] for address in members}) == 1


def chains(batch: list[Party], known: dict[Address, int]) -> dict[Address, int]:
    """The number of the chain in which each address is: all of one party, and all of one known contact, are in one."""
    links = [addresses_of(party) for party in batch]
    links += [tuple(address for address, owner in known.items() if owner == one) for one in set(known.values())]
    chain = {address: number for number, address in enumerate({address for link in links for address in link})}
    for link in links:
        for one, other in pairwise(link):
            joined, replaced = chain[one], chain[other]
            chain |= {address: joined for address, number in chain.items() if number == replaced}
    return chain


@given(batches, owners)
def test_known_addresses_keep_their_owner(batch: list[Party], known: dict[Address, int]) -> None:
    """A party whose surest known address belongs to somebody is that somebody, and nothing known is learnt again."""
    plan = plan_contacts(batch, known)

    for party, contact in zip(batch, plan.contacts, strict=True):
        surest = addresses_of(party)[0]
        assert surest not in known or contact == known[surest]
    assert not plan.learnt.keys() & known.keys()


@given(batches, owners)
def test_newcomers_are_numbered_in_order_of_appearance(batch: list[Party], known: dict[Address, int]) -> None:
    """New contacts are -1, -2, … as they appear; every address of a party is owned afterwards."""
    plan = plan_contacts(batch, known)

    appeared = list(dict.fromkeys(contact for contact in plan.contacts if contact < 0))
    assert plan.newcomers == appeared == [-1 - index for index in range(len(appeared))]
    assert all(address in known or address in plan.learnt for party in batch for address in addresses_of(party))


@given(batches, owners)
def test_the_same_batch_gives_the_same_plan(batch: list[Party], known: dict[Address, int]) -> None:
    """Whoever plans, and however often."""
    assert plan_contacts(batch, known) == plan_contacts(batch, dict(known))


def test_an_alias_learnt_in_the_batch_counts_for_the_rest_of_it() -> None:
    """A LID that came with a phone number is that person in the next message, which has the LID alone."""
    with_both, lid_alone = Party((PHONE, LID)), Party((LID,))

    plan = plan_contacts([with_both, lid_alone], {})

    assert plan.contacts == [-1, -1]
    assert plan.learnt == {PHONE: -1, LID: -1}


def test_the_surest_of_two_owners_gets_it_and_the_conflict_is_counted() -> None:
    """Where phone and LID belong to two contacts the phone decides; nobody's address is moved."""
    plan = plan_contacts([Party((PHONE, LID))], {PHONE: 7, LID: 8})

    assert plan.contacts == [7]
    assert plan.conflicts == 1
    assert plan.learnt == {}


def test_a_phone_weighs_more_than_an_integrations_name_for_the_conversation() -> None:
    """Where the phone is somebody's, the message is theirs, whatever the integration calls the conversation."""
    external = Address("external", "5511965860124551150391104")
    party = Party((PHONE,), conversation_ref=external.value)

    plan = plan_contacts([party], {external: 7, PHONE: 8})

    assert plan.contacts == [8]
    assert plan.conflicts == 1


def test_a_name_whose_conversation_has_another_number_is_not_believed() -> None:
    """Another system counts its conversations from 1 too: its `2` is not the patient of our conversation 2."""
    external = Address("external", "2")
    stranger = Party((PHONE,), conversation_ref=external.value)

    plan = plan_contacts([stranger], {external: 7}, {7: "5511911110001"})

    assert plan.contacts == [-1]
    assert plan.conflicts == 1
    assert plan.learnt == {PHONE: -1, external: -1}


def test_a_name_is_believed_where_no_number_contradicts_it() -> None:
    """The conversation's own number, or none on either side, leaves the integration's word."""
    external = Address("external", "55119")
    parties = [Party((PHONE,), conversation_ref="55119"), Party((), conversation_ref="55119")]

    assert plan_contacts(parties, {external: 7}, {7: PHONE.value}).contacts == [7, 7]
    assert plan_contacts(parties, {external: 7}, {}).contacts == [7, 7]


def test_strangers_stay_strangers() -> None:
    """Parties that share nothing are different contacts."""
    plan = plan_contacts([person("phone:1"), person("phone:2"), person("lid:1")], {})

    assert plan.contacts == [-1, -2, -3]
