"""Every scenario by its name."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.scenarios.playbook import delivery, malformed, races, readers, tenants, tokens
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
]

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
