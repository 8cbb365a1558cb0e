"""Ignored mails, attachments of messages, and the sender of a contact."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("message", sa.Column("attachments", postgresql.JSONB, nullable=False, server_default=sa.text("'[]'")))
    op.add_column("intake_contact", sa.Column("sender", sa.Text))
    op.create_index("ix_intake_contact_address", "intake_contact", ["address"])
    op.create_table(
        "ignored_mail",
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("complaint_id", sa.Uuid),
        sa.PrimaryKeyConstraint("key", name="pk_ignored_mail"),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name="fk_ignored_mail_complaint_id_complaint", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_ignored_mail_received_at", "ignored_mail", ["received_at"])
    op.create_index("ix_ignored_mail_complaint_id", "ignored_mail", ["complaint_id"])


def downgrade() -> None:
    op.drop_table("ignored_mail")
    op.drop_index("ix_intake_contact_address", "intake_contact")
    op.drop_column("intake_contact", "sender")
    op.drop_column("message", "attachments")
