"""Jobs are called in failed work as in the code."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

JOBS = (("sweep", "daily_refresh"), ("nightly fit", "nightly_fit"))
RENAME_JOB = sa.text("UPDATE failed_work SET job = :new WHERE job = :old")


def upgrade() -> None:
    for old, new in JOBS:
        op.get_bind().execute(RENAME_JOB, {"old": old, "new": new})


def downgrade() -> None:
    for old, new in JOBS:
        op.get_bind().execute(RENAME_JOB, {"old": new, "new": old})
