"""Invitations, requests to invite, triggers and their occasions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0018"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_invitations()
    _create_batches()
    _create_triggers()


def downgrade() -> None:
    for table in ("trigger_occasion", "survey_trigger", "invitation_batch", "invitation"):
        op.drop_table(table)


def _create_invitations() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("survey_id", sa.Uuid, nullable=False),
        sa.Column("wave", sa.Text, nullable=False),
        sa.Column("occasion", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("anonymous", sa.Boolean, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("customer_id", sa.Uuid, nullable=False),
        sa.Column("complaint_id", sa.Uuid),
        sa.Column("sample_id", sa.Uuid),
        sa.Column("batch_id", sa.Uuid),
        sa.Column("trigger_id", sa.Uuid),
        sa.Column("thanks", sa.Boolean, nullable=False),
        sa.Column("channels", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("reminders_sent", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("reminders_left", sa.Integer, nullable=False),
        sa.Column("remind_every", sa.Interval, nullable=False),
        sa.Column("remind_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_invitation"),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name="fk_invitation_survey_id_survey"),
    )
    op.create_index("uq_invitation_person", "invitation", ["survey_id", "wave", "person_id", "occasion"], unique=True)
    op.create_index("ix_invitation_survey_id_state", "invitation", ["survey_id", "state"])
    op.create_index("ix_invitation_survey_id_id", "invitation", ["survey_id", "id"])
    op.create_index("ix_invitation_customer_id", "invitation", ["customer_id"])
    op.create_index("ix_invitation_batch_id", "invitation", ["batch_id"])
    op.create_index(
        "ix_invitation_remind_at", "invitation", ["remind_at"], postgresql_where=sa.text("remind_at IS NOT NULL")
    )


def _create_batches() -> None:
    op.create_table(
        "invitation_batch",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("survey_id", sa.Uuid, nullable=False),
        sa.Column("sample_id", sa.Uuid),
        sa.Column("wave", sa.Text, nullable=False),
        sa.Column("anonymous", sa.Boolean, nullable=False),
        sa.Column("channels", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("reminders", sa.Integer, nullable=False),
        sa.Column("remind_every", sa.Interval, nullable=False),
        sa.Column("lifetime", sa.Interval, nullable=False),
        sa.Column("thanks", sa.Boolean, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("processed", sa.Integer, nullable=False),
        sa.Column("outcomes", postgresql.JSONB, nullable=False),
        sa.Column("after_customer_id", sa.Uuid),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_invitation_batch"),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name="fk_invitation_batch_survey_id_survey"),
    )
    op.create_index("ix_invitation_batch_survey_id", "invitation_batch", ["survey_id"])
    op.create_index("ix_invitation_batch_finished_at", "invitation_batch", ["finished_at"])


def _create_triggers() -> None:
    op.create_table(
        "survey_trigger",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("survey_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("condition", postgresql.JSONB),
        sa.Column("delays", postgresql.ARRAY(sa.Interval), nullable=False),
        sa.Column("channels", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("reminders", sa.Integer, nullable=False),
        sa.Column("remind_every", sa.Interval, nullable=False),
        sa.Column("lifetime", sa.Interval, nullable=False),
        sa.Column("thanks", sa.Boolean, nullable=False),
        sa.Column("max_invitations", sa.Integer, nullable=False),
        sa.Column("period", sa.Interval, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_survey_trigger"),
        sa.UniqueConstraint("survey_id", "name", name="uq_survey_trigger_survey_id"),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name="fk_survey_trigger_survey_id_survey"),
    )
    op.create_index("ix_survey_trigger_event", "survey_trigger", ["event"])
    op.create_table(
        "trigger_occasion",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("trigger_id", sa.Uuid, nullable=False),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("customer_id", sa.Uuid, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("invitation_id", sa.Uuid),
        sa.Column("ended_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_trigger_occasion"),
        sa.UniqueConstraint("trigger_id", "event_id", "step", name="uq_trigger_occasion_trigger_id"),
        sa.ForeignKeyConstraint(
            ["trigger_id"],
            ["survey_trigger.id"],
            name="fk_trigger_occasion_trigger_id_survey_trigger",
            ondelete="CASCADE",
        ),
    )
    op.create_index(
        "ix_trigger_occasion_due_at", "trigger_occasion", ["due_at"], postgresql_where=sa.text("ended_at IS NULL")
    )
    op.create_index("ix_trigger_occasion_ended_at", "trigger_occasion", ["ended_at"])
