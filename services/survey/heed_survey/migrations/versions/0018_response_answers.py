"""Answers of any type as a mapping, with design, mode, wave, quality and numeric form.

The numeric form of older rows is left empty: it needs the survey's version, and a job of the service encodes them.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0012"
branch_labels = None
depends_on = None

COLUMNS: tuple[sa.Column[Any], ...] = (
    sa.Column("state", sa.Text, nullable=False, server_default=sa.text("'published'")),
    sa.Column("link_id", sa.Uuid),
    sa.Column("mode", sa.Text, nullable=False, server_default=sa.text("'web'")),
    sa.Column("wave", sa.Text),
    sa.Column("interviewer", sa.Text),
    sa.Column("context", postgresql.JSONB),
    sa.Column("weight", sa.Float),
    sa.Column("stratum", sa.Text),
    sa.Column("cluster", sa.Text),
    sa.Column("population", sa.Float),
    sa.Column("second_cluster", sa.Text),
    sa.Column("second_population", sa.Float),
    sa.Column("flags", sa.ARRAY(sa.Text()), nullable=False, server_default=sa.text("'{}'")),
    sa.Column("seconds", sa.Integer),
    sa.Column("encoded", sa.LargeBinary),
    sa.Column("answers_hash", sa.LargeBinary),
    sa.Column("is_recovered", sa.Boolean, nullable=False, server_default=sa.text("false")),
)
LIST_TO_MAPPING = """
    UPDATE response SET answers = coalesce(
        (SELECT jsonb_object_agg(answer->>'item', coalesce(nullif(answer->'value', 'null'), answer->'text'))
         FROM jsonb_array_elements(answers) AS answer), '{}')
"""
MAPPING_TO_LIST = """
    UPDATE response SET answers = coalesce(
        (SELECT jsonb_agg(jsonb_build_object(
             'item', key, CASE WHEN jsonb_typeof(value) = 'number' THEN 'value' ELSE 'text' END, value))
         FROM jsonb_each(answers)), '[]')
"""


def upgrade() -> None:
    for column in COLUMNS:
        op.add_column("response", column)
    op.execute("UPDATE response SET is_recovered = true WHERE fingerprint = ''")
    op.drop_column("response", "fingerprint")
    op.execute(LIST_TO_MAPPING)
    op.drop_index("ix_response_survey_id", "response")
    op.create_index("ix_response_survey_id_id", "response", ["survey_id", "id"])
    op.create_index(
        "ix_response_survey_id_answers_hash",
        "response",
        ["survey_id", "answers_hash"],
        postgresql_where=sa.text("answers_hash IS NOT NULL"),
    )
    op.create_index("ix_response_not_encoded", "response", ["id"], postgresql_where=sa.text("encoded IS NULL"))
    op.create_table(
        "response_pool",
        sa.Column("survey_id", sa.Uuid, nullable=False),
        sa.Column("responses", postgresql.JSONB, nullable=False, server_default=sa.text("'[]'")),
        sa.Column("released", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.PrimaryKeyConstraint("survey_id", name="pk_response_pool"),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name="fk_response_pool_survey_id_survey"),
    )


def downgrade() -> None:
    op.drop_table("response_pool")
    op.drop_index("ix_response_not_encoded", "response")
    op.drop_index("ix_response_survey_id_answers_hash", "response")
    op.drop_index("ix_response_survey_id_id", "response")
    op.create_index("ix_response_survey_id", "response", ["survey_id"])
    op.execute(MAPPING_TO_LIST)
    op.add_column("response", sa.Column("fingerprint", sa.LargeBinary, nullable=False, server_default=sa.text("''")))
    op.alter_column("response", "fingerprint", server_default=None)
    for column in COLUMNS:
        op.drop_column("response", column.name)
