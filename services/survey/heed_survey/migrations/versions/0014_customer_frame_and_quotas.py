"""Customer frame, and counts of quotas."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0016"
branch_labels = None
depends_on = None

TEXTS = ("kind", "role", "buyer_type", "region", "language")
SCORE_TEXTS = ("churn_band", "loyalty_class", "lifecycle_stage")


def upgrade() -> None:
    op.create_table(
        "customer",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False, server_default="0"),
        *(sa.Column(name, sa.Text) for name in TEXTS),
        sa.Column("registered_at", sa.DateTime(timezone=True)),
        sa.Column("purchases", sa.Integer, nullable=False, server_default="0"),
        sa.Column("last_purchase_at", sa.DateTime(timezone=True)),
        sa.Column("last_purchase_id", sa.Uuid),
        sa.Column("service_point_id", sa.Text),
        sa.Column("score_version", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("tier", sa.Text),
        sa.Column("churn_risk", sa.Numeric(7, 6)),
        *(sa.Column(name, sa.Text) for name in SCORE_TEXTS),
        sa.PrimaryKeyConstraint("id", name="pk_customer"),
    )
    op.create_table(
        "quota_count",
        sa.Column("survey_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("taken", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name="fk_quota_count_survey_id_survey"),
        sa.PrimaryKeyConstraint("survey_id", "name", name="pk_quota_count"),
    )


def downgrade() -> None:
    op.drop_table("quota_count")
    op.drop_table("customer")
