"""Every query of a rebuild on rows: what is known, what differs, what is written and taken over."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from heed_scoring.identities.alias_graph import Alias
from heed_scoring.ledger.entry import Kind, LedgerRow
from heed_scoring.tables import Alias as AliasRow
from heed_scoring.tables import Ledger

NOT_RECORDED = datetime(9999, 1, 1, tzinfo=UTC)
"""Known from the exchange on: until then the ledger in use does not have that event."""
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
# What the topics do not hold was either forged, or they have been shortened.
SELECT_MISSING_FROM_TOPICS = text("""
    SELECT event_id, count(*) OVER () AS found FROM public.ledger AS used
    WHERE NOT EXISTS (SELECT FROM rebuild.ledger WHERE event_id = used.event_id)
    ORDER BY event_id LIMIT :most
""")
# Compared as rows: a difference in any column counts.
SELECT_LEDGER_DIFFERENCES = text("""
    SELECT event_id, coalesce(made.customer_id, used.customer_id) AS customer_id, count(*) OVER () AS found
    FROM rebuild.ledger AS made FULL JOIN public.ledger AS used USING (event_id, part)
    WHERE (made.type, made.kind, made.customer_id, made.day, made.currency, made.units, made.gross, made.margin,
           made.payload, made.recorded_at)
        IS DISTINCT FROM
          (used.type, used.kind, used.customer_id, used.day, used.currency, used.units, used.gross, used.margin,
           used.payload, used.recorded_at)
    ORDER BY 2, 1 LIMIT :most
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
# Facts are made anew; what was told of a customer, and how often, no topic of others can know. Everybody is swept as on
# a new day, so that what the new facts say is told. Whose row was lost goes on counting far above all that was told.
UPSERT_FACTS = text("""
    INSERT INTO rebuild.customer (
        customer_id, facts, facts_version, recorded_at, version, scored_on, model_version,
        value_amount, potential, loyalty, probability, value_at_risk, published_numbers, announced_breaks
    )
    SELECT row.id, row.facts, row.facts_version, greatest(used.recorded_at, row.recorded_at),
           coalesce(used.version, CAST(extract(epoch FROM now()) AS bigint)),
           CAST(:swept AS date), coalesce(used.model_version, :model_version),
           used.value_amount, used.potential, used.loyalty, used.probability, used.value_at_risk, used.published_numbers,
           used.announced_breaks
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:facts AS text[]), CAST(:facts_versions AS bigint[]),
        CAST(:recorded_ats AS timestamptz[])
    ) AS row(id, facts, facts_version, recorded_at)
    LEFT JOIN public.customer AS used ON used.customer_id = row.id
    ORDER BY row.id
    ON CONFLICT (customer_id) DO UPDATE SET facts = EXCLUDED.facts, facts_version = EXCLUDED.facts_version
""")
COPY_PUBLISHED_STATE = text("""
    UPDATE rebuild.customer AS made SET
        version = used.version, recorded_at = used.recorded_at, published_numbers = used.published_numbers, announced_breaks = used.announced_breaks,
        value_amount = used.value_amount, potential = used.potential, loyalty = used.loyalty, probability = used.probability,
        value_at_risk = used.value_at_risk
    FROM public.customer AS used
    WHERE used.customer_id = made.customer_id
        AND (made.version, made.recorded_at, made.published_numbers, made.announced_breaks, made.value_amount, made.potential, made.loyalty,
             made.probability, made.value_at_risk)
            IS DISTINCT FROM
            (used.version, used.recorded_at, used.published_numbers, used.announced_breaks, used.value_amount, used.potential, used.loyalty,
             used.probability, used.value_at_risk)
""")
# By category the ordinal of a day; days of two zones are at most two apart, so that no break is announced again.
SHIFT_ANNOUNCED_BREAKS = text("""
    UPDATE rebuild.customer SET announced_breaks = (
        SELECT CAST(json_object_agg(key, CAST(value AS bigint) + 2) AS text)
        FROM json_each_text(CAST(announced_breaks AS json))
    )
    WHERE announced_breaks IS NOT NULL
""")
UPDATE_SURVIVORS = text("""
    UPDATE rebuild.customer SET survivor_id = told.survivor_id
    FROM (
        SELECT customer_id, row.survivor_id FROM rebuild.customer
        LEFT JOIN unnest(CAST(:ids AS uuid[]), CAST(:roots AS uuid[])) AS row(id, survivor_id) ON row.id = customer_id
        WHERE customer.survivor_id IS DISTINCT FROM row.survivor_id
    ) AS told
    WHERE customer.customer_id = told.customer_id
""")
CLEAR_MEMBER_SCORES = text("""
    UPDATE rebuild.customer SET
        scored_on = NULL, model_version = NULL, value_amount = NULL, potential = NULL, loyalty = NULL, probability = NULL,
        value_at_risk = NULL, published_numbers = NULL
    WHERE survivor_id <> customer_id AND (scored_on IS NOT NULL OR value_amount IS NOT NULL OR published_numbers IS NOT NULL)
""")
MARK_SURVIVORS_DUE = text("""
    UPDATE rebuild.customer SET scored_on = CAST(:swept AS date), model_version = :model_version
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
    FROM customer WHERE customer_id = ANY(CAST(:ids AS uuid[]))
""")
SELECT_FAMILY_FACTS = text("""
    SELECT survivor_id, facts FROM customer WHERE survivor_id = ANY(CAST(:roots AS uuid[])) AND facts_version > 0
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
SELECT_LATEST_TIMESTAMP = text("SELECT greatest(CAST(:now AS timestamptz), max(recorded_at)) FROM public.customer")
TIMESTAMP_RECOVERED = (
    text("""
        UPDATE rebuild.ledger SET recorded_at = found.recorded_at
        FROM (
            SELECT event_id, CAST(:after AS timestamptz)
                + dense_rank() OVER (ORDER BY event_id) * interval '1 microsecond' AS recorded_at
            FROM rebuild.ledger WHERE recorded_at = :not_yet
        ) AS found
        WHERE ledger.event_id = found.event_id AND ledger.recorded_at = :not_yet
    """),
    text("""
        UPDATE rebuild.alias SET recorded_at = ledger.recorded_at FROM rebuild.ledger
        WHERE alias.recorded_at = :not_yet AND ledger.kind = 'alias' AND ledger.customer_id = alias.member
            AND CAST(ledger.payload ->> 'version' AS bigint) = alias.version
    """),
    text("""
        UPDATE rebuild.customer SET recorded_at = found.recorded_at
        FROM (
            SELECT customer_id, max(recorded_at) AS recorded_at FROM rebuild.ledger
            WHERE recorded_at > :after GROUP BY customer_id
        ) AS found
        WHERE customer.customer_id = found.customer_id AND found.recorded_at > :after
    """),
)


class Examples(NamedTuple):
    """How many there are, and the first of them."""

    total: int
    first: Sequence[Row[Any]]


async def recorded_at(session: AsyncSession, event_ids: Collection[UUID]) -> dict[UUID, dict[int, datetime]]:
    """Since when the ledger in use knows these events, by place."""
    found: dict[UUID, dict[int, datetime]] = {}
    for event_id, place, recorded_at in await session.execute(SELECT_RECORDED_AT, {"ids": list(event_ids)}):
        found.setdefault(event_id, {})[place] = recorded_at
    return found


async def dead_letters(session: AsyncSession, event_ids: Collection[UUID], *, group: str) -> set[UUID]:
    """Those of them that the consumer could not take in."""
    return (
        set(await session.scalars(SELECT_DEAD_LETTERS, {"ids": list(event_ids), "group": group}))
        if event_ids
        else set()
    )


async def missing_from_topics(session: AsyncSession, *, most: int) -> Examples:
    """Events of the ledger that the topics do not hold."""
    return _named((await session.execute(SELECT_MISSING_FROM_TOPICS, {"most": most})).all())


async def ledger_differences(session: AsyncSession, *, most: int) -> Examples:
    """Rows of the ledger that are missing in one of the two, or say something else there."""
    return _named((await session.execute(SELECT_LEDGER_DIFFERENCES, {"most": most})).all())


async def ledger_customers(session: AsyncSession, *, after: UUID, size: int) -> Sequence[UUID]:
    """The next so many customers that something is known of."""
    return (await session.scalars(SELECT_LEDGER_CUSTOMERS, {"after": after, "size": size})).all()


async def rows_of(session: AsyncSession, customer_ids: Sequence[UUID]) -> AsyncIterator[tuple[LedgerRow, datetime]]:
    """All that is known of these customers, one after the other; so many rows at once, because one may have very many.

    No cursor of the server's: it would stay open until the end of the transaction, and hold the tables.
    """
    query = select(*COLUMNS).where(Ledger.customer_id.in_(customer_ids)).order_by(*ROW_ORDER).limit(MAX_ROWS)
    rows = (await session.execute(query)).all()
    while rows:
        for *columns, kind, gross, margin, recorded_at in rows:
            event_id, type_, customer_id, place, day, currency, units, detail = columns
            row = LedgerRow(
                event_id, type_, Kind(kind), customer_id, place, day, currency, units, int(gross), int(margin), detail
            )
            yield row, recorded_at
        last = rows[-1]
        behind = tuple_(*ROW_ORDER) > tuple_(last.customer_id, last.recorded_at, last.event_id, last.part)
        rows = (await session.execute(query.where(behind))).all() if len(rows) == MAX_ROWS else []


async def upsert_facts(
    session: AsyncSession, rows: Sequence[tuple[UUID, str, int, datetime | None]], *, swept: date, model_version: str
) -> None:
    """Facts, their count and the last moment of each customer; all else is taken over from the row in use."""
    ids, facts, facts_versions, recorded_ats = zip(*rows, strict=True)
    written = {"ids": ids, "facts": facts, "facts_versions": facts_versions, "recorded_ats": recorded_ats}
    await session.execute(UPSERT_FACTS, written | {"swept": swept, "model_version": model_version})


async def shift_announced_breaks(session: AsyncSession) -> None:
    """Keep breaks announced whose last purchase is another day in the new time zone."""
    await session.execute(SHIFT_ANNOUNCED_BREAKS)


async def insert_aliases(session: AsyncSession) -> None:
    await session.execute(INSERT_ALIASES)


async def all_aliases(session: AsyncSession) -> list[Alias]:
    """All that was told of merges."""
    rows = await session.execute(select(AliasRow.member, AliasRow.version, AliasRow.survivor, AliasRow.recorded_at))
    return [Alias(row.member, row.version, row.survivor, row.recorded_at) for row in rows]


async def update_survivors(
    session: AsyncSession, roots: Mapping[UUID, UUID], *, swept: date, model_version: str
) -> None:
    """Who is one with whom; only survivors have a score, and those without one are swept."""
    await session.execute(UPDATE_SURVIVORS, {"ids": list(roots), "roots": list(roots.values())})
    await session.execute(CLEAR_MEMBER_SCORES)
    await session.execute(MARK_SURVIVORS_DUE, {"swept": swept, "model_version": model_version})


async def customer_ids(session: AsyncSession, *, after: UUID, size: int) -> Sequence[UUID]:
    """The next so many customers that either side knows."""
    return (await session.scalars(SELECT_CUSTOMER_IDS, {"after": after, "size": size})).all()


async def customers(session: AsyncSession, customer_ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """The rows of these customers on the side that is looked at."""
    return (await session.execute(SELECT_CUSTOMERS, {"ids": customer_ids})).all()


async def family_facts(session: AsyncSession, roots: Collection[UUID]) -> dict[UUID, list[str]]:
    """Of each of these survivors the facts of all members."""
    found: dict[UUID, list[str]] = {}
    for root, facts in await session.execute(SELECT_FAMILY_FACTS, {"roots": list(roots)}):
        found.setdefault(root, []).append(facts)
    return found


async def aliases_of(session: AsyncSession, members: Sequence[UUID]) -> dict[UUID, list[tuple[Any, ...]]]:
    found: dict[UUID, list[tuple[Any, ...]]] = {}
    for member, *told in await session.execute(SELECT_ALIASES, {"ids": members}):
        found.setdefault(member, []).append(tuple(told))
    return found


async def copy_new_rows(session: AsyncSession) -> set[UUID]:
    """Takes over what the ledger in use has learnt since the comparison. Answers whom it is about."""
    return {customer_id for customer_id in await session.scalars(COPY_NEW_ROWS) if customer_id is not None}


async def copy_published_state(session: AsyncSession) -> None:
    """What was told since the comparison."""
    await session.execute(COPY_PUBLISHED_STATE)


async def timestamp_recovered(session: AsyncSession, *, now: datetime) -> None:
    """What the ledger in use had lost is known from now on, after all else that is known of anybody."""
    after = (await session.execute(SELECT_LATEST_TIMESTAMP, {"now": now})).scalar_one()
    for statement in TIMESTAMP_RECOVERED:
        await session.execute(statement, {"after": after, "not_yet": NOT_RECORDED})


def _named(rows: Sequence[Row[Any]]) -> Examples:
    return Examples(rows[0].found if rows else 0, rows)
