"""A back-test as a page for a person at a terminal."""

from collections.abc import Iterator, Sequence
from datetime import date

from heed_measures.backtest import Backtest, Quality

NOTHING = "–"
NAME = 16
HEADS = ("AUC", "AUC", "Brier", "RMSE", "expected", "best", "best", "best")
UNDER = ("purchases", "risk", "risk", "purchases", "purchases", "10 %", "20 %", "30 %")


def text(found: Backtest) -> str:
    """What was asked, how each model did, whether the risks are true, and what was learned."""
    parts = (_heading(found), _qualities(found.models), _calibration(found.models), _parameters(found.models))
    return "\n\n".join("\n".join(lines) for part in parts if (lines := list(part)))


def _heading(found: Backtest) -> Iterator[str]:
    last = date.fromordinal(found.until + found.days)
    yield f"Learned until {date.fromordinal(found.until)}, held against the {found.days} days until {last}"
    yield f"{found.customers:,} customers, of whom {found.repeaters:,} had bought on more than one day"
    yield f"{found.came_back:,} of them came back, on {found.purchases:,} days, and brought {found.amount:,.2f}"
    yield from found.remarks


def _qualities(models: Sequence[Quality]) -> Iterator[str]:
    yield _row("", HEADS)
    yield _row("model", UNDER)
    for quality in models:
        if quality.problem:
            yield f"{quality.model:<{NAME}}not learned: {quality.problem}"
            continue
        figures = (quality.auc_by_purchases, quality.auc_by_risk, quality.brier, quality.rmse)
        best = [_share(share) for share in quality.capture[:3]] or [NOTHING] * 3
        expected = NOTHING if quality.purchases is None else f"{quality.purchases:,.0f}"
        yield _row(quality.model, (*map(_figure, figures), expected, *best))
    yield "best 10 %: the share of the money brought by the customers whom the model put first"
    yield "logistic, calibrated: learned from what happened, each customer forecast by four fifths of the others"


def _calibration(models: Sequence[Quality]) -> Iterator[str]:
    """The tenths of the models side by side: they have the same size."""
    calibrated = [quality for quality in models if quality.calibration]
    if not calibrated:
        return
    yield "Risk of no purchase, by tenths of the customers: predicted, observed"
    yield _row("customers", [name for quality in calibrated for name in (quality.model, "")])
    for groups in zip(*(quality.calibration for quality in calibrated), strict=True):
        figures = [_figure(value) for group in groups for value in (group.predicted, group.observed)]
        yield _row(f"{groups[0].customers:,}", figures)


def _parameters(models: Sequence[Quality]) -> Iterator[str]:
    for quality in models:
        if quality.parameters:
            values = "  ".join(f"{name} {value:.5f}" for name, value in quality.parameters.items())
            state = "" if quality.converged else "  (not converged)"
            yield f"{quality.model:<{NAME}}{values}  log-likelihood {quality.log_likelihood:,.4f}{state}"


def _row(name: str, cells: Sequence[str]) -> str:
    return (f"{name:<{NAME}}" + "".join(f"{cell:>11}" for cell in cells)).rstrip()


def _figure(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.4f}"


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"
