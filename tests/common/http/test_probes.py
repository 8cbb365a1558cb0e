"""What orchestrators, Prometheus and people who read the log see."""

import json
import logging

import pytest
from sqlalchemy import text

from heed_common import health, logs
from heed_common.health import NotReady, Readiness
from heed_common.metrics import Metrics, render
from tests.common import sample_app

pytestmark = pytest.mark.asyncio


async def test_a_healthy_process_is_ready_and_lists_its_checks(client):
    response = await client.get("/readyz")
    assert response.status_code == 200
    assert response.json()["checks"] == {"database": "ok", "writes": "ok", "consumer": "ok", "not_draining": "ok"}


async def test_a_process_that_drains_lives_but_is_not_ready(app, client):
    app.state.readiness.drain()
    response = await client.get("/readyz")
    assert (response.status_code, response.json()["code"]) == (503, "not_ready")
    assert response.json()["checks"]["not_draining"] == "draining"
    assert response.headers["content-type"] == "application/problem+json"
    assert (await client.get("/livez")).status_code == 200


async def test_a_process_without_its_database_lives_but_is_not_ready(clock):
    database = sample_app.Database("postgresql://nobody@127.0.0.1:1/nothing")
    app = sample_app.create_app(sample_app.make_settings(), sample_app.make_resources(database, clock))
    async with sample_app.make_client(app) as client:
        response = await client.get("/readyz")
        assert response.status_code == 503
        assert response.json()["checks"]["database"] not in ("ok", "")
        assert (await client.get("/livez")).status_code == 200
    await database.close()


async def test_a_process_whose_optional_check_fails_is_ready_and_degraded(app, client):
    async def fails():
        raise NotReady("3 rows of deadline_scheduler were set aside")

    app.state.readiness.add("failed_work", fails, required=False)
    response = await client.get("/readyz")
    assert (response.status_code, response.json()["status"]) == (200, "degraded")
    assert response.json()["checks"]["failed_work"] == "3 rows of deadline_scheduler were set aside"


async def test_every_check_runs_and_a_broken_one_does_not_hide_the_others():
    readiness = Readiness()

    async def well():
        return None

    async def waits():
        raise NotReady("waits for relay")

    async def breaks():
        raise RuntimeError("the caller's secret")

    readiness.add("well", well)
    readiness.add("loops", waits)
    readiness.add("other", breaks)
    report = await readiness.report()
    assert report.checks == {"well": "ok", "loops": "waits for relay", "other": "RuntimeError", "not_draining": "ok"}
    assert not report.is_ready


async def test_a_database_of_another_shape_is_not_ready(customer_database):
    check = health.migrations_applied(customer_database, "heed_customer")
    async with customer_database.transaction() as session:
        current = await session.scalar(text("SELECT version_num FROM alembic_version"))
        await session.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    with pytest.raises(NotReady, match="older"):
        await check()
    async with customer_database.transaction() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = :current"), {"current": current})
    await check()


async def test_requests_are_counted_by_template_and_never_by_address(app, client):
    await client.get("/v1/samples/018f0000-0000-7000-8000-000000000001")
    await client.get("/v1/nothing/SECRET")
    await client.request("SECRET", "/v1/samples")
    meters = (await client.get("/metrics")).text
    assert (
        'heed_http_requests_total{method="GET",route="/v1/samples/{sample_id}",service="samples",status="404"} 1.0'
        in meters
    )
    assert 'route="unmatched"' in meters
    assert 'route="/metrics"' in (await client.get("/metrics")).text
    assert "SECRET" not in meters
    assert "018f0000" not in meters


async def test_four_services_in_one_process_share_a_page_of_meters():
    meters = [Metrics(name) for name in ("customer", "scoring")]
    meters[0].duplicates.inc(3)
    meters[1].consumer_lag.labels(topic="heed.customer", partition="4").set(7)
    page = render(meters).decode()
    assert page.count("# TYPE heed_consumer_duplicates_total counter") == 1
    assert 'heed_consumer_duplicates_total{service="customer"} 3.0' in page
    assert 'heed_consumer_duplicates_total{service="scoring"} 0.0' in page
    assert 'heed_consumer_lag{partition="4",service="scoring",topic="heed.customer"} 7.0' in page


async def test_the_access_log_names_route_and_caller_and_nothing_that_was_sent(client, caplog):
    with caplog.at_level(logging.INFO, logger="heed_common.access"):
        await client.post("/v1/samples", json={"name": "SECRET"}, headers={"X-Request-Id": "r-1"})
        await client.post("/v1/samples?q=SECRET&SECRET=1", json={"name": "SECRET"})
        await client.get("/v1/samples/SECRET")
    formatted = [json.loads(logs.JSONLines().format(record)) for record in caplog.records]
    first = next(line for line in formatted if line.get("status") == 201)
    assert (first["method"], first["route"]) == ("POST", "/v1/samples")
    assert first["caller"].startswith("key:")
    assert first["ms"] > 0
    assert "SECRET" not in json.dumps(formatted)


async def test_the_openapi_document_describes_problems_once_and_names_the_scopes(client):
    document = (await client.get("/openapi.json")).json()
    assert "HTTPValidationError" not in json.dumps(document)
    make_sample = document["paths"]["/v1/samples"]["post"]
    assert make_sample["operationId"] == "make_sample"
    assert make_sample["tags"] == ["samples"]
    assert make_sample["security"] == [{"bearer": ["customers:write"]}]
    assert make_sample["responses"]["default"] == {"$ref": "#/components/responses/Problem"}
    assert {"$ref": "#/components/parameters/IdempotencyKey"} in make_sample["parameters"]
    operations = [each["operationId"] for path in document["paths"].values() for each in path.values()]
    assert len(operations) == len(set(operations))
    assert not any(path in document["paths"] for path in ("/livez", "/readyz", "/metrics"))


async def test_a_list_in_pages_stays_right_while_others_write(client):
    for number in range(5):
        await client.post("/v1/samples", json={"name": str(number)})
    names, query = [], {"limit": 2}
    while True:
        page = (await client.get("/v1/samples", params=query)).json()
        names += [item["name"] for item in page["items"]]
        await client.post("/v1/samples", json={"name": f"later {len(names)}"})
        if page["next_cursor"] is None or len(names) > 20:
            break
        query = {"limit": 2, "cursor": page["next_cursor"]}
    assert names[:5] == ["0", "1", "2", "3", "4"]
    assert len(names) == len(set(names))
    bad = await client.get("/v1/samples", params={"cursor": "SECRET"})
    assert (bad.status_code, bad.json()["code"]) == (422, "cursor_invalid")


async def test_a_patch_needs_the_revision_that_was_seen(client):
    made = await client.post("/v1/samples", json={"name": "bear"})
    path, tag = made.headers["location"], made.headers["etag"]
    body = {"name": "panda"}
    assert (await client.patch(path, json=body)).status_code == 428
    changed = await client.patch(path, json=body, headers={"If-Match": tag})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert (await client.patch(path, json=body, headers={"If-Match": tag})).status_code == 412
    assert (await client.patch(path, json=body, headers={"If-Match": "*"})).status_code == 200
    assert (await client.patch(path, json=body, headers={"If-Match": "nonsense"})).status_code == 400
