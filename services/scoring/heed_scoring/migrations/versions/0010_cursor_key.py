"""The key that signs the cursors of lists, and the row that probes write."""

from heed_common import migrations

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    migrations.create_cursor_key_and_probe()


def downgrade() -> None:
    migrations.drop_cursor_key_and_probe()
