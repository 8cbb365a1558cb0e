"""Sentences claim what the intervals allow, and no more."""

from string import Formatter
from typing import Any

import pytest

from heed_plots.numbers import decimal, percent
from heed_survey.analysis.results.documents import SUPPRESSED, Cell, EstimateOut
from heed_survey.reporting.content.document import (
    AttributePart,
    CollectionPart,
    DifferencePart,
    Headline,
    IndexPart,
    MatrixPart,
    NodePart,
    ReportBody,
    ReportDocument,
    Text,
    TrendPart,
    WavePart,
)
from heed_survey.reporting.pages.sentence_texts import SENTENCES
from heed_survey.reporting.pages.sentences import limits, summary
from heed_survey.reporting.pages.texts import TEXTS
from tests.conftest import NOON

NAME = Text(en="Speed", zh="速度")
SIMPLE = "simple_random_with_replacement"


def estimate(value: float, low: float | None, high: float | None) -> EstimateOut:
    return EstimateOut(estimate=value, se=1.0, low=low, high=high, n=100, effective_n=100.0, design=SIMPLE)


def headline(kind: str, found: Cell, without: Cell | None = None) -> Headline:
    return Headline(kind=kind, item="q", text=NAME, estimate=found, counts={}, without_flagged=without)


def document(**parts: Any) -> ReportDocument:
    collection = CollectionPart(responses=100, modes={}, flagged=0, design=parts.pop("design", SIMPLE))
    body = {"headlines": (), "index": None, "matrix": None, "trends": (), "items": (), "warnings": ()} | parts
    head = {"anonymous": False, "controlled": True, "study": None} | {
        name: body.pop(name) for name in ("anonymous", "controlled", "study") if name in body
    }
    return ReportDocument(
        survey_id="01954f9e-7e3a-7000-8000-000000000001",
        survey_version=1,
        wave=None,
        computed_at=NOON,
        languages=("en", "zh"),
        title=NAME,
        min_group=5,
        body=ReportBody(collection=collection, **body),
        **head,
    )


def sentence_of(language="en", **parts: Any) -> str:
    (text,) = summary(document(**parts), language)
    return text


def test_the_satisfied_of_a_hundred_customers_are_an_interval():
    found = headline("csat", estimate(0.87, 0.836, 0.899))
    assert sentence_of(headlines=(found,)).startswith("Of 100 customers, 84 to 90 are satisfied: 87 of 100")
    assert sentence_of("zh", headlines=(found,)).startswith("每100位客户中，有84至90位满意")


@pytest.mark.parametrize(
    ("low", "high", "begin"),
    [
        (3.0, 40.0, "More customers recommend than advise against"),
        (-40.0, -3.0, "More customers advise against than recommend"),
        (-1.0, 30.0, "Whether more customers recommend than advise against is within the margin of error"),
        (None, None, "The net promoter score of those who answered is"),
    ],
)
def test_the_net_promoter_score_is_above_zero_only_if_its_interval_is(low, high, begin):
    assert sentence_of(headlines=(headline("nps", estimate(15.0, low, high)),)).startswith(begin)


def test_a_figure_that_is_not_shown_is_named():
    assert sentence_of(headlines=(headline("csat", SUPPRESSED),)) == (
        "Speed: not shown, because there are too few answers."
    )


@pytest.mark.parametrize(
    ("without", "end"), [(0.874, "it is the same."), (0.91, "doubtful quality it is 91."), (None, "best values.")]
)
def test_results_without_doubtful_responses_are_named_if_they_may_be_shown(without, end):
    other = None if without is None else estimate(without, 0.8, 0.9)
    assert sentence_of(headlines=(headline("csat", estimate(0.87, 0.84, 0.9), other),)).endswith(end)


def test_of_two_items_with_the_same_figure_each_is_named():
    figures = (headline("ces", estimate(4.0, 3.5, 4.5)), headline("ces", estimate(3.0, 2.5, 3.5)))
    assert [text[:9] for text in summary(document(headlines=figures), "en")] == ["“Speed”: "] * 2


def index(low: float, high: float) -> IndexPart:
    node = {"item": None, "weight": 0.5, "total_weight": 0.5}
    nodes = [
        NodePart(path=path, level=min(len(path), 1), text=text, score=estimate(70.0, 65.0, 75.0), **node)
        for path, text in (("", None), ("speed", NAME), ("price", None))
    ]
    difference = DifferencePart(best="speed", worst="price", compared=2, difference=estimate(5.0, low, high))
    return IndexPart(nodes=tuple(nodes), difference=difference, without_flagged=None)


