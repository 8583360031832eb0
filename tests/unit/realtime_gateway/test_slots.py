"""Where channels of a cluster are."""

from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot

from services.realtime_gateway.links.slots import topic_at


def test_a_probe_stays_at_its_node() -> None:
    """Also at one that has a single slot of all."""
    owners = dict.fromkeys(range(REDIS_CLUSTER_HASH_SLOTS), "10.0.0.1:6379") | {4711: "10.0.0.2:6379"}
    for address in ("10.0.0.1:6379", "10.0.0.2:6379"):
        assert owners[key_slot(topic_at(address, owners, "a"))] == address


def test_a_node_without_slots_costs_no_endless_search() -> None:
    """A primary that has just joined owns nothing."""
    assert topic_at("10.0.0.3:6379", {0: "10.0.0.1:6379"}, "a")
