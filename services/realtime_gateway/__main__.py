"""Start the realtime gateway: `python -m services.realtime_gateway`."""

from services.realtime_gateway.app import serve
from services.realtime_gateway.settings import Settings
from shared.observability.logging import configure_logging
from shared.runtime.run import run

if __name__ == "__main__":
    configure_logging("realtime_gateway")
    run(serve(Settings()))
