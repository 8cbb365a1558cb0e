"""Queue of messages to customers, and templates."""

from heed_common import platform_migrations

revision = "0026"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    platform_migrations.add_outgoing_messages()


def downgrade() -> None:
    platform_migrations.drop_outgoing_messages()
