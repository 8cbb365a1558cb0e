"""Consents with their encrypted evidence, minors, private links to the preference page, and the contact log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0019"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_consents()
    _create_preference_links()
    _create_contact_log()


def _create_consents() -> None:
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
        sa.UniqueConstraint("customer_id", "version", name=op.f("uq_consent_decision_customer_id")),
    )
    op.create_index("ix_consent_decision_current", "consent_decision", ["customer_id", "purpose", "channel", "version"])
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


def _create_preference_links() -> None:
    op.create_table(
        "preference_link",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_preference_link_customer_id_customer")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_preference_link")),
    )
    op.create_index("ix_preference_link_customer_id", "preference_link", ["customer_id"])
    op.create_index("ix_preference_link_expires_at", "preference_link", ["expires_at"])


def _create_contact_log() -> None:
    op.create_table(
        "contact_log",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("promotional", sa.Boolean(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("budget", sa.Text(), nullable=True),
        sa.Column("dedupe_key", sa.Text(), nullable=True),
        sa.Column("template", sa.Text(), nullable=True),
        sa.Column("about_type", sa.Text(), nullable=True),
        sa.Column("about_id", sa.Uuid(), nullable=True),
        sa.Column("service", sa.Text(), nullable=True),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("send_after", MOMENT, nullable=True),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_log")),
        sa.UniqueConstraint("message_id", name=op.f("uq_contact_log_message_id")),
    )
    op.create_index("ix_contact_log_customer_id", "contact_log", ["customer_id", "id"])
    op.create_index("ix_contact_log_state", "contact_log", ["state", "id"])
    op.create_index(
        "ix_contact_log_budget",
        "contact_log",
        ["customer_id", "budget", "requested_at"],
        postgresql_where=sa.text("budget <> ''"),
    )
    op.create_index(
        "ix_contact_log_dedupe_key",
        "contact_log",
        ["customer_id", "dedupe_key"],
        postgresql_where=sa.text("dedupe_key <> ''"),
    )


def downgrade() -> None:
    op.drop_table("contact_log")
    op.drop_table("preference_link")
    op.drop_table("consent_minor")
    op.drop_table("consent_evidence")
    op.drop_table("consent_decision")
