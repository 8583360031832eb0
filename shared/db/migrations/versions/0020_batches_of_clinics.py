"""The worker's batches see the clinics that they are of, several at once."""

from shared.db.migrations.script import run_sql_beside

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql_beside(__file__)
