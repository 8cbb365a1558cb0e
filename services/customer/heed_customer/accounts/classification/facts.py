"""Facts of customers that the rules read: a report over the tables of all districts, which writes nothing."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

PERIOD = timedelta(days=365)
FACT_COLUMNS = {
    "customer.kind": "kind",
    "customer.role": "role",
    "customer.buyer_type": "buyer_type",
    "customer.region": "region",
    "customer.language": "language",
    "customer.days": "customer_days",
    "customer.tags": "tags",
    "purchases.count": "purchases",
    "purchases.days": "purchase_days",
    "purchases.days_since_last": "days_since_last",
    "purchases.regularity": "regularity",
    "returns.count": "returns",
    "referrals.count": "referrals",
    "interactions.count": "interactions",
    "interactions.after_purchase": "interactions_after_purchase",
    "complaints.count": "complaints",
    "complaints.open": "open_complaints",
    "relations.branches": "branches",
    "relations.contact_persons": "contact_persons",
    "relations.customers_served": "customers_served",
    "score.tier": "tier",
    "score.value": "value",
    "score.churn_band": "churn_band",
    "score.loyalty_class": "loyalty_class",
}
SELECT_FACTS = text("""
    WITH member AS (
        SELECT * FROM unnest(CAST(:roots AS uuid[]), CAST(:members AS uuid[])) AS row(root, id)
    ),
    bought AS (
        SELECT member.root, purchase.id, purchase.occurred_at,
            CAST(purchase.occurred_at AT TIME ZONE :time_zone AS date) AS day
        FROM member JOIN purchase ON purchase.customer_id = member.id
        WHERE purchase.occurred_at > :since AND purchase.occurred_at <= :now
    ),
    bought_day AS (SELECT DISTINCT root, day FROM bought),
    gap AS (
        SELECT root, day, day - lag(day) OVER (PARTITION BY root ORDER BY day) AS days FROM bought_day
    ),
    rhythm AS (
        SELECT root, count(*) AS purchase_days, max(day) AS last_day,
            CASE WHEN count(days) >= 2
                THEN round(1 / (1 + coalesce(stddev_samp(days), 0) / avg(days)), 4) END AS regularity
        FROM gap GROUP BY root
    ),
    sold AS (SELECT root, count(*) AS purchases, max(occurred_at) AS last_at FROM bought GROUP BY root),
    returned AS (
        SELECT bought.root, count(*) AS returns
        FROM bought JOIN purchase_return ON purchase_return.purchase_id = bought.id GROUP BY bought.root
    ),
    referred AS (
        SELECT member.root, count(*) AS referrals
        FROM member JOIN referral ON referral.customer_id = member.id GROUP BY member.root
    ),
    contacted AS (
        SELECT member.root, count(*) AS interactions,
            count(*) FILTER (WHERE interaction.occurred_at > sold.last_at) AS interactions_after_purchase
        FROM member JOIN interaction ON interaction.customer_id = member.id LEFT JOIN sold USING (root)
        WHERE interaction.occurred_at > :since AND interaction.occurred_at <= :now
        GROUP BY member.root
    ),
    complained AS (
        SELECT member.root, count(*) AS complaints, count(*) FILTER (WHERE complaint.is_open) AS open_complaints
        FROM member JOIN complaint ON complaint.customer_id = member.id WHERE complaint.kind = 'complaint'
        GROUP BY member.root
    ),
    related AS (
        SELECT member.root,
            count(*) FILTER (WHERE relation.kind = 'parent' AND relation.related_customer_id = member.id) AS branches,
            count(*) FILTER (WHERE relation.kind = 'contact_person' AND relation.customer_id = member.id)
                AS contact_persons,
            count(*) FILTER (WHERE relation.kind = 'intermediary_of' AND relation.customer_id = member.id)
                AS customers_served
        FROM member
            JOIN customer_relation AS relation ON member.id IN (relation.customer_id, relation.related_customer_id)
        GROUP BY member.root
    ),
    tagged AS (
        SELECT member.root, array_agg(DISTINCT customer_tag.tag) AS tags
        FROM member JOIN customer_tag ON customer_tag.customer_id = member.id GROUP BY member.root
    )
    SELECT customer.id, customer.kind, customer.role, customer.buyer_type, customer.region, customer.language,
        GREATEST(CAST(:now AS date) - CAST(customer.registered_at AS date), 0) AS customer_days,
        tagged.tags,
        coalesce(sold.purchases, 0) AS purchases,
        coalesce(rhythm.purchase_days, 0) AS purchase_days,
        CAST(CAST(:now AS timestamptz) AT TIME ZONE :time_zone AS date) - rhythm.last_day AS days_since_last,
        rhythm.regularity,
        coalesce(returned.returns, 0) AS returns,
        coalesce(referred.referrals, 0) AS referrals,
        coalesce(contacted.interactions, 0) AS interactions,
        coalesce(contacted.interactions_after_purchase, 0) AS interactions_after_purchase,
        coalesce(complained.complaints, 0) AS complaints,
        coalesce(complained.open_complaints, 0) AS open_complaints,
        coalesce(related.branches, 0) AS branches,
        coalesce(related.contact_persons, 0) AS contact_persons,
        coalesce(related.customers_served, 0) AS customers_served,
        score.tier, score.value, score.churn_band, score.loyalty_class
    FROM customer
        LEFT JOIN sold ON sold.root = customer.id
        LEFT JOIN rhythm ON rhythm.root = customer.id
        LEFT JOIN returned ON returned.root = customer.id
        LEFT JOIN referred ON referred.root = customer.id
        LEFT JOIN contacted ON contacted.root = customer.id
        LEFT JOIN complained ON complained.root = customer.id
        LEFT JOIN related ON related.root = customer.id
        LEFT JOIN tagged ON tagged.root = customer.id
        LEFT JOIN customer_score AS score ON score.customer_id = customer.id
    WHERE customer.id = ANY(CAST(:customer_ids AS uuid[]))
""")


async def load_facts(
    session: AsyncSession, families: Mapping[UUID, Collection[UUID]], *, time_zone: str, now: datetime
) -> dict[UUID, dict[str, object]]:
    """Return the facts of each survivor, given all customers merged with it."""
    pairs = [(root, member) for root, members in families.items() for member in members]
    params = {
        "customer_ids": list(families),
        "roots": [root for root, _ in pairs],
        "members": [member for _, member in pairs],
        "time_zone": time_zone,
        "since": now - PERIOD,
        "now": now,
    }
    rows = await session.execute(SELECT_FACTS, params)
    return {row.id: {name: getattr(row, column) for name, column in FACT_COLUMNS.items()} for row in rows}
