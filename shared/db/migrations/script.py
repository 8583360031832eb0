"""What every revision does: run the plain SQL file that stands beside it."""

from pathlib import Path
from typing import Any

from alembic import op


def run_sql_beside(revision_file: str) -> None:
    """Run `NNNN_name.sql` beside the revision, in the migration's own transaction.

    The driver's connection is used as it is, so that the file is plain SQL: no bind markers, several statements.
    """
    connection: Any = op.get_bind().connection.driver_connection
    connection.execute(Path(revision_file).with_suffix(".sql").read_text(encoding="utf-8"))
