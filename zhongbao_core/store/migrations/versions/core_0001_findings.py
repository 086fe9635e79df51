"""Findings and every step of their lives."""

import sqlalchemy as sa
from alembic import op

revision = "core_0001"
down_revision = None
branch_labels = ("core",)
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "finding",
        sa.Column("fingerprint", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("area", sa.Text, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("severity", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("first_seen", sa.Text, nullable=False),
        sa.Column("last_seen", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("life", sa.Text, nullable=False),
    )
    op.create_index("finding_state", "finding", ["state", "severity"])
    op.create_table(
        "finding_step",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("fingerprint", sa.Text, sa.ForeignKey("finding.fingerprint"), nullable=False, index=True),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("move", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("life", sa.Text, nullable=False),
    )
    op.create_table(
        "look",
        sa.Column("area", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Refuse: a record is not thrown away by going back a version."""
    raise NotImplementedError("findings are never dropped; restore a backup made before the upgrade")
