"""The leaky bucket as a waterfall: what was in it, what ran out, what was filled up."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from heed_common.languages import Language
from heed_plots.canvas import MOVEMENTS, MUTED_COLOR, empty_figure, new_figure, strip_axes
from heed_plots.numbers import money, percent
from heed_scoring.insights.portfolio.schemas import BucketOut
from heed_scoring.insights.portfolio.texts import translate


class _Step(NamedTuple):
    name: str
    low: int
    high: int
    colour: str
    sign: str = ""
    notes: Sequence[str] = ()


def plot(report: BucketOut, language: Language) -> Figure:
    """From left to right: start, lost, won back, new, end."""
    seen = translate(language, "bucket.seen", since=report.since, until=report.until)
    if not (report.start.customers or report.end.customers):
        return empty_figure(report.finding, seen, translate(language, "bucket.nothing.advice", days=report.window_days))
    rate = percent(report.retention_rate)
    note = translate(language, "bucket.note", days=report.window_days, rate=rate)
    figure = new_figure(report.finding, seen, note)
    axes = strip_axes(figure.add_axes((0.04, 0.15, 0.92, 0.65)))
    steps = _steps(report, language)
    top = max((step.high for step in steps), default=0) or 1
    for position, step in enumerate(steps):
        axes.bar(position, step.high - step.low, 0.68, bottom=step.low, color=step.colour)
        text = f"{step.sign}{step.high - step.low:,}"
        axes.text(position, step.high + 0.015 * top, text, ha="center", va="bottom", fontsize=13, fontweight="bold")
        _note(axes, position, step.notes, top)
        level = step.low if step.sign == "−" else step.high
        if position + 1 < len(steps):
            axes.plot([position + 0.34, position + 0.66], [level, level], color=MUTED_COLOR, linewidth=0.8)
    axes.set_xticks([])
    for position, step in enumerate(steps):
        axes.text(
            position, -0.05 * top, translate(language, f"bucket.{step.name}"), ha="center", va="center", fontsize=12
        )
    _note(axes, 2.5, _won(report, language), top)
    axes.set_yticks([])
    axes.set_ylim(-0.24 * top, 1.08 * top)
    return figure


def _note(axes: Axes, position: float, lines: Sequence[str], top: int) -> None:
    for line, words in enumerate(lines):
        axes.text(
            position, -(0.115 + 0.055 * line) * top, words, ha="center", va="center", fontsize=9, color=MUTED_COLOR
        )


def _won(report: BucketOut, language: Language) -> list[str]:
    """Under won back and new together: both were won."""
    won = report.won
    return [*_each(report, won.margin_each, language), *_in_all("bucket.cost", report, won.cost, language)]


def _each(report: BucketOut, amount: Decimal | None, language: Language) -> list[str]:
    return [] if amount is None else [translate(language, "bucket.each", amount=f"{report.currency} {amount:,.0f}")]


def _in_all(key: str, report: BucketOut, amount: Decimal | None, language: Language) -> list[str]:
    return [] if amount is None else [translate(language, key, amount=money(language, amount, report.currency))]


def _steps(report: BucketOut, language: Language) -> list[_Step]:
    start, lost, end, left = report.start, report.lost, report.end, report.kept.customers
    back = left + report.won.won_back
    expected = _in_all("bucket.expected", report, lost.potential, language)
    return [
        _Step("start", 0, start.customers, MOVEMENTS["kept"], "", _each(report, start.margin_each, language)),
        _Step(
            "lost", left, start.customers, MOVEMENTS["lost"], "−", _each(report, lost.margin_each, language) + expected
        ),
        _Step("won_back", left, back, MOVEMENTS["won"], "+"),
        _Step("new", back, end.customers, MOVEMENTS["won"], "+"),
        _Step("end", 0, end.customers, MOVEMENTS["kept"], "", _each(report, end.margin_each, language)),
    ]
