"""Indexes for reports, and the archive of what was at stake in complaints that have ended."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_complaint_received_at", "complaint", ["received_at"])
    op.create_table(
        "past_outlook",
        sa.Column("complaint_id", sa.Uuid, nullable=False),
        sa.Column("expected_value_saved", sa.Numeric, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", name="pk_past_outlook"),
    )


def downgrade() -> None:
    op.drop_table("past_outlook")
    op.drop_index("ix_complaint_received_at", table_name="complaint")
