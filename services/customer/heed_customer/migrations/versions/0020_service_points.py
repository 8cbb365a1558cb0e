"""Service points, and an index of the purchases at each."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0013"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
PURCHASE_INDEX = "ix_purchase_service_point_id_occurred_at"


def upgrade() -> None:
    op.create_table(
        "service_point",
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("name", postgresql.JSONB, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("units", postgresql.JSONB, nullable=False),
        sa.Column("address", sa.Text),
        sa.Column("calendar", postgresql.JSONB),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_service_point"),
    )
    op.create_index(
        PURCHASE_INDEX,
        "purchase",
        ["service_point_id", "occurred_at"],
        postgresql_where=sa.text("service_point_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index(PURCHASE_INDEX, table_name="purchase")
    op.drop_table("service_point")
