"""Imports of responses."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0019"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
OPEN = sa.text("state IN ('receiving', 'waiting', 'running')")


def upgrade() -> None:
    op.create_table(
        "response_import",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("survey_id", sa.Uuid, nullable=False),
        sa.Column("format", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("columns", postgresql.JSONB),
        sa.Column("delimiter", sa.Text),
        sa.Column("encoding", sa.Text, nullable=False),
        sa.Column("dry_run", sa.Boolean, nullable=False),
        *(
            sa.Column(name, sa.Integer, nullable=False)
            for name in ("lines_total", "lines_created", "lines_unchanged", "lines_failed")
        ),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("started_at", MOMENT),
        sa.Column("last_activity_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_response_import"),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name="fk_response_import_survey_id_survey"),
    )
    op.create_index("ix_response_import_open", "response_import", ["last_activity_at"], postgresql_where=OPEN)
    op.create_table(
        "response_import_chunk",
        sa.Column("import_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("first_line", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("import_id", "number", name="pk_response_import_chunk"),
        _of_import("response_import_chunk"),
    )
    op.create_table(
        "response_import_problem",
        sa.Column("id", sa.Integer, sa.Identity(always=True), nullable=False),
        sa.Column("import_id", sa.Uuid, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("column", sa.Text),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_response_import_problem"),
        _of_import("response_import_problem"),
    )
    op.create_index("ix_response_import_problem_import_id", "response_import_problem", ["import_id", "id"])


def downgrade() -> None:
    for table in ("response_import_problem", "response_import_chunk", "response_import"):
        op.drop_table(table)


def _of_import(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_import_id_response_import"
    return sa.ForeignKeyConstraint(["import_id"], ["response_import.id"], name=name, ondelete="CASCADE")
