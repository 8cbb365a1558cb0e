"""Links to surveys: personal and open ones, keys of anonymous ones."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0011"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "survey_link",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("survey_id", sa.Uuid, nullable=False),
        sa.Column("invitation_id", sa.Uuid),
        sa.Column("customer_id", sa.Uuid),
        sa.Column("complaint_id", sa.Uuid),
        sa.Column("sample_id", sa.Uuid),
        sa.Column("wave", sa.Text),
        sa.Column("service_point_id", sa.Text),
        sa.Column("language", sa.Text),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT),
        sa.Column("used_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_survey_link"),
        sa.UniqueConstraint("token_hash", name="uq_survey_link_token_hash"),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name="fk_survey_link_survey_id_survey"),
    )
    for column in ("survey_id", "invitation_id", "expires_at"):
        op.create_index(f"ix_survey_link_{column}", "survey_link", [column])
    op.create_table(
        "anonymous_link_key",
        sa.Column("id", sa.LargeBinary, nullable=False),
        sa.Column("survey_id", sa.Uuid, nullable=False),
        sa.Column("wave", sa.Text),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_anonymous_link_key"),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name="fk_anonymous_link_key_survey_id_survey"),
    )
    op.create_index("ix_anonymous_link_key_survey_id", "anonymous_link_key", ["survey_id"])
    op.create_table(
        "burnt_link",
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.Column("key_id", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_burnt_link"),
        sa.ForeignKeyConstraint(
            ["key_id"],
            ["anonymous_link_key.id"],
            name="fk_burnt_link_key_id_anonymous_link_key",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_burnt_link_key_id", "burnt_link", ["key_id"])


def downgrade() -> None:
    op.drop_table("burnt_link")
    op.drop_table("anonymous_link_key")
    op.drop_table("survey_link")
