"""SQL of the list of customers. Merged duplicates are left out; what is found of them is found of their survivor."""

from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, and_, exists, func, select, tuple_, union
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from heed_common.text import normalize_for_comparison
from heed_customer.read_models.scores.tables import CustomerScore
from heed_customer.records.customers.identity import survivor_of_customer, survivors_where
from heed_customer.records.customers.tables import Customer
from heed_customer.search.customers.rules import CustomerFilter, CustomerSort


class CustomerEntry(NamedTuple):
    """A customer with the key by which the list is sorted."""

    customer: Customer
    key: str | Decimal | None


async def list_customers(
    session: AsyncSession,
    filters: CustomerFilter,
    *,
    tagged: Select[UUID] | None,
    sort: CustomerSort,
    after: tuple[Any, UUID] | None,
    limit: int,
) -> list[CustomerEntry]:
    """Return a page of the list behind the given key and id; `tagged` selects the customers with the filter's tags."""
    if sort is CustomerSort.VALUE_AT_RISK:
        return await _list_by_value_at_risk(session, filters, tagged=tagged, after=after, limit=limit)
    if sort is CustomerSort.NAME:
        order: list[ColumnElement[Any]] = [Customer.sort_name.expression, Customer.id.expression]
        behind = None if after is None else tuple_(Customer.sort_name, Customer.id) > after
    elif sort is CustomerSort.NEWEST:
        order, behind = [Customer.id.desc()], None if after is None else Customer.id < after[1]
    else:
        order, behind = [Customer.id.expression], None if after is None else Customer.id > after[1]
    conditions = [*_conditions(filters, tagged), *([] if behind is None else [behind])]
    page = select(Customer.id).where(*conditions).order_by(*order).limit(limit)
    rows = await session.scalars(
        select(Customer).where(Customer.id.in_(_matching(page, filters.words))).order_by(*order).limit(limit)
    )
    return [CustomerEntry(row, row.sort_name if sort is CustomerSort.NAME else None) for row in rows]


async def _list_by_value_at_risk(
    session: AsyncSession,
    filters: CustomerFilter,
    *,
    tagged: Select[UUID] | None,
    after: tuple[Decimal | None, UUID] | None,
    limit: int,
) -> list[CustomerEntry]:
    """Return those with a score, the largest value at risk first, and then those without one."""
    rows: list[CustomerEntry] = []
    value, scored = CustomerScore.value_at_risk, CustomerScore.customer_id == Customer.id
    if after is None or after[0] is not None:
        behind = [] if after is None else [tuple_(value, CustomerScore.customer_id) < after]
        page = (
            select(Customer.id)
            .join(CustomerScore, scored)
            .where(*_conditions(filters, tagged), *behind)
            .order_by(value.desc(), CustomerScore.customer_id.desc())
            .limit(limit)
        )
        found = (
            select(Customer, value).join(CustomerScore, scored).where(Customer.id.in_(_matching(page, filters.words)))
        )
        ordered = found.order_by(value.desc(), CustomerScore.customer_id.desc()).limit(limit)
        rows = [CustomerEntry(row, key) for row, key in (await session.execute(ordered)).all()]
        after = None
    if len(rows) < limit:
        unscored = [~exists().where(scored), *([] if after is None else [Customer.id > after[1]])]
        page = select(Customer.id).where(*_conditions(filters, tagged), *unscored).order_by(Customer.id).limit(limit)
        rest = select(Customer).where(Customer.id.in_(_matching(page, filters.words))).order_by(Customer.id)
        rows += [CustomerEntry(row, None) for row in await session.scalars(rest.limit(limit - len(rows)))]
    return rows


def _conditions(filters: CustomerFilter, tagged: Select[UUID] | None) -> list[ColumnElement[bool]]:
    """Return the conditions but that of the words."""
    conditions: list[ColumnElement[bool]] = [survivor_of_customer().is_(None)]
    if filters.ids is not None:
        conditions.append(Customer.id.in_(filters.ids))
    if filters.owners:
        conditions.append(Customer.owner.in_(filters.owners))
    if tagged is not None:
        conditions.append(Customer.id.in_(union(tagged, survivors_where(Customer.id.in_(tagged)))))
    score = aliased(CustomerScore)  # The list by value at risk has the table itself in its FROM.
    scores = {score.tier: filters.tiers, score.churn_band: filters.bands}
    if required := [column.in_(values) for column, values in scores.items() if values]:
        conditions.append(exists().where(score.customer_id == Customer.id, *required))
    return conditions


def _matching(page: Select[UUID], words: str | None) -> Any:  # noqa: ANN401 a select or a union of two
    """Return the ids of the page's customers that match the words themselves, or a duplicate of them."""
    if words is None:
        return page
    matches = _matches(words)
    # Two pages, because an index serves no condition that is joined to another one by OR.
    return union(page.where(matches), page.where(Customer.id.in_(survivors_where(matches))))


def _matches(words: str) -> ColumnElement[bool]:
    """Return the condition that the search text contains each of the words, in any order, or that the id is given."""
    tokens = dict.fromkeys(normalize_for_comparison(words).split())
    if (customer_id := _as_id(words)) is not None:
        return Customer.id == customer_id
    pairs = {token[start : start + 2] for token in tokens for start in range(len(token) - 1)}
    contained = and_(*(Customer.search_text.contains(token, autoescape=True) for token in tokens))
    if not pairs:
        return contained
    indexed = func.search_pairs(Customer.search_text, type_=ARRAY(Text))
    return and_(indexed.contains(sorted(pairs)), contained)


def _as_id(words: str) -> UUID | None:
    try:
        return UUID(words.strip())
    except ValueError:
        return None
