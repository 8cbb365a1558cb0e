"""Samples over the API: drawn from the frame by a seed, counted first, stored with their design."""

import csv
import io
from uuid import UUID

import pytest
import pytest_asyncio

from heed_survey.sampling.samples import service
from tests.complaint.factories.events import make_score
from tests.scoring.factories import make_merge, make_purchase
from tests.survey.factories import create_published
from tests.survey.sampling.factories import NORTH, STUDY, add_customers, members_of

pytestmark = pytest.mark.asyncio
SIMPLE = {"method": "simple", "size": 20, "seed": 7}


@pytest_asyncio.fixture
async def survey(client):
    return await create_published(client, template="satisfaction", study=STUDY)


@pytest_asyncio.fixture
async def frame(survey_database):
    """Sixty customers in the north, thirty in the south and ten of an unknown region; three shops."""
    async with survey_database.transaction() as session:
        return await add_customers(session, north=60, south=30, unknown=10)


async def draw(client, survey, **body):
    response = await client.post(f"/v1/surveys/{survey['id']}/samples", json=SIMPLE | body)
    assert response.status_code == 201, response.text
    return response.json()


async def problem(client, survey, **body):
    response = await client.post(f"/v1/surveys/{survey['id']}/samples", json=SIMPLE | body)
    return response.status_code, response.json()["code"], response.json()["errors"][0]["pointer"]


async def test_a_simple_sample_has_its_size_and_weights(client, survey, frame):
    sample = await draw(client, survey)
    assert (sample["population"], sample["size"], sample["strata"]) == (100, 20, [])
    members = await members_of(client, sample)
    assert len(members) == 20
    assert {(member["weight"], member["population"], member["stratum"]) for member in members} == {(5.0, 100, None)}
    assert [member["customer_id"] for member in members] == sorted(member["customer_id"] for member in members)
    assert {UUID(member["customer_id"]) for member in members} <= set(frame)


async def test_the_same_seed_gives_the_same_members_and_another_seed_others(client, survey, frame):
    first, again, other = [await draw(client, survey, **body) for body in ({}, {}, {"seed": 8})]
    ids = [[member["customer_id"] for member in await members_of(client, one)] for one in (first, again, other)]
    assert ids[0] == ids[1] != ids[2]
    assert first["frame_hash"] == again["frame_hash"]


async def test_a_dry_run_answers_what_the_sample_would_be_and_stores_nothing(client, survey, frame):
    path = f"/v1/surveys/{survey['id']}/samples"
    body = {"method": "stratified", "strata": ["region"], "size": 10, "seed": 1}
    dry = await client.post(path, params={"dry_run": "true"}, json=body)
    assert (dry.status_code, dry.json()["id"]) == (200, None)
    assert (await client.get(path)).json()["items"] == []
    real = await client.post(path, json=body)
    assert real.json() | {"id": None} == dry.json() | {"created_at": real.json()["created_at"]}


async def test_a_stratified_sample_is_proportional_and_its_weights_sum_to_the_frame(client, survey, frame):
    sample = await draw(client, survey, method="stratified", strata=["region"], size=20)
    assert [(row["label"], row["population"], row["size"]) for row in sample["strata"]] == [
        ("north", 60, 12),
        ("south", 30, 6),
        ("-", 10, 2),
    ]
    assert [row["values"] for row in sample["strata"]] == [{"region": "north"}, {"region": "south"}, {"region": None}]
    members = await members_of(client, sample)
    assert sum(member["weight"] for member in members) == pytest.approx(100)
    assert {(member["stratum"], member["population"]) for member in members} == {
        ("north", 60),
        ("south", 30),
        ("-", 10),
    }


