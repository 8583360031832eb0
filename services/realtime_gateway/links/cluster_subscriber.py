"""Keeps this process subscribed at every node of a Redis Cluster to what is followed there.

Sharded channels live on the node that has their slot, so there is one link to each primary, and a channel goes where its
slot goes: on the word of a node (MOVED, or a subscription that it ended), or when the map of slots, read regularly and
whenever a link is lost, says so. A channel that moved is behind until its history was read at the new node.
"""

import asyncio
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from redis.asyncio.cluster import RedisCluster
from redis.crc import key_slot
from redis.exceptions import RedisError

from services.realtime_gateway.backoff import jittered
from services.realtime_gateway.cancellation import cancelled
from services.realtime_gateway.links.probe import Probe
from services.realtime_gateway.links.slots import Owners, read_owners, topic_at
from services.realtime_gateway.links.subscriber import Audience, LinkDownError, Subscriber

log = structlog.get_logger(__name__)

MAP_SECONDS = 30.0
BETWEEN_MAPS_SECONDS = 0.3


class ClusterSubscriber:
    """The same as a Subscriber, for a cluster."""

    def __init__(self, options: Mapping[str, Any], redis: RedisCluster) -> None:
        self._options = options
        self._redis = redis
        self._owners: Owners = {}
        self._nodes: dict[str, _Node] = {}
        self._places: dict[bytes, str] = {}
        self._by_slot: dict[int, set[bytes]] = {}
        self._audience: Audience
        self._tasks: asyncio.TaskGroup
        self._outdated = asyncio.Event()

    def subscribe(self, topic: bytes) -> None:
        """Ask for a channel; the audience hears when it is confirmed."""
        self._by_slot.setdefault(key_slot(topic), set()).add(topic)
        self._place(topic)

    def unsubscribe(self, topic: bytes) -> None:
        """Ask for a channel no longer."""
        slot = key_slot(topic)
        self._by_slot[slot].discard(topic)
        if not self._by_slot[slot]:
            del self._by_slot[slot]
        if node := self._nodes.get(self._places.pop(topic, "")):
            node.subscriber.unsubscribe(topic)

    async def check(self) -> None:
        """Raise LinkDownError where events of some node are not being received."""
        if not self._nodes:
            raise LinkDownError("no node of the cluster is known")
        for node in self._nodes.values():
            await node.subscriber.check()

    async def run(self, audience: Audience) -> None:
        """Hold the links, until cancelled."""
        self._audience = audience
        self._nodes.clear()  # of an earlier life that failed
        async with asyncio.TaskGroup() as self._tasks:
            while True:
                try:
                    self._rearrange(await read_owners(self._redis))
                except (RedisError, OSError) as error:
                    log.warning("redis_slots_not_read", error=str(error))
                    self._outdated.set()
                if cancelled():
                    raise asyncio.CancelledError  # returning, the group would wait for the nodes' links
                await self._until_outdated()
                await asyncio.sleep(jittered(BETWEEN_MAPS_SECONDS))

    async def _until_outdated(self) -> None:
        try:
            async with asyncio.timeout(jittered(MAP_SECONDS)):
                await self._outdated.wait()
        except TimeoutError:
            return
        finally:
            self._outdated.clear()

    def _rearrange(self, owners: Owners) -> None:
        self._owners = owners
        for slot, topics in self._by_slot.items():
            for topic in topics:
                if self._places.get(topic) != owners.get(slot):
                    self._leave(topic)
                    self._place(topic)
        self._open_nodes(owners.values())
        for address in self._nodes.keys() - owners.values():
            self._nodes.pop(address).task.cancel()

    def _open_nodes(self, addresses: Iterable[str]) -> None:
        for address in set(addresses) - self._nodes.keys():
            audience = _NodeAudience(self, address)
            probe = Probe(self._redis.spublish, partial(self._probe_topic, address))
            host, _, port = address.rpartition(":")
            options = {**self._options, "host": host, "port": int(port)}
            subscriber = Subscriber(options, probe, sharded=True, movements=audience)
            self._nodes[address] = _Node(subscriber, self._tasks.create_task(subscriber.run(audience)))

    def _probe_topic(self, address: str) -> bytes:
        return topic_at(address, self._owners, secrets.token_hex(8))

    # Where channels are

    def _place(self, topic: bytes) -> None:
        if address := self._owners.get(key_slot(topic)):
            self._places[topic] = address
            if node := self._nodes.get(address):  # the others begin with what is placed there
                node.subscriber.subscribe(topic)

    def _leave(self, topic: bytes) -> None:
        if node := self._nodes.get(self._places.pop(topic, "")):
            node.subscriber.unsubscribe(topic)
            self._audience.lost([topic])

    # What the nodes tell

    def at(self, address: str) -> list[bytes]:
        """What is subscribed to at a node."""
        return [topic for topic, place in self._places.items() if place == address]

    def confirmed(self, address: str, topic: bytes) -> None:
        """A node has a channel, unless it was sought elsewhere since."""
        if self._places.get(topic) == address:
            self._audience.confirmed(topic)

    def received(self, topic: bytes, payload: bytes) -> None:
        """Something was published; where it came from does not matter, for it is numbered."""
        self._audience.received(topic, payload)

    def rested(self) -> None:
        """Everything was told that came together from one node."""
        self._audience.rested()

    def lost(self, topics: Iterable[bytes]) -> None:
        """A node is away, perhaps for good."""
        self._audience.lost(topics)
        self._outdated.set()

    def moved(self, slot: int, address: str) -> None:
        """A slot is at another node."""
        self._owners[slot] = address
        self._open_nodes([address])
        for topic in self._by_slot.get(slot, ()):
            if self._places.get(topic) != address:
                self._end(topic)
                self._place(topic)

    def dropped(self, topic: bytes) -> None:
        """A node ended a channel. Asked for it again, it says where it went."""
        if topic in self._places:
            self._end(topic)
            self._place(topic)

    def _end(self, topic: bytes) -> None:
        if node := self._nodes.get(self._places.pop(topic, "")):
            node.subscriber.give_up(topic)
        self._audience.lost([topic])


@dataclass(frozen=True, slots=True)
class _Node:
    subscriber: Subscriber
    task: asyncio.Task[None]


class _NodeAudience:
    """Passes on what one node's link tells."""

    def __init__(self, cluster: ClusterSubscriber, address: str) -> None:
        self._cluster = cluster
        self._address = address

    def topics(self) -> list[bytes]:
        return self._cluster.at(self._address)

    def confirmed(self, topic: bytes) -> None:
        self._cluster.confirmed(self._address, topic)

    def received(self, topic: bytes, payload: bytes) -> None:
        self._cluster.received(topic, payload)

    def rested(self) -> None:
        self._cluster.rested()

    def lost(self, topics: Iterable[bytes]) -> None:
        self._cluster.lost(topics)

    def moved(self, slot: int, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._cluster.moved(slot, f"{host or self._address.rpartition(':')[0]}:{port}")

    def dropped(self, topic: bytes) -> None:
        self._cluster.dropped(topic)
