"""Surveys and the responses to them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from heed_common import platform_migrations

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    platform_migrations.create_first_tables()
    op.create_table(
        "survey",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("external_id", sa.Text),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("items", postgresql.JSONB, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("published_at", MOMENT),
        sa.Column("survey_version", sa.Integer, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("revision", sa.BigInteger, nullable=False, server_default=sa.text("1")),
        sa.PrimaryKeyConstraint("id", name="pk_survey"),
        sa.UniqueConstraint("external_id", name="uq_survey_external_id"),
    )
    op.create_table(
        "response",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("external_id", sa.Text),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("survey_id", sa.Uuid, nullable=False),
        sa.Column("survey_version", sa.Integer, nullable=False),
        sa.Column("customer_id", sa.Uuid),
        sa.Column("answered_at", MOMENT, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("answers", postgresql.JSONB, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_response"),
        sa.UniqueConstraint("external_id", name="uq_response_external_id"),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name="fk_response_survey_id_survey"),
    )
    op.create_index("ix_response_survey_id", "response", ["survey_id"])
    op.create_index("ix_response_customer_id", "response", ["customer_id"])


def downgrade() -> None:
    op.drop_table("response")
    op.drop_table("survey")
    platform_migrations.drop_first_tables()
