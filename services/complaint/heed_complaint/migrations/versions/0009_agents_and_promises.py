"""Agents, their skills and presence, queues, assignments, completions and promises."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NONE = sa.text("'{}'")
CONTACTS = "ix_history_entry_contact_at"

OLD_COMPLETIONS = """
    INSERT INTO completion (complaint_id, "by", at, reopened_at)
    SELECT done.complaint_id, done."by", done.at,
           (SELECT min(again.at) FROM history_entry AS again
            WHERE again.complaint_id = done.complaint_id AND again.seq > done.seq
              AND again.after ->> 'state' = 'accepted' AND again.action IN ('reopen', 'confirm'))
    FROM history_entry AS done WHERE done.action = 'complete' AND done."by" IS NOT NULL ORDER BY done.seq
"""
"""Who completed what was written down before there was a desk."""

OLD_PLACES = """
    INSERT INTO place (complaint_id, owner, queue, state, to_do, confidential, due_at, counts_until, weight, key)
    SELECT id, owner, queue, state, state IN ('received', 'accepted', 'contacted', 'committed'), confidential, due_at,
        counts_until, weight,
        ln(weight) / ln(2::double precision) - extract(epoch FROM counts_until)::double precision / 86400
    FROM (
        SELECT c.*, due.due_at, COALESCE(due.due_at, c.received_at + interval '30 days') AS counts_until,
            (CASE WHEN o.expected_value_saved IS NOT NULL THEN GREATEST(o.expected_value_saved::double precision, 0)
                  WHEN c.severity = 'minor' THEN 20 WHEN c.severity = 'major' THEN 50 ELSE 100 END + 1)
            * CASE c.severity WHEN 'minor' THEN 1 WHEN 'major' THEN 2 ELSE 4 END
            * CASE WHEN c.regulator THEN 3 ELSE 1 END AS weight
        FROM complaint AS c LEFT JOIN outlook AS o ON o.complaint_id = c.id
        LEFT JOIN LATERAL (
            SELECT min(m.due_at) AS due_at FROM milestone AS m
            WHERE m.complaint_id = c.id AND m.reached_at IS NULL AND m.cancelled_at IS NULL
        ) AS due ON true
        WHERE c.ended_at IS NULL
    ) AS open
