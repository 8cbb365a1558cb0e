"""Index of the list of promises to all customers."""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_promise_due_at_id", "promise", ["due_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_promise_due_at_id", table_name="promise")
