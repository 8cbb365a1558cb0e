"""Indexes of the filters of lists."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

BY_TIME = ("purchase", "purchase_return", "interaction", "referral")
HAS_CAMPAIGN = sa.text("campaign IS NOT NULL")


def upgrade() -> None:
    for table in BY_TIME:
        op.create_index(f"ix_{table}_occurred_at_id", table, ["occurred_at", "id"])
    op.create_index("ix_interaction_campaign", "interaction", ["campaign", "id"], postgresql_where=HAS_CAMPAIGN)


def downgrade() -> None:
    op.drop_index("ix_interaction_campaign", table_name="interaction")
    for table in reversed(BY_TIME):
        op.drop_index(f"ix_{table}_occurred_at_id", table_name=table)
