"""The key that signs the cursors of lists, and the row that probes write."""

from heed_common import platform_migrations

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    platform_migrations.add_cursor_key_and_probe()


def downgrade() -> None:
    platform_migrations.drop_cursor_key_and_probe()
