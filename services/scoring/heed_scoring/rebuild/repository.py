"""Every query of a rebuild on rows: what is known, what differs, what is written and taken over."""

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

NOT_YET = datetime(9999, 1, 1, tzinfo=UTC)
"""Known from the exchange on: until then the ledger in use does not have that event."""
ROWS_AT_ONCE = 20_000
COLUMNS = (
    Ledger.event_id, Ledger.type, Ledger.customer_id, Ledger.place, Ledger.day, Ledger.currency, Ledger.units,
    Ledger.detail, Ledger.kind, Ledger.gross, Ledger.margin, Ledger.known_at,
)  # fmt: skip
PLACE = (Ledger.customer_id, Ledger.known_at, Ledger.event_id, Ledger.place)
KNOWN = text("SELECT event_id, place, known_at FROM public.ledger WHERE event_id = ANY(CAST(:ids AS uuid[]))")
DEAD = text("""
    SELECT event_id FROM dead_letter WHERE consumer_group = :group AND event_id = ANY(CAST(:ids AS uuid[]))
""")
# What the topics do not hold was either forged, or they have been shortened.
ONLY_IN_USE = text("""
    SELECT event_id, count(*) OVER () AS found FROM public.ledger AS used
    WHERE NOT EXISTS (SELECT FROM rebuild.ledger WHERE event_id = used.event_id)
    ORDER BY event_id LIMIT :most
""")
# Compared as rows: a difference in any column counts.
LEDGER_DIFFERS = text("""
    SELECT event_id, coalesce(made.customer_id, used.customer_id) AS customer_id, count(*) OVER () AS found
    FROM rebuild.ledger AS made FULL JOIN public.ledger AS used USING (event_id, place)
    WHERE (made.type, made.kind, made.customer_id, made.day, made.currency, made.units, made.gross, made.margin,
           made.detail, made.known_at)
        IS DISTINCT FROM
          (used.type, used.kind, used.customer_id, used.day, used.currency, used.units, used.gross, used.margin,
           used.detail, used.known_at)
    ORDER BY 2, 1 LIMIT :most
""")
MAKE_ALIASES = text("""
    INSERT INTO rebuild.alias (member, version, survivor, known_at)
    SELECT customer_id, CAST(detail ->> 'version' AS bigint), CAST(detail ->> 'survivor' AS uuid), known_at
    FROM rebuild.ledger WHERE kind = 'alias' AND detail IS NOT NULL ORDER BY known_at, event_id
    ON CONFLICT DO NOTHING
""")
CUSTOMERS_OF_LEDGER = text("""
    SELECT DISTINCT customer_id FROM rebuild.ledger WHERE customer_id > :after ORDER BY customer_id LIMIT :size
""")
# Facts are made anew; what was told of a customer, and how often, no topic of others can know. Everybody is swept as on
# a new day, so that what the new facts say is told. Whose row was lost goes on counting far above all that was told.
WRITE_FACTS = text("""
    INSERT INTO rebuild.customer (
        customer_id, facts, facts_version, known_at, version, scored_day, model_version,
        amount, potential, loyalty, probability, value_at_risk, numbers, told_breaks
    )
    SELECT row.id, row.facts, row.facts_version, greatest(used.known_at, row.known_at),
           coalesce(used.version, CAST(extract(epoch FROM now()) AS bigint)),
           CAST(:swept AS date), coalesce(used.model_version, :model_version),
           used.amount, used.potential, used.loyalty, used.probability, used.value_at_risk, used.numbers,
           used.told_breaks
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:facts AS text[]), CAST(:facts_versions AS bigint[]),
        CAST(:known_ats AS timestamptz[])
    ) AS row(id, facts, facts_version, known_at)
    LEFT JOIN public.customer AS used ON used.customer_id = row.id
    ORDER BY row.id
    ON CONFLICT (customer_id) DO UPDATE SET facts = EXCLUDED.facts, facts_version = EXCLUDED.facts_version
""")
CARRY_OVER = text("""
    UPDATE rebuild.customer AS made SET
        version = used.version, known_at = used.known_at, numbers = used.numbers, told_breaks = used.told_breaks,
        amount = used.amount, potential = used.potential, loyalty = used.loyalty, probability = used.probability,
        value_at_risk = used.value_at_risk
    FROM public.customer AS used
    WHERE used.customer_id = made.customer_id
        AND (made.version, made.known_at, made.numbers, made.told_breaks, made.amount, made.potential, made.loyalty,
             made.probability, made.value_at_risk)
            IS DISTINCT FROM
            (used.version, used.known_at, used.numbers, used.told_breaks, used.amount, used.potential, used.loyalty,
             used.probability, used.value_at_risk)
""")
# By category the ordinal of a day; days of two zones are at most two apart, so that no break is announced again.
MOVE_ANNOUNCED_BREAKS = text("""
    UPDATE rebuild.customer SET told_breaks = (
        SELECT CAST(json_object_agg(key, CAST(value AS bigint) + 2) AS text)
        FROM json_each_text(CAST(told_breaks AS json))
    )
    WHERE told_breaks IS NOT NULL
""")
WRITE_ROOTS = text("""
    UPDATE rebuild.customer SET root = told.root
    FROM (
        SELECT customer_id, row.root FROM rebuild.customer
        LEFT JOIN unnest(CAST(:ids AS uuid[]), CAST(:roots AS uuid[])) AS row(id, root) ON row.id = customer_id
        WHERE customer.root IS DISTINCT FROM row.root
    ) AS told
    WHERE customer.customer_id = told.customer_id
""")
SILENCE_MEMBERS = text("""
    UPDATE rebuild.customer SET
        scored_day = NULL, model_version = NULL, amount = NULL, potential = NULL, loyalty = NULL, probability = NULL,
        value_at_risk = NULL, numbers = NULL
    WHERE root <> customer_id AND (scored_day IS NOT NULL OR amount IS NOT NULL OR numbers IS NOT NULL)
""")
WAKE_SURVIVORS = text("""
    UPDATE rebuild.customer SET scored_day = CAST(:swept AS date), model_version = :model_version
    WHERE coalesce(root, customer_id) = customer_id AND scored_day IS NULL
""")
IDS = text("""
    (SELECT customer_id FROM public.customer WHERE customer_id > :after ORDER BY customer_id LIMIT :size)
    UNION
    (SELECT customer_id FROM rebuild.customer WHERE customer_id > :after ORDER BY customer_id LIMIT :size)
    ORDER BY customer_id LIMIT :size
""")
STANDING = text("""
    SELECT customer_id, facts, facts_version, root, scored_day, model_version,
           amount, potential, loyalty, probability, value_at_risk
    FROM customer WHERE customer_id = ANY(CAST(:ids AS uuid[]))
""")
FAMILY_FACTS = text("""
    SELECT root, facts FROM customer WHERE root = ANY(CAST(:roots AS uuid[])) AND facts_version > 0
    ORDER BY root, customer_id
""")
ALIASES_OF = text("""
    SELECT member, version, survivor, known_at FROM alias
    WHERE member = ANY(CAST(:ids AS uuid[])) ORDER BY member, version
""")
COPY_NEW = text("""
    INSERT INTO rebuild.ledger
        (event_id, place, type, kind, customer_id, known_at, day, currency, units, gross, margin, detail)
    SELECT event_id, place, type, kind, customer_id, known_at, day, currency, units, gross, margin, detail
    FROM public.ledger AS used
    WHERE NOT EXISTS (SELECT FROM rebuild.ledger WHERE event_id = used.event_id)
    RETURNING customer_id
""")
LAST_MOMENT = text("SELECT greatest(CAST(:now AS timestamptz), max(known_at)) FROM public.customer")
DATE_FOUND = (
    text("""
        UPDATE rebuild.ledger SET known_at = found.known_at
        FROM (
            SELECT event_id, CAST(:after AS timestamptz)
                + dense_rank() OVER (ORDER BY event_id) * interval '1 microsecond' AS known_at
            FROM rebuild.ledger WHERE known_at = :not_yet
        ) AS found
        WHERE ledger.event_id = found.event_id AND ledger.known_at = :not_yet
    """),
    text("""
        UPDATE rebuild.alias SET known_at = ledger.known_at FROM rebuild.ledger
        WHERE alias.known_at = :not_yet AND ledger.kind = 'alias' AND ledger.customer_id = alias.member
            AND CAST(ledger.detail ->> 'version' AS bigint) = alias.version
    """),
    text("""
        UPDATE rebuild.customer SET known_at = found.known_at
        FROM (
            SELECT customer_id, max(known_at) AS known_at FROM rebuild.ledger
            WHERE known_at > :after GROUP BY customer_id
        ) AS found
        WHERE customer.customer_id = found.customer_id AND found.known_at > :after
    """),
)


