"""The key figures of each wave, and the changes between the waves."""

from heed_common.contracts.survey import Measure
from heed_survey.analysis.results.subject import Subject
from heed_survey.analysis.results.trend import Figure, TrendOut, trend
from heed_survey.reporting.content.attempts import attempt, shown
from heed_survey.reporting.content.document import TrendPart, WavePart, to_text
from heed_survey.surveys.questionnaire.items import Item, ItemType

MIN_WAVES = 2
RECOMMENDATION = (0, 10)


def trend_parts(subject: Subject) -> list[TrendPart]:
    """Return the trend of the index, of satisfaction and of recommendation; none with a single wave."""
    waves = subject.data.context.get("wave")
    if waves is None or len(waves.labels) < MIN_WAVES or subject.is_filtered:
        return []
    wished: list[tuple[Figure, Item | None]] = [("index", None)]
    for item in subject.data.questionnaire.items:
        figure = _figure(item)
        wished += [(figure, item)] if figure else []
    found = [(_trend(subject, figure, item), item) for figure, item in wished]
    return [_part(result, item) for result, item in found if result is not None]


def _figure(item: Item) -> Figure | None:
    if item.type is not ItemType.SCALE or item.in_tree or item.scale is None:
        return None
    if item.measure is Measure.RECOMMENDATION and (item.scale.lowest, item.scale.highest) == RECOMMENDATION:
        return "nps"
    return "mean" if item.measure is Measure.SATISFACTION else None


def _trend(subject: Subject, figure: Figure, item: Item | None) -> TrendOut | None:
    return shown(attempt(lambda: trend(subject, figure=figure, item=None if item is None else item.code)))


def _part(result: TrendOut, item: Item | None) -> TrendPart:
    return TrendPart(
        figure=result.figure,
        text=None if item is None else to_text(item.text),
        waves=tuple(
            WavePart(wave=wave.wave, estimate=wave.estimate, change=wave.change, p=wave.p) for wave in result.waves
        ),
    )
