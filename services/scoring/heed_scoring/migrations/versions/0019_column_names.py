"""Columns are called as in the glossary: the ledger's payload, published numbers, the surviving customer."""

from alembic import op

revision = "0019"
down_revision = "0017"
branch_labels = None
depends_on = None

COLUMNS = (
    ("ledger", "place", "part"),
    ("ledger", "detail", "payload"),
    ("ledger", "known_at", "recorded_at"),
    ("alias", "known_at", "recorded_at"),
    ("history", "known_at", "recorded_at"),
    ("history", "said", "document"),
    ("customer", "known_at", "recorded_at"),
    ("customer", "scored_day", "scored_on"),
    ("customer", "amount", "value_amount"),
    ("customer", "numbers", "published_numbers"),
    ("customer", "root", "survivor_id"),
    ("customer", "told_breaks", "announced_breaks"),
    ("champion", "one", "id"),
    ("drift", "figure", "value"),
)
INDEXES = (
    ("ix_ledger_customer_id_known_at", "ix_ledger_customer_id_recorded_at"),
    ("ix_customer_model_version_scored_day", "ix_customer_model_version_scored_on"),
    ("ix_customer_root", "ix_customer_survivor_id"),
)


def upgrade() -> None:
    for table, old, new in COLUMNS:
        op.alter_column(table, old, new_column_name=new)
    for old, new in INDEXES:
        op.execute(f"ALTER INDEX {old} RENAME TO {new}")


def downgrade() -> None:
    for old, new in INDEXES:
        op.execute(f"ALTER INDEX {new} RENAME TO {old}")
    for table, old, new in COLUMNS:
        op.alter_column(table, new, new_column_name=old)
