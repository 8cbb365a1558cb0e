"""Read models of complaints and scores, and the timeline: the service begins to consume events."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
MONEY = sa.Numeric(28, 4)


def upgrade() -> None:
    _create_read_models()
    op.create_table(
        "timeline_entry",
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("customer_id", sa.Uuid, nullable=False),
        sa.Column("complaint_id", sa.Uuid),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("service", sa.Text, nullable=False),
        sa.Column("subject", sa.Uuid, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("data", postgresql.JSONB, nullable=False),
        sa.PrimaryKeyConstraint("event_id", name="pk_timeline_entry"),
    )
    op.create_index("ix_timeline_entry_customer_id_at_event_id", "timeline_entry", ["customer_id", "at", "event_id"])
    op.create_index(
        "ix_timeline_entry_complaint_id",
        "timeline_entry",
        ["complaint_id"],
        postgresql_where=sa.text("complaint_id IS NOT NULL"),
    )


def _create_read_models() -> None:
    op.create_table(
        "complaint",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("customer_id", sa.Uuid),
        sa.Column("kind", sa.Text),
        sa.Column("severity", sa.Text),
        sa.Column("category", sa.Text),
        sa.Column("state", sa.Text),
        sa.Column("opened_at", MOMENT),
        sa.Column("is_open", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("selling_suspended", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("confidential", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.PrimaryKeyConstraint("id", name="pk_complaint"),
    )
    op.create_index("ix_complaint_customer_id", "complaint", ["customer_id"])
    op.create_index("ix_complaint_open", "complaint", ["customer_id"], postgresql_where=sa.text("is_open"))
    op.create_table(
        "customer_score",
        sa.Column("customer_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("tier", sa.Text, nullable=False),
        sa.Column("value", MONEY, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("churn_probability", sa.Numeric(7, 6), nullable=False),
        sa.Column("churn_band", sa.Text, nullable=False),
        sa.Column("value_at_risk", MONEY, nullable=False),
        sa.Column("loyalty_class", sa.Text),
        sa.Column("lifecycle_stage", sa.Text),
        sa.Column("scored_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name="pk_customer_score"),
    )
    op.create_index("ix_customer_score_value_at_risk", "customer_score", ["value_at_risk", "customer_id"])


def downgrade() -> None:
    op.drop_table("timeline_entry")
    op.drop_table("customer_score")
    op.drop_table("complaint")
