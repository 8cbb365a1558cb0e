"""Which breaks of a rhythm were told."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("customer", sa.Column("told_breaks", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("customer", "told_breaks")
