"""Key figures: share of the satisfied, net promoter score, effort score, of every item that measures one."""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

from heed_common.contracts.survey import Measure
from heed_survey.analysis.results.documents import SUPPRESSED, Cell, CountCell
from heed_survey.analysis.results.net_promoter import effort, net_promoter, satisfied_share
from heed_survey.analysis.results.subject import Subject
from heed_survey.reporting.content.attempts import attempt, shown, without_flagged
from heed_survey.reporting.content.document import Headline, HeadlineKind, to_text
from heed_survey.surveys.questionnaire.items import Item, ItemType


class Figure(NamedTuple):
    """The estimate, the numbers behind it, and the warnings about its interval."""

    estimate: Cell
    counts: dict[str, CountCell]
    warnings: tuple[str, ...] = ()


KINDS: Mapping[Measure, HeadlineKind] = MappingProxyType(
    {Measure.SATISFACTION: "csat", Measure.RECOMMENDATION: "nps", Measure.EFFORT: "ces"}
)


def headlines(subject: Subject) -> tuple[list[Headline], set[str]]:
    """Return the key figures, and the warnings about their intervals.

    Satisfaction with a part of the service belongs to the index, so items of the indicator tree have no key figure.
    """
    found, warnings = [], set[str]()
    reliable = without_flagged(subject)
    for item in subject.data.questionnaire.items:
        kind = KINDS.get(item.measure)
        if kind is None or item.type is not ItemType.SCALE or item.in_tree:
            continue
        figure = attempt(partial(FIGURES[kind], subject, item.code))
        if figure is None:
            continue
        visible = shown(figure)
        warnings |= set(visible.warnings if visible else ())
        without = _without(reliable, item, kind) if visible else None
        found.append(
            Headline(
                kind=kind,
                item=item.code,
                text=to_text(item.text),
                estimate=visible.estimate if visible else SUPPRESSED,
                counts=visible.counts if visible else {},
                without_flagged=without,
            )
        )
    return found, warnings


def _without(reliable: Subject | None, item: Item, kind: HeadlineKind) -> Cell | None:
    if reliable is None:
        return None
    figure = shown(attempt(lambda: FIGURES[kind](reliable, item.code)))
    return SUPPRESSED if figure is None else figure.estimate


def _satisfied(subject: Subject, item: str) -> Figure:
    found = satisfied_share(subject, item=item)
    return Figure(found.csat, {"satisfied": found.satisfied})


def _net_promoter(subject: Subject, item: str) -> Figure:
    found = net_promoter(subject, item=item)
    counts = {"promoters": found.promoters, "passives": found.passives, "detractors": found.detractors}
    return Figure(found.nps, counts, tuple(found.warnings))


def _effort(subject: Subject, item: str) -> Figure:
    return Figure(effort(subject, item=item).ces, {})


FIGURES: Mapping[HeadlineKind, Callable[[Subject, str], Figure]] = MappingProxyType(
    {"csat": _satisfied, "nps": _net_promoter, "ces": _effort}
)
