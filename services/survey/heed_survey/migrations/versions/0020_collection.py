"""Partial answers, forms of open links that were sent, open links, drop-off of expired forms."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0026"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "partial_response",
        sa.Column("key_hash", sa.LargeBinary, nullable=False),
        sa.Column("survey_id", sa.Uuid, nullable=False),
        sa.Column("survey_version", sa.Integer, nullable=False),
        sa.Column("page", sa.Integer, nullable=False),
        sa.Column("seconds", sa.Integer, nullable=False),
        sa.Column("expires_on", sa.Date, nullable=False),
        sa.Column("shown", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("answered", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("left_at", sa.Text, nullable=False),
        sa.Column("sealed_answers", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name="pk_partial_response"),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name="fk_partial_response_survey_id_survey"),
    )
    op.create_index("ix_partial_response_survey_id", "partial_response", ["survey_id"])
    op.create_index("ix_partial_response_expires_on", "partial_response", ["expires_on"])
    op.create_table(
        "sent_form",
        sa.Column("key_hash", sa.LargeBinary, nullable=False),
        sa.Column("expires_on", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name="pk_sent_form"),
    )
    op.create_index("ix_sent_form_expires_on", "sent_form", ["expires_on"])
    op.create_table(
        "open_link",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("survey_id", sa.Uuid, nullable=False),
        sa.Column("service_point_id", sa.Text, nullable=False),
        sa.Column("label", sa.Text),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT),
        sa.Column("revoked_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_open_link"),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name="fk_open_link_survey_id_survey"),
    )
    op.create_index("ix_open_link_survey_id", "open_link", ["survey_id"])
    op.create_table(
        "expired_drop_off",
        sa.Column("survey_id", sa.Uuid, nullable=False),
        sa.Column("survey_version", sa.Integer, nullable=False),
        sa.Column("item", sa.Text, nullable=False),
        sa.Column("shown", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("answered", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("left", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("survey_id", "survey_version", "item", name="pk_expired_drop_off"),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name="fk_expired_drop_off_survey_id_survey"),
    )


def downgrade() -> None:
    op.drop_table("expired_drop_off")
    op.drop_table("open_link")
    op.drop_table("sent_form")
    op.drop_table("partial_response")
