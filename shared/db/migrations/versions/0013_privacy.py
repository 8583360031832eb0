"""What people did stands in a chain; persons can be held, exported and erased, and what is old goes by itself."""

from shared.db.migrations.script import run_sql_beside

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql_beside(__file__)
