"""Report on resolution rates: at the first contact, without reopening, as promised."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.reporting.reports import summary, texts
from heed_complaint.reporting.reports.query import Grouping, Scope
from heed_complaint.reporting.reports.resolution_rates import repository
from heed_complaint.reporting.reports.resolution_rates.schemas import ResolutionRatesOut, ResolutionRatesRow
from heed_complaint.reporting.reports.summary import share
from heed_plots.numbers import proportion

Counts = Mapping[str, Any]


async def resolution_rates_report(
    session: AsyncSession, *, scope: Scope, by: Grouping | None, first_contact_minutes: int
) -> ResolutionRatesOut:
    """Return the resolution rates of each group."""
    within = timedelta(minutes=first_contact_minutes)
    groups: dict[str | None, dict[str, Any]] = {}
    for row in await repository.complaint_counts(session, scope, by, within=within):
        groups.setdefault(row.code, {}).update(row._mapping)
    for row in await repository.promise_counts(session, scope, by):
        groups.setdefault(row.code, {}).update(row._mapping)
    label = await summary.group_labels(session, by, scope)
    items = [_item(code, label(code), counts) for code, counts in groups.items()]
    items = summary.ordered_groups(items, by, lambda item: item.code, lambda item: item.completed) if by else items
    completed, head = sum(item.completed for item in items), await summary.summary(session, scope)
    key = "rates.note" if completed else "rates.none.note"
    return ResolutionRatesOut(
        **head,
        finding=_finding(items, head["complaints"], scope),
        note=texts.note(scope.language, head, key, completed=completed, minutes=first_contact_minutes),
        by=by,
        first_contact_minutes=first_contact_minutes,
        items=items,
    )


def _item(code: str | None, label: str, counts: Counts) -> ResolutionRatesRow:
    def of(name: str) -> int:
        return int(counts.get(name, 0))

    return ResolutionRatesRow(
        code=code,
        label=label,
        completed=of("completed"),
        first_contact=share(of("first_contact"), of("completed")),
        reopened=share(of("reopened"), of("completed")),
        fixed_first_time=share(of("fixed"), of("completed")),
        solved=share(of("solved"), of("responded")),
        pleasant=share(of("pleasant"), of("rated")),
        promises_kept=share(of("kept"), of("kept") + of("broken")),
        told_before=share(of("notified"), of("broken")),
    )


def _finding(items: Sequence[ResolutionRatesRow], complaints: int, scope: Scope) -> str:
    if not complaints:
        return texts.translate(scope.language, "nothing")
    completed, settled = sum(item.completed for item in items), sum(item.promises_kept.of for item in items)
    if not completed:
        return texts.translate(scope.language, "rates.none", complaints=complaints)
    return texts.translate(
        scope.language,
        "rates.found" if settled else "rates.found_without_promises",
        fixed=proportion(scope.language, sum(item.fixed_first_time.count for item in items), completed),
        contact=proportion(scope.language, sum(item.first_contact.count for item in items), completed),
        kept=proportion(scope.language, sum(item.promises_kept.count for item in items), settled),
    )
