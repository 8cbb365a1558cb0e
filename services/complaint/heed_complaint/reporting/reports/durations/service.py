"""Report on durations: time to contact and to resolve."""

from collections.abc import Sequence
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.reporting.reports import summary, texts
from heed_complaint.reporting.reports.durations import repository
from heed_complaint.reporting.reports.durations.repository import ENDED, HAPPENED, OPEN
from heed_complaint.reporting.reports.durations.schemas import DurationsOut, DurationsRow, Measure
from heed_complaint.reporting.reports.query import Grouping, Scope
from heed_measures import evidence, survival
from heed_plots.numbers import duration

MEASURES: tuple[Measure, ...] = get_args(Measure)
MEDIAN, P90 = 0.5, 0.9


async def durations_report(session: AsyncSession, *, scope: Scope, by: Grouping | None) -> DurationsOut:
    """Return how long customers wait, including those who still wait."""
    rows = await repository.waits(session, scope, by)
    label = await summary.group_labels(session, by, scope)
    found = [_item(row, measure, label(row.code), scope) for row in rows for measure in MEASURES]
    items = summary.ordered_groups(found, by, lambda item: item.code, lambda item: item.complaints) if by else found
    resolutions = [item for item in items if item.measure == "resolution"]
    head = await summary.summary(session, scope)
    return DurationsOut(
        **head,
        finding=_finding(rows, head["complaints"], scope),
        note=texts.note(
            scope.language,
            head,
            "times.note",
            open=sum(item.open for item in resolutions),
            ended=sum(item.ended for item in resolutions),
        ),
        by=by,
        items=items,
    )


def _item(row: Row[Any], measure: Measure, label: str, scope: Scope) -> DurationsRow:
    waited, status = _waits([row], measure)
    curve = survival.kaplan_meier(waited, status == HAPPENED)
    median, most = survival.quantile(curve, MEDIAN), survival.quantile(curve, P90)
    worked = row._mapping[f"{measure}_worked"] or []
    return DurationsRow(
        code=row.code,
        label=label,
        measure=measure,
        measure_label=texts.translate(scope.language, f"times.{measure}"),
        complaints=len(waited),
        decided=int((status == HAPPENED).sum()),
        open=int((status == OPEN).sum()),
        ended=int((status == ENDED).sum()),
        median=_rounded(median.time),
        median_low=_rounded(median.low),
        median_high=_rounded(median.high),
        p90=_rounded(most.time),
        working_decided=len(worked),
        working_median=_quantile(worked, MEDIAN),
        working_p90=_quantile(worked, P90),
    )


def _waits(rows: Sequence[Row[Any]], measure: Measure) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return durations and status of the waits of these groups together."""
    waited, status = ([row._mapping[f"{measure}_{what}"] for row in rows] for what in ("waited", "status"))
    return np.concatenate(waited), np.concatenate(status)


def _quantile(worked: Sequence[float], share: float) -> float | None:
    """Return the time within which that share was completed."""
    return _rounded(float(np.quantile(worked, share, method="inverted_cdf"))) if worked else None


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)


def _finding(rows: Sequence[Row[Any]], complaints: int, scope: Scope) -> str:
    if not rows:
        return texts.translate(scope.language, "nothing")
    if not evidence.enough(complaints):
        return texts.translate(scope.language, "times.too_few", count=complaints)
    contact, resolution = (_median(rows, measure) for measure in ("contact", "resolution"))
    if contact is None:
        return texts.translate(scope.language, "times.found_neither")
    return texts.translate(
        scope.language,
        "times.found_contact" if resolution is None else "times.found",
        contact=duration(scope.language, contact),
        resolution=duration(scope.language, resolution),
    )


def _median(rows: Sequence[Row[Any]], measure: Measure) -> float | None:
    waited, status = _waits(rows, measure)
    return survival.quantile(survival.kaplan_meier(waited, status == HAPPENED), MEDIAN).time