class Named(NamedTuple):
    """How many there are, and the first of them."""

    total: int
    first: Sequence[Row[Any]]


async def known(session: AsyncSession, event_ids: Collection[UUID]) -> dict[UUID, dict[int, datetime]]:
    """Since when the ledger in use knows these events, by place."""
    found: dict[UUID, dict[int, datetime]] = {}
    for event_id, place, known_at in await session.execute(KNOWN, {"ids": list(event_ids)}):
        found.setdefault(event_id, {})[place] = known_at
    return found


async def dead(session: AsyncSession, event_ids: Collection[UUID], *, group: str) -> set[UUID]:
    """Those of them that the consumer could not take in."""
    return set(await session.scalars(DEAD, {"ids": list(event_ids), "group": group})) if event_ids else set()


async def only_in_use(session: AsyncSession, *, most: int) -> Named:
    """Events of the ledger that the topics do not hold."""
    return _named((await session.execute(ONLY_IN_USE, {"most": most})).all())


async def ledger_differences(session: AsyncSession, *, most: int) -> Named:
    """Rows of the ledger that are missing in one of the two, or say something else there."""
    return _named((await session.execute(LEDGER_DIFFERS, {"most": most})).all())


async def customers_of_ledger(session: AsyncSession, *, after: UUID, size: int) -> Sequence[UUID]:
    """The next so many customers that something is known of."""
    return (await session.scalars(CUSTOMERS_OF_LEDGER, {"after": after, "size": size})).all()