"""


def upgrade() -> None:
    _create_agent()
    _create_queue()
    _create_assignment()
    _create_completion()
    _create_promise()
    _create_place()
    _create_catalogue()
    op.create_index(CONTACTS, "history_entry", ["at"], postgresql_where=sa.text("action = 'contact'"))


def downgrade() -> None:
    op.drop_index(CONTACTS, "history_entry")
    for table in ("catalogue_entry", "place", "promise", "completion", "assignment", "desk", "queue", "agent"):
        op.drop_table(table)


def _names(column: str) -> "sa.Column[list[str]]":
    return sa.Column(column, sa.ARRAY(sa.Text), nullable=False, server_default=NONE)


def _revision() -> "sa.Column[int]":
    return sa.Column("revision", sa.BigInteger, nullable=False, server_default=sa.text("1"))


def _of_complaint(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_complaint_id_complaint"
    return sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name=name, ondelete="CASCADE")


def _create_agent() -> None:
    op.create_table(
        "agent",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("team", sa.Text),
        *(_names(column) for column in ("queues", "skills", "languages", "service_points")),
        sa.Column("max_load", sa.Integer, nullable=False),
        sa.Column("present", sa.Boolean, nullable=False),
        sa.Column("shifts", postgresql.JSONB),
        sa.Column("absences", postgresql.JSONB, nullable=False, server_default=sa.text("'[]'")),
        sa.Column("handles_confidential", sa.Boolean, nullable=False),
        _revision(),
        sa.PrimaryKeyConstraint("id", name="pk_agent"),
    )


def _create_queue() -> None:
    queue = op.create_table(
        "queue",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("label", sa.Text),
        sa.Column("place", sa.Integer, nullable=False),
        *(_names(column) for column in ("categories", "service_points")),
        _revision(),
        sa.PrimaryKeyConstraint("name", name="pk_queue"),
    )
    op.bulk_insert(queue, [{"name": "general", "label": "General", "place": 1000}])
    desk = op.create_table(
        "desk",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("assigns_on_acceptance", sa.Boolean, nullable=False),
        sa.Column("four_eyes", sa.Text, nullable=False),
        _revision(),
        sa.PrimaryKeyConstraint("id", name="pk_desk"),
    )
    op.bulk_insert(desk, [{"id": 1, "assigns_on_acceptance": True, "four_eyes": "agents"}])


def _create_assignment() -> None:
    op.create_table(
        "assignment",
        sa.Column("seq", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("complaint_id", sa.Uuid, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.Text),
        sa.Column("owner", sa.Text),
        sa.Column("queue", sa.Text),
        sa.Column("previous_owner", sa.Text),
        sa.Column("reason", postgresql.JSONB, nullable=False),
        sa.Column("note", sa.Text),
        sa.PrimaryKeyConstraint("seq", name="pk_assignment"),
        _of_complaint("assignment"),
    )
    op.create_index("ix_assignment_complaint_id", "assignment", ["complaint_id"])


def _create_completion() -> None:
    op.create_table(
        "completion",
        sa.Column("seq", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("complaint_id", sa.Uuid, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("reopened_at", MOMENT),
        sa.PrimaryKeyConstraint("seq", name="pk_completion"),
        _of_complaint("completion"),
    )
    op.create_index("ix_completion_complaint_id", "completion", ["complaint_id"])
    op.create_index("ix_completion_by_at", "completion", ["by", "at"])
    op.create_index("ix_completion_at", "completion", ["at"])
    op.execute(OLD_COMPLETIONS)


def _create_promise() -> None:
    op.create_table(
        "promise",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("complaint_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("promised_by", MOMENT, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("settled_at", MOMENT),
        sa.Column("told_before", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("apology", sa.Text),
        sa.Column("replaces", sa.Uuid),
        sa.PrimaryKeyConstraint("id", name="pk_promise"),
        _of_complaint("promise"),
    )
    op.create_index("ix_promise_complaint_id", "promise", ["complaint_id"])
    op.create_index("ix_promise_due", "promise", ["promised_by"], postgresql_where=sa.text("state = 'open'"))
    op.create_index("ix_promise_made_by", "promise", ["made_by", "settled_at"])
    op.create_index("ix_promise_settled_at", "promise", ["settled_at"])


def _create_place() -> None:
    op.create_table(
        "place",
        sa.Column("complaint_id", sa.Uuid, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("queue", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("to_do", sa.Boolean, nullable=False),
        sa.Column("confidential", sa.Boolean, nullable=False),
        sa.Column("due_at", MOMENT),
        sa.Column("counts_until", MOMENT, nullable=False),
        sa.Column("weight", sa.Double, nullable=False),
        sa.Column("key", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", name="pk_place"),
        _of_complaint("place"),
    )
    to_do = sa.text("to_do")
    op.create_index("ix_place_key", "place", ["key", "complaint_id"], postgresql_where=to_do)
    op.create_index("ix_place_queue_key", "place", ["queue", "key", "complaint_id"], postgresql_where=to_do)
    op.execute(OLD_PLACES)


def _create_catalogue() -> None:
    op.create_table(
        "catalogue_entry",
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("risk", sa.Integer, nullable=False),
        sa.Column("difficulty", sa.Integer, nullable=False),
        sa.Column("duration_seconds", sa.BigInteger, nullable=False),
        sa.Column("moments_of_truth", sa.Integer, nullable=False),
        _revision(),
        sa.PrimaryKeyConstraint("category", name="pk_catalogue_entry"),
    )
