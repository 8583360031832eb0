"""Every scenario by its name."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.scenarios.playbook import (
    delivery,
    gateways,
    leaks,
    malformed,
    polling,
    presence,
    races,
    readers,
    redis_faults,
    tenants,
    tokens,
    typing,
)
from tests.scenarios.stage import Stage


@dataclass(frozen=True)
class Scenario:
    """`short_seconds` is how long its load lasts in `make test`."""

    name: str
    play: Callable[[Stage], Awaitable[None]]
    short_seconds: float = 1.0

    @property
    def what(self) -> str:
        """What holds, in a sentence."""
        return (self.play.__doc__ or "").splitlines()[0]


SCENARIOS = [
    Scenario("fan-out", delivery.fan_out),
    Scenario("churn", delivery.churn),
    Scenario("resume", delivery.resume),
    Scenario("resume-storm", delivery.resume_storm),
    Scenario("unrecoverable", delivery.unrecoverable),
    Scenario("unsent", delivery.unsent),
    Scenario("slow", readers.slow),
    Scenario("stuck", readers.stuck),
    Scenario("malformed", malformed.malformed),
    Scenario("expired-token", tokens.expired_token),
    Scenario("renewed-token", tokens.renewed_token),
    Scenario("bad-token", tokens.bad_token),
    Scenario("crowd-of-one", tokens.crowd_of_one),
    Scenario("join-leave", races.join_leave),
    Scenario("gone-while-joining", races.gone_while_joining),
    Scenario("tenants", tenants.tenants),
    Scenario("namesakes", tenants.namesakes),
    Scenario("gateway-killed", gateways.killed),
    Scenario("gateway-frozen", gateways.frozen),
    Scenario("drained", gateways.drained),
    Scenario("drained-stuck", gateways.drained_stuck),
    Scenario("links-killed", redis_faults.links_killed),
    Scenario("redis-frozen", redis_faults.frozen),
    Scenario("redis-restarted", redis_faults.restarted),
    Scenario("redis-emptied", redis_faults.emptied),
    Scenario("redis-restored", redis_faults.restored),
    Scenario("redis-restored-behind", redis_faults.restored_behind),
    Scenario("flushed", redis_faults.flushed),
    Scenario("flushed-in-silence", redis_faults.flushed_in_silence),
    Scenario("leaks", leaks.leaks),
    Scenario("tabs", presence.tabs),
    Scenario("presence-churn", presence.presence_churn),
    Scenario("presence-killed-gateway", presence.killed_gateway),
    Scenario("presence-drained-gateway", presence.drained_gateway),
    Scenario("presence-frozen-redis", presence.frozen_redis),
    Scenario("presence-flushed-redis", presence.flushed_redis),
    Scenario("typing", typing.typing),
    Scenario("typing-of-strangers", typing.typing_of_strangers),
    Scenario("polling", polling.polling),
]

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
