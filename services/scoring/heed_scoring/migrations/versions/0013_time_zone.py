"""The organisation's time zone, whose days scores are computed for.

A database with events was computed in UTC days and stays so until a rebuild; an empty one agrees at the next start.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("champion", sa.Column("time_zone", sa.Text(), nullable=True))
    op.execute("UPDATE champion SET time_zone = 'UTC' WHERE EXISTS (SELECT FROM ledger)")


def downgrade() -> None:
    op.drop_column("champion", "time_zone")
