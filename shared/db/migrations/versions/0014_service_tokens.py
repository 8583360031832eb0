"""Integrations speak with tokens of their own: hashed, scoped, revocable, each with a user of kind service behind it."""

from shared.db.migrations.script import run_sql_beside

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql_beside(__file__)
