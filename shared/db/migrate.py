"""Brings a database to the newest schema: `python -m shared.db.migrate [revision]`."""

import os
import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy.engine import make_url


def migrate(database_url: str, revision: str = "head") -> None:
    """Upgrade the database to a revision; a second call changes nothing. Concurrent calls wait for one another."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = make_url(database_url).set(drivername="postgresql+psycopg")
    command.upgrade(config, revision)


def main() -> None:
    database_url = os.environ.get("DATABASE_URL")
    if not database_url:
        sys.exit("DATABASE_URL is not set: export it, or use `make migrate`, which knows the local stack's")
    migrate(database_url, *sys.argv[1:2])


if __name__ == "__main__":
    main()
