"""SQL of touchpoints: counted from the timeline, whose index leads to the entries of a customer."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_customer.timeline.touchpoints.rules import KINDS, Dimension, Period, TouchpointCount

VALUES: Mapping[Dimension, str] = {
    Dimension.CHANNEL: "SELECT data ->> 'channel'",
    Dimension.PRODUCT: "SELECT jsonb_array_elements_text(COALESCE(data -> 'products', '[]'))",
    Dimension.SERVICE_POINT: "SELECT data ->> 'service_point_id' WHERE data ? 'service_point_id'",
}
"""The values of an entry in each dimension; entries without one are not counted by products and service points."""


def _count_statement(values: str) -> TextClause:
    return text(f"""
        SELECT to_char(at AT TIME ZONE CAST(:time_zone AS text), 'YYYY-MM') AS month, kind.name AS kind,
            dimension.value, CASE WHEN data ? 'cost' THEN data ->> 'currency' END AS currency,
            count(*) AS count, sum(CAST(data ->> 'cost' AS numeric)) AS cost
        FROM timeline_entry AS entry
        JOIN unnest(CAST(:types AS text[]), CAST(:kinds AS text[])) AS kind(type, name) USING (type)
        CROSS JOIN LATERAL ({values}) AS dimension(value)
        WHERE customer_id = ANY(CAST(:customer_ids AS uuid[]))
            AND at >= CAST(:since AS timestamptz) AND at < CAST(:until AS timestamptz)
            AND (CAST(:confidential AS boolean) OR complaint_id IS NULL OR EXISTS (
                SELECT FROM complaint
                WHERE complaint.id = entry.complaint_id AND complaint.version > 0 AND NOT complaint.confidential
            ))
        GROUP BY 1, 2, 3, 4
        ORDER BY 1 DESC, 2, 3 NULLS LAST, 4 NULLS LAST
        LIMIT :limit
    """)  # noqa: S608 - of constants


COUNT_TOUCHPOINTS = {dimension: _count_statement(values) for dimension, values in VALUES.items()}


async def count_touchpoints(
    session: AsyncSession,
    customer_ids: Collection[UUID],
    *,
    dimension: Dimension,
    period: Period,
    confidential: bool,
    limit: int,
) -> list[TouchpointCount]:
    """Return the counts by month, kind and dimension, the latest month first."""
    parameters = {
        "customer_ids": sorted(customer_ids),
        "types": list(KINDS),
        "kinds": list(KINDS.values()),
        "since": period.since or datetime.min.replace(tzinfo=UTC),
        "until": period.until or datetime.max.replace(tzinfo=UTC),
        "time_zone": period.time_zone,
        "confidential": confidential,
        "limit": limit,
    }
    rows = await session.execute(COUNT_TOUCHPOINTS[dimension], parameters)
    return [TouchpointCount(*row) for row in rows]
