"""Report on value saved: expected value of resolved complaints, beside the costs."""

from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.currencies import round_to_minor_unit
from heed_complaint.reporting.reports import summary, texts
from heed_complaint.reporting.reports.query import Grouping, Scope
from heed_complaint.reporting.reports.value_saved import repository
from heed_complaint.reporting.reports.value_saved.schemas import ValueSavedOut, ValueSavedRow
from heed_plots.numbers import money

ZERO = Decimal(0)


async def value_saved_report(
    session: AsyncSession, *, scope: Scope, by: Grouping | None, handling_cost: Decimal | None
) -> ValueSavedOut:
    """Return the expected value saved and the costs: an association, until hold-outs measure the effect."""
    rows = await repository.rows_by_group(session, scope, by)
    label = await summary.group_labels(session, by, scope)
    currency = scope.currency
    found = [_item(row, label(row.code), handling_cost, currency) for row in rows]
    items = summary.ordered_groups(found, by, lambda item: item.code, lambda item: float(item.saved)) if by else found
    saved = round_to_minor_unit(sum((item.saved for item in items), ZERO), currency)
    cost = round_to_minor_unit(sum((item.saved - item.net for item in items), ZERO), currency)
    head, known = await summary.summary(session, scope), sum(item.known for item in items)
    return ValueSavedOut(
        **head,
        finding=_finding(items, saved, cost, scope),
        note=texts.note(scope.language, head, "saved.note", known=known, complaints=head["complaints"]),
        by=by,
        currency=currency,
        saved=saved,
        cost=cost,
        items=items,
    )


def _item(row: Row[Any], label: str, handling_cost: Decimal | None, currency: str) -> ValueSavedRow:
    saved, remedies = (round_to_minor_unit(amount, currency) for amount in (row.saved, row.remedies))
    handling = None if handling_cost is None else round_to_minor_unit(handling_cost * row.complaints, currency)
    return ValueSavedRow(
        code=row.code,
        label=label,
        **{name: row._mapping[name] for name in ("complaints", "known", "resolved_in_time", "resolved_late")},
        unresolved=row.unresolved,
        open=row.open,
        saved=saved,
        saved_late_at_most=round_to_minor_unit(row.late, currency),
        lost=round_to_minor_unit(row.lost, currency),
        remedies=remedies,
        handling=handling,
        net=saved - remedies - (handling or ZERO),
    )


def _finding(items: list[ValueSavedRow], saved: Decimal, cost: Decimal, scope: Scope) -> str:
    if not items:
        return texts.translate(scope.language, "nothing")
    if not any(item.known and item.resolved_in_time for item in items):
        return texts.translate(scope.language, "saved.found_nothing")
    currency = scope.currency
    return texts.translate(
        scope.language,
        "saved.found",
        saved=money(scope.language, saved, currency),
        cost=money(scope.language, cost, currency),
    )
