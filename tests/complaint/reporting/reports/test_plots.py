"""Plots of any report: empty ones name what to do, and labels and numbers of any size stay within the picture."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import cycle

import pytest

from heed_common.contracts.complaint import Milestone
from heed_complaint.reporting.reports.durations.schemas import DurationsOut, DurationsRow
from heed_complaint.reporting.reports.fairness.rules import DIMENSIONS, OUTCOMES
from heed_complaint.reporting.reports.fairness.schemas import FairnessOut, FairnessRow, FairnessTest
from heed_complaint.reporting.reports.pareto.schemas import Benchmark, ParetoOut, ParetoRow
from heed_complaint.reporting.reports.plots import PLOTS
from heed_complaint.reporting.reports.remedy_costs.schemas import RemedyCostsOut, RemedyCostsRow
from heed_complaint.reporting.reports.repurchase_ladder.schemas import RepurchaseLadderOut, RepurchaseLadderRow
from heed_complaint.reporting.reports.repurchase_ladder.service import RUNGS
from heed_complaint.reporting.reports.resolution_rates.schemas import ResolutionRatesOut, ResolutionRatesRow
from heed_complaint.reporting.reports.sla_attainment.schemas import SLAAttainmentOut, SLAAttainmentRow
from heed_complaint.reporting.reports.summary import share
from heed_complaint.reporting.reports.trends.schemas import TrendsGroup, TrendsOut, TrendsRow
from heed_complaint.reporting.reports.value_saved.schemas import ValueSavedOut, ValueSavedRow
from tests.plots.extents import look

START = date(2026, 3, 2)
LABELS = ("送货迟到且无人接听" * 22, "W" * 200, "خدمة العملاء متأخرة جدا", "👍 $x^2$ \\frac{", "")
HUGE, SOME = Decimal("98765432109.99"), Decimal("0.01")
ADVICE = "Choose other days."


def head(finding):
    return {
        "finding": finding, "note": ADVICE if "nothing" in finding else "Nothing but a note. " * 6,
        "from": START - timedelta(days=365), "until": START, "complaints": 9, "confidential": 0,
    }  # fmt: skip


def named(number, **given):
    return {"code": str(number), "label": LABELS[number % len(LABELS)]} | given


def pareto(count, title):
    rows = [
        ParetoRow(
            **named(n),
            count=10**9 if n == 0 else n,
            share=0.5,
            cost=HUGE,
            cost_share=None,
            cumulative=1.0,
            vital=n == 0,
        )
        for n in range(count)
    ]
    benchmark = Benchmark(**vars(share(0, count)), expected=0.8)
    return ParetoOut(
        **head(title),
        by="cause",
        measure="count",
        currency="USD",
        cost=HUGE,
        without=0,
        remedies_without_rate=0,
        items=rows,
        benchmark=benchmark,
    )


def value_saved(count, title):
    rows = [
        ValueSavedRow(
            **named(n),
            complaints=3,
            known=1,
            resolved_in_time=1,
            resolved_late=0,
            unresolved=0,
            open=0,
            saved=HUGE,
            saved_late_at_most=SOME,
            lost=HUGE,
            remedies=SOME,
            handling=None,
            net=HUGE,
        )
        for n in range(count)
    ]
    return ValueSavedOut(**head(title), by="cause", currency="USD", saved=HUGE, cost=SOME, items=rows)


def attainment(count, title):
    rows = [
        SLAAttainmentRow(
            **named(n),
            milestone=milestone,
            milestone_label=LABELS[1],
            met=share(n, 10**6),
            missed=1,
            open=0,
            cancelled=0,
        )
        for n in range(count)
        for milestone in Milestone
    ]
    return SLAAttainmentOut(**head(title), by="cause", items=rows)


def rates(count, title):
    names = ("first_contact", "reopened", "fixed_first_time", "solved", "pleasant", "promises_kept", "told_before")
    rows = [ResolutionRatesRow(**named(n), completed=1, **dict.fromkeys(names, share(n, 10**6))) for n in range(count)]
    return ResolutionRatesOut(**head(title), by="cause", first_contact_minutes=1, items=rows)


def times(count, title):
    seconds = (None, 0.0, 59.0, 4e9)
    rows = [
        DurationsRow(
            **named(n),
            measure=measure,
            measure_label="m",
            complaints=1,
            decided=1,
            open=0,
            ended=0,
            median=seconds[n % 4],
            median_low=None,
            median_high=None,
            p90=seconds[n % 4],
            working_decided=0,
            working_median=seconds[n % 4],
            working_p90=None,
        )
        for n in range(count)
        for measure in ("contact", "first_resolution", "resolution")
    ]
    return DurationsOut(**head(title), by="cause", items=rows)


def remedies(count, title):
    rows = [
        RemedyCostsRow(
            **named(n),
            remedies=10**6,
            complaints=1,
            amount=HUGE,
            cost=HUGE if n else SOME,
            cost_share=None,
            cost_each=None,
            over_limit=0,
            pending=0,
            without_rate=0,
        )
        for n in range(count)
    ]
    return RemedyCostsOut(**head(title), by="kind", currency="USD", given_on=1, amount=HUGE, cost=HUGE, items=rows)


def fairness(count, title):
    rows = [
        FairnessRow(
            dimension=name,
            dimension_label=LABELS[1],
            **named(n),
            resolved=10**6,
            open=0,
            median_seconds=4e9,
            p90_seconds=None,
            time_place=1.0,
            with_remedy=0,
            mean_remedy=HUGE,
            remedy_place=0.0,
        )
        for name in DIMENSIONS
        for n in range(count)
    ]
    tests = [
        FairnessTest(
            dimension=name,
            outcome=outcome,
            compared=count,
            statistic=1e9,
            degrees=1,
            p=0.0,
            p_adjusted=0.0,
            effect=1.0,
            significant=True,
        )
        for name in DIMENSIONS
        for outcome in OUTCOMES
    ]
    return FairnessOut(**head(title), currency="USD", resolved=count, like=1, unknown={}, tests=tests, items=rows)


def ladder(count, title):
    rows = [
        RepurchaseLadderRow.model_validate(
            {"rung": name, "label": LABELS[number], "again": share(number, count * number), "tarp": 0.5, "running": 9}
        )
        for number, name in enumerate(RUNGS)
    ]
    return RepurchaseLadderOut(
        **head(title), horizon_days=1, delay_days=0, severity_of_tarp="minor", undecided=0, never_bought=0, items=rows
    )


def trends(count, title):
    groups = [TrendsGroup(**named(n), count=10**9, dispersion=1.0 if n else None, signals=n) for n in range(count)]
    items = [
        TrendsRow(
            **named(n),
            start=START + timedelta(days=7 * week),
            days=7,
            count=10**8,
            expected=1e8,
            low=0,
            high=1e9,
            signal="above",
        )
        for n in range(count)
        for week in range(3)
    ]
    return TrendsOut(**head(title), every="week", by="cause", groups=groups, items=items)


REPORTS = {
    "pareto": pareto, "value-saved": value_saved, "sla-attainment": attainment, "resolution-rates": rates,
    "times": times, "remedies": remedies, "fairness": fairness, "repurchase-ladder": ladder, "trends": trends,
}  # fmt: skip


def test_every_plot_is_looked_at():
    assert REPORTS.keys() == PLOTS.keys()


@pytest.mark.parametrize(("name", "language"), [*zip(REPORTS, cycle(["en", "zh"]))])
def test_an_empty_report_has_no_axes_and_names_what_to_do(name, language):
    figure, texts, outside = look(lambda: PLOTS[name](REPORTS[name](0, "There is nothing yet"), language))
    assert (figure.axes, outside) == ([], [])
    assert ADVICE in texts
    assert not any("nan" in text or "0%" in text for text in texts)


@pytest.mark.parametrize(
    "count", [13, pytest.param(1, marks=pytest.mark.repeated), pytest.param(60, marks=pytest.mark.repeated)]
)
@pytest.mark.parametrize("name", REPORTS)
def test_labels_and_numbers_of_any_size_stay_within_the_picture(name, count):
    title = f"{LABELS[0]} rose beyond chance"
    figure, texts, outside = look(lambda: PLOTS[name](REPORTS[name](count, title), "zh" if count == 1 else "en"))
    assert not outside
    assert figure.axes
    assert not any("nan" in text for text in texts)
