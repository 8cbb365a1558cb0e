"""Disclosure control of analyses, and frozen reports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "analysis_member",
        sa.Column("survey_id", sa.Uuid(), sa.ForeignKey("survey.id"), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("response_id", sa.Uuid(), nullable=False, unique=True),
    )
    op.create_table(
        "analysis_query",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("survey_id", sa.Uuid(), sa.ForeignKey("survey.id"), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("bits", sa.LargeBinary(), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_analysis_query_survey_id_subject", "analysis_query", ["survey_id", "subject"])
    op.create_table(
        "survey_report",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("survey_id", sa.Uuid(), sa.ForeignKey("survey.id"), nullable=False),
        sa.Column("survey_version", sa.Integer(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("public_code", sa.Text(), nullable=True, unique=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
    )
    op.create_index("ix_survey_report_survey_id_id", "survey_report", ["survey_id", "id"])


def downgrade() -> None:
    op.drop_table("survey_report")
    op.drop_table("analysis_query")
    op.drop_table("analysis_member")
