"""The report as its page shows it: texts and lengths, ready for the template."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from heed_common.languages import Language
from heed_plots.numbers import decimal, percent
from heed_survey.analysis.results.documents import Cell, CountCell, EstimateOut
from heed_survey.reporting.content.document import ChoicePart, IndexPart, ItemPart, ReportDocument, TrendPart
from heed_survey.reporting.pages.days import day_text
from heed_survey.reporting.pages.facts import Fact, collection_facts, study_facts
from heed_survey.reporting.pages.matrix_plot import MatrixPlot, to_plot
from heed_survey.reporting.pages.sentences import DIGITS, limits, node_names, summary, trend_name
from heed_survey.reporting.pages.texts import translate
from heed_survey.reporting.pages.words import FactsView, to_facts_view


@dataclass(frozen=True, slots=True)
class Bar:
    """An estimate and its interval, in hundredths of the length; a count without one has its estimate only."""

    estimate: float
    low: float | None = None
    high: float | None = None

    @property
    def width(self) -> float:
        return max(round((self.high or 0.0) - (self.low or 0.0), 2), 0.4)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: what it is about, the estimate, its interval, further cells; `is_hidden` if not shown."""

    name: str
    estimate: str = ""
    interval: str = ""
    more: tuple[str, ...] = ()
    bar: Bar | None = None
    level: int = 0
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class TrendView:
    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class ItemView:
    """A question with its rows; a sentence in their stead, or below them."""

    id: str
    text: str
    responses: str | None
    rows: tuple[Row, ...]
    note: str
    is_hidden: bool


@dataclass(frozen=True, slots=True)
class SectionView:
    title: str | None
    items: tuple[ItemView, ...]


@dataclass(frozen=True, slots=True)
class ReportView:
    title: str
    kind: str
    details: tuple[str, ...]
    summary: tuple[str, ...]
    figures: tuple[Row, ...]
    index: tuple[Row, ...] | None
    matrix: MatrixPlot | None
    is_matrix_hidden: bool
    facts: FactsView | None
    """For employees: the public does not see what was late."""
    trends: tuple[TrendView, ...]
    sections: tuple[SectionView, ...]
    study: tuple[Fact, ...]
    collection: tuple[Fact, ...]
    limits: tuple[str, ...]
    version: str
    proof: str
    warning: str | None
    """For whom the report is, if not for everyone."""


def to_view(document: ReportDocument, language: Language, *, frozen: str | None, is_public: bool) -> ReportView:
    """Return the report in the language; `frozen` is the hash of a frozen one. The public has no internal facts."""
    body = document.body
    has_matrix = body.matrix is not None and bool(body.matrix.attributes)
    return ReportView(
        title=document.title.text(language),
        kind=translate(language, "results" if is_public else "report"),
        details=_details(document, language),
        summary=tuple(summary(document, language)),
        figures=_figures(document, language),
        index=None if body.index is None else _index_rows(body.index, language),
        matrix=to_plot(body.matrix, language) if body.matrix is not None and has_matrix else None,
        is_matrix_hidden=body.matrix is not None and not has_matrix,
        facts=None if body.facts is None or is_public else to_facts_view(body.facts, language),
        trends=tuple(_trend(trend, language) for trend in body.trends),
        sections=tuple(_sections(body.items, language)),
        study=study_facts(document.study, language, is_public=is_public),
        collection=collection_facts(body.collection, language),
        limits=tuple(limits(document, language)),
        version=translate(language, "questionnaire", version=document.survey_version),
        proof=translate(language, "live") if frozen is None else translate(language, "frozen", hash=frozen),
        warning=None if document.controlled else translate(language, "internal"),
    )


def _details(document: ReportDocument, language: Language) -> tuple[str, ...]:
    responses = document.body.collection.responses
    wave = () if document.wave is None else (translate(language, "wave", wave=document.wave),)
    n = (translate(language, "responses_n", n=responses),) if isinstance(responses, int) else ()
    return (*wave, *n, translate(language, "computed", day=day_text(document.computed_at.date(), language)))


def _figures(document: ReportDocument, language: Language) -> tuple[Row, ...]:
    rows = []
    for each in document.body.headlines:
        name = f"{translate(language, each.kind)}: {each.text.text(language)}"
        is_share = each.kind == "csat"
        rows.append(_row(name, each.estimate, language, digits=DIGITS[each.kind], is_share=is_share))
    return tuple(rows)


def _index_rows(index: IndexPart, language: Language) -> tuple[Row, ...]:
    names, alone = node_names(index, language), _only_children(index)
    return tuple(
        _row(
            names[node.path],
            node.score,
            language,
            digits=1,
            level=node.level,
            more=(percent(node.total_weight) if node.level else "",),
            is_bar=True,
        )
        for node in index.nodes
        if node.path not in alone
    )


