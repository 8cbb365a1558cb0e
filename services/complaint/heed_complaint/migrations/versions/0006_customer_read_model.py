"""Read model of customers: merges, purchases, value at stake, and the policy on call-back answers."""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
RISK, UNITS = sa.Numeric(7, 6), sa.Numeric(19, 4)
NONE_YET = sa.text("0")


def upgrade() -> None:
    op.create_table(
        "alias",
        sa.Column("member", sa.Uuid, nullable=False),
        sa.Column("survivor", sa.Uuid),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("member", name="pk_alias"),
    )
    op.create_index("ix_alias_survivor", "alias", ["survivor"])
    op.create_table(
        "outlook",
        sa.Column("complaint_id", sa.Uuid, nullable=False),
        sa.Column("customer_id", sa.Uuid, nullable=False),
        sa.Column("risk_if_resolved_quickly", RISK, nullable=False),
        sa.Column("risk_if_unresolved", RISK, nullable=False),
        sa.Column("expected_value_saved", sa.Numeric, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("said_at", MOMENT, nullable=False),
        sa.Column("score_version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", name="pk_outlook"),
    )
    op.create_index("ix_outlook_customer_id", "outlook", ["customer_id"])
    op.create_index("ix_outlook_expected_value_saved", "outlook", ["expected_value_saved"])
    op.create_table(
        "bought",
        sa.Column("purchase_id", sa.Uuid, nullable=False),
        sa.Column("customer_id", sa.Uuid, nullable=False),
        sa.Column("occurred_at", MOMENT, nullable=False),
        sa.Column("units", UNITS, nullable=False, server_default=NONE_YET),
        sa.Column("returned", UNITS, nullable=False, server_default=NONE_YET),
        sa.PrimaryKeyConstraint("purchase_id", name="pk_bought"),
    )
    op.create_index("ix_bought_customer_id_occurred_at", "bought", ["customer_id", "occurred_at"])
    _create_answer_policy()


def _create_answer_policy() -> None:
    policy = op.create_table(
        "answer_policy",
        sa.Column("single", sa.Boolean, nullable=False, server_default=sa.text("true")),
        sa.Column("unsolved", sa.Text, nullable=False),
        sa.Column("lowest", sa.Text, nullable=False),
        sa.Column("unpleasant", sa.Text, nullable=False),
        sa.Column("escalate_to", sa.Text, nullable=False),
        sa.Column("unanswered", sa.Text, nullable=False),
        sa.Column("unanswered_after", sa.Interval, nullable=False),
        sa.Column("detractor", sa.Text, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False, server_default=sa.text("1")),
        sa.PrimaryKeyConstraint("single", name="pk_answer_policy"),
        sa.CheckConstraint("single", name="ck_answer_policy_one_row"),
    )
    op.bulk_insert(
        policy,
        [
            {
                "unsolved": "reopen",
                "lowest": "reopen",
                "unpleasant": "escalate",
                "escalate_to": "supervisor",
                "unanswered": "close",
                "unanswered_after": timedelta(days=14),
                "detractor": "open",
            }
        ],
    )


def downgrade() -> None:
    for table in ("answer_policy", "bought", "outlook", "alias"):
        op.drop_table(table)
