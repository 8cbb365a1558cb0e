"""Invalid input is rejected with a problem document that points at it and repeats nothing; nothing is written."""

import pytest

from heed_common.strict_json import MAX_VALUES
from tests.common.http.problem_assertions import assert_problem

pytestmark = pytest.mark.asyncio

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("body", ["{", "", "[1,", "nonsense", '{"name": NaN}', '{"name": Infinity}', "[" * 100_000])
async def test_malformed_json_is_a_problem(untouched, body):
    response = await untouched.post("/v1/samples", content=body, headers=JSON)
    assert response.status_code in (400, 422)
    assert_problem(response, response.status_code, "validation_failed" if body == "" else "malformed_json")


async def test_a_body_in_another_encoding_is_malformed(untouched):
    response = await untouched.post("/v1/samples", content='{"name": "bär"}'.encode("utf-16"), headers=JSON)
    assert_problem(response, 400, "malformed_json")


async def test_a_body_with_another_media_type_is_a_415(untouched):
    response = await untouched.post("/v1/samples", content='{"name": "bear"}')
    assert_problem(response, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("member", "value", "pointer", "detail"),
    [
        ("made_at", "2026-03-01T12:00:00", "/made_at", "time zone"),
        ("made_at", 1772366400, "/made_at", "RFC 3339"),
        ("made_at", "0001-01-01T00:00:00+14:00", "/made_at", "years"),
        ("currency", "XYZ", "/currency", "ISO 4217"),
        ("currency", "usd", "/currency", "ISO 4217"),
        ("parts", [{"name": "leg", "quantity": "-2", "price": "1"}], "/parts/0/quantity", "greater than 0"),
        ("parts", [{"name": "leg", "quantity": "1.0001", "price": "1"}], "/parts/0/quantity", "3 decimals"),
        ("parts", [{"name": "leg", "quantity": 1, "price": "1000000000"}], "/parts/0/price", "at most"),
        ("parts", [{"name": "leg", "quantity": 1, "price": "1e3"}], "/parts/0/price", "decimal number"),
        ("parts", [{"name": "leg", "quantity": 1, "price": True}], "/parts/0/price", "decimal number"),
        ("colour", "red", "/colour", "not known"),
        ("name", "", "/name", "at least 1"),
        ("name", None, "/name", "text"),
    ],
)
async def test_a_wrong_value_is_pointed_at_and_nothing_is_written(untouched, member, value, pointer, detail):
    response = await untouched.post("/v1/samples", json={"name": "bear", member: value})
    problem = assert_problem(response, 422, "validation_failed")
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert detail in problem["errors"][0]["detail"]


@pytest.mark.parametrize("escape", ["\\u0000", "\\ud800", "\\udfff\\ud800"])
@pytest.mark.parametrize("where", ["name", "notes"])
async def test_text_that_cannot_be_stored_is_rejected_in_any_position(untouched, escape, where):
    value = f'"a{escape}b"' if where == "name" else f'{{"deep": ["a{escape}b"]}}'
    name = "" if where == "name" else '"name": "bear", '
    response = await untouched.post("/v1/samples", content=f'{{{name}"{where}": {value}}}', headers=JSON)
    problem = assert_problem(response, 422, "validation_failed")
    assert problem["errors"][0]["pointer"] == ("/name" if where == "name" else "/notes/deep/0")


@pytest.mark.parametrize("path", ["/v1/samples?cursor=%00", "/v1/samples/%00", "/v1/samples?q=a%00b"])
async def test_nul_in_the_address_is_refused(untouched, path):
    assert_problem(await untouched.get(path), 422, "validation_failed")


@pytest.mark.parametrize(
    "request_",
    [
        {"json": {"name": "SECRET" * 100}},
        {"json": {"name": ["SECRET"]}},
        {"json": {"name": "bear", "currency": "SECRET"}},
        {"json": {"name": "bear", "twin": "SECRET"}},
        {"json": {"name": "bear", "made_at": "SECRET"}},
        {"json": {"name": "bear", "SECRET is a member": 1}},
        {"json": {"name": "bear", "parts": [{"name": "x", "quantity": "SECRET", "price": "SECRET"}]}},
        {"content": '{"name": SECRET}', "headers": JSON},
        {"content": '"SECRET"', "headers": JSON},
        {"content": "SECRET", "headers": {"Content-Type": "text/plain"}},
        {"json": {"name": "SECRET", "twin": "018f0000-0000-7000-8000-00005ec2e700"}},
    ],
)
async def test_a_problem_never_repeats_what_was_sent(untouched, request_):
    response = await untouched.post("/v1/samples", **request_)
    assert response.status_code >= 400
    assert "SECRET" not in response.text
    assert "5ec2e7" not in response.text


async def test_an_unknown_address_is_a_404_and_a_wrong_method_a_405(untouched):
    assert_problem(await untouched.get("/v1/nothing/SECRET"), 404, "not_found")
    response = await untouched.delete("/v1/samples")
    assert_problem(response, 405, "method_not_allowed")
    assert response.headers["allow"] == "GET, HEAD, POST"


async def test_a_response_lists_a_hundred_errors_and_the_number_of_the_others(untouched):
    response = await untouched.post("/v1/samples", json={"name": "bear", "parts": [{}] * 50})
    problem = assert_problem(response, 422, "validation_failed")
    assert (len(problem["errors"]), problem["errors_omitted"]) == (100, 50)
    few = await untouched.post("/v1/samples", json={"name": "bear", "parts": [{}]})
    assert len(few.json()["errors"]) == 3
    assert "errors_omitted" not in few.json()


async def test_errors_of_unknown_parameters_are_counted_too(untouched):
    query = "&".join(f"q{number}=1" for number in range(300))
    problem = assert_problem(await untouched.get(f"/v1/samples?{query}"), 422, "validation_failed")
    assert (len(problem["errors"]), problem["errors_omitted"]) == (100, 200)


async def test_a_document_with_too_many_values_is_rejected_before_it_is_parsed(untouched):
    parts = "[" + "{}," * MAX_VALUES + "{}]"
    response = await untouched.post("/v1/samples", content=f'{{"name": "bear", "parts": {parts}}}', headers=JSON)
    assert_problem(response, 422, "validation_failed")
    assert len(response.json()["errors"]) == 1


@pytest.mark.parametrize("number", ["9" * 401, "-" + "9" * 400, "1." + "1" * 400])
async def test_a_number_of_too_many_digits_is_malformed(untouched, number):
    response = await untouched.post("/v1/samples", content=f'{{"name": {number}}}', headers=JSON)
    assert_problem(response, 400, "malformed_json")


async def test_far_more_members_than_are_known_are_one_error(untouched):
    body = {"name": "bear"} | {f"m{number}": 1 for number in range(1000)}
    problem = assert_problem(await untouched.post("/v1/samples", json=body), 422, "validation_failed")
    assert len(problem["errors"]) == 1
