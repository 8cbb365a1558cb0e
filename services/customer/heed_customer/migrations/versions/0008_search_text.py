"""Searches look at the normal form of name and external_id, which Python computes."""

import sqlalchemy as sa
from alembic import op

from heed_common import normalized_columns
from heed_common.text import normalize_for_comparison

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


# Pairs of characters lead to the rows that may contain a word; `pg_trgm` is not in the embedded server.
CREATE_PAIRS = """
    CREATE FUNCTION search_pairs(text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN (
        SELECT array_agg(substr($1, i, 2)) FROM generate_series(1, greatest(length($1) - 1, 1)) AS i
    )
"""


def search_text(name: str | None, external_id: str | None) -> str:
    return "\n".join(normalize_for_comparison(text) for text in (name, external_id) if text is not None)


def upgrade() -> None:
    op.add_column("customer", sa.Column("search_text", sa.Text))
    normalized_columns.fill(
        op.get_bind(), table="customer", column="search_text", sources=("name", "external_id"), compute=search_text
    )
    op.alter_column("customer", "search_text", nullable=False)
    op.execute(CREATE_PAIRS)
    op.create_index(
        "ix_customer_search_pairs", "customer", [sa.text("search_pairs(search_text)")], postgresql_using="gin"
    )


def downgrade() -> None:
    op.drop_index("ix_customer_search_pairs", "customer")
    op.execute("DROP FUNCTION search_pairs(text)")
    op.drop_column("customer", "search_text")
