"""What is needed to send more than text, and to stop sending through a line that is down."""

from shared.db.migrations.script import run_sql_beside

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql_beside(__file__)
