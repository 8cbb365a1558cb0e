"""Names of the field for promises, guarantees, checklists, versions of rules and corrective actions."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

TABLES = (
    ("guarantee_call", "guarantee_claim"),
    ("step_tick", "step_completion"),
    ("correction", "corrective_action"),
    ("correction_told", "corrective_action_notification"),
)
COLUMNS = (
    ("promise", "what", "description"),
    ("promise", "told_before", "customer_notified"),
    ("rule_version", "thing", "subject"),
    ("corrective_action_notification", "correction_id", "action_id"),
)
CONSTRAINTS = (
    ("guarantee_claim", "pk_guarantee_call", "pk_guarantee_claim"),
    ("guarantee_claim", "fk_guarantee_call_complaint_id_complaint", "fk_guarantee_claim_complaint_id_complaint"),
    ("step_completion", "pk_step_tick", "pk_step_completion"),
    ("step_completion", "fk_step_tick_complaint_id_complaint", "fk_step_completion_complaint_id_complaint"),
    ("corrective_action", "pk_correction", "pk_corrective_action"),
    ("corrective_action_notification", "pk_correction_told", "pk_corrective_action_notification"),
    (
        "corrective_action_notification",
        "fk_correction_told_correction_id_correction",
        "fk_corrective_action_notification_action_id_corrective_action",
    ),
    (
        "corrective_action_notification",
        "fk_correction_told_complaint_id_complaint",
        "fk_corrective_action_notification_complaint_id_complaint",
    ),
)
INDEX = ("ix_rule_version_thing_seq", "ix_rule_version_subject_seq")


def upgrade() -> None:
    for old, new in TABLES:
        op.rename_table(old, new)
    for table, old, new in COLUMNS:
        op.alter_column(table, old, new_column_name=new)
    for table, old, new in CONSTRAINTS:
        op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT {old} TO {new}")
    op.execute(f"ALTER INDEX {INDEX[0]} RENAME TO {INDEX[1]}")


def downgrade() -> None:
    op.execute(f"ALTER INDEX {INDEX[1]} RENAME TO {INDEX[0]}")
    for table, old, new in CONSTRAINTS:
        op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT {new} TO {old}")
    for table, old, new in COLUMNS:
        op.alter_column(table, new, new_column_name=old)
    for old, new in TABLES:
        op.rename_table(new, old)
