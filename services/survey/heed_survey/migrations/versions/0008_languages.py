"""A survey may be in one language."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    both = sa.text("'{en,zh}'")
    op.add_column("survey", sa.Column("languages", sa.ARRAY(sa.Text()), nullable=False, server_default=both))


def downgrade() -> None:
    op.drop_column("survey", "languages")
