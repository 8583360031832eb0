"""Common words are found among the newest messages: the index of all words is for what is rare."""

from shared.db.migrations.script import run_sql_beside

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql_beside(__file__)