def _only_children(index: IndexPart) -> set[str]:
    """Return the items that are all of their indicator: its row shows the same."""
    children = Counter(node.path.rpartition(".")[0] for node in index.nodes if node.level)
    return {node.path for node in index.nodes if node.level > 1 and children[node.path.rpartition(".")[0]] == 1}


def _trend(trend: TrendPart, language: Language) -> TrendView:
    digits = 2 if trend.figure == "mean" else 1
    rows = [
        _row(wave.wave, wave.estimate, language, digits=digits, more=(_change(wave.change, digits),))
        for wave in trend.waves
    ]
    return TrendView(trend_name(trend, language), tuple(rows))


def _change(change: Cell | None, digits: int) -> str:
    """Return the change with its interval; empty for the first wave, and where one of both is not shown."""
    if not isinstance(change, EstimateOut) or change.estimate is None:
        return ""
    sign = "+" if change.estimate > 0 else ""
    return f"{sign}{decimal(change.estimate, digits)} ({decimal(change.low, digits)} … {decimal(change.high, digits)})"


def _sections(items: Sequence[ItemPart], language: Language) -> list[SectionView]:
    number, found = 0, []
    for title, group in groupby(items, key=lambda item: item.section):
        views = []
        for item in group:
            number += 1
            views.append(_item(item, number, language))
        found.append(SectionView(None if title is None else title.text(language), tuple(views)))
    return found


def _item(item: ItemPart, number: int, language: Language) -> ItemView:
    is_hidden = _is_hidden(item)
    return ItemView(
        id=f"q{number}",
        text=f"{number}. {item.text.text(language)}",
        responses=_responses(item.responses, language),
        rows=() if is_hidden else tuple(_choice(choice, language) for choice in item.choices),
        note=_joined_notes(item, language, is_hidden=is_hidden),
        is_hidden=is_hidden,
    )


def _is_hidden(item: ItemPart) -> bool:
    """Return whether no number of the item's choices is shown, or, without choices, no mean."""
    if item.responses is None:
        return False
    if not isinstance(item.responses, int):
        return True
    return bool(item.choices) and not any(isinstance(choice.count, int) for choice in item.choices)


def _joined_notes(item: ItemPart, language: Language, *, is_hidden: bool) -> str:
    """Return that the numbers are not shown, and the mean if it is."""
    if is_hidden and not isinstance(item.responses, int):
        return translate(language, "not_shown")
    notes = [translate(language, "not_shown_item")] if is_hidden else []
    notes += [] if is_hidden and item.type == "multiple" else [_note(item, language)]
    return ("" if language == "zh" else " ").join(filter(None, notes))


def _responses(responses: CountCell | None, language: Language) -> str | None:
    return translate(language, "responses_n", n=responses) if isinstance(responses, int) else None


def _note(item: ItemPart, language: Language) -> str:
    if item.responses is None:
        return translate(language, "text_result" if item.type == "text" else "no_result")
    if item.type == "multiple":
        return translate(language, "several")
    mean = item.mean
    if not isinstance(mean, EstimateOut):
        return ""
    values = {"mean": decimal(mean.estimate, 2), "low": decimal(mean.low, 2), "high": decimal(mean.high, 2)}
    return translate(language, "reversed_mean_is" if item.reversed else "mean_is", **values)


def _choice(choice: ChoicePart, language: Language) -> Row:
    text = choice.text.text(language) if choice.text is not None else None
    is_number = choice.code.lstrip("-").isdecimal()
    name = (f"{choice.code} – {text}" if is_number else text) if text else choice.code
    count = (f"{choice.count:,}",) if isinstance(choice.count, int) else ("",)
    return _row(name, choice.share, language, is_share=True, more=count, is_bar=True)


def _row(
    name: str,
    found: Cell,
    language: Language,
    *,
    digits: int = 0,
    is_share: bool = False,
    level: int = 0,
    more: tuple[str, ...] = (),
    is_bar: bool = False,
) -> Row:
    """Return the row of an estimate; one that may not be shown has a text in its stead."""
    if not isinstance(found, EstimateOut):
        return Row(name, translate(language, "not_shown"), more=more, level=level, is_hidden=True)

    has_interval = found.low is not None and found.high is not None
    estimate, low, high = (
        percent(number) if is_share else decimal(number, digits) for number in (found.estimate, found.low, found.high)
    )
    return Row(
        name,
        estimate=estimate,
        interval=f"{low} … {high}" if has_interval else "",
        more=more,
        bar=_bar(found, 100.0 if is_share else 1.0) if is_bar and found.estimate is not None else None,
        level=level,
    )


def _bar(found: EstimateOut, factor: float) -> Bar:
    estimate, low, high = (
        None if number is None else round(min(max(factor * number, 0.0), 100.0), 2)
        for number in (found.estimate, found.low, found.high)
    )
    return Bar(estimate or 0.0, low, high)
