"""Products are compared by their normal form, which Python computes."""

import sqlalchemy as sa
from alembic import op

from heed_common import normalized_columns
from heed_common.text import normalize_for_comparison

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_complaint_product_customer": ("customer_id", "{}"),
    "ix_complaint_product_received_at": ("{}", "received_at"),
}


def upgrade() -> None:
    op.add_column("complaint", sa.Column("product_key", sa.Text))
    normalized_columns.fill(
        op.get_bind(), table="complaint", column="product_key", sources=("product",), compute=_product_key
    )
    _index_by("product_key")


def downgrade() -> None:
    _index_by("product")
    op.drop_column("complaint", "product_key")


def _product_key(product: str | None) -> str | None:
    # Not a copy of the normal form: stored keys must equal those that the running code computes.
    return None if product is None else normalize_for_comparison(product)


def _index_by(column: str) -> None:
    for name, columns in INDEXES.items():
        op.drop_index(name, "complaint")
        op.create_index(name, "complaint", [each.format(column) for each in columns])
