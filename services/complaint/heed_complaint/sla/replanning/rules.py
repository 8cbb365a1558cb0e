"""What other terms change about the clocks of a complaint. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from heed_common.contracts.complaint import Milestone
from heed_complaint.sla import alarms, rows, rules
from heed_complaint.sla.plans import Plan
from heed_complaint.sla.rules import Clocks

Row = Mapping[str, Any]
Granted = Mapping[str, Any]
"""Terms as rows hold them."""


def granted_by(plan: Plan) -> dict[str, Granted]:
    """By milestone what rows would say that are planned so."""
    return {milestone.value: rows.columns_of(rules.terms_of(plan, milestone)) for milestone in Milestone}


def touched(its_rows: Sequence[Row], granted: Mapping[str, Granted]) -> list[Row]:
    """Of a complaint's rows those of milestones that were planned otherwise."""
    return [
        row
        for milestone, group in groupby(its_rows, key=lambda row: row["milestone"])
        for row in _where_one_differs(list(group), granted[milestone])
    ]


def replanned(clocks: Clocks, plan: Plan, *, now: datetime) -> Clocks:
    """The clocks by other terms, with everything told that is due by them."""
    after = rules.replanned(clocks, plan, since=None if plan.retroactive else now)
    return rules.overlooked(after, now=now)


def rung(clocks: Clocks, *, now: datetime) -> tuple[Clocks, bool]:
    """The clocks as they are after everything due was told, and whether there is anything to tell."""
    told = {milestone: alarms.ring(clock, now=now) for milestone, clock in clocks.items()}
    return {milestone: clock for milestone, (clock, _) in told.items()}, any(news for _, news in told.values())


def _where_one_differs(group: list[Row], granted: Granted) -> list[Row]:
    return [] if all(_says(row, granted) for row in group) else group


def _says(row: Row, granted: Granted) -> bool:
    return all(row[name] == value for name, value in granted.items())
