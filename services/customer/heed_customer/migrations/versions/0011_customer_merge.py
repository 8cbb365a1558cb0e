"""Tables and columns get the names of their field: customer_merge, last_activity_at, lines_accepted."""

from alembic import op

revision = "0011"
down_revision = "0009"
branch_labels = None
depends_on = None

COLUMNS = (("member", "duplicate_id"), ("survivor", "survivor_id"), ("known_at", "recorded_at"))
CONSTRAINTS = (
    ("pk_alias", "pk_customer_merge"),
    ("fk_alias_member_customer", "fk_customer_merge_duplicate_id_customer"),
    ("fk_alias_survivor_customer", "fk_customer_merge_survivor_id_customer"),
)
IMPORT_COLUMNS = (("touched_at", "last_activity_at"), ("lines_ok", "lines_accepted"))


def upgrade() -> None:
    op.rename_table("alias", "customer_merge")
    for old, new in COLUMNS:
        op.alter_column("customer_merge", old, new_column_name=new)
    for old, new in CONSTRAINTS:
        op.execute(f"ALTER TABLE customer_merge RENAME CONSTRAINT {old} TO {new}")
    op.execute("ALTER INDEX ix_alias_survivor RENAME TO ix_customer_merge_survivor_id")
    for old, new in IMPORT_COLUMNS:
        op.alter_column("import", old, new_column_name=new)


def downgrade() -> None:
    for old, new in IMPORT_COLUMNS:
        op.alter_column("import", new, new_column_name=old)
    op.execute("ALTER INDEX ix_customer_merge_survivor_id RENAME TO ix_alias_survivor")
    for old, new in CONSTRAINTS:
        op.execute(f"ALTER TABLE customer_merge RENAME CONSTRAINT {new} TO {old}")
    for old, new in COLUMNS:
        op.alter_column("customer_merge", new, new_column_name=old)
    op.rename_table("customer_merge", "alias")
