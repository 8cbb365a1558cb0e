"""Published estimates of the California schools, over the HTTP API, with the design that travels with each response."""

import csv
from pathlib import Path

import pytest

from tests.survey.analysis.studies import analysed, create_study, insert_responses, single

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "api"
pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.skipif(not DATA.exists(), reason="needs ../shared/data/api"),
]
SCHOOL_ITEMS = [
    {"code": "api00", "text": {"en": "Index", "zh": "指数"}, "type": "number", "measure": "other"},
    single("awards", "yes", "no"),
]


async def load(client, database, name, *, stratum=None, cluster=None, weight="pw", population="fpc"):
    with (DATA / f"{name}.csv").open() as file:
        rows = list(csv.DictReader(file))
    survey_id = await create_study(client, items=SCHOOL_ITEMS)
    columns = {"weight": [float(row[weight]) for row in rows], "population": [float(row[population]) for row in rows]}
    columns |= {"stratum": [row[stratum] for row in rows]} if stratum else {}
    columns |= {"cluster": [row[cluster] for row in rows]} if cluster else {}
    answers = [{"api00": int(row["api00"]), "awards": row["awards"].lower()} for row in rows]
    await insert_responses(database, survey_id, answers, **columns)
    return survey_id


async def mean(client, survey_id, **params):
    body = await analysed(client, survey_id, "means", item="api00", **params)
    return body["groups"][0]["mean"]


@pytest.mark.parametrize(
    ("name", "design", "estimate", "se"),
    [
        ("apisrs", {}, 656.584999999999, 9.2497220392828),
        ("apistrat", {"stratum": "stype"}, 662.287363577655, 9.408940879434),
        ("apiclus1", {"cluster": "dnum"}, 644.169398907105, 23.5422406937812),
    ],
)
async def test_means_have_the_published_standard_errors(client, survey_database, name, design, estimate, se):
    survey_id = await load(client, survey_database, name, **design)
    found = await mean(client, survey_id)
    # The weights in the files are rounded to single precision.
    assert found["estimate"] == pytest.approx(estimate, rel=1e-9)
    assert found["se"] == pytest.approx(se, rel=1e-7)


async def test_an_analysis_may_leave_out_the_size_of_the_population(client, survey_database):
    survey_id = await load(client, survey_database, "apistrat", stratum="stype")
    found = await mean(client, survey_id, design="weights")
    assert found["estimate"] == pytest.approx(662.287363159321, rel=1e-8)
    assert found["se"] == pytest.approx(9.53613229692516, rel=1e-6)


async def test_a_share_has_the_published_standard_error(client, survey_database):
    survey_id = await load(client, survey_database, "apistrat", stratum="stype")
    body = await analysed(client, survey_id, "frequencies", item="awards")
    share = next(option for option in body["options"] if option["code"] == "yes")["share_of_respondents"]
    assert share["estimate"] == pytest.approx(0.638936067161769, rel=1e-8)
    assert share["se"] == pytest.approx(0.0344059182016133, rel=1e-6)


async def test_the_naive_interval_of_the_cluster_sample_is_less_than_half_as_wide(client, survey_database):
    survey_id = await load(client, survey_database, "apiclus1", cluster="dnum")
    honest, naive = await mean(client, survey_id), await mean(client, survey_id, design="none")
    assert naive["high"] - naive["low"] < (honest["high"] - honest["low"]) / 2
