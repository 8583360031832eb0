"""Alembic's environment: one connection, one transaction, one migrator at a time."""

from alembic import context
from sqlalchemy import create_engine, pool, text

MIGRATION_LOCK = 7_077_201  # any number will do, as long as every migrator uses the same

engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, transaction_per_migration=False)
    with context.begin_transaction():
        # Held until the commit, so it dies with a killed migrator.
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
        context.run_migrations()
engine.dispose()
