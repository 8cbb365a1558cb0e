"""Rows that a loop could not process."""

from heed_common import migrations, tables

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    migrations.create_platform_table(tables.FAILED_WORK)


def downgrade() -> None:
    migrations.drop_platform_table(tables.FAILED_WORK)
