"""A separate column for the customer at the opening, so that the list of former customers can be limited."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

COUNT_AND_SHORTEN = """
    UPDATE complaint SET
        opening_customer_id = former_customer_ids[1],
        customer_corrections = cardinality(former_customer_ids),
        former_customer_ids = (
            SELECT coalesce(array_agg(id ORDER BY place), '{}') FROM (
                SELECT id, place FROM unnest(former_customer_ids) WITH ORDINALITY AS former (id, place)
                WHERE place > 1 AND id <> customer_id ORDER BY place DESC LIMIT 3
            ) AS newest
        )
    WHERE former_customer_ids <> '{}'
"""
FIRST_IN_FRONT = """
    UPDATE complaint SET former_customer_ids = opening_customer_id || former_customer_ids
    WHERE opening_customer_id IS NOT NULL
"""


def upgrade() -> None:
    op.add_column("complaint", sa.Column("opening_customer_id", sa.Uuid))
    op.add_column(
        "complaint", sa.Column("customer_corrections", sa.Integer, nullable=False, server_default=sa.text("0"))
    )
    op.execute(COUNT_AND_SHORTEN)


def downgrade() -> None:
    op.execute(FIRST_IN_FRONT)
    op.drop_column("complaint", "customer_corrections")
    op.drop_column("complaint", "opening_customer_id")
