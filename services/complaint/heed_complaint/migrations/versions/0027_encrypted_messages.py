"""Encrypted contents of messages, of contacts of complainants and of ignored mails; the key that recognises replies."""

import sqlalchemy as sa
from alembic import op

from heed_common import platform_migrations

revision = "0027"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    platform_migrations.add_plain_values()
    platform_migrations.encrypt_outgoing_messages()
    op.execute("""
        INSERT INTO plain_value ("column", key, value)
        SELECT 'message.content', id::text, jsonb_build_object('text', text) FROM message
        UNION ALL
        SELECT 'intake_contact.content', complaint_id::text,
            jsonb_build_object('name', name, 'address', address, 'sender', sender)
        FROM intake_contact
        UNION ALL
        SELECT 'ignored_mail.content', encode(key, 'hex'),
            jsonb_build_object('sender', sender, 'subject', subject, 'text', text)
        FROM ignored_mail
    """)
    op.drop_column("message", "text")
    op.drop_index("ix_intake_contact_address", table_name="intake_contact")
    for column in ("name", "address", "sender"):
        op.drop_column("intake_contact", column)
    for column in ("sender", "subject", "text"):
        op.drop_column("ignored_mail", column)
    for table in ("message", "intake_contact", "ignored_mail"):
        op.add_column(table, sa.Column("content", sa.LargeBinary()))
    op.add_column("intake_contact", sa.Column("blind_index", sa.LargeBinary()))
    op.create_index("ix_intake_contact_blind_index", "intake_contact", ["blind_index"])
    op.create_table(
        "reply_key",
        sa.Column("id", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("id", name=op.f("ck_reply_key_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_key")),
    )


def downgrade() -> None:
    """Restore the plain columns, empty: a migration has no keys."""
    op.drop_table("reply_key")
    op.drop_index("ix_intake_contact_blind_index", table_name="intake_contact")
    op.drop_column("intake_contact", "blind_index")
    for table in ("message", "intake_contact", "ignored_mail"):
        op.drop_column(table, "content")
    for table, column in (("message", "text"), *(("ignored_mail", name) for name in ("sender", "subject", "text"))):
        op.add_column(table, sa.Column(column, sa.Text(), server_default="", nullable=False))
        op.alter_column(table, column, server_default=None)
    for column in ("name", "address", "sender"):
        op.add_column("intake_contact", sa.Column(column, sa.Text()))
    op.create_index("ix_intake_contact_address", "intake_contact", ["address"])
    platform_migrations.decrypt_outgoing_messages()
    platform_migrations.drop_plain_values()
