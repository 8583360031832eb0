"""Structured logs on stdout: readable on a terminal, one JSON object a line elsewhere.

Payloads, tokens and patients' words are never logged: log ids and counts.
"""

import logging
import sys

import structlog
from structlog.typing import Processor

from shared.observability.connecting import ConnectingFailures


def configure_logging(service: str, level: str = "INFO") -> None:
    """Send our records and the libraries' through one chain of processors."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=_rendering()))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    structlog.contextvars.bind_contextvars(service=service)
    for chatty in ("aiormq", "aio_pika", "websockets", "aiohttp.access"):
        logging.getLogger(chatty).setLevel("ERROR")
    # They quote what they cannot parse: requests, with the tokens in them, and what callers say of their traces.
    for quoting in ("aiohttp.server", "opentelemetry.trace.span"):
        logging.getLogger(quoting).setLevel("CRITICAL")
    logging.getLogger("psycopg.pool").filters = [ConnectingFailures()]


def _rendering() -> list[Processor]:
    finish: Processor = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if sys.stdout.isatty():
        # Not the default traceback, which shows what the variables hold: payloads and tokens.
        return [finish, structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    return [finish, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
