"""Promises, quotes and needs."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_promises()
    _create_quotes()
    _create_needs()


def downgrade() -> None:
    for table in ("need", "quote", "promise"):
        op.drop_table(table)


def _create_promises() -> None:
    op.create_table(
        "promise",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_to", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("settled_at", MOMENT),
        sa.Column("settled_by", sa.Text()),
        sa.Column("settlement_note", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_promise"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_promise_customer_id_customer"),
    )
    op.create_index("ix_promise_customer_id", "promise", ["customer_id", "id"])
    op.create_index("ix_promise_due_at", "promise", ["due_at"], postgresql_where=sa.text("state = 'open'"))


def _create_quotes() -> None:
    op.create_table(
        "quote",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("product_key", sa.Text(), nullable=False),
        sa.Column("price", sa.Numeric(28, 4), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("valid_from", MOMENT, nullable=False),
        sa.Column("valid_to", MOMENT),
        sa.Column("quoted_by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", MOMENT),
        sa.Column("withdrawn_by", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_quote"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_quote_customer_id_customer"),
    )
    op.create_index("ix_quote_customer_id", "quote", ["customer_id", "id"])
    op.create_index("ix_quote_product_key", "quote", ["customer_id", "product_key"])


def _create_needs() -> None:
    op.create_table(
        "need",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Numeric(3, 2), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_need"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_need_customer_id_customer"),
    )
    op.create_index("ix_need_customer_id", "need", ["customer_id", "id"])
