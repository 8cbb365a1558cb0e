"""Partial answers with all that follows from them sealed; pools of cells.

What was filled in so far, and what waits in pools, was stored in another form: only in development versions.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM partial_response")
    op.drop_column("partial_response", "page")
    op.drop_column("partial_response", "seconds")
    op.alter_column("partial_response", "sealed_answers", new_column_name="sealed")
    op.execute("DELETE FROM response_pool")
    op.drop_column("response_pool", "released")


def downgrade() -> None:
    op.execute("DELETE FROM response_pool")
    op.add_column("response_pool", sa.Column("released", sa.Integer, server_default=sa.text("0"), nullable=False))
    op.execute("DELETE FROM partial_response")
    op.alter_column("partial_response", "sealed", new_column_name="sealed_answers")
    op.add_column("partial_response", sa.Column("seconds", sa.Integer, nullable=False))
    op.add_column("partial_response", sa.Column("page", sa.Integer, nullable=False))
