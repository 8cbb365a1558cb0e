"""Use cases of quotes: recorded, compared, withdrawn."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.identifiers import new_id
from heed_customer.commitments.quotes import repository, rules
from heed_customer.commitments.quotes.errors import QuoteNotFound, QuoteWithdrawn
from heed_customer.commitments.quotes.rules import NewQuote, QuoteFilter
from heed_customer.commitments.quotes.tables import Quote
from heed_customer.records.customers import identity
from heed_customer.records.customers import service as customers
from heed_customer.records.customers.service import Family


@dataclass(frozen=True, slots=True)
class ComparedQuote:
    """A quote with the quotes that contradict it."""

    quote: Quote
    conflicts_with: Sequence[UUID]


async def record_quote(
    session: AsyncSession, *, customer_id: UUID, quote: NewQuote, by: str, now: datetime
) -> ComparedQuote:
    """Record a quote; one that contradicts another is recorded as well, because the customer has been quoted both.

    Raises `CustomerNotFound`, `CustomerIsMerged`, `QuotePeriodInvalid`.
    """
    await customers.lock_unmerged(session, customer_id=customer_id)
    valid_from = quote.valid_from or now
    rules.check_period(valid_from, quote.valid_to, now=now)
    row = Quote(
        id=new_id(),
        customer_id=customer_id,
        product=quote.product,
        price=quote.price,
        currency=quote.currency,
        valid_from=valid_from,
        valid_to=quote.valid_to,
        quoted_by=quote.quoted_by or by,
        note=quote.note,
        recorded_at=now,
        recorded_by=by,
    )
    await repository.add_quote(session, row)
    return await _compare(session, row, await identity.family_of(session, customer_id))


async def withdraw_quote(
    session: AsyncSession, *, customer_id: UUID, quote_id: UUID, by: str, now: datetime
) -> ComparedQuote:
    """Withdraw the quote. Raises `CustomerNotFound`, `CustomerIsMerged`, `QuoteNotFound`, `QuoteWithdrawn`."""
    await customers.lock_unmerged(session, customer_id=customer_id)
    quote = await repository.lock_quote(session, quote_id)
    if quote is None or quote.customer_id not in await identity.family_of(session, customer_id):
        raise QuoteNotFound
    if quote.withdrawn_at is not None:
        raise QuoteWithdrawn
    quote.withdrawn_at, quote.withdrawn_by = now, by
    return ComparedQuote(quote, ())


async def get_quote(session: AsyncSession, *, customer_id: UUID, quote_id: UUID) -> ComparedQuote:
    """Return the quote, which a duplicate of the customer may have been given. Raises `QuoteNotFound`."""
    family = await customers.get_family(session, customer_id=customer_id)
    quote = await repository.get_quote(session, quote_id)
    if quote is None or quote.customer_id not in family.ids:
        raise QuoteNotFound
    return await _compare(session, quote, family.ids)


async def list_quotes(
    session: AsyncSession, *, family: Family, filters: QuoteFilter, after: UUID | None, limit: int
) -> list[ComparedQuote]:
    """Return the quotes to a customer and its duplicates, the newest first."""
    rows = await repository.list_quotes(session, family.ids, filters=filters, after=after, limit=limit)
    conflicts = await repository.find_conflicts(session, [row.id for row in rows], customer_ids=family.ids)
    return [ComparedQuote(row, conflicts.get(row.id, ())) for row in rows]


async def list_open_ids(
    session: AsyncSession, *, customer_ids: Collection[UUID], now: datetime, limit: int
) -> Sequence[UUID]:
    """Return the quotes to these customers that can still be accepted, the newest first."""
    return await repository.list_open_ids(session, customer_ids, now=now, limit=limit)


async def _compare(session: AsyncSession, quote: Quote, customer_ids: Collection[UUID]) -> ComparedQuote:
    conflicts = await repository.find_conflicts(session, [quote.id], customer_ids=customer_ids)
    return ComparedQuote(quote, conflicts.get(quote.id, ()))
