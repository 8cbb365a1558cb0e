"""Purchases, interactions and referrals are found by customer: their classification and their lists read them."""

from alembic import op

revision = "0025"
down_revision = "0020"
branch_labels = None
depends_on = None

INDEXES = {
    "purchase": ["customer_id", "occurred_at"],
    "interaction": ["customer_id", "occurred_at"],
    "referral": ["customer_id"],
}


def upgrade() -> None:
    for table, columns in INDEXES.items():
        op.create_index(f"ix_{table}_customer_id", table, columns)


def downgrade() -> None:
    for table in INDEXES:
        op.drop_index(f"ix_{table}_customer_id", table_name=table)
