"""Facts are in a table of their own: the daily refresh rewrites the other one, whose rows are narrow.

The wide rows stay where they are. What was the table of customers becomes the table of their facts, and the narrow rows
are copied out of it: seconds for a million customers.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0020"
branch_labels = None
depends_on = None

NUMBERS = ("value_amount", "potential", "loyalty", "probability", "value_at_risk")
MOVED = ("survivor_id", "scored_on", "model_version", *NUMBERS)
COPY_CUSTOMERS = f"""
    INSERT INTO customer (customer_id, {", ".join(MOVED)}, published_value_at_risk)
    SELECT customer_id, {", ".join(MOVED)},
           CAST(CAST(published_numbers AS json) #>> '{{value_at_risk,amount}}' AS numeric)
    FROM customer_facts ORDER BY customer_id
"""  # noqa: S608 - names of this file
COPY_BACK = f"""
    UPDATE customer_facts SET {", ".join(f"{name} = customer.{name}" for name in MOVED)}
    FROM customer WHERE customer.customer_id = customer_facts.customer_id
"""  # noqa: S608


def upgrade() -> None:
    op.rename_table("customer", "customer_facts")
    op.execute("ALTER TABLE customer_facts RENAME CONSTRAINT pk_customer TO pk_customer_facts")
    op.create_table(
        "customer",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        *_moved(),
        sa.Column("published_value_at_risk", sa.Numeric(), nullable=True),
        postgresql_with={"fillfactor": 50},
    )
    op.execute(COPY_CUSTOMERS)
    op.create_primary_key(op.f("pk_customer"), "customer", ["customer_id"])
    for index in ("value_at_risk", "model_version_scored_on", "survivor_id"):
        op.drop_index(f"ix_customer_{index}", "customer_facts")
    op.create_index("ix_customer_published_value_at_risk", "customer", ["published_value_at_risk", "customer_id"])
    _index_survivors("customer")
    for column in MOVED:
        op.drop_column("customer_facts", column)
    op.execute("ANALYZE customer")


def downgrade() -> None:
    for column in _moved():
        op.add_column("customer_facts", column)
    op.execute(COPY_BACK)
    op.drop_table("customer")
    op.rename_table("customer_facts", "customer")
    op.execute("ALTER TABLE customer RENAME CONSTRAINT pk_customer_facts TO pk_customer")
    op.create_index("ix_customer_value_at_risk", "customer", ["value_at_risk", "customer_id"])
    op.create_index("ix_customer_model_version_scored_on", "customer", ["model_version", "scored_on"])
    _index_survivors("customer")


def _moved() -> list[sa.Column[Any]]:
    return [
        sa.Column("survivor_id", sa.Uuid(), nullable=True),
        sa.Column("scored_on", sa.Date(), nullable=True),
        sa.Column("model_version", sa.Text(), nullable=True),
        *(sa.Column(name, sa.Numeric(), nullable=True) for name in NUMBERS),
    ]


def _index_survivors(table: str) -> None:
    op.create_index(
        "ix_customer_survivor_id", table, ["survivor_id"], postgresql_where=sa.text("survivor_id IS NOT NULL")
    )
