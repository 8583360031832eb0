"""The worker's batches see the clinics that they are of, several at once."""

from alembic import op

from shared.db.migrations.script import run_sql_beside

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TABLES = (
    "sources",
    "source_states",
    "contacts",
    "contact_identities",
    "conversations",
    "conversation_merges",
    "conversation_labels",
    "conversation_actions",
    "messages",
    "message_changes",
    "message_attachments",
    "webhook_destinations",
    "audit_log",
)
SEEN = "clinic_id = ANY ((SELECT current_clinics())::bigint[])"


def upgrade() -> None:
    run_sql_beside(__file__)
    # A transaction for each table: one that locks several runs into a deadlock with the workers that go on meanwhile. Where
    # a migrator dies between two of them, the next one begins anew.
    with op.get_context().autocommit_block():
        for table in TABLES:
            op.execute(f"DROP POLICY IF EXISTS batch ON {table}")
            op.execute(f"CREATE POLICY batch ON {table} TO prosa_worker USING ({SEEN})")
