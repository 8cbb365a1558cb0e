"""Webhooks: endpoints, their positions in the topics, and the attempts to deliver."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0029"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "webhook_endpoint",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("types", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("customer_id", sa.Uuid),
        sa.Column("description", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("disabled_because", sa.Text),
        sa.Column("confidential", sa.Boolean, nullable=False),
        sa.Column("secrets", sa.LargeBinary, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("replays", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_endpoint"),
    )
    op.create_table(
        "webhook_progress",
        sa.Column("endpoint_id", sa.Uuid, nullable=False),
        sa.Column("replays", sa.Integer, nullable=False),
        sa.Column("offsets", postgresql.JSONB, nullable=False),
        sa.Column("waiting", sa.BigInteger, nullable=False),
        sa.Column("missed", sa.BigInteger, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_success_at", MOMENT),
        sa.Column("last_failure_at", MOMENT),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("endpoint_id", name="pk_webhook_progress"),
        sa.ForeignKeyConstraint(
            ["endpoint_id"],
            ["webhook_endpoint.id"],
            name="fk_webhook_progress_endpoint_id_webhook_endpoint",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "webhook_attempt",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("endpoint_id", sa.Uuid, nullable=False),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("attempted_at", MOMENT, nullable=False),
        sa.Column("duration_ms", sa.Integer, nullable=False),
        sa.Column("status", sa.SmallInteger),
        sa.Column("error", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_attempt"),
    )
    op.create_index("ix_webhook_attempt_endpoint_id_id", "webhook_attempt", ["endpoint_id", "id"])
    op.create_index("ix_webhook_attempt_attempted_at", "webhook_attempt", ["attempted_at"])


def downgrade() -> None:
    op.drop_table("webhook_attempt")
    op.drop_table("webhook_progress")
    op.drop_table("webhook_endpoint")
