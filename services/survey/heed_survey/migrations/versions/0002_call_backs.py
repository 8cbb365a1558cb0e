"""Complaints, as far as they say whom to call back and whom to leave in peace."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "complaint",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("customer_id", sa.Uuid),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("selling_suspended", sa.Boolean, nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True)),
        sa.Column("call_back", sa.Text),
        sa.Column("invitation_id", sa.Uuid),
        sa.Column("response_id", sa.Uuid),
        sa.PrimaryKeyConstraint("id", name="pk_complaint"),
    )
    op.create_index(
        "ix_complaint_selling_suspended",
        "complaint",
        ["customer_id"],
        postgresql_where=sa.text("selling_suspended"),
    )
    op.create_index("ix_complaint_call_back", "complaint", ["call_back", "completed_at", "id"])
    op.add_column("response", sa.Column("complaint_id", sa.Uuid))


def downgrade() -> None:
    op.drop_column("response", "complaint_id")
    op.drop_table("complaint")
