"""Clinics' own systems are told what happens: destinations, the secrets they are signed with, how they answer."""

from shared.db.migrations.script import run_sql_beside

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql_beside(__file__)
