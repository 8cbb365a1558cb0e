"""Playbooks, remedies, guarantees and corrective actions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from heed_complaint.resolution.playbooks import seed

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_playbooks()
    _create_handling()
    _create_remedies()
    _create_guarantees()
    _create_corrections()


def downgrade() -> None:
    for table in (
        "correction_told",
        "correction",
        "guarantee_call",
        "guarantee",
        "remedy",
        "step_tick",
        "case_facts",
        "rule_version",
        "remedy_limits",
        "playbook",
    ):
        op.drop_table(table)


def _complaint_id() -> sa.Column[object]:
    return sa.Column("complaint_id", sa.Uuid, nullable=False)


def _of_a_complaint(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_complaint_id_complaint"
    return sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name=name, ondelete="CASCADE")


def _content() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("content", postgresql.JSONB, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False, server_default=sa.text("1")),
    )


def _create_playbooks() -> None:
    playbook = op.create_table(
        "playbook",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("order", sa.Integer, nullable=False),
        *_content(),
        sa.PrimaryKeyConstraint("name", name="pk_playbook"),
    )
    op.bulk_insert(playbook, [{"name": "calling_card", "order": 100, "content": seed.CALLING_CARD}])
    limits = op.create_table(
        "remedy_limits",
        sa.Column("name", sa.Text, nullable=False),
        *_content(),
        sa.PrimaryKeyConstraint("name", name="pk_remedy_limits"),
    )
    op.bulk_insert(limits, [{"name": "general", "content": seed.LIMITS}])
    op.create_table(
        "rule_version",
        sa.Column("seq", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("thing", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("content", postgresql.JSONB),
        sa.PrimaryKeyConstraint("seq", name="pk_rule_version"),
    )
    op.create_index("ix_rule_version_thing_seq", "rule_version", ["thing", "seq"])


def _create_handling() -> None:
    op.create_table(
        "case_facts",
        _complaint_id(),
        sa.Column("facts", postgresql.JSONB, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False, server_default=sa.text("1")),
        _of_a_complaint("case_facts"),
        sa.PrimaryKeyConstraint("complaint_id", name="pk_case_facts"),
    )
    op.create_table(
        "step_tick",
        _complaint_id(),
        sa.Column("playbook", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("done", sa.Boolean, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        _of_a_complaint("step_tick"),
        sa.PrimaryKeyConstraint("complaint_id", "playbook", "step", name="pk_step_tick"),
    )


def _create_remedies() -> None:
    op.create_table(
        "remedy",
        sa.Column("id", sa.Uuid, nullable=False),
        _complaint_id(),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("amount", sa.Numeric(13, 4), nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("cost", sa.Numeric(13, 4)),
        sa.Column("note", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("over_limit", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("playbook", sa.Text),
        sa.Column("guarantee", sa.Text),
        sa.Column("requested_by", sa.Text),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("decided_by", sa.Text),
        sa.Column("decided_at", MOMENT),
        sa.Column("decision_note", sa.Text),
        _of_a_complaint("remedy"),
        sa.PrimaryKeyConstraint("id", name="pk_remedy"),
    )
    op.create_index("ix_remedy_complaint_id_id", "remedy", ["complaint_id", "id"])


def _create_guarantees() -> None:
    op.create_table(
        "guarantee",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("valid_from", MOMENT, nullable=False),
        sa.Column("valid_until", MOMENT),
        *_content(),
        sa.PrimaryKeyConstraint("name", name="pk_guarantee"),
        sa.UniqueConstraint("id", name="uq_guarantee_id"),
    )
    op.create_table(
        "guarantee_call",
        _complaint_id(),
        sa.Column("guarantee", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.Text),
        sa.Column("broken", postgresql.JSONB, nullable=False),
        sa.Column("remedy_id", sa.Uuid),
        sa.Column("withdrawn_at", MOMENT),
        _of_a_complaint("guarantee_call"),
        sa.PrimaryKeyConstraint("complaint_id", "guarantee", name="pk_guarantee_call"),
    )


def _create_corrections() -> None:
    op.create_table(
        "correction",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("cause", sa.Text),
        sa.Column("category", sa.Text),
        sa.Column("product", sa.Text),
        sa.Column("measure", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("done_at", MOMENT),
        sa.Column("opened_by", sa.Text, nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False, server_default=sa.text("1")),
        sa.PrimaryKeyConstraint("id", name="pk_correction"),
    )
    op.create_table(
        "correction_told",
        sa.Column("correction_id", sa.Uuid, nullable=False),
        _complaint_id(),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["correction_id"], ["correction.id"], name="fk_correction_told_correction_id_correction", ondelete="CASCADE"
        ),
        _of_a_complaint("correction_told"),
        sa.PrimaryKeyConstraint("correction_id", "complaint_id", name="pk_correction_told"),
    )
