"""The store of findings: engine, migrations and tables (SQLAlchemy Core, Alembic)."""