async def test_an_optimal_sample_draws_more_where_answers_differ_more(client, survey, frame):
    deviations = {"north": 0.5, "south": 3.0, "-": 0.1}
    sample = await draw(
        client, survey, method="stratified", strata=["region"], size=40, allocation="optimal", deviations=deviations
    )
    sizes = {row["label"]: row["size"] for row in sample["strata"]}
    assert sizes["south"] > sizes["north"] > sizes["-"] >= 2
    by_field = await draw(
        client, survey, method="stratified", strata=["region"], size=40, allocation="optimal", spread_of="purchases"
    )
    assert sum(row["size"] for row in by_field["strata"]) == 40


async def test_a_deviation_that_is_missing_is_named(client, survey, frame):
    body = {"method": "stratified", "strata": ["region"], "allocation": "optimal", "deviations": {"north": 1}}
    assert await problem(client, survey, **body) == (422, "deviation_missing", "/deviations")


async def test_a_margin_gives_the_size_with_the_finite_population_and_the_response_rate(client, survey, frame):
    sample = await draw(client, survey, size=None, margin=0.1)
    assert (sample["responses_needed"], sample["size"]) == (50, 50)
    assert sample["margin_expected"] <= 0.1
    sample = await draw(client, survey, size=None, margin=0.1, response_rate=0.5)
    assert (sample["responses_needed"], sample["size"], sample["responses_expected"]) == (50, 100, 50.0)


async def test_a_systematic_sample_takes_every_nth_of_each_stratum_in_turn(client, survey, frame):
    sample = await draw(client, survey, method="systematic", strata=["region"], size=10)
    members = await members_of(client, sample)
    assert len(members) == 10
    north = set(map(str, frame[:60]))
    assert sum(member["customer_id"] in north for member in members) == 6


async def test_a_cluster_sample_takes_all_customers_of_the_drawn_service_points(client, survey, frame):
    sample = await draw(client, survey, method="cluster", cluster="service_point_id", size=None, clusters=2)
    members = await members_of(client, sample)
    assert (sample["clusters"], sample["clusters_drawn"], sample["without_cluster"]) == (3, 2, 10)
    shops = {member["cluster"] for member in members}
    assert len(shops) == 2
    assert {(member["weight"], member["population"], member["second_population"]) for member in members} == {
        (1.5, 3, 30)
    }
    as_simple = await draw(client, survey, cluster="service_point_id", size=None, clusters=2)
    assert as_simple["method"] == "cluster"


async def test_a_cluster_sample_in_two_stages_weights_both(client, survey, frame):
    sample = await draw(
        client, survey, method="cluster", cluster="service_point_id", size=None, clusters=2, per_cluster=6
    )
    members = await members_of(client, sample)
    assert len(members) == 12
    assert {member["weight"] for member in members} == {3 / 2 * 30 / 6}


async def test_a_quota_sample_has_targets_and_no_weights(client, survey, frame, session):
    sample = await draw(client, survey, method="quota", strata=["region"], size=20)
    assert [row["size"] for row in sample["strata"]] == [12, 6, 2]
    members = await members_of(client, sample)
    assert {member["weight"] for member in members} == {None}
    member = UUID(members[0]["customer_id"])
    assert await service.design_of(session, sample_id=UUID(sample["id"]), customer_id=member) is None


async def test_a_census_takes_all(client, survey, frame):
    sample = await draw(client, survey, method="census", size=None)
    assert (sample["size"], sample["margin_expected"]) == (100, 0.0)


async def test_a_frame_has_a_condition(client, survey, frame, survey_database):
    assert (await draw(client, survey, frame=NORTH))["population"] == 60
    unknown = {"field": "customer.region", "op": "known", "value": False}
    assert (await draw(client, survey, frame=unknown, size=5))["population"] == 10
    async with survey_database.transaction() as session:
        await add_customers(session, events=[make_score(frame[0], tier="A"), make_purchase(frame[1], days_ago=2)])
        await add_customers(session, events=[make_merge(frame[2], frame[3])])
    best = {"field": "customer.tier", "op": "ge", "value": "B"}
    assert (await draw(client, survey, frame=best, size=1))["population"] == 1
    recent = {"field": "customer.days_since_purchase", "op": "lt", "value": 5}
    assert (await draw(client, survey, frame=recent, size=1))["population"] == 1
    assert (await draw(client, survey))["population"] == 99


