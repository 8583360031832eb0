"""Start the queue worker: `python -m services.queue_worker`."""

from services.queue_worker.app import serve
from services.queue_worker.settings import Settings
from shared.observability.logging import configure_logging
from shared.runtime.collection import tune_collection
from shared.runtime.run import run
from shared.tracing.exporting import start_tracing

if __name__ == "__main__":
    configure_logging("queue_worker")
    start_tracing("queue_worker")
    tune_collection()
    run(serve(Settings()))
