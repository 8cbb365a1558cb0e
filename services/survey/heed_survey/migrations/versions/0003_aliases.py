"""Which customers are one."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alias",
        sa.Column("member", sa.Uuid, nullable=False),
        sa.Column("survivor", sa.Uuid),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("member", name="pk_alias"),
    )
    op.create_index("ix_alias_survivor", "alias", ["survivor"])


def downgrade() -> None:
    op.drop_table("alias")
