"""Encrypted contents of messages."""

from heed_common import platform_migrations

revision = "0026"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    platform_migrations.add_plain_values()
    platform_migrations.encrypt_outgoing_messages()


def downgrade() -> None:
    platform_migrations.decrypt_outgoing_messages()
    platform_migrations.drop_plain_values()
