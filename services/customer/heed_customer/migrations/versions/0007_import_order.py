"""Order of imports, rows gathered across a file, formats of files, and results by line."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0005"
branch_labels = None
depends_on = None

IMPORT_COLUMNS = (
    ("encoding", sa.Text(), "'utf-8'"),
    ("on_conflict", sa.Text(), "'reject'"),
    ("lines_created", sa.Integer(), "0"),
    ("lines_updated", sa.Integer(), "0"),
    ("lines_unchanged", sa.Integer(), "0"),
    ("lines_kept", sa.Integer(), "0"),
)
CHUNK_COLUMNS = ("keys", "references")
HASHES = postgresql.ARRAY(sa.BigInteger())


def upgrade() -> None:
    op.add_column("import", sa.Column("delimiter", sa.Text(), nullable=True))
    for name, kind, default in IMPORT_COLUMNS:
        op.add_column("import", sa.Column(name, kind, nullable=False, server_default=sa.text(default)))
        op.alter_column("import", name, server_default=None)
    op.execute("UPDATE import SET delimiter = ',' WHERE format = 'csv'")
    op.execute("UPDATE import SET lines_unchanged = lines_ok")
    op.add_column("import_chunk", sa.Column("line_numbers", postgresql.ARRAY(sa.Integer()), nullable=True))
    for name in CHUNK_COLUMNS:
        op.add_column("import_chunk", sa.Column(name, HASHES, nullable=False, server_default="{}"))
        op.alter_column("import_chunk", name, server_default=None)
    op.create_table(
        "import_dependency",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("earlier_id", sa.Uuid(), nullable=False),
        sa.Column("last_chunk", sa.Integer(), nullable=False),
        _import_key("import_dependency", "import_id"),
        _import_key("import_dependency", "earlier_id"),
        sa.PrimaryKeyConstraint("import_id", "earlier_id", name=op.f("pk_import_dependency")),
    )
    op.create_index(op.f("ix_import_dependency_earlier_id"), "import_dependency", ["earlier_id"])
    op.create_table(
        "import_scattered_key",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        _import_key("import_scattered_key", "import_id"),
        sa.PrimaryKeyConstraint("import_id", "key", name=op.f("pk_import_scattered_key")),
    )
    op.create_table(
        "import_row",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        _import_key("import_row", "import_id"),
        sa.PrimaryKeyConstraint("import_id", "key", "line", name=op.f("pk_import_row")),
    )


def downgrade() -> None:
    for table in ("import_row", "import_scattered_key", "import_dependency"):
        op.drop_table(table)
    for name in ("line_numbers", *CHUNK_COLUMNS):
        op.drop_column("import_chunk", name)
    for name in ("delimiter", *(name for name, _, _ in IMPORT_COLUMNS)):
        op.drop_column("import", name)


def _import_key(table: str, column: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_import")
    return sa.ForeignKeyConstraint([column], ["import.id"], name=name, ondelete="CASCADE")
