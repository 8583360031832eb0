"""Alembic's environment: one connection, a transaction for each migration, one migrator at a time."""

from alembic import context
from sqlalchemy import create_engine, pool, text

LOCK_PATIENCE = "3s"
MIGRATION_LOCK = 7_077_201  # any number will do, as long as every migrator uses the same

engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
with engine.connect() as connection:
    # The session's, for it is held over several transactions, and on the connection that they run on: neither outlives the
    # other, and a killed migrator leaves no lock behind. It excludes earlier releases' migrators too, who hold it in theirs.
    connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": MIGRATION_LOCK})
    # Whoever comes to a table after the migration waits behind it, services too: it gives way, and tries again.
    connection.execute(text("SELECT set_config('lock_timeout', :patience, false)"), {"patience": LOCK_PATIENCE})
    connection.commit()
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
