"""Which process of tests takes which test."""

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

# There is one set of servers to be broken in a clone: whoever needs them runs one after another, in one process.
ON_BREAKABLE_SERVERS = ("tests/chaos/", "tests/integration/webhook_receiver/test_alarms.py")
# They share the product, a build and a browser, which take longer to start than most of them to run.
IN_BROWSERS = ("tests/browser/",)
# They share a replica of the test server.
ON_A_REPLICA = ("tests/clusters/test_replica.py",)


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist's classes have no types of their own
    """Each test goes where there is time. (xdist's own groups do nothing under pytest 9.)"""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(ON_BREAKABLE_SERVERS):
            return "breakable servers"
        if nodeid.startswith(ON_A_REPLICA):
            return "replica"
        return "browsers" if nodeid.startswith(IN_BROWSERS) else nodeid
