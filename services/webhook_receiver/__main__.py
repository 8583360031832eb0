"""Start the webhook receiver: `python -m services.webhook_receiver`."""

from services.webhook_receiver.app import serve
from services.webhook_receiver.settings import Settings
from shared.observability.logging import configure_logging
from shared.runtime.run import run
from shared.tracing.exporting import start_tracing

if __name__ == "__main__":
    configure_logging("webhook_receiver")
    start_tracing("webhook_receiver")
    run(serve(Settings()))
