"""Columns of complaints and their history, and jobs, are called as in the glossary."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0026"
branch_labels = None
depends_on = None

COLUMNS = (
    ("complaint", "nth", "repeat_number"),
    ("complaint", "escalation", "escalation_level"),
    ("complaint", "event_id", "opening_event_id"),
    ("history_entry", "at", "recorded_at"),
    ("history_entry", "by", "actor"),
)
INDEX = ("ix_history_entry_contact_at", "ix_history_entry_contact_recorded_at")
JOBS = (("timers", "deadline_scheduler"), ("re-planning", "replanning"))
RENAME_JOB = sa.text("UPDATE failed_work SET job = :new WHERE job = :old")
RENAME_ACTION = sa.text("UPDATE history_entry SET action = :new WHERE action = :old")


def upgrade() -> None:
    for table, old, new in COLUMNS:
        op.alter_column(table, old, new_column_name=new)
    op.execute(f"ALTER INDEX {INDEX[0]} RENAME TO {INDEX[1]}")
    for old, new in JOBS:
        op.get_bind().execute(RENAME_JOB, {"old": old, "new": new})
    op.get_bind().execute(RENAME_ACTION, {"old": "note_pause", "new": "record_pause"})


def downgrade() -> None:
    op.get_bind().execute(RENAME_ACTION, {"old": "record_pause", "new": "note_pause"})
    for old, new in JOBS:
        op.get_bind().execute(RENAME_JOB, {"old": new, "new": old})
    op.execute(f"ALTER INDEX {INDEX[1]} RENAME TO {INDEX[0]}")
    for table, old, new in COLUMNS:
        op.alter_column(table, new, new_column_name=old)
