"""What a model version keeps of the portfolio at its fit."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("model", sa.Column("portfolio", postgresql.JSONB(), nullable=True))


def downgrade() -> None:
    op.drop_column("model", "portfolio")
