"""When a webhook last missed records that its topics had purged."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("webhook_progress", sa.Column("last_missed_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("webhook_progress", "last_missed_at")
