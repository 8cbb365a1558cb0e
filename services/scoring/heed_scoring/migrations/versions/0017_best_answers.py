"""Facts name the best answer of an item in the place of the first: computed again from the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ANSWERS = """
    WITH answer AS (
        SELECT customer_id, measure.key AS measure, item.key AS item, CAST(item.value AS int) AS level,
            jsonb_build_array(detail -> 'answered_at', CAST(event_id AS text), item.value) AS answer,
            (detail ->> 'answered_at') COLLATE "C" AS answered_at, CAST(event_id AS text) COLLATE "C" AS event
        FROM ledger
            CROSS JOIN LATERAL jsonb_each(detail -> 'levels') AS measure
            CROSS JOIN LATERAL jsonb_each(measure.value) AS item
        WHERE kind = 'response'
    ), by_item AS (
        SELECT customer_id, measure, item, jsonb_build_object(
            '{name}', (array_agg(answer ORDER BY {order}))[1],
            'last', (array_agg(answer ORDER BY answered_at DESC, event DESC, level DESC))[1],
            'count', count(*)) AS answers
        FROM answer GROUP BY customer_id, measure, item
    ), by_measure AS (
        SELECT customer_id, measure, jsonb_object_agg(item, answers) AS items
        FROM by_item GROUP BY customer_id, measure
    ), by_customer AS (
        SELECT customer_id, jsonb_object_agg(measure, items) AS answers FROM by_measure GROUP BY customer_id
    )
    UPDATE customer SET facts = CAST(CAST(facts AS jsonb) || jsonb_build_object('answers', answers) AS text)
    FROM by_customer WHERE by_customer.customer_id = customer.customer_id
"""


def upgrade() -> None:
    order = "level DESC, answered_at DESC, event DESC"
    op.execute(sa.text(ANSWERS.format(name="best", order=order)))


def downgrade() -> None:
    order = "answered_at, event, level"
    op.execute(sa.text(ANSWERS.format(name="first", order=order)))
