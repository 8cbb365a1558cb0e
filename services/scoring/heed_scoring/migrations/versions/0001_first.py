"""The ledger, the facts that it folds into, the models, and the built-in one that speaks until the first fit."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from heed_common import platform_migrations

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

PRIOR = sa.text("""
    INSERT INTO model (id, version, parameters, diagnostics, created_at) VALUES (
        '00000000-0000-7000-8000-000000000001', 'prior-1',
        '{"algorithm": "mbg_nbd", "revision": 1, "margin": null, "tiers": {"A": "1000", "B": "300"},
          "purchase": {"r": 0.525, "alpha": 6.18, "a": 0.891, "b": 1.614},
          "money": {"currency": "USD", "rates": {}}}',
        '{"origin": "built in"}', '1970-01-01T00:00:00Z'
    )
""")
IN_FORCE = sa.text("INSERT INTO promotion (promoted_at, model_version) VALUES ('1970-01-01T00:00:00Z', 'prior-1')")
CHAMPION = sa.text("INSERT INTO champion (one, model_version) VALUES (true, 'prior-1')")


def upgrade() -> None:
    platform_migrations.create_first_tables()
    op.create_table(
        "champion",
        sa.Column("one", sa.Boolean(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.CheckConstraint("one", name=op.f("ck_champion_only_one")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_champion")),
    )
    op.create_table(
        "customer",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("facts_version", sa.BigInteger(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("scored_day", sa.Date(), nullable=True),
        sa.Column("model_version", sa.Text(), nullable=True),
        sa.Column("amount", sa.Numeric(), nullable=True),
        sa.Column("potential", sa.Numeric(), nullable=True),
        sa.Column("loyalty", sa.Numeric(), nullable=True),
        sa.Column("probability", sa.Numeric(), nullable=True),
        sa.Column("value_at_risk", sa.Numeric(), nullable=True),
        sa.Column("numbers", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_customer")),
        postgresql_with={"toast_tuple_target": 8160},
    )
    op.create_index("ix_customer_model_version_scored_day", "customer", ["model_version", "scored_day"], unique=False)
    op.create_index("ix_customer_value_at_risk", "customer", ["value_at_risk", "customer_id"], unique=False)
    op.create_table(
        "fit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column("observed_until", sa.Date(), nullable=True),
        sa.Column("penalty", sa.Double(), nullable=False),
        sa.Column("promote", sa.Boolean(), nullable=False),
        sa.Column("scheduled", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("model_version", sa.Text(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fit")),
    )
    op.create_table(
        "history",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "known_at", name=op.f("pk_history")),
        postgresql_with={"toast_tuple_target": 8160},
    )
    op.create_table(
        "ledger",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("gross", sa.Numeric(28, 0), nullable=False),
        sa.Column("margin", sa.Numeric(28, 0), nullable=False),
        sa.Column("detail", postgresql.JSONB, nullable=True),
        sa.PrimaryKeyConstraint("event_id", "place", name=op.f("pk_ledger")),
    )
    op.create_index("ix_ledger_customer_id_known_at", "ledger", ["customer_id", "known_at"], unique=False)
    op.create_table(
        "model",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("parameters", postgresql.JSONB, nullable=False),
        sa.Column("diagnostics", postgresql.JSONB, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model")),
        sa.UniqueConstraint("version", name=op.f("uq_model_version")),
    )
    op.create_table(
        "promotion",
        sa.Column("promoted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("promoted_at", name=op.f("pk_promotion")),
    )
    for statement in (PRIOR, IN_FORCE, CHAMPION):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("promotion")
    op.drop_table("model")
    op.drop_index("ix_ledger_customer_id_known_at", table_name="ledger")
    op.drop_table("ledger")
    op.drop_table("history")
    op.drop_table("fit")
    op.drop_index("ix_customer_model_version_scored_day", table_name="customer")
    op.drop_index("ix_customer_value_at_risk", table_name="customer")
    op.drop_table("customer")
    op.drop_table("champion")
    platform_migrations.drop_first_tables()
