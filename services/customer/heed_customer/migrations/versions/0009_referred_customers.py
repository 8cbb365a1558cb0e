"""Who referred a customer is looked up before another is recorded."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INDEX = "ix_referral_referred_customer_id"


def upgrade() -> None:
    op.create_index(INDEX, "referral", ["referred_customer_id"])


def downgrade() -> None:
    op.drop_index(INDEX, table_name="referral")
