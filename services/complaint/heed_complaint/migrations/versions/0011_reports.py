"""What reports read fast: the complaints of a period."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_complaint_received_at", "complaint", ["received_at"])


def downgrade() -> None:
    op.drop_index("ix_complaint_received_at", table_name="complaint")
