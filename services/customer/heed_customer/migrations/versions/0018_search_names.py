"""Searches know readings of Chinese names, and lists are sorted by name.

Rows that exist already are of version 0: a job of the worker computes their columns, while the service runs.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("customer", sa.Column("sort_name", sa.Text(collation="C"), nullable=False, server_default=""))
    op.alter_column("customer", "sort_name", server_default=None)
    op.add_column("customer", sa.Column("search_version", sa.SmallInteger, nullable=False, server_default="0"))
    op.alter_column("customer", "search_version", server_default=None)
    op.create_index("ix_customer_search_version", "customer", ["search_version"])
    op.create_index("ix_customer_sort_name", "customer", ["sort_name", "id"])


def downgrade() -> None:
    op.drop_index("ix_customer_sort_name", "customer")
    op.drop_index("ix_customer_search_version", "customer")
    op.drop_column("customer", "search_version")
    op.drop_column("customer", "sort_name")
