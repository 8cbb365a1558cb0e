"""Creator, expiry, rate limit, rotation with overlap, last use and version of API keys."""

from heed_common import platform_migrations

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    platform_migrations.add_key_columns()


def downgrade() -> None:
    platform_migrations.drop_key_columns()
