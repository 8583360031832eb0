"""Integrations speak with tokens of their own, each with a user of kind service behind it; people merge contacts."""

from shared.db.migrations.script import run_sql_beside

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql_beside(__file__)
