"""Consents, their encrypted evidence, and who is too young to consent."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "consent_decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("by_guardian", sa.Boolean(), nullable=False),
        sa.Column("valid_from", MOMENT, nullable=False),
        sa.Column("valid_to", MOMENT, nullable=True),
        sa.Column("replaces_of", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_consent_decision_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_decision")),
        sa.UniqueConstraint("customer_id", "version", name=op.f("uq_consent_decision_customer_id_version")),
    )
    op.create_index(
        "ix_consent_decision_current", "consent_decision", ["customer_id", "purpose", "channel", "version"]
    )
    op.create_table(
        "consent_evidence",
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["consent_decision.id"],
            name=op.f("fk_consent_evidence_decision_id_consent_decision"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_consent_evidence_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_consent_evidence")),
    )
    op.create_index("ix_consent_evidence_customer_id", "consent_evidence", ["customer_id"])
    op.create_table(
        "consent_minor",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_consent_minor_customer_id_customer")),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_consent_minor")),
    )


def downgrade() -> None:
    op.drop_table("consent_minor")
    op.drop_table("consent_evidence")
    op.drop_table("consent_decision")
