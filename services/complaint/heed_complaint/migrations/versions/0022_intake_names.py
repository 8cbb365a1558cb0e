"""Field names for tables of intake, call-back policy, repeats, merges, incidents, taxonomies and organisation."""

from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

TABLES = {
    "answer_policy": "callback_policy",
    "mail_delivery": "used_mail_signature",
    "repeat_rule": "repeat_policy",
}
COLUMNS = {
    "acceptance": {"only": "id"},
    "article": {"place": "position", "shown": "view_count", "helped": "helpful_count"},
    "callback_policy": {
        "single": "id",
        "unsolved": "on_unsolved",
        "lowest": "on_lowest_rating",
        "unpleasant": "on_unpleasant",
        "unanswered": "on_no_answer",
        "unanswered_after": "no_answer_after",
        "detractor": "on_detractor",
        "message_after_completion": "on_message_after_completion",
    },
    "complaint_merge": {"standing": "duplicate_state_before"},
    "incident": {"over_at": "closed_at"},
    "organisation": {"one": "id"},
    "repeat_policy": {"only": "id", "to": "escalate_to"},
    "status_link": {"made_at": "created_at"},
    "taxonomy": {"fixed": "codes_locked"},
    "term": {"place": "position"},
    "used_mail_signature": {"at": "used_at"},
}
CONSTRAINTS = {
    "acceptance": {"ck_acceptance_only": "ck_acceptance_one_row"},
    "callback_policy": {
        "pk_answer_policy": "pk_callback_policy",
        "ck_answer_policy_one_row": "ck_callback_policy_one_row",
    },
    "organisation": {"ck_organisation_only_one": "ck_organisation_one_row"},
    "repeat_policy": {
        "pk_repeat_rule": "pk_repeat_policy",
        "ck_repeat_rule_one_row": "ck_repeat_policy_one_row",
    },
    "used_mail_signature": {"pk_mail_delivery": "pk_used_mail_signature"},
}
INDEXES = {"ix_mail_delivery_at": "ix_used_mail_signature_used_at"}
RENAME_JOB = sa.text("UPDATE failed_work SET job = :new WHERE job = :old")
RENAME_KEY_OF_STATE = sa.text("""
    UPDATE complaint_merge
    SET duplicate_state_before =
        duplicate_state_before - :old || jsonb_build_object(:new, duplicate_state_before -> :old)
    WHERE jsonb_exists(duplicate_state_before, :old)
""").bindparams(sa.bindparam("old", type_=sa.Text), sa.bindparam("new", type_=sa.Text))


def upgrade() -> None:
    for old, new in TABLES.items():
        op.rename_table(old, new)
    for table, old, new in _pairs(COLUMNS):
        op.alter_column(table, old, new_column_name=new)
    for table, old, new in _pairs(CONSTRAINTS):
        op.execute(f'ALTER TABLE "{table}" RENAME CONSTRAINT "{old}" TO "{new}"')
    for old, new in INDEXES.items():
        op.execute(f'ALTER INDEX "{old}" RENAME TO "{new}"')
    op.execute(RENAME_JOB.bindparams(old="silence", new="unanswered_callbacks"))
    op.execute(RENAME_KEY_OF_STATE.bindparams(old="owed", new="pending_milestones"))


def downgrade() -> None:
    op.execute(RENAME_KEY_OF_STATE.bindparams(old="pending_milestones", new="owed"))
    op.execute(RENAME_JOB.bindparams(old="unanswered_callbacks", new="silence"))
    for old, new in INDEXES.items():
        op.execute(f'ALTER INDEX "{new}" RENAME TO "{old}"')
    for table, old, new in _pairs(CONSTRAINTS):
        op.execute(f'ALTER TABLE "{table}" RENAME CONSTRAINT "{new}" TO "{old}"')
    for table, old, new in _pairs(COLUMNS):
        op.alter_column(table, new, new_column_name=old)
    for old, new in TABLES.items():
        op.rename_table(new, old)


def _pairs(names: Mapping[str, Mapping[str, str]]) -> list[tuple[str, str, str]]:
    return [(table, old, new) for table, renames in names.items() for old, new in renames.items()]
