"""Starts the API: `python -m services.api`."""

import sys

from pydantic import ValidationError

from services.api.app import serve
from services.api.settings import Settings
from shared.observability.logging import configure_logging
from shared.runtime.run import run
from shared.tracing.exporting import start_tracing


def main() -> None:
    configure_logging("api")
    start_tracing("api")
    try:
        settings = Settings()
    except ValidationError as error:
        sys.exit(f"api: the environment is not usable\n{error}")
    run(serve(settings))


if __name__ == "__main__":
    main()
