import asyncio
import os
import sys

from tests.bench.gateway.measure import measure
from tests.bench.peers.nchan import install_nchan
from tests.bench.servers import Servers

install_nchan()
s = Servers("", os.environ["PROSA_TEST_REDIS_URL"], "amqp://x")
only = sys.argv[1] if len(sys.argv) > 1 else ""
scale = float(sys.argv[2]) if len(sys.argv) > 2 else 0.2
secs = float(sys.argv[3]) if len(sys.argv) > 3 else 2
r = asyncio.run(measure(s, rounds=1, seconds=secs, deadline=1e18, scale=scale, only=only))
for n, f in r.items():
    print(n)
    for k, v in f.items():
        print("   ", k, v)
