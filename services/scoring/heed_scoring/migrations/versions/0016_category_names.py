"""Categories count by their normal form: facts and the breaks that were published are filed under it."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from heed_common.text import normalize_for_comparison

revision = "0016"
down_revision = "0013"
branch_labels = None
depends_on = None

PAGE = 2000
CUSTOMER = sa.table("customer", sa.column("customer_id"), sa.column("facts"), sa.column("told_breaks"))
PAGED = sa.select(CUSTOMER).order_by(CUSTOMER.c.customer_id).limit(PAGE)
UPDATE = (
    sa.update(CUSTOMER)
    .where(CUSTOMER.c.customer_id == sa.bindparam("id"))
    .values(facts=sa.bindparam("new_facts"), told_breaks=sa.bindparam("new_breaks"))
)


def upgrade() -> None:
    connection = op.get_bind()
    found = connection.execute(PAGED).all()
    while found:
        changed = [
            {"id": row.customer_id, "new_facts": facts, "new_breaks": breaks}
            for row in found
            if (facts := with_normal_forms(row.facts), breaks := by_normal_form(row.told_breaks))
            != (row.facts, row.told_breaks)
        ]
        if changed:
            connection.execute(UPDATE, changed)
        found = connection.execute(PAGED.where(CUSTOMER.c.customer_id > found[-1].customer_id)).all()


def downgrade() -> None:
    """The normal form is a spelling like any other to the code before; a rebuild brings back those as written."""


def with_normal_forms(stored: str) -> str:
    """Return the facts as a fold of the ledger makes them now."""
    facts: dict[str, Any] = json.loads(stored)
    days: dict[str, set[int]] = {}
    names: dict[str, str] = {}
    for category, bought in facts.get("category_days", {}).items():
        key = normalize_for_comparison(category)
        if key:
            days.setdefault(key, set()).update(bought)
        if key and key != category:
            names[key] = min(names.get(key, category), category)
    if days.keys() == facts.get("category_days", {}).keys():
        return stored
    facts["category_days"] = {key: sorted(bought) for key, bought in days.items()}
    facts["category_names"] = names
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"))


def by_normal_form(stored: str | None) -> str | None:
    """Return the last purchase before each published break by the normal form of the category."""
    breaks: dict[str, int] = {}
    for category, last in json.loads(stored or "{}").items():
        key = normalize_for_comparison(category)
        breaks[key] = max(breaks.get(key, last), last)
    return json.dumps(breaks) if breaks else stored
