"""Words and facts as the page shows them: a table, and what its intervals allow to conclude."""

from dataclasses import dataclass
from statistics import NormalDist

from heed_common.languages import Language
from heed_plots.numbers import decimal, percent
from heed_survey.analysis.results.documents import Cell, CountCell, EstimateOut
from heed_survey.reporting.content.document import FactPart, FactsPart
from heed_survey.reporting.pages.sentences import sentence
from heed_survey.reporting.pages.texts import translate

HIDDEN = "–"


@dataclass(frozen=True, slots=True)
class FactRow:
    name: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FactsView:
    """Without rows, the table may not be shown."""

    lead: str
    rows: tuple[FactRow, ...]
    sentences: tuple[str, ...]


def to_facts_view(part: FactsPart, language: Language) -> FactsView:
    """Return the table with a sentence for each fact that has an interval."""
    item = "" if part.text is None else part.text.text(language)
    compared = sum(_points(each.difference) != HIDDEN for each in part.facts)
    return FactsView(
        lead=translate(language, "facts_lead", item=item, days=part.window_days),
        rows=tuple(_row(each, language) for each in part.facts),
        sentences=tuple(filter(None, (_sentence(each, language, compared=compared) for each in part.facts))),
    )


def _row(found: FactPart, language: Language) -> FactRow:
    counts = (found.fact_good_word_bad, found.fact_bad_word_good)
    shares = (found.satisfied_if_met, found.satisfied_if_not)
    cells = (*map(_share, shares), _points(found.difference), *map(_count, counts))
    return FactRow(translate(language, found.fact), cells)


def _share(found: Cell) -> str:
    return percent(found.estimate) if isinstance(found, EstimateOut) else HIDDEN


def _points(found: Cell) -> str:
    if not isinstance(found, EstimateOut) or found.estimate is None or found.low is None or found.high is None:
        return HIDDEN
    return f"{decimal(100 * found.estimate)} ({decimal(100 * found.low)} … {decimal(100 * found.high)})"


def _count(count: CountCell | None) -> str:
    return f"{count:,}" if isinstance(count, int) else HIDDEN


def _sentence(found: FactPart, language: Language, *, compared: int) -> str | None:
    """Return what the interval allows to conclude; of several facts it holds for all at once (Bonferroni)."""
    difference = found.difference
    if not isinstance(difference, EstimateOut) or difference.low is None or difference.high is None:
        return None
    fact, middle = translate(language, found.fact), difference.estimate or 0.0
    wider = NormalDist().inv_cdf(1 - 0.025 / compared) / NormalDist().inv_cdf(0.975)
    low, high = (middle + wider * (end - middle) for end in (difference.low, difference.high))
    if low <= 0 <= high:
        return sentence(language, "fact_unclear", fact=fact)
    ends = sorted(abs(100 * end) for end in (low, high))
    key = "fact_matters" if low > 0 else "fact_contradicts"
    return sentence(language, key, fact=fact, low=decimal(ends[0]), high=decimal(ends[1]))
