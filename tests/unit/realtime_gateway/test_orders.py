"""What Redis is told about subscriptions, and which of its answers count."""

from hypothesis import given
from hypothesis import strategies as st

from services.realtime_gateway.links.orders import CHANNELS_PER_COMMAND, Orders

TOPICS = [b"a", b"b", b"c"]


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(TOPICS)), max_size=40), st.integers(1, 5))
def test_commands_come_to_what_was_ordered_last(orders: list[tuple[bool, bytes]], every: int) -> None:
    """However joins and leaves alternate and are cut into commands, each channel ends as it was last ordered."""
    given = Orders()
    subscribed: set[str | bytes] = set()
    for number, (wanted, topic) in enumerate(orders):
        (given.subscribe if wanted else given.unsubscribe)(topic)
        if number % every == 0:
            subscribed = carried_out(given, subscribed)

    last_word = {topic: wanted for wanted, topic in orders}
    assert carried_out(given, subscribed) == {topic for topic, wanted in last_word.items() if wanted}


def carried_out(orders: Orders, subscribed: set[str | bytes]) -> set[str | bytes]:
    """What is subscribed to after Redis carried out the commands."""
    for verb, *topics in orders.take():
        subscribed = subscribed | set(topics) if verb == "SUBSCRIBE" else subscribed - set(topics)
    return subscribed


def test_joins_of_a_tick_share_a_command() -> None:
    """A crowd that returns costs a command for every few hundred channels, none of them too long."""
    orders = Orders()
    for number in range(CHANNELS_PER_COMMAND + 1):
        orders.subscribe(str(number).encode())

    assert [len(command) - 1 for command in orders.take()] == [CHANNELS_PER_COMMAND, 1]
    assert list(orders.take()) == []


def test_early_confirmation_does_not_count() -> None:
    """A channel left and joined again before the first confirmation counts as joined with the second only.

    Between the two it is not subscribed to, so a history read after the first one would leave a hole.
    """
    orders = Orders()
    orders.subscribe(b"a")
    orders.unsubscribe(b"a")
    orders.subscribe(b"a")

    assert [orders.confirm(b"a"), orders.confirm(b"a")] == [False, True]


def test_sharded_channels_have_commands_of_their_own() -> None:
    """In a cluster no command names two channels, for they may lie in two slots."""
    orders = Orders(sharded=True, channels_per_command=1)
    for topic in TOPICS:
        orders.subscribe(topic)
    orders.unsubscribe(b"a")

    commands = [("SSUBSCRIBE", b"a"), ("SSUBSCRIBE", b"b"), ("SSUBSCRIBE", b"c"), ("SUNSUBSCRIBE", b"a")]
    assert list(orders.take()) == commands


def test_end_that_nobody_ordered_is_told_from_one_that_was() -> None:
    """A channel left is reported once; the next report is of a slot that went elsewhere."""
    orders = Orders(sharded=True)
    orders.subscribe(b"a")
    orders.unsubscribe(b"a")

    assert [orders.left(b"a"), orders.left(b"a"), orders.left(b"b")] == [True, False, False]


def test_refused_channel_is_confirmed_at_once_when_it_returns() -> None:
    """What a server refused will never be confirmed; the next confirmation is of the next order."""
    orders = Orders(sharded=True)
    orders.subscribe(b"a")
    orders.give_up(b"a")
    orders.subscribe(b"a")

    assert orders.confirm(b"a")
