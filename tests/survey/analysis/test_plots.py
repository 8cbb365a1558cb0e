"""Plots of results, as an analyst saves them for a report."""

from uuid import uuid4

import numpy as np
import pytest
import pytest_asyncio

from heed_survey.analysis.plots.drawing import plot
from heed_survey.analysis.plots.rows import rows_of
from heed_survey.analysis.plots.texts import TEXTS, Names
from heed_survey.analysis.results.documents import SUPPRESSED, EstimateOut
from heed_survey.analysis.results.importance_performance import ImportancePerformanceOut, RatedAttributeOut
from heed_survey.analysis.results.means import MeanGroupOut, MeansOut
from tests.plots.extents import look
from tests.survey.analysis.studies import create_study, insert_responses, random_answers
from tests.survey.call_backs.facts.cases import Case, receive
from tests.survey.questionnaires import make_questionnaire

pytestmark = pytest.mark.asyncio

ANALYSES = {
    "frequencies": {"item": "overall"},
    "means": {"item": "overall", "by": "region"},
    "index": {},
    "nps": {"by": "region"},
    "csat": {},
    "ces": {},
    "importance-performance": {"overall": "overall"},
    "crosstab": {"row": "region", "column": "overall"},
    "reliability": {},
    "trend": {"item": "overall"},
    "facts": {"item": "overall"},
}


@pytest_asyncio.fixture
async def study(client, survey_database):
    rng = np.random.default_rng(7)
    survey_id = await create_study(client)
    answers = [random_answers(rng) for _ in range(300)]
    waves = [f"2026-{month:02}" for month in rng.integers(1, 4, size=300)]
    customers = [uuid4() for _ in answers]
    await insert_responses(survey_database, survey_id, answers, wave=waves, customer_id=customers)
    await receive(survey_database, *(event for id_ in customers[:9] for event in Case(id_).complete(day=-1).events))
    return survey_id


@pytest.mark.parametrize("name", ANALYSES)
async def test_every_analysis_has_a_plot_in_both_languages(client, study, name):
    images = {}
    for language in ("en", "zh"):
        for kind in ("png", "svg"):
            response = await client.get(
                f"/v1/surveys/{study}/analysis/{name}.{kind}",
                params=ANALYSES[name],
                headers={"Accept-Language": language},
            )
            assert response.status_code == 200, response.text
            images[language, kind] = response.content
    assert all(images[language, "png"].startswith(b"\x89PNG") for language in ("en", "zh"))
    assert all(images[language, "svg"].rstrip().endswith(b"</svg>") for language in ("en", "zh"))
    assert images["en", "svg"] != images["zh", "svg"]


async def test_a_plot_does_not_show_what_the_numbers_hide():
    hidden = MeansOut(item="overall", groups=[MeanGroupOut(by={"region": "north"}, mean=SUPPRESSED)])
    (row,) = rows_of(hidden, Names(make_questionnaire(), "zh")).rows
    assert (row.name, row.cell) == ("north", SUPPRESSED)


async def test_all_texts_of_plots_exist_in_both_languages():
    assert all(english and chinese and english != chinese for english, chinese in TEXTS.values())


NAMES = Names(make_questionnaire(), "en")
LONG = "送货迟到且无人接听" * 22


def attribute(number, found, *, certain=True):
    return RatedAttributeOut(
        item=f"{number} {LONG}", importance_item=None, importance=found, performance=found, importance_distance=1.0,
        performance_distance=1.0, region="weakness", certain=certain,
    )  # fmt: skip


def matrix(attributes):
    return ImportancePerformanceOut(
        importance_axis=3.0, performance_axis=3.0, attributes=attributes, importance="stated", axes="means",
        grey_zone=0.25, overall=None, groups=[], warnings=[],
    )  # fmt: skip


async def test_where_nothing_may_be_shown_a_sentence_explains_it():
    hidden = MeansOut(item="overall", groups=[MeanGroupOut(by={"region": LONG}, mean=SUPPRESSED)])
    for name, result in (("means", hidden), ("importance-performance", matrix([attribute(1, SUPPRESSED)]))):
        figure, texts, outside = look(lambda name=name, result=result: plot(name, result, NAMES))
        assert (figure.axes, outside) == ([], [])
        assert any(text.startswith("Not shown: there are too few answers") for text in texts)


async def test_many_attributes_with_long_names_stay_within_the_picture():
    found = EstimateOut(estimate=2.0, se=1.0, low=-1e6, high=1e6, n=9, effective_n=9, design="none")
    result = matrix([attribute(number, found, certain=number % 2 > 0) for number in range(30)])
    _, texts, outside = look(lambda: plot("importance-performance", result, NAMES))
    assert not outside
    assert sum("送货" in text for text in texts) == 30
