"""Message policy, deliveries, timers and mail threads; the milestones acknowledgement and progress.

Complaints that are open have no clocks of these milestones, and get none.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

MOMENT, DOCUMENT = sa.DateTime(timezone=True), postgresql.JSONB
TEXTS = postgresql.ARRAY(sa.Text)
MAIL = {"channels": ["mail"]}
KINDS = {
    "acknowledgement": {"enabled": True, **MAIL},
    "progress": {"enabled": True, **MAIL, "after_days": 3},
    "decision": {"enabled": True, **MAIL},
    "remedy": {"enabled": True, **MAIL},
    "call_back": {"enabled": False, **MAIL, "after_days": 2},
    "closed": {"enabled": False, **MAIL},
    "reply": {"enabled": True, **MAIL},
}
TERMS = [
    ("acknowledgement", "Acknowledgement", "确认收到"),
    ("progress", "Progress", "进展告知"),
]
ORDER = ("acknowledgement", "first_contact", "commitment", "progress", "resolution", "call_back")
SET_POSITION = "UPDATE term SET position = :position WHERE taxonomy = 'milestone' AND code = :code"


def upgrade() -> None:
    policy = op.create_table(
        "message_policy",
        sa.Column("id", sa.Boolean, nullable=False, server_default=sa.text("true")),
        sa.Column("kinds", DOCUMENT, nullable=False),
        sa.Column("recourse", DOCUMENT, nullable=False, server_default=sa.text("'{}'")),
        sa.Column("revision", sa.BigInteger, nullable=False, server_default=sa.text("1")),
        sa.Column("transports", TEXTS, nullable=False, server_default=sa.text("'{}'")),
        sa.Column("reaches_customers", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("public_url", sa.Text),
        sa.Column("link_days", sa.Integer, nullable=False, server_default=sa.text("180")),
        sa.Column("time_zone", sa.Text, nullable=False, server_default=sa.text("'UTC'")),
        sa.CheckConstraint("id", name=op.f("ck_message_policy_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_policy")),
    )
    op.bulk_insert(policy, [{"id": True, "kinds": KINDS}])
    _create_deliveries()
    _create_timers()
    _create_threads()
    term = sa.table(
        "term", sa.column("taxonomy"), sa.column("code"), sa.column("position"), sa.column("en"), sa.column("zh")
    )
    rows = [{"taxonomy": "milestone", "code": code, "position": 0, "en": en, "zh": zh} for code, en, zh in TERMS]
    op.bulk_insert(term, rows)
    _set_positions(ORDER)


def downgrade() -> None:
    for table in ("mail_thread", "message_timer", "message_delivery", "message_policy"):
        op.drop_table(table)
    removed = [code for code, _, _ in TERMS]
    op.execute("DELETE FROM milestone WHERE milestone IN ('acknowledgement', 'progress')")
    op.execute("DELETE FROM term WHERE taxonomy = 'milestone' AND code IN ('acknowledgement', 'progress')")
    _set_positions([code for code in ORDER if code not in removed])


def _create_deliveries() -> None:
    op.create_table(
        "message_delivery",
        sa.Column("message_id", sa.Uuid, nullable=False),
        sa.Column("complaint_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("template", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("recipient_hash", sa.LargeBinary),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_message_delivery")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_message_delivery_message_id_message"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"],
            ["complaint.id"],
            name=op.f("fk_message_delivery_complaint_id_complaint"),
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("complaint_id", "cause", name=op.f("uq_message_delivery_cause")),
    )


def _create_timers() -> None:
    op.create_table(
        "message_timer",
        sa.Column("complaint_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "kind", name=op.f("pk_message_timer")),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name=op.f("fk_message_timer_complaint_id_complaint"), ondelete="CASCADE"
        ),
    )
    op.create_index("ix_message_timer_due_at", "message_timer", ["due_at"])


def _create_threads() -> None:
    op.create_table(
        "mail_thread",
        sa.Column("complaint_id", sa.Uuid, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("message_ids", TEXTS, nullable=False, server_default=sa.text("'{}'")),
        sa.PrimaryKeyConstraint("complaint_id", name=op.f("pk_mail_thread")),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name=op.f("fk_mail_thread_complaint_id_complaint"), ondelete="CASCADE"
        ),
    )


def _set_positions(codes: list[str] | tuple[str, ...]) -> None:
    for position, code in enumerate(codes, start=1):
        op.execute(sa.text(SET_POSITION).bindparams(position=position, code=code))
