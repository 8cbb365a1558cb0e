"""SQL of a rebuild on rows: comparison, folding, and copies from the tables in use."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from heed_scoring.identities.alias_graph import Alias
from heed_scoring.ledger.entry import LedgerKind, LedgerRow
from heed_scoring.tables import Alias as AliasRow
from heed_scoring.tables import Ledger

NOT_RECORDED = datetime(9999, 1, 1, tzinfo=UTC)
"""Moment of events that the ledger in use lacks: they are recorded at the swap."""
MAX_ROWS = 20_000
COLUMNS = (
    Ledger.event_id, Ledger.type, Ledger.customer_id, Ledger.part, Ledger.day, Ledger.currency, Ledger.units,
    Ledger.payload, Ledger.kind, Ledger.gross, Ledger.margin, Ledger.recorded_at,
)  # fmt: skip
ROW_ORDER = (Ledger.customer_id, Ledger.recorded_at, Ledger.event_id, Ledger.part)
SELECT_RECORDED_AT = text(
    "SELECT event_id, part, recorded_at FROM public.ledger WHERE event_id = ANY(CAST(:ids AS uuid[]))"
)
SELECT_DEAD_LETTERS = text("""
    SELECT event_id FROM dead_letter WHERE consumer_group = :group AND event_id = ANY(CAST(:ids AS uuid[]))
""")
# Events missing from the topics were forged, or the topics were truncated.
SELECT_MISSING_FROM_TOPICS = text("""
    SELECT event_id, count(*) OVER () AS found FROM public.ledger AS used
    WHERE NOT EXISTS (SELECT FROM rebuild.ledger WHERE event_id = used.event_id)
    ORDER BY event_id LIMIT :limit
""")
# Compared as rows: a difference in any column counts.
SELECT_LEDGER_DIFFERENCES = text("""
    SELECT event_id, coalesce(new.customer_id, used.customer_id) AS customer_id, count(*) OVER () AS found
    FROM rebuild.ledger AS new FULL JOIN public.ledger AS used USING (event_id, part)
    WHERE (new.type, new.kind, new.customer_id, new.day, new.currency, new.units, new.gross, new.margin,
           new.payload, new.recorded_at)
        IS DISTINCT FROM
          (used.type, used.kind, used.customer_id, used.day, used.currency, used.units, used.gross, used.margin,
           used.payload, used.recorded_at)
    ORDER BY 2, 1 LIMIT :limit
""")
INSERT_ALIASES = text("""
    INSERT INTO rebuild.alias (member, version, survivor, recorded_at)
    SELECT customer_id, CAST(payload ->> 'version' AS bigint), CAST(payload ->> 'survivor' AS uuid), recorded_at
    FROM rebuild.ledger WHERE kind = 'alias' AND payload IS NOT NULL ORDER BY recorded_at, event_id
    ON CONFLICT DO NOTHING
""")
SELECT_LEDGER_CUSTOMERS = text("""
    SELECT DISTINCT customer_id FROM rebuild.ledger WHERE customer_id > :after ORDER BY customer_id LIMIT :size
""")
# Facts are rebuilt; what was published of a customer, and how often, is in no topic that scoring consumes. All are due
# for the daily refresh, so that differences are published. A lost row continues with a version far above all published.
UPSERT_FACTS = text("""
    INSERT INTO rebuild.customer_facts (
        customer_id, facts, facts_version, recorded_at, version, published_numbers, announced_breaks
    )
    SELECT row.id, row.facts, row.facts_version, greatest(used.recorded_at, row.recorded_at),
           coalesce(used.version, CAST(extract(epoch FROM now()) AS bigint)),
           used.published_numbers, used.announced_breaks
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:facts AS text[]), CAST(:facts_versions AS bigint[]),
        CAST(:recorded_ats AS timestamptz[])
    ) AS row(id, facts, facts_version, recorded_at)
    LEFT JOIN public.customer_facts AS used ON used.customer_id = row.id
    ORDER BY row.id
    ON CONFLICT (customer_id) DO UPDATE SET facts = EXCLUDED.facts, facts_version = EXCLUDED.facts_version
""")
INSERT_CUSTOMERS = text("""
    INSERT INTO rebuild.customer (
        customer_id, scored_on, model_version, value_amount, potential, loyalty, probability, value_at_risk,
        published_value_at_risk
    )
    SELECT row.id, CAST(:scored_on AS date), coalesce(used.model_version, :model_version), used.value_amount,
           used.potential, used.loyalty, used.probability, used.value_at_risk, used.published_value_at_risk
    FROM unnest(CAST(:ids AS uuid[])) AS row(id) LEFT JOIN public.customer AS used ON used.customer_id = row.id
    ORDER BY row.id
    ON CONFLICT DO NOTHING
