"""Imports of complaints, and the hash by which their lines refer to customers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
OPEN = sa.text("state IN ('receiving', 'waiting', 'running')")


def upgrade() -> None:
    op.add_column("customer", sa.Column("external_id_hash", sa.Text))
    op.create_index("ix_customer_external_id_hash", "customer", ["external_id_hash"])
    op.create_table(
        "complaint_import",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("format", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("columns", postgresql.JSONB),
        sa.Column("mapping", postgresql.JSONB),
        sa.Column("delimiter", sa.Text),
        sa.Column("encoding", sa.Text, nullable=False),
        sa.Column("on_conflict", sa.Text, nullable=False),
        sa.Column("dry_run", sa.Boolean, nullable=False),
        *(
            sa.Column(name, sa.Integer, nullable=False)
            for name in ("lines_total", "lines_created", "lines_unchanged", "lines_kept", "lines_failed")
        ),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("started_at", MOMENT),
        sa.Column("last_activity_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT),
        sa.Column("waits_until", MOMENT),
        sa.Column("retry_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_complaint_import"),
    )
    op.create_index("ix_complaint_import_open", "complaint_import", ["last_activity_at"], postgresql_where=OPEN)
    op.create_table(
        "complaint_import_chunk",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("import_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("first_line", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_complaint_import_chunk"),
        _of_import("complaint_import_chunk"),
    )
    op.create_index(
        "ix_complaint_import_chunk_import_id", "complaint_import_chunk", ["import_id", "number"], unique=True
    )
    op.create_table(
        "complaint_import_problem",
        sa.Column("id", sa.Integer, sa.Identity(always=True), nullable=False),
        sa.Column("import_id", sa.Uuid, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("column", sa.Text),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_complaint_import_problem"),
        _of_import("complaint_import_problem"),
    )
    op.create_index("ix_complaint_import_problem_import_id", "complaint_import_problem", ["import_id", "id"])


def downgrade() -> None:
    for table in ("complaint_import_problem", "complaint_import_chunk", "complaint_import"):
        op.drop_table(table)
    op.drop_index("ix_customer_external_id_hash", table_name="customer")
    op.drop_column("customer", "external_id_hash")


def _of_import(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_import_id_complaint_import"
    return sa.ForeignKeyConstraint(["import_id"], ["complaint_import.id"], name=name, ondelete="CASCADE")
