"""Rows of a plot: what each result shows as a name with an estimate. Pure; imports no plotting library."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import singledispatch

from heed_survey.analysis.plots.texts import Names, translate
from heed_survey.analysis.results.crosstab import CrosstabOut
from heed_survey.analysis.results.documents import By, Cell, EstimateOut, ResultOut
from heed_survey.analysis.results.facts import FactsOut
from heed_survey.analysis.results.frequencies import FrequenciesOut
from heed_survey.analysis.results.means import MeansOut
from heed_survey.analysis.results.net_promoter import EffortOut, NetPromoterOut, TopBoxOut
from heed_survey.analysis.results.reliability import ReliabilityOut
from heed_survey.analysis.results.response_rates import ResponseRatesOut
from heed_survey.analysis.results.satisfaction_index import IndexOut
from heed_survey.analysis.results.trend import TrendOut


@dataclass(frozen=True, slots=True)
class Row:
    """A name with its estimate; a share is shown in per cent, a depth is the level in a tree."""

    name: str
    cell: Cell | None
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Rows:
    """What a plot shows: its subject, its rows, and whether they are shares."""

    subject: str
    rows: Sequence[Row]
    are_shares: bool = False
    unit: str = ""
    digits: int = 1
    """Decimals of what is no share."""


@singledispatch
def rows_of(result: ResultOut, names: Names) -> Rows:
    """Return the rows of a result. Raises `TypeError` for one that is not shown in rows."""
    raise TypeError(type(result).__name__)


@rows_of.register
def _frequencies(result: FrequenciesOut, names: Names) -> Rows:
    groups = [("", result.options), *((_group(group.by, names), group.options) for group in result.groups)]
    rows = [
        Row(_joined(group, names.value(result.item, option.code)), option.share_of_answers)
        for group, options in groups[1:] or groups
        for option in options
    ]
    return Rows(names.item(result.item), rows, are_shares=True, unit=translate(names.language, "percent_of_answers"))


@rows_of.register
def _means(result: MeansOut, names: Names) -> Rows:
    return Rows(
        names.item(result.item), [Row(_group(group.by, names), group.mean) for group in result.groups], digits=2
    )


@rows_of.register
def _net_promoter(result: NetPromoterOut, names: Names) -> Rows:
    return Rows(names.item(result.item), [Row(_group(each.by, names), each.nps) for each in (result, *result.groups)])


@rows_of.register
def _top_box(result: TopBoxOut, names: Names) -> Rows:
    rows = [Row(_group(each.by, names), each.csat) for each in (result, *result.groups)]
    return Rows(names.item(result.item), rows, are_shares=True)


@rows_of.register
def _effort(result: EffortOut, names: Names) -> Rows:
    return Rows(names.item(result.item), [Row(_group(each.by, names), each.ces) for each in (result, *result.groups)])


@rows_of.register
def _index(result: IndexOut, names: Names) -> Rows:
    def of(group: By, score: Cell) -> Iterator[Row]:
        yield Row(_group(group, names), score)

    rows = [*of(result.by, result.score)]
    for node in result.tree:
        depth = node.path.count(".") + 1 if node.path else 0
        name = names.item(node.item) if node.item else node.path.rpartition(".")[2]
        if depth:
            rows.append(Row(name, node.score, depth))
    for each in result.groups:
        rows += of(each.by, each.score)
    return Rows("", rows, unit="0–100")


@rows_of.register
def _trend(result: TrendOut, names: Names) -> Rows:
    subject = names.item(result.item) if result.item else ""
    rows = [Row(wave.wave, wave.estimate) for wave in result.waves]
    return Rows(subject, rows, are_shares=result.figure == "csat", digits=2 if result.figure == "mean" else 1)


@rows_of.register
def _reliability(result: ReliabilityOut, names: Names) -> Rows:
    rows = [Row(scale.path or translate(names.language, "all"), scale.alpha) for scale in (result, *result.indicators)]
    return Rows("Cronbach α", rows, digits=2)


@rows_of.register
def _response_rates(result: ResponseRatesOut, names: Names) -> Rows:
    known = [(each.name.upper(), each.rate) for each in result.rates if each.rate is not None]
    rows = [Row(name, _counted(rate, result.invitations)) for name, rate in known]
    return Rows(result.wave or "", rows, are_shares=True, unit=translate(names.language, "by_aapor"))


def _counted(share: float, n: int) -> EstimateOut:
    """Return a share that is counted, not estimated."""
    return EstimateOut(estimate=share, se=None, low=None, high=None, n=n, effective_n=None, design="none")


@rows_of.register
def _crosstab(result: CrosstabOut, names: Names) -> Rows:
    rows = [
        Row(_joined(names.value(result.row, each.row), names.value(result.column, each.column)), each.share)
        for each in result.cells
    ]
    subject = f"{names.item(result.row)} × {names.item(result.column)}"
    return Rows(subject, rows, are_shares=True, unit=translate(names.language, "share_of_all"))


@rows_of.register
def _facts(result: FactsOut, names: Names) -> Rows:
    rows = [
        Row(
            _joined(_group(group.by, names) if result.groups else "", names.fact(found.fact, row.value)),
            row.satisfied.share,
        )
        for group in (result, *result.groups)
        for found in group.facts
        for row in found.rows
    ]
    return Rows(names.item(result.item), rows, are_shares=True, unit=translate(names.language, "percent_satisfied"))


def _group(by: By, names: Names) -> str:
    if not by:
        return translate(names.language, "all")
    return " ".join(names.value(field, value) for field, value in by.items())


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
