"""Who is merged into whom."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "alias",
        sa.Column("member", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("survivor", sa.Uuid(), nullable=True),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("member", "version", name=op.f("pk_alias")),
    )
    op.create_index(op.f("ix_alias_survivor"), "alias", ["survivor"], unique=False)
    op.add_column("customer", sa.Column("root", sa.Uuid(), nullable=True))
    op.create_index("ix_customer_root", "customer", ["root"], postgresql_where=sa.text("root IS NOT NULL"))


def downgrade() -> None:
    op.drop_column("customer", "root")
    op.drop_table("alias")
