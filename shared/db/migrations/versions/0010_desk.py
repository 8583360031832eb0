"""What an agent's desk needs: notes, actions by hand, canned replies, labels, counts."""

from shared.db.migrations.script import run_sql_beside

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql_beside(__file__)