""")
COPY_PUBLISHED_STATE = (
    text("""
        UPDATE rebuild.customer_facts AS new SET
            version = used.version, recorded_at = used.recorded_at, published_numbers = used.published_numbers,
            announced_breaks = used.announced_breaks
        FROM public.customer_facts AS used
        WHERE used.customer_id = new.customer_id
            AND (new.version, new.recorded_at, new.published_numbers, new.announced_breaks)
                IS DISTINCT FROM
                (used.version, used.recorded_at, used.published_numbers, used.announced_breaks)
    """),
    text("""
        UPDATE rebuild.customer AS new SET
            value_amount = used.value_amount, potential = used.potential, loyalty = used.loyalty,
            probability = used.probability, value_at_risk = used.value_at_risk,
            published_value_at_risk = used.published_value_at_risk
        FROM public.customer AS used
        WHERE used.customer_id = new.customer_id
            AND (new.value_amount, new.potential, new.loyalty, new.probability, new.value_at_risk,
                 new.published_value_at_risk)
                IS DISTINCT FROM
                (used.value_amount, used.potential, used.loyalty, used.probability, used.value_at_risk,
                 used.published_value_at_risk)
    """),
)
# By category the ordinal of a day; days of two zones are at most two apart, so no break is announced again.
SHIFT_ANNOUNCED_BREAKS = text("""
    UPDATE rebuild.customer_facts SET announced_breaks = (
        SELECT CAST(json_object_agg(key, CAST(value AS bigint) + 2) AS text)
        FROM json_each_text(CAST(announced_breaks AS json))
    )
    WHERE announced_breaks IS NOT NULL
""")
UPDATE_SURVIVORS = text("""
    UPDATE rebuild.customer SET survivor_id = changed.survivor_id
    FROM (
        SELECT customer_id, row.survivor_id FROM rebuild.customer
        LEFT JOIN unnest(CAST(:ids AS uuid[]), CAST(:survivors AS uuid[])) AS row(id, survivor_id)
            ON row.id = customer_id
        WHERE customer.survivor_id IS DISTINCT FROM row.survivor_id
    ) AS changed
    WHERE customer.customer_id = changed.customer_id
""")
CLEAR_MEMBER_SCORES = (
    text("""
        UPDATE rebuild.customer_facts SET published_numbers = NULL
        FROM rebuild.customer
        WHERE customer.customer_id = customer_facts.customer_id AND survivor_id <> customer.customer_id
            AND published_numbers IS NOT NULL
    """),
    text("""
        UPDATE rebuild.customer SET
            scored_on = NULL, model_version = NULL, value_amount = NULL, potential = NULL, loyalty = NULL,
            probability = NULL, value_at_risk = NULL, published_value_at_risk = NULL
        WHERE survivor_id <> customer_id AND (scored_on IS NOT NULL OR value_amount IS NOT NULL)
    """),
)
MARK_SURVIVORS_DUE = text("""
    UPDATE rebuild.customer SET scored_on = CAST(:scored_on AS date), model_version = :model_version
    WHERE coalesce(survivor_id, customer_id) = customer_id AND scored_on IS NULL
""")
SELECT_CUSTOMER_IDS = text("""
    (SELECT customer_id FROM public.customer WHERE customer_id > :after ORDER BY customer_id LIMIT :size)
    UNION
    (SELECT customer_id FROM rebuild.customer WHERE customer_id > :after ORDER BY customer_id LIMIT :size)
    ORDER BY customer_id LIMIT :size
""")
SELECT_CUSTOMERS = text("""
    SELECT customer_id, facts, facts_version, survivor_id, scored_on, model_version,
           value_amount, potential, loyalty, probability, value_at_risk
    FROM customer JOIN customer_facts USING (customer_id) WHERE customer_id = ANY(CAST(:ids AS uuid[]))
""")
SELECT_FAMILY_FACTS = text("""
    SELECT survivor_id, customer_id, facts FROM customer JOIN customer_facts USING (customer_id)
    WHERE survivor_id = ANY(CAST(:ids AS uuid[])) AND facts_version > 0
    ORDER BY survivor_id, customer_id
