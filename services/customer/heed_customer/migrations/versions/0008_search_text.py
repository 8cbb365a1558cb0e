"""Searches look at the normal form of name and external_id, which Python computes."""

import sqlalchemy as sa
from alembic import op

from heed_common import normalized_columns
from heed_customer.tables import search_text

revision = "0008"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("customer", sa.Column("search_text", sa.Text))
    normalized_columns.fill(
        op.get_bind(), table="customer", column="search_text", sources=("name", "external_id"), compute=search_text
    )
    op.alter_column("customer", "search_text", nullable=False)


def downgrade() -> None:
    op.drop_column("customer", "search_text")
