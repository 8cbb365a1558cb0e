"""Messages of customers: how long one is unanswered, follow-ups, and the policy on messages after completion."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
UNANSWERED = sa.text("customer_wrote_at IS NOT NULL")
CLEAR_OLD_RESOLUTIONS = """
    UPDATE complaint SET resolution = NULL
    WHERE resolution IS NOT NULL AND state IN ('accepted', 'contacted', 'committed')
"""


def upgrade() -> None:
    op.add_column("complaint", sa.Column("follow_up_of", sa.Uuid))
    op.add_column("complaint", sa.Column("customer_wrote_at", MOMENT))
    op.create_index(
        "ix_complaint_follow_up_of",
        "complaint",
        ["follow_up_of"],
        postgresql_where=sa.text("follow_up_of IS NOT NULL"),
    )
    op.create_index("ix_complaint_customer_wrote", "complaint", ["id"], postgresql_where=UNANSWERED)
    op.add_column("place", sa.Column("customer_wrote_at", MOMENT))
    op.create_index("ix_place_owner_customer_wrote", "place", ["owner"], postgresql_where=UNANSWERED)
    op.add_column(
        "answer_policy", sa.Column("message_after_completion", sa.Text, nullable=False, server_default="reopen")
    )
    op.add_column(
        "answer_policy",
        sa.Column("reopen_within", sa.Interval, nullable=False, server_default=sa.text("'30 days'")),
    )
    op.execute(CLEAR_OLD_RESOLUTIONS)


def downgrade() -> None:
    op.drop_column("answer_policy", "reopen_within")
    op.drop_column("answer_policy", "message_after_completion")
    op.drop_index("ix_place_owner_customer_wrote", "place")
    op.execute("DELETE FROM place USING complaint AS c WHERE c.id = complaint_id AND c.ended_at IS NOT NULL")
    op.drop_column("place", "customer_wrote_at")
    op.drop_index("ix_complaint_customer_wrote", "complaint")
    op.drop_index("ix_complaint_follow_up_of", "complaint")
    op.drop_column("complaint", "customer_wrote_at")
    op.drop_column("complaint", "follow_up_of")
