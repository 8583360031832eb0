"""Lists of a large clinic: how many there are is known without counting them, and every filter has an index. And
what changes of a contact is noted, for whoever keeps a copy."""

from shared.db.migrations.script import run_sql_beside

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql_beside(__file__)
