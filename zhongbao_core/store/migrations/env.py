"""Alembic's environment: migrate on the connection that ``store.engine`` hands over, inside its transaction."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
