"""How Alembic runs the migrations: on the connection that `migrate` gives it, and on no other."""

from alembic import context

from resolver.state.sql.sql_tables import VERSION_TABLE

context.configure(connection=context.config.attributes["connection"], version_table=VERSION_TABLE)
with context.begin_transaction():
    context.run_migrations()
