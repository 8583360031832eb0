"""Messages and actions know the event or request that told of them first, so that its whole life can be shown."""

from shared.db.migrations.script import run_sql_beside

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql_beside(__file__)
