"""Facts have old purchase days as sums, and many days of a category as bits.

There is nothing to migrate: facts without them are as valid as before. The next event of a customer closes the old
days, or the next daily refresh. The way back opens them, from the ledger.
"""

import json
from base64 import b64decode
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

PAGE = 200
SELECT_CLOSED = sa.text("""
    SELECT customer_id, facts FROM customer_facts
    WHERE customer_id > :after AND (facts LIKE '%"closed":%' OR facts ~ '\\[[0-9]+,"')
    ORDER BY customer_id LIMIT :size
""")
SELECT_DAYS = sa.text("""
    SELECT CAST(day AS text), currency, CAST(sum(units) AS text), CAST(sum(gross) AS text), CAST(sum(margin) AS text)
    FROM ledger WHERE customer_id = :id AND kind IN ('purchase', 'return') GROUP BY day, currency
""")
UPDATE = sa.text("UPDATE customer_facts SET facts = :facts WHERE customer_id = :id")


def upgrade() -> None:
    """Facts of before are valid facts."""


def downgrade() -> None:
    connection, after = op.get_bind(), "00000000-0000-0000-0000-000000000000"
    while found := connection.execute(SELECT_CLOSED, {"after": after, "size": PAGE}).all():
        for customer_id, stored in found:
            facts = json.loads(stored)
            if facts.pop("closed", None):
                facts["purchases"] = _open_days(connection, customer_id)
            if "category_days" in facts:
                facts["category_days"] = {key: _ordinals(days) for key, days in facts["category_days"].items()}
            opened = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
            connection.execute(UPDATE, {"id": customer_id, "facts": opened})
        after = found[-1].customer_id


def _open_days(connection: sa.Connection, customer_id: object) -> dict[str, dict[str, list[int]]]:
    purchases: dict[str, dict[str, list[int]]] = {}
    for day, currency, *totals in connection.execute(SELECT_DAYS, {"id": customer_id}):
        purchases.setdefault(day, {})[currency] = list(map(int, totals))
    return purchases


def _ordinals(days: list[Any]) -> list[int]:
    if not isinstance(days[-1], str):
        return days
    first, bits = days[0], int.from_bytes(b64decode(days[1]), "little")
    return [first + place for place in range(bits.bit_length()) if bits >> place & 1]
