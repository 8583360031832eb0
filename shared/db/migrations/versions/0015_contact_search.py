"""Contacts are found by parts of their names and numbers in an index; an event may bring along what it makes stale."""

from shared.db.migrations.script import run_sql_beside

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql_beside(__file__)
