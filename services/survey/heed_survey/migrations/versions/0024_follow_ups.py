"""Follow-up policies, what followed from responses, and care tasks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0024"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "follow_up_policy",
        sa.Column("survey_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("when", JSONB, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("matter", sa.Text, nullable=False),
        sa.Column("within_days", sa.Integer, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("due_in_days", sa.Integer),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False, server_default="1"),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name="fk_follow_up_policy_survey_id_survey"),
        sa.PrimaryKeyConstraint("survey_id", "name", name="pk_follow_up_policy"),
    )
    op.create_table(
        "follow_up",
        sa.Column("response_id", sa.Uuid, nullable=False),
        sa.Column("matter", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("customer_id", sa.Uuid, nullable=False),
        sa.Column("survey_id", sa.Uuid, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("response_id", "matter", "action", name="pk_follow_up"),
    )
    op.create_index("ix_follow_up_customer_id", "follow_up", ["customer_id", "matter", "created_at"])
    op.create_table(
        "care_task",
        sa.Column("id", sa.Uuid, nullable=False),
        *(sa.Column(name, sa.Uuid, nullable=False) for name in ("survey_id", "response_id", "customer_id")),
        sa.Column("matter", sa.Text, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False, server_default="1"),
        sa.PrimaryKeyConstraint("id", name="pk_care_task"),
    )
    op.create_index("ix_care_task_due_on", "care_task", ["due_on", "id"])
    op.create_index("ix_care_task_customer_id", "care_task", ["customer_id"])


def downgrade() -> None:
    op.drop_table("care_task")
    op.drop_table("follow_up")
    op.drop_table("follow_up_policy")
