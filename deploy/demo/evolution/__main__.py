"""Start the stand-in alone: `python -m deploy.demo.evolution`."""

import asyncio
import os
import sys

from deploy.demo.endpoints import Endpoints, read_endpoints
from deploy.demo.evolution.instances import demo_instances
from deploy.demo.evolution.server import HOST, serving
from deploy.local.problem import Problem
from deploy.local.settings import read_settings, repository_root


async def serve(endpoints: Endpoints) -> None:
    """Serve the demo's instances until cancelled."""
    instances = demo_instances(endpoints.receiver)
    async with serving(instances, port=endpoints.stand_in_port, api_key=endpoints.stand_in_key):
        print(
            f"A stand-in for Evolution API 2.3.7 at http://{HOST}:{endpoints.stand_in_port}, until Ctrl-C", flush=True
        )
        for instance in instances.values():
            print(f"  {instance.name} reports to {instance.webhook.url if instance.webhook else 'nobody'}")
        await asyncio.Event().wait()


def main() -> int:
    """Serve until Ctrl-C; gives the exit code."""
    try:
        endpoints = read_endpoints(read_settings(repository_root(), os.environ).variables)
        asyncio.run(serve(endpoints))
    except Problem as problem:
        print(problem.report(), file=sys.stderr)
        return 1
    except OSError as error:
        print(f"The stand-in cannot listen: {error.strerror or error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
