"""Taxonomies that operators can change, duplicates, incidents and repeats."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
FIXED = ("case_kind", "channel", "guarantee_scope", "milestone", "remedy", "severity", "state")
"""Lists that the program itself goes by: their codes stand in the contract."""
STATES = [
    ("received", "Received", "已接收"),
    ("accepted", "Accepted", "已受理"),
    ("declined", "Declined", "不予受理"),
    ("referred", "Referred", "已转介"),
    ("contacted", "Contacted", "已联系"),
    ("committed", "Committed", "已承诺"),
    ("completed", "Completed", "已完成"),
    ("confirmed", "Confirmed", "已确认"),
    ("called_back", "Called back", "已回访"),
    ("closed", "Closed", "已关闭"),
    ("withdrawn", "Withdrawn", "已撤回"),
]


def upgrade() -> None:
    _let_operators_edit_taxonomies()
    op.create_table(
        "repeat_rule",
        sa.Column("only", sa.Boolean, nullable=False, server_default=sa.text("true")),
        sa.Column("escalate_from", sa.Integer, nullable=False),
        sa.Column("to", sa.Text, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False, server_default=sa.text("1")),
        sa.PrimaryKeyConstraint("only", name="pk_repeat_rule"),
        sa.CheckConstraint('"only"', name="ck_repeat_rule_one_row"),
    )
    op.execute("INSERT INTO repeat_rule (escalate_from, \"to\") VALUES (3, 'supervisor')")
    _create_complaint_merge()
    _create_incident()
    op.create_index("ix_complaint_product_received_at", "complaint", ["product", "received_at"])
    op.create_index("ix_complaint_category_received_at", "complaint", ["category", "received_at"])


def _let_operators_edit_taxonomies() -> None:
    taxonomy = op.create_table(
        "taxonomy",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("fixed", sa.Boolean, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False, server_default=sa.text("1")),
        sa.PrimaryKeyConstraint("name", name="pk_taxonomy"),
    )
    op.add_column("term", sa.Column("retired", sa.Boolean, nullable=False, server_default=sa.text("false")))
    term = sa.table("term", *(sa.column(name) for name in ("taxonomy", "code", "place", "en", "zh")))
    op.bulk_insert(
        term,
        [
            {"taxonomy": "state", "code": code, "place": place, "en": en, "zh": zh}
            for place, (code, en, zh) in enumerate(STATES, start=1)
        ],
    )
    names = sa.select(term.c.taxonomy, term.c.taxonomy.in_(FIXED)).distinct()
    op.execute(taxonomy.insert().from_select(["name", "fixed"], names))


def _create_complaint_merge() -> None:
    op.create_table(
        "complaint_merge",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("survivor_id", sa.Uuid, nullable=False),
        sa.Column("duplicate_id", sa.Uuid, nullable=False),
        sa.Column("merged_at", MOMENT, nullable=False),
        sa.Column("survivor_received_at", MOMENT, nullable=False),
        sa.Column("survivor_occurred_at", MOMENT, nullable=False),
        sa.Column("standing", postgresql.JSONB, nullable=False),
        sa.Column("undone_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_complaint_merge"),
        *(
            sa.ForeignKeyConstraint(
                [column], ["complaint.id"], name=f"fk_complaint_merge_{column}_complaint", ondelete="CASCADE"
            )
            for column in ("survivor_id", "duplicate_id")
        ),
    )
    standing = sa.text("undone_at IS NULL")
    op.create_index(
        "uq_complaint_merge_duplicate_id", "complaint_merge", ["duplicate_id"], unique=True, postgresql_where=standing
    )
    op.create_index("ix_complaint_merge_survivor_id", "complaint_merge", ["survivor_id"])
    merged = sa.text("merged_into IS NOT NULL")
    op.create_index("ix_complaint_merged_into", "complaint", ["merged_into"], postgresql_where=merged)


def _create_incident() -> None:
    op.create_table(
        "incident",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("category", sa.Text),
        sa.Column("product", sa.Text),
        sa.Column("service_point_id", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("opened_by", sa.Text, nullable=False),
        sa.Column("over_at", MOMENT),
        sa.Column("revision", sa.BigInteger, nullable=False, server_default=sa.text("1")),
        sa.PrimaryKeyConstraint("id", name="pk_incident"),
    )
    attached = sa.text("incident_id IS NOT NULL")
    op.create_index("ix_complaint_incident_id", "complaint", ["incident_id", "id"], postgresql_where=attached)


def downgrade() -> None:
    op.drop_index("ix_complaint_incident_id", "complaint")
    op.drop_index("ix_complaint_merged_into", "complaint")
    op.drop_index("ix_complaint_category_received_at", "complaint")
    op.drop_index("ix_complaint_product_received_at", "complaint")
    for table in ("incident", "complaint_merge", "repeat_rule", "taxonomy"):
        op.drop_table(table)
    op.execute("DELETE FROM term WHERE taxonomy = 'state'")
    op.drop_column("term", "retired")
