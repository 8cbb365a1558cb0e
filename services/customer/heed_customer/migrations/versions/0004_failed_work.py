"""Rows that a loop could not process."""

from heed_common import platform_migrations

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    platform_migrations.add_failed_work()


def downgrade() -> None:
    platform_migrations.drop_failed_work()
