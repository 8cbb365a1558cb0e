"""Stored consumer stops, retry of dead letters, and an index for the purge of the inbox."""

from heed_common import platform_migrations

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    platform_migrations.add_consumer_breaker()


def downgrade() -> None:
    platform_migrations.drop_consumer_breaker()
