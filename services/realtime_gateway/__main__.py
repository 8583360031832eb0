"""Start the realtime gateway: `python -m services.realtime_gateway`."""

from services.realtime_gateway.app import serve
from services.realtime_gateway.processes import supervise
from services.realtime_gateway.settings import Settings
from services.realtime_gateway.vitals import tune_collection
from shared.observability.logging import configure_logging
from shared.runtime.run import run

if __name__ == "__main__":
    configure_logging("realtime_gateway")
    tune_collection()
    settings = Settings()
    run(supervise(settings.processes, settings.drain_time / 1000) if settings.processes > 1 else serve(settings))
