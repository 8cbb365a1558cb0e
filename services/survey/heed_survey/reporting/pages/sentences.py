"""Sentences that a manager understands, from the figures and their intervals."""

from collections import Counter
from collections.abc import Iterator

from heed_common.languages import Language
from heed_common.plurals import fill
from heed_measures import evidence
from heed_measures.surveys.design import SIMPLE
from heed_measures.surveys.importance_performance import Region
from heed_plots.numbers import decimal
from heed_survey.analysis.results.documents import Cell, EstimateOut
from heed_survey.reporting.content.document import (
    AttributePart,
    Headline,
    HeadlineKind,
    IndexPart,
    MatrixPart,
    ReportDocument,
    TrendPart,
)
from heed_survey.reporting.pages.sentence_texts import SENTENCES
from heed_survey.reporting.pages.texts import translate

DIGITS: dict[HeadlineKind, int] = {"csat": 0, "nps": 0, "ces": 1}
SCALES: dict[HeadlineKind, float] = {"csat": 100.0, "nps": 1.0, "ces": 1.0}
MAX_NAMES = 5


def sentence(language: Language, key: str, **values: object) -> str:
    return fill(SENTENCES[key][language], **values)


def summary(document: ReportDocument, language: Language) -> list[str]:
    """Return what the report means, the most important first."""
    body = document.body
    kinds = Counter(headline.kind for headline in body.headlines)
    found = []
    for headline in body.headlines:
        text = headline_sentence(headline, language)
        is_one_of_several = kinds[headline.kind] > 1 and isinstance(headline.estimate, EstimateOut)
        found.append(_of_item(headline, text, language) if is_one_of_several else text)
    if body.index is not None:
        found += index_sentences(body.index, language)
    if body.matrix is not None:
        found += matrix_sentences(body.matrix, language)
    figures = Counter(trend.figure for trend in body.trends)
    for trend in body.trends:
        is_only = figures[trend.figure] == 1
        found += trend_sentences(trend, language, is_only=is_only, trends=len(body.trends))
    return found


def headline_sentence(headline: Headline, language: Language) -> str:
    """Return what the key figure means, with and without responses of doubtful quality where both may be shown."""
    estimate, digits, factor = headline.estimate, DIGITS[headline.kind], SCALES[headline.kind]
    if not isinstance(estimate, EstimateOut):
        return sentence(language, "hidden_figure", name=headline.text.text(language))
    if not evidence.enough(estimate.n):
        return sentence(language, "few_answers", name=headline.text.text(language), n=estimate.n)
    values = _interval(estimate, digits, factor)
    text = sentence(language, _headline_key(headline.kind, estimate), **values)
    without = headline.without_flagged
    if not isinstance(without, EstimateOut):
        return text
    return _joined(
        language, text, _without(values["estimate"], _interval(without, digits, factor)["estimate"], language)
    )


def _of_item(headline: Headline, text: str, language: Language) -> str:
    return sentence(language, "of_item", item=headline.text.text(language), text=text)


def _without(estimate: str, without: str, language: Language) -> str:
    return sentence(language, "same_without" if estimate == without else "other_without", without=without)


def index_sentences(index: IndexPart, language: Language) -> Iterator[str]:
    """Yield the index, and whether its best and its worst part differ."""
    if not index.nodes or not isinstance(index.nodes[0].score, EstimateOut):
        yield sentence(language, "hidden_figure", name=translate(language, "index_name"))
        return
    score = index.nodes[0].score
    values = _interval(score, 0)
    text = sentence(language, "index" if _has_interval(score) else "index_point", **values)
    if isinstance(index.without_flagged, EstimateOut):
        without = _interval(index.without_flagged, 0)["estimate"]
        text = _joined(language, text, _without(values["estimate"], without, language))
    yield text
    yield from _difference(index, language)


def _difference(index: IndexPart, language: Language) -> Iterator[str]:
    found = index.difference
    if found is None or not _has_interval(found.difference):
        return
    assert isinstance(found.difference, EstimateOut)  # noqa: S101 as _has_interval has checked
    names = node_names(index, language)
    key = "difference_clear" if (found.difference.low or 0.0) > 0 else "difference_unclear"
    values = _interval(found.difference, 1)
    yield sentence(language, key, best=names[found.best], worst=names[found.worst], **values)


def node_names(index: IndexPart, language: Language) -> dict[str, str]:
    """Return the names of the nodes by path: their texts, or the last part of the path."""
    names = {
        node.path: node.text.text(language) if node.text is not None else node.path.rpartition(".")[2]
        for node in index.nodes
    }
    return names | {"": translate(language, "index_name")}


def matrix_sentences(matrix: MatrixPart, language: Language) -> Iterator[str]:
    """Yield what should be improved first."""
    weak = [each for each in matrix.attributes if each.region == Region.WEAKNESS]
    certain, unclear = [each for each in weak if each.certain], [each for each in weak if not each.certain]
    if certain:
        key = "weakness" if len(certain) == 1 else "weaknesses"
        yield sentence(language, key, names=_names(certain, language))
    if unclear:
        yield sentence(language, "weakness_unclear", names=_names(unclear, language))
    if matrix.attributes and not weak:
        yield sentence(language, "no_weakness")


