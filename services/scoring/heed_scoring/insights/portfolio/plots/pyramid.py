"""Curry's pyramid beside the value that it carries."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from heed_common.languages import Language
from heed_plots.canvas import MUTED_COLOR, TIERS, contrast_color, empty_figure, new_figure, strip_axes
from heed_plots.numbers import money, percent
from heed_scoring.insights.portfolio.schemas import PyramidOut, TierOut
from heed_scoring.insights.portfolio.texts import translate

HEIGHT = 0.74
SLIVER = 0.008
"""Minimum width of a tier that has customers."""


def plot(report: PyramidOut, language: Language) -> Figure:
    """Few customers at the top, and how much of the value is theirs."""
    seen = translate(language, "pyramid.seen", currency=report.currency)
    if not report.customers:
        return empty_figure(report.finding, seen, translate(language, "nothing.advice"))
    note = translate(
        language, "pyramid.note", customers=report.customers, value=money(language, report.value, report.currency),
        at_risk=money(language, report.value_at_risk, report.currency),
    )  # fmt: skip
    figure = new_figure(report.finding, seen, note)
    people, worth = figure.subplots(1, 2, width_ratios=[1, 1.25])
    figure.subplots_adjust(left=0.04, right=0.97, top=0.76, bottom=0.1, wspace=0.06)
    _customers(strip_axes(people), report.tiers, language)
    _value(strip_axes(worth), report, language)
    for axes, key in ((people, "pyramid.customers"), (worth, "pyramid.value")):
        axes.set_ylim(len(report.tiers) - 0.5, -0.5)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_title(
            translate(language, key), fontsize=10, color=MUTED_COLOR, loc="center" if axes is people else "left"
        )
    return figure


def _customers(axes: Axes, tiers: list[TierOut], language: Language) -> None:
    """Centred bars: the shape of the pyramid is its message."""
    most = max((tier.customers for tier in tiers), default=0) or 1
    for row, tier in enumerate(tiers):
        width = max(tier.customers / most, SLIVER if tier.customers else 0)
        axes.barh(row, width, HEIGHT, left=-width / 2, color=TIERS[tier.tier])
        axes.text(-0.56, row, tier.label, fontsize=15, fontweight="bold", va="center", ha="right")
        text = f"{tier.customers:,}" + ("" if tier.share is None else f" · {percent(tier.share)}")
        inside = width > 0.45
        axes.text(0 if inside else width / 2 + 0.03, row, text, va="center", ha="center" if inside else "left",
                  color=contrast_color(TIERS[tier.tier]) if inside else MUTED_COLOR, fontsize=10.5)  # fmt: skip
    axes.set_xlim(-0.72, 0.62)


def _value(axes: Axes, report: PyramidOut, language: Language) -> None:
    largest = max((abs(float(tier.value)) for tier in report.tiers), default=0) or 1.0
    for row, tier in enumerate(report.tiers):
        current, potential = float(tier.current) / largest, float(tier.potential) / largest
        axes.barh(row, current, HEIGHT, color=TIERS[tier.tier])
        axes.barh(row, potential, HEIGHT, left=max(current, 0), color=TIERS[tier.tier], alpha=0.55)
        text = money(language, tier.value, report.currency)
        text += "" if tier.value_share is None else f" · {percent(tier.value_share)}"
        end = max(current, 0) + potential + 0.02
        axes.text(end, row - 0.12, text, va="center", fontsize=10.5)
        if tier.value_at_risk:
            risk = translate(language, "pyramid.at_risk", amount=money(language, tier.value_at_risk, report.currency))
            axes.text(end, row + 0.2, risk, va="center", fontsize=9, color=MUTED_COLOR)
    axes.set_xlim(min(0, *(float(tier.current) / largest for tier in report.tiers)), 1.5)
