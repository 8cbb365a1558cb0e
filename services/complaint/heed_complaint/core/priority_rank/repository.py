"""Refresh of the priority ranks: called by every writer of clocks, complaints or forecasts."""

import json
from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core.priority_rank import rules
from heed_complaint.core.tables import Complaint

# The formula of `rules`, and its only implementation. Each complaint is looked up on its own (LATERAL, LIMIT): for a
# thousand at once the planner would rather read the whole tables.
UPSERT_RANKS = text("""
    WITH scale AS (SELECT CAST(money_scale AS double precision) AS money FROM organisation),
    open AS (
        SELECT c.*, due.due_at,
            LEAST(COALESCE(due.due_at, c.received_at + CAST(:no_deadline AS interval)),
                  c.customer_wrote_at + CAST(:answer_within AS interval)) AS effective_deadline,
            (CASE WHEN saved.amount IS NULL THEN CAST(CAST(:default_values AS jsonb) ->> c.severity AS double precision)
                      * scale.money
                  ELSE GREATEST(CAST(saved.amount AS double precision), 0) END
                + CAST(:min_value AS double precision) * scale.money)
            * CAST(CAST(:severities AS jsonb) ->> c.severity AS double precision)
            * CASE WHEN c.regulator THEN CAST(:regulator AS double precision) ELSE 1 END AS weight
        FROM scale CROSS JOIN unnest(CAST(:ids AS uuid[])) AS requested(id)
        CROSS JOIN LATERAL (
            SELECT id, owner, queue, state, confidential, severity, regulator, received_at, customer_wrote_at
            FROM complaint
            WHERE complaint.id = requested.id AND merged_into IS NULL
                AND (ended_at IS NULL AND kind <> 'unvoiced_grievance' OR customer_wrote_at IS NOT NULL)
            LIMIT 1
        ) AS c
        LEFT JOIN LATERAL (
            SELECT expected_value_saved AS amount FROM saved_value_forecast WHERE complaint_id = requested.id LIMIT 1
        ) AS saved ON true
        LEFT JOIN LATERAL (
            SELECT min(due_at) AS due_at FROM milestone
            WHERE complaint_id = requested.id AND reached_at IS NULL AND cancelled_at IS NULL
        ) AS due ON true
    ), ranked AS (
        SELECT id AS complaint_id, owner, queue, state,
            state IN ('received', 'accepted', 'contacted', 'committed') OR customer_wrote_at IS NOT NULL AS actionable,
            confidential, due_at, effective_deadline, weight,
            ln(weight) / ln(CAST(2 AS double precision))
                - CAST(extract(epoch FROM effective_deadline) AS double precision) / CAST(:day AS double precision)
                AS sort_key,
            customer_wrote_at
        FROM open
    ), ended AS (
        DELETE FROM priority_rank
        WHERE complaint_id = ANY(CAST(:ids AS uuid[])) AND complaint_id NOT IN (SELECT id FROM open)
    )
    INSERT INTO priority_rank (complaint_id, owner, queue, state, actionable, confidential, due_at, effective_deadline,
        weight, sort_key, customer_wrote_at)
    SELECT ranked.* FROM ranked
    LEFT JOIN LATERAL (SELECT * FROM priority_rank WHERE complaint_id = ranked.complaint_id LIMIT 1) AS before ON true
    WHERE before.* IS DISTINCT FROM ranked.* ORDER BY ranked.complaint_id
    ON CONFLICT (complaint_id) DO UPDATE SET owner = excluded.owner, queue = excluded.queue, state = excluded.state,
        actionable = excluded.actionable, confidential = excluded.confidential, due_at = excluded.due_at,
        effective_deadline = excluded.effective_deadline, weight = excluded.weight, sort_key = excluded.sort_key,
        customer_wrote_at = excluded.customer_wrote_at
""")


async def refresh_ranks(session: AsyncSession, complaint_ids: Collection[UUID]) -> None:
    """Refresh the ranks of these complaints; the caller holds their locks and has written everything else."""
    await session.execute(UPSERT_RANKS, _params(complaint_ids))


async def lock_and_refresh_ranks(session: AsyncSession, complaint_ids: Collection[UUID]) -> None:
    """Lock the complaints and refresh their ranks.

    Without the locks the ranks might miss what another transaction is just changing.
    """
    if complaint_ids:
        query = select(Complaint.id).where(Complaint.id.in_(complaint_ids)).order_by(Complaint.id)
        await session.execute(query.with_for_update(key_share=True))
        await refresh_ranks(session, complaint_ids)


def _params(complaint_ids: Collection[UUID]) -> dict[str, Any]:
    return {
        "ids": sorted(complaint_ids),
        "no_deadline": rules.NO_DEADLINE,
        "answer_within": rules.ANSWER_WITHIN,
        "default_values": json.dumps(rules.DEFAULT_VALUES),
        "severities": json.dumps(rules.SEVERITY_FACTORS),
        "regulator": rules.REGULATOR_FACTOR,
        "min_value": rules.MIN_VALUE,
        "day": rules.DAY.total_seconds(),
    }
