"""Random hold-outs and who was exposed in them."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "holdout",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("share", sa.Numeric(5, 4), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("horizon_days", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holdout")),
    )
    op.create_table(
        "holdout_assignment",
        sa.Column("holdout_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("arm", sa.Text(), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assigned_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["holdout_id"], ["holdout.id"], name=op.f("fk_holdout_assignment_holdout_id_holdout")),
        sa.PrimaryKeyConstraint("holdout_id", "customer_id", name=op.f("pk_holdout_assignment")),
    )


def downgrade() -> None:
    op.drop_table("holdout_assignment")
    op.drop_table("holdout")