def test_a_difference_is_one_only_beyond_the_margin_of_error():
    assert summary(document(index=index(1.0, 9.0)), "en")[1].startswith("Speed is ahead of price by 5.0 points")
    unclear = summary(document(index=index(-1.0, 11.0)), "en")[1]
    assert unclear.startswith("The difference between Speed and price, 5.0 points, is within the margin of error")
    assert summary(document(index=index(-1.0, 11.0)), "zh")[1].startswith("“速度”与“price”相差5.0分，仍在误差范围之内")


@pytest.mark.parametrize(
    ("low", "high", "p", "text"),
    [
        (1.0, 5.0, 0.01, "has risen by 3.0 (1.0 to 5.0)"),
        (-5.0, -1.0, None, "has fallen by 3.0 (1.0 to 5.0)"),
        (1.0, 5.0, 0.06, "within the margin of error"),
        (-1.0, 7.0, 0.2, "within the margin of error"),
    ],
)
def test_a_change_between_waves_is_one_only_beyond_the_margin_of_error(low, high, p, text):
    change = estimate((low + high) / 2, low, high)
    point = estimate(70.0, 65.0, 75.0)
    waves = (
        WavePart(wave="1", estimate=point, change=None, p=None),
        WavePart(wave="2", estimate=point, change=change, p=p),
    )
    found = sentence_of(trends=(TrendPart(figure="index", text=None, waves=waves),))
    assert found.startswith("Since wave 1, the satisfaction index has")
    assert text in found


def test_a_change_is_one_only_if_it_is_one_of_all_trends_together():
    point = estimate(70.0, 65.0, 75.0)
    waves = (
        WavePart(wave="1", estimate=point, change=None, p=None),
        WavePart(wave="2", estimate=point, change=estimate(3.0, 0.5, 5.5), p=0.02),
    )
    one = TrendPart(figure="index", text=None, waves=waves)
    assert "has risen" in sentence_of(trends=(one,))
    assert not any("has risen" in text for text in summary(document(trends=(one,) * 3), "en"))


def test_a_handful_of_answers_is_no_evidence():
    few = estimate(70.0, 70.0, 70.0).model_copy(update={"n": 4})
    change = estimate(30.0, 30.0, 30.0)
    waves = (
        WavePart(wave="1", estimate=few, change=None, p=None),
        WavePart(wave="2", estimate=few, change=change, p=0),
    )
    assert "4 answers in a wave are too few" in sentence_of(trends=(TrendPart(figure="nps", text=NAME, waves=waves),))
    one = few.model_copy(update={"n": 1})
    assert sentence_of(headlines=(headline("nps", one),)) == "Speed: 1 answer, too few to tell."


@pytest.mark.parametrize(
    ("region", "certain", "begin"),
    [
        ("weakness", True, "Improve first: Speed."),
        ("weakness", False, "Perhaps worth improving: Speed."),
        ("strength", True, "No attribute is clearly important and done worse"),
    ],
)
def test_a_weakness_is_improved_first_if_it_is_certain(region, certain, begin):
    point = estimate(3.0, 2.5, 3.5)
    each = AttributePart(item="q", text=NAME, importance=point, performance=point, region=region, certain=certain)
    assert sentence_of(matrix=MatrixPart(importance="stated", attributes=(each,))).startswith(begin)


def test_the_limits_begin_with_how_people_were_chosen():
    assert limits(document(), "en")[0].startswith("No random sample is on record")
    sampled = limits(document(design="strata+weights+fpc"), "en")[0]
    assert "strata, weights, known population sizes" in sampled
    assert "分层、加权、总体规模已知" in limits(document(design="strata+weights+fpc"), "zh")[0]


def test_the_limits_name_what_holds_for_this_report_only():
    plain = " ".join(limits(document(controlled=False), "en"))
    assert "fewer than 5 people" not in plain
    assert "anonymous" not in plain
    more = limits(document(anonymous=True, warnings=("adjusted_interval",)), "en")
    assert any("adjusted interval" in text for text in more)
    assert any("fewer than 5 people" in text for text in more)
    assert any("anonymous" in text for text in more)


@pytest.mark.parametrize("table", [TEXTS, SENTENCES])
def test_both_languages_have_the_same_blanks(table):
    for key, texts in table.items():
        blanks = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in texts.values()]
        assert set(texts) == {"en", "zh"}, key
        assert blanks[0] == blanks[1], key


@pytest.mark.parametrize(
    ("number", "digits", "text"),
    [(-0.04, 1, "0.0"), (-0.06, 1, "\u22120.1"), (1234.5, 0, "1,234"), (None, 2, "–"), (0.0, 0, "0")],
)
def test_numbers_have_a_minus_sign_and_no_negative_zero(number, digits, text):
    assert decimal(number, digits) == text


def test_shares_are_percentages():
    assert (percent(0.256), percent(None)) == ("26%", "–")
