"""A consumer that stopped stays stopped, dead letters can be retried, and the inbox forgets."""

from heed_common import platform_migrations

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    platform_migrations.add_consumer_breaker()


def downgrade() -> None:
    platform_migrations.drop_consumer_breaker()
