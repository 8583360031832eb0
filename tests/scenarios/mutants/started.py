"""Starts the gateway of a mutant."""

from services.realtime_gateway.app import serve
from services.realtime_gateway.settings import Settings
from shared.observability.logging import configure_logging
from shared.runtime.run import run


def start() -> None:
    """As `python -m services.realtime_gateway` does, with what was changed before."""
    configure_logging("realtime_gateway")
    run(serve(Settings()))
