"""What is written down of lines and of kinds of dead letters does not grow for ever."""

from shared.db.migrations.script import run_sql_beside

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql_beside(__file__)
