"""Brings a database to the newest schema: `python -m shared.db.migrate [revision]`."""

import os
import sys
import time
from pathlib import Path

from alembic import command
from alembic.config import Config
from psycopg.errors import LockNotAvailable
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

BETWEEN_TRIES_SECONDS = 2.0


def migrate(database_url: str, revision: str = "head") -> None:
    """Upgrade the database to a revision; a second call changes nothing. Concurrent calls wait for one another.

    A table that somebody reads for long (a backup does) is tried again and again, so that nobody waits behind the migration
    for more than its patience (`LOCK_PATIENCE`). What is migrated by then stays so.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = make_url(database_url).set(drivername="postgresql+psycopg")
    while True:
        try:
            command.upgrade(config, revision)
        except (LockNotAvailable, OperationalError) as error:
            if not isinstance(getattr(error, "orig", error), LockNotAvailable):
                raise
            print("a table is in use: trying again", file=sys.stderr)  # noqa: T201
            time.sleep(BETWEEN_TRIES_SECONDS)
        else:
            return


def main() -> None:
    database_url = os.environ.get("DATABASE_URL")
    if not database_url:
        sys.exit("DATABASE_URL is not set: export it, or use `make migrate`, which knows the local stack's")
    migrate(database_url, *sys.argv[1:2])


if __name__ == "__main__":
    main()
