"""Details of complaints that agents work with, and the first read model of customers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

COLUMNS = (
    sa.Column("kind", sa.Text, nullable=False, server_default="complaint"),
    sa.Column("quality_side", sa.Text),
    sa.Column("responsible_unit", sa.Text),
    sa.Column("confidential", sa.Boolean, nullable=False, server_default=sa.text("false")),
    sa.Column("regulator", sa.Boolean, nullable=False, server_default=sa.text("false")),
    sa.Column("attachments", postgresql.JSONB, nullable=False, server_default=sa.text("'[]'")),
    sa.Column("owner", sa.Text),
    sa.Column("queue", sa.Text),
    sa.Column("escalation", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("nth", sa.Integer, nullable=False, server_default=sa.text("1")),
    sa.Column("merged_into", sa.Uuid),
    sa.Column("split_from", sa.Uuid),
    sa.Column("incident_id", sa.Uuid),
)


def upgrade() -> None:
    for column in COLUMNS:
        op.add_column("complaint", column)
    op.create_index("ix_complaint_product_customer", "complaint", ["customer_id", "product"])
    op.create_index("ix_complaint_owner", "complaint", ["owner"], postgresql_where=sa.text("ended_at IS NULL"))
    op.create_table(
        "customer",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text),
        sa.Column("role", sa.Text),
        sa.Column("buyer_type", sa.Text),
        sa.Column("language", sa.Text),
        sa.Column("time_zone", sa.Text),
        sa.Column("region", sa.Text),
        sa.Column("customer_version", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("tier", sa.Text),
        sa.Column("loyalty_class", sa.Text),
        sa.Column("churn_risk", sa.Numeric(7, 6)),
        sa.Column("churn_band", sa.Text),
        sa.Column("value_at_risk", sa.Numeric(28, 4)),
        sa.Column("potential_value", sa.Numeric(28, 4)),
        sa.Column("value_currency", sa.Text),
        sa.Column("score_version", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.PrimaryKeyConstraint("id", name="pk_customer"),
    )


def downgrade() -> None:
    op.drop_table("customer")
    op.drop_index("ix_complaint_owner", "complaint")
    op.drop_index("ix_complaint_product_customer", "complaint")
    for column in COLUMNS:
        op.drop_column("complaint", column.name)
