"""A gateway with a fault that has to be found: who reloads a page has gone and come. No part of the product."""

from services.realtime_gateway.presence import company
from tests.scenarios.mutants.started import start

if __name__ == "__main__":
    company.GRACE_MS = 0
    start()
