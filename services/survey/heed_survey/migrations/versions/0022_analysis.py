"""Disclosure control of analyses: positions of responses, and the sets that results were shown about."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "analysis_member",
        sa.Column("survey_id", sa.Uuid(), sa.ForeignKey("survey.id"), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.UniqueConstraint("response_id", name="uq_analysis_member_response_id"),
    )
    op.create_table(
        "analysis_query",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("survey_id", sa.Uuid(), sa.ForeignKey("survey.id"), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("bits", sa.LargeBinary(), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_analysis_query_survey_id_subject", "analysis_query", ["survey_id", "subject"])


def downgrade() -> None:
    op.drop_table("analysis_query")
    op.drop_table("analysis_member")