async def rows_of(session: AsyncSession, customer_ids: Sequence[UUID]) -> AsyncIterator[tuple[LedgerRow, datetime]]:
    """All that is known of these customers, one after the other; so many rows at once, because one may have very many.

    No cursor of the server's: it would stay open until the end of the transaction, and hold the tables.
    """
    query = select(*COLUMNS).where(Ledger.customer_id.in_(customer_ids)).order_by(*PLACE).limit(ROWS_AT_ONCE)
    rows = (await session.execute(query)).all()
    while rows:
        for *columns, kind, gross, margin, known_at in rows:
            event_id, type_, customer_id, place, day, currency, units, detail = columns
            row = LedgerRow(
                event_id,
                type_,
                LedgerKind(kind),
                customer_id,
                place,
                day,
                currency,
                units,
                int(gross),
                int(margin),
                detail,
            )
            yield row, known_at
        last = rows[-1]
        behind = tuple_(*PLACE) > tuple_(last.customer_id, last.known_at, last.event_id, last.place)
        rows = (await session.execute(query.where(behind))).all() if len(rows) == ROWS_AT_ONCE else []


async def write_facts(
    session: AsyncSession, rows: Sequence[tuple[UUID, str, int, datetime | None]], *, swept: date, model_version: str
) -> None:
    """Facts, their count and the last moment of each customer; all else is taken over from the row in use."""
    ids, facts, facts_versions, known_ats = zip(*rows, strict=True)
    written = {"ids": ids, "facts": facts, "facts_versions": facts_versions, "known_ats": known_ats}
    await session.execute(WRITE_FACTS, written | {"swept": swept, "model_version": model_version})


async def move_announced_breaks(session: AsyncSession) -> None:
    """Keep breaks announced whose last purchase is another day in the new time zone."""
    await session.execute(MOVE_ANNOUNCED_BREAKS)


async def make_aliases(session: AsyncSession) -> None:
    await session.execute(MAKE_ALIASES)


async def all_aliases(session: AsyncSession) -> list[Alias]:
    """All that was told of merges."""
    rows = await session.execute(select(AliasRow.member, AliasRow.version, AliasRow.survivor, AliasRow.known_at))
    return [Alias(row.member, row.version, row.survivor, row.known_at) for row in rows]


async def write_roots(session: AsyncSession, roots: Mapping[UUID, UUID], *, swept: date, model_version: str) -> None:
    """Who is one with whom; only survivors have a score, and those without one are swept."""
    await session.execute(WRITE_ROOTS, {"ids": list(roots), "roots": list(roots.values())})
    await session.execute(SILENCE_MEMBERS)
    await session.execute(WAKE_SURVIVORS, {"swept": swept, "model_version": model_version})


async def page(session: AsyncSession, *, after: UUID, size: int) -> Sequence[UUID]:
    """The next so many customers that either side knows."""
    return (await session.scalars(IDS, {"after": after, "size": size})).all()


async def standing(session: AsyncSession, customer_ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """The rows of these customers on the side that is looked at."""
    return (await session.execute(STANDING, {"ids": customer_ids})).all()


async def family_facts(session: AsyncSession, roots: Collection[UUID]) -> dict[UUID, list[str]]:
    """Of each of these survivors the facts of all members."""
    found: dict[UUID, list[str]] = {}
    for root, facts in await session.execute(FAMILY_FACTS, {"roots": list(roots)}):
        found.setdefault(root, []).append(facts)
    return found


async def aliases_of(session: AsyncSession, members: Sequence[UUID]) -> dict[UUID, list[tuple[Any, ...]]]:
    found: dict[UUID, list[tuple[Any, ...]]] = {}
    for member, *told in await session.execute(ALIASES_OF, {"ids": members}):
        found.setdefault(member, []).append(tuple(told))
    return found


async def copy_new(session: AsyncSession) -> set[UUID]:
    """Takes over what the ledger in use has learnt since the comparison. Answers whom it is about."""
    return {customer_id for customer_id in await session.scalars(COPY_NEW) if customer_id is not None}


async def carry_over(session: AsyncSession) -> None:
    """What was told since the comparison."""
    await session.execute(CARRY_OVER)


async def date_found(session: AsyncSession, *, now: datetime) -> None:
    """What the ledger in use had lost is known from now on, after all else that is known of anybody."""
    after = (await session.execute(LAST_MOMENT, {"now": now})).scalar_one()
    for statement in DATE_FOUND:
        await session.execute(statement, {"after": after, "not_yet": NOT_YET})


def _named(rows: Sequence[Row[Any]]) -> Named:
    return Named(rows[0].found if rows else 0, rows)