""")
SELECT_ALIASES = text("""
    SELECT member, version, survivor, recorded_at FROM alias
    WHERE member = ANY(CAST(:ids AS uuid[])) ORDER BY member, version
""")
COPY_NEW_ROWS = text("""
    INSERT INTO rebuild.ledger
        (event_id, part, type, kind, customer_id, recorded_at, day, currency, units, gross, margin, payload)
    SELECT event_id, part, type, kind, customer_id, recorded_at, day, currency, units, gross, margin, payload
    FROM public.ledger AS used
    WHERE NOT EXISTS (SELECT FROM rebuild.ledger WHERE event_id = used.event_id)
    RETURNING customer_id
""")
SELECT_LATEST_TIMESTAMP = text(
    "SELECT greatest(CAST(:now AS timestamptz), max(recorded_at)) FROM public.customer_facts"
)
TIMESTAMP_RECOVERED = (
    text("""
        UPDATE rebuild.ledger SET recorded_at = found.recorded_at
        FROM (
            SELECT event_id, CAST(:after AS timestamptz)
                + dense_rank() OVER (ORDER BY event_id) * interval '1 microsecond' AS recorded_at
            FROM rebuild.ledger WHERE recorded_at = :not_recorded
        ) AS found
        WHERE ledger.event_id = found.event_id AND ledger.recorded_at = :not_recorded
    """),
    text("""
        UPDATE rebuild.alias SET recorded_at = ledger.recorded_at FROM rebuild.ledger
        WHERE alias.recorded_at = :not_recorded AND ledger.kind = 'alias' AND ledger.customer_id = alias.member
            AND CAST(ledger.payload ->> 'version' AS bigint) = alias.version
    """),
    text("""
        UPDATE rebuild.customer_facts SET recorded_at = found.recorded_at
        FROM (
            SELECT customer_id, max(recorded_at) AS recorded_at FROM rebuild.ledger
            WHERE recorded_at > :after GROUP BY customer_id
        ) AS found
        WHERE customer_facts.customer_id = found.customer_id AND found.recorded_at > :after
    """),
)


class Examples(NamedTuple):
    """Number of rows, and the first of them."""

    total: int
    first: Sequence[Row[Any]]


async def recorded_at(session: AsyncSession, event_ids: Collection[UUID]) -> dict[UUID, dict[int, datetime]]:
    """Return when the ledger in use recorded these events, by part."""
    found: dict[UUID, dict[int, datetime]] = {}
    for event_id, part, recorded_at in await session.execute(SELECT_RECORDED_AT, {"ids": list(event_ids)}):
        found.setdefault(event_id, {})[part] = recorded_at
    return found


async def dead_letters(session: AsyncSession, event_ids: Collection[UUID], *, group: str) -> set[UUID]:
    """Return the dead letters among these events."""
    return (
        set(await session.scalars(SELECT_DEAD_LETTERS, {"ids": list(event_ids), "group": group}))
        if event_ids
        else set()
    )


async def missing_from_topics(session: AsyncSession, *, limit: int) -> Examples:
    """Return events of the ledger in use that are missing from the topics."""
    return _examples((await session.execute(SELECT_MISSING_FROM_TOPICS, {"limit": limit})).all())


async def ledger_differences(session: AsyncSession, *, limit: int) -> Examples:
    """Return rows of the ledger that are missing in one version or differ."""
    return _examples((await session.execute(SELECT_LEDGER_DIFFERENCES, {"limit": limit})).all())


async def ledger_customers(session: AsyncSession, *, after: UUID, size: int) -> Sequence[UUID]:
    """Return the next page of customers of the rebuilt ledger."""
    return (await session.scalars(SELECT_LEDGER_CUSTOMERS, {"after": after, "size": size})).all()


async def rows_of(session: AsyncSession, customer_ids: Sequence[UUID]) -> AsyncIterator[tuple[LedgerRow, datetime]]:
    """Yield all rows of these customers, one customer after the other. Paged, because one may have very many.

    No server-side cursor: it would stay open until the end of the transaction, and lock the tables.
    """
    query = select(*COLUMNS).where(Ledger.customer_id.in_(customer_ids)).order_by(*ROW_ORDER).limit(MAX_ROWS)
    rows = (await session.execute(query)).all()
    while rows:
        for *columns, kind, gross, margin, recorded_at in rows:
            event_id, type_, customer_id, part, day, currency, units, payload = columns
            row = LedgerRow(
                str(event_id),
                type_,
                LedgerKind(kind),
                customer_id,
                part,
                day,
                currency,
                units,
                int(gross),
                int(margin),
                payload,
            )
            yield row, recorded_at
        last = rows[-1]
        behind = tuple_(*ROW_ORDER) > tuple_(last.customer_id, last.recorded_at, last.event_id, last.part)
        rows = (await session.execute(query.where(behind))).all() if len(rows) == MAX_ROWS else []


async def upsert_facts(
    session: AsyncSession,
    rows: Sequence[tuple[UUID, str, int, datetime | None]],
    *,
    scored_on: date,
    model_version: str,
) -> None:
    """Write facts, their count and the last moment of each customer; the rest is copied from the rows in use."""
    ids, facts, facts_versions, recorded_ats = zip(*rows, strict=True)
    written = {"ids": ids, "facts": facts, "facts_versions": facts_versions, "recorded_ats": recorded_ats}
    await session.execute(UPSERT_FACTS, written)
    await session.execute(INSERT_CUSTOMERS, {"ids": ids, "scored_on": scored_on, "model_version": model_version})


async def shift_announced_breaks(session: AsyncSession) -> None:
    """Keep breaks announced whose last purchase is another day in the new time zone."""
    await session.execute(SHIFT_ANNOUNCED_BREAKS)


async def insert_aliases(session: AsyncSession) -> None:
    await session.execute(INSERT_ALIASES)


async def all_aliases(session: AsyncSession) -> list[Alias]:
    """Return all aliases of the version in use by this transaction."""
    rows = await session.execute(select(AliasRow.member, AliasRow.version, AliasRow.survivor, AliasRow.recorded_at))
    return [Alias(row.member, row.version, row.survivor, row.recorded_at) for row in rows]


async def update_survivors(
    session: AsyncSession, survivors: Mapping[UUID, UUID], *, scored_on: date, model_version: str
) -> None:
    """Set the survivors. Only survivors have a score; those without one are due for the daily refresh."""
    await session.execute(UPDATE_SURVIVORS, {"ids": list(survivors), "survivors": list(survivors.values())})
    for statement in CLEAR_MEMBER_SCORES:
        await session.execute(statement)
    await session.execute(MARK_SURVIVORS_DUE, {"scored_on": scored_on, "model_version": model_version})


async def customer_ids(session: AsyncSession, *, after: UUID, size: int) -> Sequence[UUID]:
    """Return the next page of customers of either version."""
    return (await session.scalars(SELECT_CUSTOMER_IDS, {"after": after, "size": size})).all()


async def customers(session: AsyncSession, customer_ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Return the rows of these customers in the version set by `use_version`."""
    return (await session.execute(SELECT_CUSTOMERS, {"ids": customer_ids})).all()