async def test_the_design_of_a_member_travels_with_its_response(client, survey, frame, session):
    sample = await draw(client, survey, method="stratified", strata=["region"], size=20)
    member = (await members_of(client, sample))[0]
    design = await service.design_of(session, sample_id=UUID(sample["id"]), customer_id=UUID(member["customer_id"]))
    assert design is not None
    assert (design.weight, design.stratum, design.population) == (
        member["weight"],
        member["stratum"],
        member["population"],
    )
    assert await service.design_of(session, sample_id=UUID(sample["id"]), customer_id=UUID(int=1)) is None


async def test_samples_and_members_are_lists_and_files(client, survey, frame):
    sample = await draw(client, survey)
    path = f"/v1/surveys/{survey['id']}/samples"
    assert [one["id"] for one in (await client.get(path)).json()["items"]] == [sample["id"]]
    assert (await client.get(f"{path}/{sample['id']}")).json() == sample
    file = (await client.get(f"{path}/{sample['id']}/members.csv")).text
    rows = list(csv.DictReader(io.StringIO(file.removeprefix("\ufeff"))))
    assert [row["customer_id"] for row in rows] == [m["customer_id"] for m in await members_of(client, sample)]
    other = await create_published(client)
    unrecorded = await client.post(f"/v1/surveys/{other['id']}/samples", json=SIMPLE)
    assert (unrecorded.status_code, unrecorded.json()["code"]) == (409, "study_missing")
    assert (await client.get(f"/v1/surveys/{other['id']}/samples/{sample['id']}")).status_code == 404


async def test_the_fields_of_the_frame_are_published(client):
    fields = (await client.get("/v1/surveys/frame-fields")).json()["fields"]
    by_name = {field["field"]: field for field in fields}
    assert by_name["customer.tier"]["choices"] == ["D", "C", "B", "A"]
    assert by_name["customer.lost"]["stratum"]
    assert not by_name["customer.days"]["stratum"]


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"frame": {"field": "customer.name", "op": "eq", "value": "Ana"}}, "condition_invalid", "/frame/field"),
        ({"frame": {"field": "customer.region", "op": "eq", "value": "west"}}, "frame_empty", "/frame"),
        ({"size": 101}, "frame_too_small", "/size"),
        ({"method": "stratified", "strata": ["region"], "size": 3}, "sample_too_small", "/size"),
        ({"method": "cluster", "cluster": "service_point_id", "clusters": 4}, "frame_too_small", "/cluster"),
    ],
)
async def test_what_the_frame_cannot_give_is_a_clear_problem(client, survey, frame, body, code, pointer):
    assert await problem(client, survey, **body) == (422, code, pointer)


@pytest.mark.parametrize(
    "body",
    [
        {"size": None},
        {"margin": 0.1},
        {"margin": 0, "size": None},
        {"seed": -1},
        {"seed": 1.5},
        {"size": 0},
        {"method": "census"},
        {"method": "stratified"},
        {"method": "quota"},
        {"strata": ["region"]},
        {"method": "stratified", "strata": ["region", "region"]},
        {"method": "stratified", "strata": ["name"]},
        {"method": "stratified", "strata": ["region"], "allocation": "optimal"},
        {"method": "stratified", "strata": ["region"], "spread_of": "purchases"},
        {"method": "cluster"},
        {"clusters": 2},
        {"response_rate": 0},
        {"design_effect": 0},
        {"name": "x"},
    ],
)
async def test_requests_that_contradict_themselves_are_refused(client, survey, body):
    response = await client.post(f"/v1/surveys/{survey['id']}/samples", json=SIMPLE | body)
    assert (response.status_code, response.json()["code"]) == (422, "validation_failed")
