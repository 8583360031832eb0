"""An event remembers the trace that its sender was in, so that what follows from it later continues that trace."""

from shared.db.migrations.script import run_sql_beside

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql_beside(__file__)
