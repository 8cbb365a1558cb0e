"""Imports get options: a dry run, and a mapping of the file's columns; and the moment at which processing started."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0019"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("import", sa.Column("dry_run", sa.Boolean, nullable=False, server_default=sa.false()))
    op.alter_column("import", "dry_run", server_default=None)
    op.add_column("import", sa.Column("mapping", JSONB(none_as_null=True)))
    op.add_column("import", sa.Column("started_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("import", "started_at")
    op.drop_column("import", "mapping")
    op.drop_column("import", "dry_run")
