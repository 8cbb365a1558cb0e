"""Lines of imported responses are encrypted while they wait.

Files that were not processed yet are dropped, and have to be sent again: only development versions had them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0023"
branch_labels = None
depends_on = None

TABLE = "response_import_chunk"


def upgrade() -> None:
    _drop()
    _create(
        sa.Column("id", sa.Uuid, nullable=False),
        *_columns(),
        sa.Column("lines", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{TABLE}"),
    )
    op.create_index(f"ix_{TABLE}_import_id", TABLE, ["import_id", "number"], unique=True)


def downgrade() -> None:
    _drop()
    _create(
        *_columns(),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("import_id", "number", name=f"pk_{TABLE}"),
    )


def _drop() -> None:
    op.execute("DELETE FROM response_import WHERE state <> 'done'")
    op.drop_table(TABLE)


def _columns() -> list[sa.Column[object]]:
    return [
        sa.Column("import_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("first_line", sa.Integer, nullable=False),
    ]


def _create(*parts: sa.schema.SchemaItem) -> None:
    foreign_key = sa.ForeignKeyConstraint(
        ["import_id"], ["response_import.id"], name=f"fk_{TABLE}_import_id_response_import", ondelete="CASCADE"
    )
    op.create_table(TABLE, *parts, foreign_key)
