"""Complaints with their clocks and their history."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from heed_common import platform_migrations

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    platform_migrations.create_first_tables()
    op.create_table(
        "complaint",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("external_id", sa.Text),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("customer_id", sa.Uuid, nullable=False),
        sa.Column("former_customer_ids", sa.ARRAY(sa.Uuid), nullable=False, server_default=sa.text("'{}'")),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("occurred_at", MOMENT, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("dispatch_received_at", MOMENT),
        sa.Column("service_point_id", sa.Text),
        sa.Column("product", sa.Text),
        sa.Column("purchase_id", sa.Uuid),
        sa.Column("amount_at_stake", sa.Numeric(13, 4)),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("completed_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        sa.Column("promise", sa.Text),
        sa.Column("promised_by", MOMENT),
        sa.Column("resolution", sa.Text),
        sa.Column("cause", sa.Text),
        sa.Column("responsibility", sa.Text),
        sa.Column("solved", sa.Boolean),
        sa.Column("pleasant", sa.Boolean),
        sa.Column("version", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("revision", sa.BigInteger, nullable=False, server_default=sa.text("1")),
        sa.PrimaryKeyConstraint("id", name="pk_complaint"),
        sa.UniqueConstraint("external_id", name="uq_complaint_external_id"),
    )
    op.create_index("ix_complaint_customer_id", "complaint", ["customer_id"])
    op.create_index("ix_complaint_state_id", "complaint", ["state", "id"])
    _create_milestone()
    _create_history_entry()


def _create_milestone() -> None:
    op.create_table(
        "milestone",
        sa.Column("complaint_id", sa.Uuid, nullable=False),
        sa.Column("milestone", sa.Text, nullable=False),
        sa.Column("target", sa.Interval, nullable=False),
        sa.Column("started_at", MOMENT),
        sa.Column("stood", sa.Interval, nullable=False),
        sa.Column("stood_since", MOMENT),
        sa.Column("reached_at", MOMENT),
        sa.Column("cancelled_at", MOMENT),
        sa.Column("missed", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("due_at", MOMENT),
        sa.PrimaryKeyConstraint("complaint_id", "milestone", name="pk_milestone"),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name="fk_milestone_complaint_id_complaint", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_milestone_due_at", "milestone", ["due_at"], postgresql_where=sa.text("state = 'running'"))


def _create_history_entry() -> None:
    op.create_table(
        "history_entry",
        sa.Column("seq", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("complaint_id", sa.Uuid, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.Text),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("before", postgresql.JSONB, nullable=False),
        sa.Column("after", postgresql.JSONB, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_history_entry"),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name="fk_history_entry_complaint_id_complaint", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_history_entry_complaint_id", "history_entry", ["complaint_id"])


def downgrade() -> None:
    op.drop_table("history_entry")
    op.drop_table("milestone")
    op.drop_table("complaint")
    platform_migrations.drop_first_tables()
