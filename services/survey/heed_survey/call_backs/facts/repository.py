"""SQL of facts. Writes take row locks in the order of the keys."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_survey.call_backs.facts.rules import Experience, Fact, FactRow, Respondent
from heed_survey.call_backs.facts.tables import ComplaintFact, CustomerPromise

# The complaint of a call-back, or else the last one completed before. Of each only what came before the answer counts,
# and of two truths about promises the worse one: LEAST skips what is not known.
SELECT_EXPERIENCES = text("""
    WITH answer AS MATERIALIZED (
        SELECT * FROM unnest(
            CAST(:response_ids AS uuid[]), CAST(:complaint_ids AS uuid[]), CAST(:moments AS timestamptz[])
        ) AS row(id, complaint_id, at)
    ), member AS MATERIALIZED (
        SELECT answer.id, answer.at, row.customer_id
        FROM unnest(CAST(:member_of AS uuid[]), CAST(:members AS uuid[])) AS row(id, customer_id)
        JOIN answer ON answer.id = row.id
    ), completed AS (
        SELECT member.id, complaint.id AS complaint_id, fact.at
        FROM member JOIN complaint ON complaint.customer_id = member.customer_id
        JOIN complaint_fact AS fact ON fact.complaint_id = complaint.id AND fact.kind = 'deadline'
        WHERE fact.at <= member.at AND fact.at > member.at - CAST(:window AS interval)
          AND (CAST(:confidential AS boolean) OR NOT complaint.confidential)
    ), linked AS (
        SELECT answer.id, answer.at, complaint.id AS complaint_id
        FROM answer JOIN complaint ON complaint.id = answer.complaint_id
        WHERE CAST(:confidential AS boolean) OR NOT complaint.confidential
        UNION ALL
        SELECT answer.id, answer.at, last.complaint_id
        FROM (SELECT DISTINCT ON (id) id, complaint_id FROM completed ORDER BY id, at DESC, complaint_id) AS last
        JOIN answer ON answer.id = last.id AND answer.complaint_id IS NULL
    ), experienced AS (
        SELECT linked.id, linked.complaint_id,
            (array_agg(met ORDER BY fact.at DESC) FILTER (WHERE kind = 'deadline'))[1] AS deadline,
            (array_agg(met ORDER BY fact.at DESC) FILTER (WHERE kind = 'milestones'))[1] AS milestones,
            count(*) FILTER (WHERE kind = 'deadline') = 1
                AND count(*) FILTER (WHERE kind = 'reopening') = 0 AS first_time_fix,
            bool_and(met) FILTER (WHERE kind = 'promise') AS promise,
            count(*) FILTER (WHERE kind = 'remedy') > 0 AS remedy
        FROM linked JOIN complaint_fact AS fact ON fact.complaint_id = linked.complaint_id AND fact.at <= linked.at
        GROUP BY linked.id, linked.complaint_id
        HAVING count(*) FILTER (WHERE kind = 'deadline') > 0
    ), promised AS (
        SELECT member.id, bool_and(kept) AS promise
        FROM member JOIN customer_promise ON customer_promise.customer_id = member.customer_id
        WHERE settled_at <= member.at AND settled_at > member.at - CAST(:window AS interval)
        GROUP BY member.id
    )
    SELECT id, complaint_id, deadline, milestones, first_time_fix, remedy,
        LEAST(experienced.promise, promised.promise) AS promise
    FROM experienced FULL JOIN promised USING (id)
""")


async def upsert_facts(session: AsyncSession, rows: Sequence[FactRow]) -> None:
    """Upsert the facts; of each the newest version stays."""
    newest = {row[:3]: row for row in sorted(rows, key=lambda row: row.version)}
    if newest:
        statement = insert(ComplaintFact)
        changed = {name: statement.excluded[name] for name in ("met", "version")}
        upsert = statement.on_conflict_do_update(
            index_elements=["complaint_id", "kind", "at"],
            set_=changed,
            where=ComplaintFact.version < statement.excluded.version,
        )
        await session.execute(upsert, [newest[key]._asdict() for key in sorted(newest)])


async def upsert_promises(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Upsert the promises; of each the newest version stays."""
    newest = {row["promise_id"]: row for row in sorted(rows, key=lambda row: row["version"])}
    statement = insert(CustomerPromise)
    changed = {name: statement.excluded[name] for name in ("customer_id", "settled_at", "kept", "version")}
    upsert = statement.on_conflict_do_update(
        index_elements=["promise_id"], set_=changed, where=CustomerPromise.version < statement.excluded.version
    )
    await session.execute(upsert, [dict(newest[key]) for key in sorted(newest)])


async def experiences(
    session: AsyncSession,
    respondents: Sequence[Respondent],
    members: Sequence[tuple[UUID, UUID]],
    *,
    confidential: bool,
    window: timedelta,
) -> dict[UUID, Experience]:
    """Return what is known of each response; `members` are pairs of a response and a customer of its family."""
    params = {
        "response_ids": [respondent.response_id for respondent in respondents],
        "complaint_ids": [respondent.complaint_id for respondent in respondents],
        "moments": [respondent.answered_at for respondent in respondents],
        "member_of": [response_id for response_id, _ in members],
        "members": [customer_id for _, customer_id in members],
        "confidential": confidential,
        "window": window,
    }
    rows = await session.execute(SELECT_EXPERIENCES, params)
    return {row.id: Experience(row.complaint_id, _known(row)) for row in rows}


def _known(row: object) -> Mapping[Fact, bool]:
    values = {fact: getattr(row, fact) for fact in Fact}
    return {fact: value for fact, value in values.items() if value is not None}
