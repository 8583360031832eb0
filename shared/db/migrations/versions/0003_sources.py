"""What a source is allowed, trusted with and known to be doing."""

from shared.db.migrations.script import run_sql_beside

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql_beside(__file__)
