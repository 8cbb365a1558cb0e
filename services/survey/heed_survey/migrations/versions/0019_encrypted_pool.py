"""Anonymous responses that are not released yet are encrypted.

No release had the table with plain values, so it is created again.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("response_pool")
    _create(
        sa.Column("responses", sa.LargeBinary, nullable=False),
        sa.Column("size", sa.Integer, nullable=False, server_default=sa.text("0")),
    )


def downgrade() -> None:
    op.drop_table("response_pool")
    _create(sa.Column("responses", postgresql.JSONB, nullable=False, server_default=sa.text("'[]'")))


def _create(*columns: sa.Column[object]) -> None:
    op.create_table(
        "response_pool",
        sa.Column("survey_id", sa.Uuid, nullable=False),
        *columns,
        sa.Column("released", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.PrimaryKeyConstraint("survey_id", name="pk_response_pool"),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name="fk_response_pool_survey_id_survey"),
    )
