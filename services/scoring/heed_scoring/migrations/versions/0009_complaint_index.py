"""Index of the ledger by complaint, to look up whether a complaint is confidential now."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_index(
        "ix_ledger_complaint_id",
        "ledger",
        [sa.text("(detail ->> 'complaint_id')")],
        postgresql_where=sa.text("kind = 'complaint'"),
    )


def downgrade() -> None:
    op.drop_index("ix_ledger_complaint_id", table_name="ledger")
