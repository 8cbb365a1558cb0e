"""Frozen reports."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "survey_report",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("survey_id", sa.Uuid, nullable=False),
        sa.Column("survey_version", sa.Integer, nullable=False),
        sa.Column("wave", sa.Text),
        sa.Column("languages", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("controlled", sa.Boolean, nullable=False),
        sa.Column("responses", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("public_code", sa.Text),
        sa.Column("published_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.Column("revision", sa.BigInteger, nullable=False, server_default="1"),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name="fk_survey_report_survey_id_survey"),
        sa.PrimaryKeyConstraint("id", name="pk_survey_report"),
        sa.UniqueConstraint("public_code", name="uq_survey_report_public_code"),
    )
    op.create_index("ix_survey_report_survey_id_id", "survey_report", ["survey_id", "id"])


def downgrade() -> None:
    op.drop_table("survey_report")
