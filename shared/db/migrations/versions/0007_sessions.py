"""Sessions can be ended before their tokens expire, and agents hand conversations over."""

from shared.db.migrations.script import run_sql_beside

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql_beside(__file__)
