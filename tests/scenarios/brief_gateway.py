"""The gateway with a grace of one second instead of fifteen, for scenarios that wait for its end. No part of the product."""

from services.realtime_gateway.presence import company
from tests.scenarios.mutants.started import start

GRACE_MS = 1000

if __name__ == "__main__":
    company.GRACE_MS = GRACE_MS
    start()
