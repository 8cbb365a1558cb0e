"""The currency of the default amounts, agreed at the first start; existing databases keep their amounts."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    organisation = op.create_table(
        "organisation",
        sa.Column("one", sa.Boolean, nullable=False, server_default=sa.text("true")),
        sa.Column("currency", sa.Text),
        sa.Column("money_scale", sa.Numeric, nullable=False, server_default=sa.text("1")),
        sa.CheckConstraint("one", name=op.f("ck_organisation_only_one")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_organisation")),
    )
    op.bulk_insert(organisation, [{"one": True, "currency": None}])


def downgrade() -> None:
    op.drop_table("organisation")
