"""Columns and tables are named by the terms of the field; their contents stay as they are."""

from alembic import op

revision = "0021"
down_revision = "0019"
branch_labels = None
depends_on = None

TABLES = {
    "alias": "customer_alias",
    "bought": "purchase",
    "outlook": "saved_value_forecast",
    "past_outlook": "saved_value_forecast_history",
    "place": "priority_rank",
    "planned": "complaint_plan_state",
    "sla_revision": "terms_revision",
}
COLUMNS = {
    "agent": {"present": "is_present"},
    "customer_alias": {"member": "duplicate_id", "survivor": "survivor_id"},
    "desk": {"assigns_on_acceptance": "auto_assign"},
    "milestone": {
        "escalated": "escalations_announced",
        "former_runs": "previous_runs",
        "missed": "breach_announced",
        "next_at": "next_alert_at",
        "number": "cycle",
        "used": "consumed",
        "warned": "warning_announced",
    },
    "pause": {"why": "reason"},
    "priority_rank": {"counts_until": "effective_deadline", "key": "sort_key", "to_do": "actionable"},
    "queue": {"place": "position"},
    "saved_value_forecast": {"said_at": "forecast_at"},
    "saved_value_forecast_history": {"said_at": "forecast_at"},
    "terms_revision": {"at": "recorded_at", "by": "actor", "what": "subject_type"},
}
CONSTRAINTS = {
    "complaint_plan_state": {
        "fk_planned_complaint_id_complaint": "fk_complaint_plan_state_complaint_id_complaint",
        "pk_planned": "pk_complaint_plan_state",
    },
    "customer_alias": {"pk_alias": "pk_customer_alias"},
    "priority_rank": {
        "fk_place_complaint_id_complaint": "fk_priority_rank_complaint_id_complaint",
        "pk_place": "pk_priority_rank",
    },
    "purchase": {"pk_bought": "pk_purchase"},
    "saved_value_forecast": {"pk_outlook": "pk_saved_value_forecast"},
    "saved_value_forecast_history": {"pk_past_outlook": "pk_saved_value_forecast_history"},
    "terms_revision": {"pk_sla_revision": "pk_terms_revision"},
}
INDEXES = {
    "ix_alias_survivor": "ix_customer_alias_survivor_id",
    "ix_bought_customer_id_occurred_at": "ix_purchase_customer_id_occurred_at",
    "ix_milestone_next_at": "ix_milestone_next_alert_at",
    "ix_outlook_customer_id": "ix_saved_value_forecast_customer_id",
    "ix_outlook_expected_value_saved": "ix_saved_value_forecast_expected_value_saved",
    "ix_place_key": "ix_priority_rank_sort_key",
    "ix_place_owner_customer_wrote": "ix_priority_rank_owner_customer_wrote",
    "ix_place_queue_key": "ix_priority_rank_queue_sort_key",
    "ix_planned_revision": "ix_complaint_plan_state_revision",
}
SEQUENCES = {"sla_revision_revision_seq": "terms_revision_revision_seq"}


def upgrade() -> None:
    for old, new in TABLES.items():
        op.rename_table(old, new)
    for table, columns in COLUMNS.items():
        for old, new in columns.items():
            op.alter_column(table, old, new_column_name=new)
    for table, constraints in CONSTRAINTS.items():
        for old, new in constraints.items():
            op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT {old} TO {new}")
    _rename("INDEX", INDEXES)
    _rename("SEQUENCE", SEQUENCES)


def downgrade() -> None:
    _rename("SEQUENCE", {new: old for old, new in SEQUENCES.items()})
    _rename("INDEX", {new: old for old, new in INDEXES.items()})
    for table, constraints in CONSTRAINTS.items():
        for old, new in constraints.items():
            op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT {new} TO {old}")
    for table, columns in COLUMNS.items():
        for old, new in columns.items():
            op.alter_column(table, new, new_column_name=old)
    for old, new in TABLES.items():
        op.rename_table(new, old)


def _rename(kind: str, names: dict[str, str]) -> None:
    for old, new in names.items():
        op.execute(f"ALTER {kind} {old} RENAME TO {new}")
