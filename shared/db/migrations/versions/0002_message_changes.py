"""What happens to a message after it was said, and people found to be one."""

from shared.db.migrations.script import run_sql_beside

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql_beside(__file__)
