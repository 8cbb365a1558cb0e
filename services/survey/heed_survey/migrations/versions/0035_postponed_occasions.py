"""Occasions of triggers wait while a complaint of the customer is open."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("trigger_occasion", sa.Column("postponed_until", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("trigger_occasion", "postponed_until")
