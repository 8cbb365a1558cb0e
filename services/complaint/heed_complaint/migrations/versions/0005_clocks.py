"""Clocks in working time with pauses and escalations; clocks that ran round the clock continue unchanged."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
COLUMNS = (
    sa.Column("number", sa.Integer, nullable=False, server_default=sa.text("1")),
    sa.Column("policy", sa.Text, nullable=False, server_default=sa.text("'default'")),
    sa.Column("policy_version", sa.Integer, nullable=False, server_default=sa.text("1")),
    sa.Column("calendar", sa.Text, nullable=False, server_default=sa.text("'always'")),
    sa.Column("calendar_version", sa.Integer, nullable=False, server_default=sa.text("1")),
    sa.Column("warn_at", sa.Float, nullable=False, server_default=sa.text("0.75")),
    sa.Column("warn_calendar", sa.Text),
    sa.Column("warn_calendar_version", sa.Integer),
    sa.Column("pause_counts", sa.Boolean, nullable=False, server_default=sa.text("false")),
    sa.Column("escalation", postgresql.JSONB, nullable=False, server_default=sa.text("'[]'")),
    sa.Column("replanned", sa.Boolean, nullable=False, server_default=sa.text("false")),
    sa.Column("former_runs", postgresql.JSONB, nullable=False, server_default=sa.text("'[]'")),
    sa.Column("first_reached_at", MOMENT),
    sa.Column("warned", sa.Boolean, nullable=False, server_default=sa.text("false")),
    sa.Column("escalated", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("used", sa.Interval),
    sa.Column("next_at", MOMENT),
)
# A complaint stood still while it waited for the customer, and rested between an end of the work and its reopening.
# The history tells both: each stretch lasts from the step that began it to the step that ended it.
PAUSES_FROM_HISTORY = """
    WITH step AS (
        SELECT complaint_id, seq, at, why, lag(why, 1, '') OVER (PARTITION BY complaint_id ORDER BY seq) AS was
        FROM (
            SELECT complaint_id, seq, at,
                CASE WHEN after ->> 'state' IN ('received', 'accepted', 'contacted', 'committed', 'withdrawn')
                     THEN CASE WHEN (after ->> 'paused')::boolean THEN 'waiting' ELSE '' END
                     ELSE 'resting' END AS why
            FROM history_entry WHERE after ? 'paused'
        ) AS moved
    ), turn AS (
        SELECT complaint_id, at, why, lead(at) OVER (PARTITION BY complaint_id ORDER BY seq) AS until
        FROM step WHERE why <> was
    )
    INSERT INTO pause (complaint_id, started_at, ended_at, why)
    SELECT complaint_id, at, until, why FROM turn
    WHERE (why = 'waiting' AND (until IS NULL OR until > at)) OR (why = 'resting' AND until > at)
    ON CONFLICT DO NOTHING
"""
# Everything that runs is looked at once by the timers, which then know when to look again.
WHAT_FOLLOWS = """
    UPDATE milestone SET
        first_reached_at = reached_at,
        used = CASE WHEN COALESCE(reached_at, cancelled_at) IS NULL THEN NULL
                    ELSE GREATEST(COALESCE(reached_at, cancelled_at) - started_at - stood, interval '0') END,
        next_at = CASE WHEN state = 'running' THEN started_at END
"""
WHAT_STOOD = """
    UPDATE milestone SET stood = COALESCE(GREATEST(due_at - started_at - target, interval '0'), interval '0'),
        stood_since = CASE WHEN state = 'paused' THEN
            (SELECT max(started_at) FROM pause WHERE pause.complaint_id = milestone.complaint_id) END
"""


def upgrade() -> None:
    for column in COLUMNS:
        op.add_column("milestone", column)
    op.drop_constraint("pk_milestone", "milestone")
    op.create_primary_key("pk_milestone", "milestone", ["complaint_id", "milestone", "number"])
    op.drop_index("ix_milestone_due_at", "milestone")
    _create_pause()
    op.execute(PAUSES_FROM_HISTORY)
    op.execute(WHAT_FOLLOWS)
    op.drop_column("milestone", "stood")
    op.drop_column("milestone", "stood_since")
    op.create_index("ix_milestone_next_at", "milestone", ["next_at"], postgresql_where=sa.text("next_at IS NOT NULL"))
    op.create_index(
        "ix_milestone_calendar",
        "milestone",
        ["calendar"],
        postgresql_where=sa.text("reached_at IS NULL AND cancelled_at IS NULL"),
    )


def _create_pause() -> None:
    op.create_table(
        "pause",
        sa.Column("complaint_id", sa.Uuid, nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("why", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "started_at", name="pk_pause"),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name="fk_pause_complaint_id_complaint", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    """Of clocks that a reopening had added, the last one stays."""
    op.drop_index("ix_milestone_calendar", "milestone")
    op.drop_index("ix_milestone_next_at", "milestone")
    op.add_column("milestone", sa.Column("stood", sa.Interval, nullable=False, server_default=sa.text("'0'")))
    op.add_column("milestone", sa.Column("stood_since", MOMENT))
    op.execute(WHAT_STOOD)
    op.alter_column("milestone", "stood", server_default=None)
    op.drop_table("pause")
    op.execute(
        "DELETE FROM milestone AS old USING milestone AS new WHERE new.complaint_id = old.complaint_id "
        "AND new.milestone = old.milestone AND new.number > old.number"
    )
    op.drop_constraint("pk_milestone", "milestone")
    op.create_primary_key("pk_milestone", "milestone", ["complaint_id", "milestone"])
    op.create_index("ix_milestone_due_at", "milestone", ["due_at"], postgresql_where=sa.text("state = 'running'"))
    for column in COLUMNS:
        op.drop_column("milestone", column.name)
