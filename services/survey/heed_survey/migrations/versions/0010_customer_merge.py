"""Tables and columns get the names of their field: customer_merge, call_back_state."""

from alembic import op

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None

COLUMNS = (("member", "duplicate_id"), ("survivor", "survivor_id"))


def upgrade() -> None:
    op.rename_table("alias", "customer_merge")
    for old, new in COLUMNS:
        op.alter_column("customer_merge", old, new_column_name=new)
    op.execute("ALTER TABLE customer_merge RENAME CONSTRAINT pk_alias TO pk_customer_merge")
    op.execute("ALTER INDEX ix_alias_survivor RENAME TO ix_customer_merge_survivor_id")
    op.alter_column("complaint", "call_back", new_column_name="call_back_state")
    op.execute("ALTER INDEX ix_complaint_call_back RENAME TO ix_complaint_call_back_state")


def downgrade() -> None:
    op.execute("ALTER INDEX ix_complaint_call_back_state RENAME TO ix_complaint_call_back")
    op.alter_column("complaint", "call_back_state", new_column_name="call_back")
    op.execute("ALTER INDEX ix_customer_merge_survivor_id RENAME TO ix_alias_survivor")
    op.execute("ALTER TABLE customer_merge RENAME CONSTRAINT pk_customer_merge TO pk_alias")
    for old, new in COLUMNS:
        op.alter_column("customer_merge", new, new_column_name=old)
    op.rename_table("customer_merge", "alias")
