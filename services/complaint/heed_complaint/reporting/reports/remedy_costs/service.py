"""Report on remedies: amounts granted and their costs."""

from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.currencies import round_to_minor_unit
from heed_complaint.reporting.reports import summary, texts
from heed_complaint.reporting.reports.query import Scope
from heed_complaint.reporting.reports.remedy_costs import repository
from heed_complaint.reporting.reports.remedy_costs.schemas import RemediesBy, RemedyCostsOut, RemedyCostsRow
from heed_complaint.reporting.reports.summary import DIGITS
from heed_plots.numbers import money

ZERO = Decimal(0)


async def remedy_costs_report(session: AsyncSession, *, scope: Scope, by: RemediesBy) -> RemedyCostsOut:
    """Return the granted remedies and their costs by group."""
    rows = await repository.rows_by_group(session, scope, by)
    label = await summary.labels(session, "remedy" if by == "kind" else by, scope)
    cost, amount = (sum((row._mapping[name] for row in rows), ZERO) for name in ("cost", "amount"))
    found = [_item(row, label(row.code), cost, scope.currency) for row in rows]
    items = summary.ordered_groups(found, by, lambda item: item.code, lambda item: float(item.cost))
    head = await summary.summary(session, scope)
    given_on = await repository.complaints_with_remedy(session, scope)
    currency = scope.currency
    return RemedyCostsOut(
        **head,
        finding=_finding(head["complaints"], given_on, cost, scope),
        note=texts.note(
            scope.language,
            head,
            "remedies.note" if given_on else "remedies.found_none.note",
            cost=money(scope.language, cost, currency),
            amount=money(scope.language, amount, currency),
            over=sum(item.over_limit for item in items),
            pending=sum(item.pending for item in items),
        ),
        by=by,
        currency=currency,
        given_on=given_on,
        amount=round_to_minor_unit(amount, currency),
        cost=round_to_minor_unit(cost, currency),
        items=items,
    )


def _item(row: Row[Any], label: str, cost: Decimal, currency: str) -> RemedyCostsRow:
    return RemedyCostsRow(
        code=row.code,
        label=label,
        remedies=row.remedies,
        complaints=row.complaints,
        amount=round_to_minor_unit(row.amount, currency),
        cost=round_to_minor_unit(row.cost, currency),
        cost_share=round(float(row.cost / cost), DIGITS) if cost else None,
        cost_each=round_to_minor_unit(row.cost / row.complaints, currency) if row.complaints else None,
        over_limit=row.over_limit,
        pending=row.pending,
        without_rate=row.without_rate,
    )


def _finding(complaints: int, given_on: int, cost: Decimal, scope: Scope) -> str:
    if not complaints:
        return texts.translate(scope.language, "nothing")
    if not given_on:
        return texts.translate(scope.language, "remedies.found_none", all=complaints)
    each = money(scope.language, cost / given_on, scope.currency)
    return texts.translate(scope.language, "remedies.found", complaints=given_on, all=complaints, each=each)
