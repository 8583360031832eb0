"""Start the realtime gateway: `python -m services.realtime_gateway`."""

from services.realtime_gateway.app import serve
from services.realtime_gateway.processes import supervise
from services.realtime_gateway.settings import Settings
from shared.observability.logging import configure_logging
from shared.runtime.collection import tune_collection
from shared.runtime.run import run
from shared.tracing.exporting import start_tracing

if __name__ == "__main__":
    configure_logging("realtime_gateway")
    start_tracing("realtime_gateway")
    tune_collection()
    settings = Settings()
    farewell_seconds = settings.drain_time / 1000
    several = settings.processes > 1
    run(
        supervise(settings.processes, farewell_seconds) if several else serve(settings),
        # Who looks after several waits for them, and then makes an end of it.
        farewell_seconds=farewell_seconds * (2 if several else 1),
    )
