"""The audit trail."""

from heed_common import platform_migrations

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    platform_migrations.add_audit()


def downgrade() -> None:
    platform_migrations.drop_audit()
