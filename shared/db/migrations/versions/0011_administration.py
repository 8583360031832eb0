"""Admins keep sources and service tokens by REST."""

from shared.db.migrations.script import run_sql_beside

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql_beside(__file__)
