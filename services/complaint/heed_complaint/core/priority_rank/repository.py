"""Keeps the places in the queue up to date: called by whoever writes clocks, complaints or outlooks."""

import json
from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core.priority_rank import rules
from heed_complaint.core.tables import Complaint

# `rules.Standing`, word for word; a test holds the two to each other. Each complaint is looked up by itself (LATERAL,
# LIMIT): of a thousand at once the planner would rather read the whole tables.
PLACE = text("""
    WITH scale AS (SELECT CAST(money_scale AS double precision) AS money FROM organisation),
    open AS (
        SELECT c.*, due.due_at,
            LEAST(COALESCE(due.due_at, c.received_at + CAST(:no_deadline AS interval)),
                  c.customer_wrote_at + CAST(:answer_within AS interval)) AS counts_until,
            (CASE WHEN saved.amount IS NULL THEN CAST(CAST(:unknown_value AS jsonb) ->> c.severity AS double precision)
                      * scale.money
                  ELSE GREATEST(CAST(saved.amount AS double precision), 0) END
                + CAST(:worth AS double precision) * scale.money)
            * CAST(CAST(:severities AS jsonb) ->> c.severity AS double precision)
            * CASE WHEN c.regulator THEN CAST(:regulator AS double precision) ELSE 1 END AS weight
        FROM scale CROSS JOIN unnest(CAST(:ids AS uuid[])) AS asked(id)
        CROSS JOIN LATERAL (
            SELECT id, owner, queue, state, confidential, severity, regulator, received_at, customer_wrote_at
            FROM complaint
            WHERE complaint.id = asked.id AND merged_into IS NULL
                AND (ended_at IS NULL AND kind <> 'unvoiced_grievance' OR customer_wrote_at IS NOT NULL)
            LIMIT 1
        ) AS c
        LEFT JOIN LATERAL (
            SELECT expected_value_saved AS amount FROM outlook WHERE complaint_id = asked.id LIMIT 1
        ) AS saved ON true
        LEFT JOIN LATERAL (
            SELECT min(due_at) AS due_at FROM milestone
            WHERE complaint_id = asked.id AND reached_at IS NULL AND cancelled_at IS NULL
        ) AS due ON true
    ), placed AS (
        SELECT id AS complaint_id, owner, queue, state,
            state IN ('received', 'accepted', 'contacted', 'committed') OR customer_wrote_at IS NOT NULL AS to_do,
            confidential, due_at, counts_until, weight,
            ln(weight) / ln(CAST(2 AS double precision))
                - CAST(extract(epoch FROM counts_until) AS double precision) / CAST(:day AS double precision) AS key,
            customer_wrote_at
        FROM open
    ), ended AS (
        DELETE FROM place WHERE complaint_id = ANY(CAST(:ids AS uuid[])) AND complaint_id NOT IN (SELECT id FROM open)
    )
    INSERT INTO place (complaint_id, owner, queue, state, to_do, confidential, due_at, counts_until, weight, key,
        customer_wrote_at)
    SELECT placed.* FROM placed
    LEFT JOIN LATERAL (SELECT * FROM place WHERE complaint_id = placed.complaint_id LIMIT 1) AS was ON true
    WHERE was.* IS DISTINCT FROM placed.* ORDER BY placed.complaint_id
    ON CONFLICT (complaint_id) DO UPDATE SET owner = excluded.owner, queue = excluded.queue, state = excluded.state,
        to_do = excluded.to_do, confidential = excluded.confidential, due_at = excluded.due_at,
        counts_until = excluded.counts_until, weight = excluded.weight, key = excluded.key,
        customer_wrote_at = excluded.customer_wrote_at
""")


async def place(session: AsyncSession, complaint_ids: Collection[UUID]) -> None:
    """Puts the complaints where they belong now; the caller holds their locks and has written everything else."""
    await session.execute(PLACE, _said(complaint_ids))


async def place_others(session: AsyncSession, complaint_ids: Collection[UUID]) -> None:
    """The same for who holds no locks: without them it might write down what somebody is just changing."""
    if complaint_ids:
        query = select(Complaint.id).where(Complaint.id.in_(complaint_ids)).order_by(Complaint.id)
        await session.execute(query.with_for_update(key_share=True))
        await place(session, complaint_ids)


def _said(complaint_ids: Collection[UUID]) -> dict[str, Any]:
    return {
        "ids": sorted(complaint_ids),
        "no_deadline": rules.NO_DEADLINE,
        "answer_within": rules.ANSWER_WITHIN,
        "unknown_value": json.dumps(rules.UNKNOWN_VALUE),
        "severities": json.dumps(rules.SEVERITY),
        "regulator": rules.REGULATOR,
        "worth": rules.WORTH,
        "day": rules.DAY.total_seconds(),
    }
