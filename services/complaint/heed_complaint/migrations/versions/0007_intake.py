"""Forms, mails, articles, acceptance rules, messages and status links."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _messages()
    _intake()
    _articles()
    acceptance = op.create_table(
        "acceptance",
        sa.Column("only", sa.Boolean, nullable=False, server_default=sa.text("true")),
        sa.Column("rules", postgresql.JSONB, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False, server_default=sa.text("1")),
        sa.PrimaryKeyConstraint("only", name="pk_acceptance"),
        sa.CheckConstraint('"only"', name="ck_acceptance_only"),
    )
    op.bulk_insert(acceptance, [{"rules": []}])


def downgrade() -> None:
    for table in ("acceptance", "article", "mail_delivery", "status_link", "intake_contact", "intake_receipt"):
        op.drop_table(table)
    op.drop_table("message")


def _messages() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("complaint_id", sa.Uuid, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.Text),
        sa.Column("visibility", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
        _of_a_complaint("message"),
    )
    op.create_index("ix_message_complaint_id_id", "message", ["complaint_id", "id"])


def _intake() -> None:
    op.create_table(
        "intake_receipt",
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("complaint_id", sa.Uuid, nullable=False),
        sa.Column("message_id", sa.Uuid),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_intake_receipt"),
        _of_a_complaint("intake_receipt"),
    )
    op.create_index("ix_intake_receipt_complaint_id", "intake_receipt", ["complaint_id"])
    op.create_table(
        "intake_contact",
        sa.Column("complaint_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("address", sa.Text),
        sa.Column("language", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", name="pk_intake_contact"),
        _of_a_complaint("intake_contact"),
    )
    op.create_table(
        "status_link",
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.Column("complaint_id", sa.Uuid, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_status_link"),
        _of_a_complaint("status_link"),
    )
    op.create_index("ix_status_link_complaint_id", "status_link", ["complaint_id"])
    op.create_table(
        "mail_delivery",
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("signature", name="pk_mail_delivery"),
    )
    op.create_index("ix_mail_delivery_at", "mail_delivery", ["at"])


def _articles() -> None:
    op.create_table(
        "article",
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("title_en", sa.Text, nullable=False),
        sa.Column("title_zh", sa.Text, nullable=False),
        sa.Column("text_en", sa.Text, nullable=False),
        sa.Column("text_zh", sa.Text, nullable=False),
        sa.Column("shown", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("helped", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("revision", sa.BigInteger, nullable=False, server_default=sa.text("1")),
        sa.PrimaryKeyConstraint("code", name="pk_article"),
    )
    op.create_index("ix_article_category", "article", ["category", "place", "code"])


def _of_a_complaint(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["complaint_id"], ["complaint.id"], name=f"fk_{table}_complaint_id_complaint", ondelete="CASCADE"
    )
