"""Facts of complaints and promises, which answers are shown beside."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "complaint_fact",
        sa.Column("complaint_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("met", sa.Boolean),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "kind", "at", name="pk_complaint_fact"),
    )
    op.create_table(
        "customer_promise",
        sa.Column("promise_id", sa.Uuid, nullable=False),
        sa.Column("customer_id", sa.Uuid, nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept", sa.Boolean, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("promise_id", name="pk_customer_promise"),
    )
    op.create_index("ix_customer_promise_customer_id", "customer_promise", ["customer_id", "settled_at"])
    op.create_index("ix_complaint_customer_id", "complaint", ["customer_id"])


def downgrade() -> None:
    op.drop_index("ix_complaint_customer_id", "complaint")
    op.drop_table("customer_promise")
    op.drop_table("complaint_fact")
