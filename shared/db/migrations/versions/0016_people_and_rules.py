"""A clinic's admins keep its users and its retention rules."""

from shared.db.migrations.script import run_sql_beside

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql_beside(__file__)
