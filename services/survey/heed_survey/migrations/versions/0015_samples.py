"""Samples and their members."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0015"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sample",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("survey_id", sa.Uuid, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("request", JSONB, nullable=False),
        sa.Column("plan", JSONB, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name="fk_sample_survey_id_survey"),
        sa.PrimaryKeyConstraint("id", name="pk_sample"),
    )
    op.create_index("ix_sample_survey_id", "sample", ["survey_id"])
    op.create_table(
        "sample_member",
        sa.Column("sample_id", sa.Uuid, nullable=False),
        sa.Column("customer_id", sa.Uuid, nullable=False),
        sa.Column("weight", sa.Float),
        sa.Column("stratum", sa.Text),
        sa.Column("cluster", sa.Text),
        sa.Column("population", sa.Integer),
        sa.Column("second_population", sa.Integer),
        sa.ForeignKeyConstraint(
            ["sample_id"], ["sample.id"], name="fk_sample_member_sample_id_sample", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("sample_id", "customer_id", name="pk_sample_member"),
    )


def downgrade() -> None:
    op.drop_table("sample_member")
    op.drop_table("sample")
