"""Runs the migrations for Alembic, on the connection that `migrate` passes and on no other."""

from alembic import context

from resolver.state.sql.sql_tables import VERSION_TABLE

context.configure(connection=context.config.attributes["connection"], version_table=VERSION_TABLE)
with context.begin_transaction():
    context.run_migrations()
