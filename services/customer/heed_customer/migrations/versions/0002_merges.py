"""Who is merged into whom."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "alias",
        sa.Column("member", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("survivor", sa.Uuid(), nullable=True),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member"], ["customer.id"], name=op.f("fk_alias_member_customer")),
        sa.ForeignKeyConstraint(["survivor"], ["customer.id"], name=op.f("fk_alias_survivor_customer")),
        sa.PrimaryKeyConstraint("member", "version", name=op.f("pk_alias")),
    )
    op.create_index(op.f("ix_alias_survivor"), "alias", ["survivor"], unique=False)


def downgrade() -> None:
    op.drop_table("alias")
