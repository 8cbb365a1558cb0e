"""Improvement actions."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "improvement",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("survey_id", sa.Uuid, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("done_on", sa.Date),
        sa.Column("figure", sa.Text, nullable=False),
        sa.Column("item", sa.Text),
        sa.Column("direction", sa.Text, nullable=False),
        sa.Column("size", sa.Float, nullable=False),
        sa.Column("before_wave", sa.Text, nullable=False),
        sa.Column("after_wave", sa.Text),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False, server_default="1"),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name="fk_improvement_survey_id_survey"),
        sa.PrimaryKeyConstraint("id", name="pk_improvement"),
    )
    op.create_index("ix_improvement_survey_id", "improvement", ["survey_id", "due_on", "id"])


def downgrade() -> None:
    op.drop_table("improvement")
