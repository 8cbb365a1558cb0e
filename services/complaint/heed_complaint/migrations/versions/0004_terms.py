"""Calendars, policies and agreements with their versions, and the defaults."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SEEDED_AT = datetime(2026, 1, 1, tzinfo=UTC)
WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
# The zone of the house is written when the worker starts: a migration is told nothing but the address of its database.
CALENDARS = {
    "always": {"always": True},
    "office": {"time_zone": "UTC", "hours": {day: [["09:00", "18:00"]] for day in WORKDAYS}},
}


def _for_severity(severity: str, order: int, within: str) -> dict[str, object]:
    return {
        "order": order,
        "when": {"field": "complaint.severity", "op": "eq", "value": severity},
        "targets": {"resolution": {"within": within, "calendar": "always", "warn_at": 0.75}},
    }


POLICIES = {
    "critical": _for_severity("critical", 9000, "PT24H"),
    "major": _for_severity("major", 9010, "PT48H"),
    "default": {
        "order": 10_000,
        "targets": {
            "first_contact": {"within": "PT1H", "after_dispatch": "PT30M", "calendar": "always", "warn_at": 0.75},
            "commitment": {"within": "PT4H", "calendar": "always", "warn_at": 0.75},
            "resolution": {"within": "P5D", "calendar": "office", "warn_at": 0.75},
            "call_back": {"within": "P3D", "calendar": "office", "warn_at": 0.75},
        },
        "pause_counts": False,
        "on_reopen": "continue",
        "retroactive": True,
        "warn_during": "office",
        "escalate": [],
    },
}

MOMENT, DOCUMENT = sa.DateTime(timezone=True), postgresql.JSONB


def upgrade() -> None:
    changes = op.create_table(
        "sla_revision",
        sa.Column("revision", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.Text),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("revision", name="pk_sla_revision"),
    )
    seeds = (("calendar", _create_calendar(), CALENDARS), ("policy", _create_policy(), POLICIES))
    for what, table, documents in seeds:
        named = [{"name": name, "version": 1, "at": SEEDED_AT} for name in documents]
        rows = [one | {"document": document} for one, document in zip(named, documents.values(), strict=True)]
        op.bulk_insert(table, rows)
        op.bulk_insert(changes, [one | {"what": what} for one in named])
    _create_agreement()
    _create_planned()


def downgrade() -> None:
    for table in ("planned", "agreement_review", "agreement", "policy", "calendar", "sla_revision"):
        op.drop_table(table)


def _create_planned() -> None:
    """Beside the complaint, not in it: a change of the terms moves it for all that are open."""
    op.create_table(
        "planned",
        sa.Column("complaint_id", sa.Uuid, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", name="pk_planned"),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name="fk_planned_complaint_id_complaint", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_planned_revision", "planned", ["revision"])
    op.execute("INSERT INTO planned SELECT id, 0 FROM complaint WHERE ended_at IS NULL")


def _create_calendar() -> sa.Table:
    return op.create_table(
        "calendar",
        *_versioned(sa.Column("name", sa.Text, nullable=False)),
        sa.Column("public", DOCUMENT),
        sa.PrimaryKeyConstraint("name", "version", name="pk_calendar"),
    )


def _create_policy() -> sa.Table:
    return op.create_table(
        "policy",
        *_versioned(sa.Column("name", sa.Text, nullable=False)),
        sa.Column("removed", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.PrimaryKeyConstraint("name", "version", name="pk_policy"),
    )


def _create_agreement() -> None:
    op.create_table(
        "agreement",
        *_versioned(sa.Column("id", sa.Uuid, nullable=False), by=False),
        sa.Column("newest", sa.Boolean, nullable=False),
        sa.Column("customer_id", sa.Uuid),
        sa.Column("signed", sa.Boolean, nullable=False),
        sa.Column("valid_from", MOMENT, nullable=False),
        sa.Column("valid_until", MOMENT),
        sa.PrimaryKeyConstraint("id", "version", name="pk_agreement"),
    )
    newest = sa.text("newest")
    op.create_index("ix_agreement_customer_id", "agreement", ["customer_id"], postgresql_where=newest)
    op.create_index("ix_agreement_newest_id", "agreement", ["id"], unique=True, postgresql_where=newest)
    op.create_table(
        "agreement_review",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("agreement_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("held_on", sa.Date, nullable=False),
        sa.Column("findings", sa.Text, nullable=False),
        sa.Column("improvement", sa.Text),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_agreement_review"),
    )
    op.create_index("ix_agreement_review_agreement_id", "agreement_review", ["agreement_id"])


def _versioned(key: sa.Column[object], *, by: bool = True) -> tuple[sa.Column[object], ...]:
    """The columns that calendars, policies and agreements have alike; what the house seeds is by nobody."""
    return (
        key,
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.Text, nullable=by),
    )
