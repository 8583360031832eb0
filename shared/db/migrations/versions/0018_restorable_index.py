"""An index's function names where its own function is: a restore, an upgrade and maintenance look nowhere by themselves."""

from shared.db.migrations.script import run_sql_beside

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql_beside(__file__)
