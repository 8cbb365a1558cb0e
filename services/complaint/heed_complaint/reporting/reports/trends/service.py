"""Report on trends: complaints by period, with control limits."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.reporting.reports import summary, texts
from heed_complaint.reporting.reports.query import Scope
from heed_complaint.reporting.reports.trends import repository, rules
from heed_complaint.reporting.reports.trends.rules import Period
from heed_complaint.reporting.reports.trends.schemas import Interval, TrendsBy, TrendsGroup, TrendsOut, TrendsRow
from heed_measures.control_chart import MIN_PERIODS
from heed_measures.evidence import MIN_EVENTS


async def trends_report(session: AsyncSession, *, scope: Scope, every: Interval, by: TrendsBy) -> TrendsOut:
    """Return the complaints by group and period, with the signals that chance does not explain."""
    rows = await repository.rows_by_period(session, scope, by, every)
    first = await repository.first_day(session, scope.zone)
    periods = rules.periods(scope, every, since=max(first or scope.since, scope.since))
    counts = {(row.code, row.start): row.size for row in rows}
    sizes = {code: sum(count for (other, _), count in counts.items() if other == code) for code, _ in counts}
    label = await summary.labels(session, by, scope)
    totals = [sum(counts.get((code, period.start), 0) for code in sizes) for period in periods]
    codes = [
        code
        for code in summary.ordered_groups(sizes, by, lambda code: code, lambda code: sizes[code])
        if code is not None
    ]
    series = [
        (None, texts.translate(scope.language, "trends.all"), totals),
        *((code, label(code), [counts.get((code, period.start), 0) for period in periods]) for code in codes),
    ]
    groups, items = [], []
    for code, name, counted in series:
        group, rows_of_group = _group(code, name, periods, counted, groups=len(series))
        groups.append(group)
        items += rows_of_group
    period, head = texts.translate(scope.language, f"trends.every.{every}"), await summary.summary(session, scope)
    return TrendsOut(
        **head,
        finding=_finding(items, period, scope),
        note=texts.note(scope.language, head, "trends.note", every=period),
        every=every,
        by=by,
        groups=groups if sum(totals) else [],
        items=items if sum(totals) else [],
    )


def _group(
    code: str | None, label: str, periods: Sequence[Period], counts: Sequence[int], *, groups: int
) -> tuple[TrendsGroup, list[TrendsRow]]:
    evaluated, dispersion = rules.evaluate(periods, counts, groups=groups)
    rows = [
        TrendsRow(
            code=code,
            label=label,
            start=item.period.start,
            days=round(item.period.days, 3),
            count=item.count,
            expected=_rounded(item.expected),
            low=_rounded(item.low),
            high=_rounded(item.high),
            signal=item.signal,
        )
        for item in evaluated
    ]
    signals = sum(row.signal is not None for row in rows)
    group = TrendsGroup(code=code, label=label, count=sum(counts), dispersion=_rounded(dispersion), signals=signals)
    return group, rows


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 3)


def _finding(items: Sequence[TrendsRow], every: str, scope: Scope) -> str:
    """Return the latest signal, of the group that is furthest out."""
    if not sum(item.count for item in items):
        return texts.translate(scope.language, "nothing")
    evaluated = [item for item in items if item.expected is not None]
    if not evaluated:
        return texts.translate(
            scope.language, "trends.too_short", every=every, least_periods=MIN_PERIODS, least=MIN_EVENTS
        )
    signals = [item for item in evaluated if item.signal is not None]
    if not signals:
        return texts.translate(scope.language, "trends.quiet", count=len(evaluated))
    last = max(signals, key=lambda item: (item.signal != "shifted", item.start, _distance(item)))
    return texts.translate(
        scope.language,
        f"trends.{last.signal}",
        label=last.label,
        count=last.count,
        every=every,
        start=last.start,
        expected=last.expected,
    )


def _distance(item: TrendsRow) -> float:
    """Return the distance from the expected count in standard deviations."""
    expected = item.expected or 1.0
    return abs(item.count - expected) / float(expected**0.5)