async def family_facts(session: AsyncSession, survivor_ids: Collection[UUID]) -> dict[UUID, dict[UUID, str]]:
    """Return for each of these survivors the facts of all members."""
    found: dict[UUID, dict[UUID, str]] = {}
    for survivor_id, member, facts in await session.execute(SELECT_FAMILY_FACTS, {"ids": list(survivor_ids)}):
        found.setdefault(survivor_id, {})[member] = facts
    return found


async def aliases_of(session: AsyncSession, members: Sequence[UUID]) -> dict[UUID, list[tuple[Any, ...]]]:
    found: dict[UUID, list[tuple[Any, ...]]] = {}
    for member, *columns in await session.execute(SELECT_ALIASES, {"ids": members}):
        found.setdefault(member, []).append(tuple(columns))
    return found


async def copy_new_rows(session: AsyncSession) -> set[UUID]:
    """Copy the rows added since the comparison. Return their customers."""
    return {customer_id for customer_id in await session.scalars(COPY_NEW_ROWS) if customer_id is not None}


async def copy_published_state(session: AsyncSession) -> None:
    """Copy what was published since the comparison."""
    for statement in COPY_PUBLISHED_STATE:
        await session.execute(statement)


async def timestamp_recovered(session: AsyncSession, *, now: datetime) -> None:
    """Record now what the ledger in use had lost, after all other rows of all customers."""
    after = (await session.execute(SELECT_LATEST_TIMESTAMP, {"now": now})).scalar_one()
    for statement in TIMESTAMP_RECOVERED:
        await session.execute(statement, {"after": after, "not_recorded": NOT_RECORDED})


def _examples(rows: Sequence[Row[Any]]) -> Examples:
    return Examples(rows[0].found if rows else 0, rows)