def trend_sentences(trend: TrendPart, language: Language, *, is_only: bool, trends: int = 1) -> Iterator[str]:
    """Yield the change from the last wave but one to the last; `is_only` if no other item has this figure.

    It is a change beyond chance only if it is one of so many trends together (Bonferroni; the waves of a trend are
    adjusted by Holm's method already), and reported at all only with enough answers.
    """
    if len(trend.waves) < 2 or not _has_interval(trend.waves[-1].change):
        return
    change = trend.waves[-1].change
    assert isinstance(change, EstimateOut)  # noqa: S101 as _has_interval has checked
    low, high, digits = change.low or 0.0, change.high or 0.0, 2 if trend.figure == "mean" else 1
    name, before = _named(trend, language, is_only=is_only), trend.waves[-2].wave
    answers = min(_answers(wave.estimate) for wave in trend.waves[-2:])
    if not evidence.enough(answers):
        yield sentence(language, "trend_too_few", before=before, name=name, n=answers)
        return
    values, p = _interval(change, digits), trend.waves[-1].p
    is_clear = p is None or p * trends < evidence.ALPHA
    key = "trend_up" if is_clear and low > 0 else "trend_down" if is_clear and high < 0 else "trend_unclear"
    if key == "trend_down":
        values = {
            "estimate": decimal(-(change.estimate or 0.0), digits),
            "low": decimal(-high, digits),
            "high": decimal(-low, digits),
        }
    yield sentence(language, key, before=before, name=name, **values)


def _answers(found: Cell) -> int:
    return found.n if isinstance(found, EstimateOut) else 0


def _named(trend: TrendPart, language: Language, *, is_only: bool) -> str:
    """Return the figure as it is named within a sentence."""
    item = "" if trend.text is None else trend.text.text(language)
    name = translate(language, f"the_{trend.figure}", item=item)
    if trend.figure == "mean" or is_only:
        return name
    return translate(language, "the_item", name=name, item=item)


def trend_name(trend: TrendPart, language: Language) -> str:
    """Return the figure with the question that it is about."""
    figure = {"mean": "trend_mean", "nps": "nps", "index": "index_name"}[trend.figure]
    name = translate(language, figure)
    if trend.text is None:
        return name
    return f"{name}（{trend.text.text(language)}）" if language == "zh" else f"{name} ({trend.text.text(language)})"


def limits(document: ReportDocument, language: Language) -> list[str]:
    """Return how far the results reach, the most important first."""
    body, study = document.body, document.study
    is_sampled = body.collection.design != SIMPLE
    design = design_text(body.collection.design, language)
    first = sentence(language, "limit_sample" if is_sampled else "limit_convenience", design=design)
    found = [first, sentence(language, "limit_interval")]
    found += [sentence(language, warning) for warning in body.warnings if warning in SENTENCES]
    if body.index is not None and body.index.difference is not None and body.index.difference.compared > 2:
        found.append(sentence(language, "limit_pairs", compared=body.index.difference.compared))
    if body.matrix is not None and body.matrix.importance == "derived":
        found.append(sentence(language, "limit_derived"))
    if study is not None and study.nature == "exploratory":
        found.append(sentence(language, "limit_exploratory"))
    if document.controlled:
        found.append(sentence(language, "limit_groups", k=document.min_group))
    return [*found, sentence(language, "limit_anonymous")] if document.anonymous else found


def design_text(design: str, language: Language) -> str:
    """Return the parts of the sampling design in words."""
    if design == SIMPLE:
        return translate(language, "simple")
    return ("、" if language == "zh" else ", ").join(translate(language, part) for part in design.split("+"))


def _headline_key(kind: HeadlineKind, estimate: EstimateOut) -> str:
    if not _has_interval(estimate):
        return f"{kind}_point"
    if kind != "nps":
        return kind
    low, high = estimate.low or 0.0, estimate.high or 0.0
    return "nps_above" if low > 0 else "nps_below" if high < 0 else "nps_unclear"


def _has_interval(found: Cell | None) -> bool:
    return isinstance(found, EstimateOut) and found.low is not None and found.high is not None


def _interval(estimate: EstimateOut, digits: int, factor: float = 1.0) -> dict[str, str]:
    def text(number: float | None) -> str:
        return decimal(None if number is None else factor * number, digits)

    return {"estimate": text(estimate.estimate), "low": text(estimate.low), "high": text(estimate.high)}


def _names(attributes: list[AttributePart], language: Language) -> str:
    names = [each.text.text(language) for each in attributes[:MAX_NAMES]]
    return "；".join(names) if language == "zh" else "; ".join(names)


def _joined(language: Language, *sentences: str) -> str:
    return ("" if language == "zh" else " ").join(sentences)
