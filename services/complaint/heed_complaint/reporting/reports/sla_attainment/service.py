"""Report on SLA attainment: the share of clocks that were met."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import Milestone
from heed_complaint.reporting.reports import summary, texts
from heed_complaint.reporting.reports.query import Grouping, Scope
from heed_complaint.reporting.reports.sla_attainment import repository
from heed_complaint.reporting.reports.sla_attainment.schemas import SLAAttainmentOut, SLAAttainmentRow
from heed_complaint.reporting.reports.summary import Label
from heed_measures import evidence
from heed_plots.numbers import proportion

MILESTONE_ORDER = {milestone: position for position, milestone in enumerate(Milestone)}


async def sla_attainment_report(
    session: AsyncSession, *, scope: Scope, by: Grouping | None, milestone: Milestone | None
) -> SLAAttainmentOut:
    """Return how many decided clocks were met, by group and milestone."""
    rows = [row for row in await repository.rows_by_group(session, scope, by, milestone) if _has_clocks(row)]
    label = await summary.group_labels(session, by, scope)
    names = await summary.labels(session, "milestone", scope)
    items = [_item(row, label(row.code), names) for row in _ordered(rows, by)]
    head = await summary.summary(session, scope)
    note = texts.note(
        scope.language,
        head,
        "attainment.note" if items else "attainment.none.note",
        decided=sum(item.met.of for item in items),
        open=sum(item.open for item in items),
        cancelled=sum(item.cancelled for item in items),
    )
    finding = _finding(items, scope) if head["complaints"] else texts.translate(scope.language, "nothing")
    return SLAAttainmentOut(**head, finding=finding, note=note, by=by, items=items)


def _has_clocks(row: Row[Any]) -> bool:
    return bool(row.met or row.missed or row.open or row.cancelled)


def _ordered(rows: Sequence[Row[Any]], by: Grouping | None) -> list[Row[Any]]:
    """Return the groups in their usual order, the milestones of each in the order of the lifecycle."""
    by_milestone = sorted(rows, key=lambda row: MILESTONE_ORDER[Milestone(row.milestone)])
    if by is None:
        return by_milestone
    sizes: dict[str | None, int] = {}
    for row in rows:
        sizes[row.code] = sizes.get(row.code, 0) + row.met + row.missed
    return summary.ordered_groups(by_milestone, by, lambda row: row.code, lambda row: sizes[row.code])


def _item(row: Row[Any], label: str, names: Label) -> SLAAttainmentRow:
    return SLAAttainmentRow(
        code=row.code,
        label=label,
        milestone=Milestone(row.milestone),
        milestone_label=names(row.milestone),
        met=summary.share(row.met, row.met + row.missed),
        missed=row.missed,
        open=row.open,
        cancelled=row.cancelled,
    )


def _finding(items: Sequence[SLAAttainmentRow], scope: Scope) -> str:
    """Return the share of all clocks, and the milestone that is met least often if that is beyond chance."""
    if not items:
        return texts.translate(scope.language, "attainment.none")
    sums: dict[str, tuple[int, int]] = {}
    for item in items:
        met, of = sums.get(item.milestone, (0, 0))
        sums[item.milestone] = met + item.met.count, of + item.met.of
    decided = {name: counts for name, counts in sums.items() if counts[1]}
    if not decided:
        return texts.translate(scope.language, "attainment.undecided", open=sum(item.open for item in items))
    met, of = (sum(counts[index] for counts in decided.values()) for index in (0, 1))
    if met == of:
        return texts.translate(scope.language, "attainment.found_all", of=of)
    weakest = min(decided, key=lambda name: decided[name][0] / decided[name][1])
    weak_met, weak_of = decided[weakest]
    is_weaker = evidence.shares_differ(
        (weak_met, weak_of), (met - weak_met, of - weak_of), comparisons=max(len(decided), 1)
    )
    return texts.translate(
        scope.language,
        "attainment.found" if is_weaker else "attainment.found_even",
        met=proportion(scope.language, met, of),
        milestone=texts.label(scope.language, "milestone", weakest),
        share=proportion(scope.language, weak_met, weak_of),
    )
