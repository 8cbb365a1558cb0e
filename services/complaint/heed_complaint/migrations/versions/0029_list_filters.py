"""Indexes of the filters of lists."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

ALWAYS_GIVEN = ("category", "channel")
MAY_BE_MISSING = ("owner", "queue", "service_point_id")


def upgrade() -> None:
    op.create_index("ix_complaint_received_at_id", "complaint", ["received_at", "id"])
    op.drop_index("ix_complaint_received_at", table_name="complaint")
    for column in ALWAYS_GIVEN:
        op.create_index(f"ix_complaint_{column}_id", "complaint", [column, "id"])
    for column in MAY_BE_MISSING:
        is_given = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"ix_complaint_{column}_id", "complaint", [column, "id"], postgresql_where=is_given)


def downgrade() -> None:
    for column in (*MAY_BE_MISSING, *ALWAYS_GIVEN):
        op.drop_index(f"ix_complaint_{column}_id", table_name="complaint")
    op.create_index("ix_complaint_received_at", "complaint", ["received_at"])
    op.drop_index("ix_complaint_received_at_id", table_name="complaint")
