"""Rows that a job could not process."""

from heed_common import platform_migrations

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    platform_migrations.add_failed_work()


def downgrade() -> None:
    platform_migrations.drop_failed_work()
