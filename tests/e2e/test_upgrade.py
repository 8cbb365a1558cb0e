"""An embedded product goes on with the data folder of the previous version."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from heed.backups import programs
from heed.postgres_server import Cluster
from tests.e2e.product import EmbeddedProduct

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

PREVIOUS = Path(__file__).parent / "previous_version"
EXPECTED: dict[str, Any] = json.loads((PREVIOUS / "expected.json").read_text())
LINE = {"sku": "kettle", "category": "kitchen", "quantity": "1", "unit_price": "10.00", "unit_cost": "5.00"}
DATABASES = ("customer", "complaint", "survey", "scoring", "log")


def fill_from_dumps(product: EmbeddedProduct) -> None:
    """Make the data folder as the previous version left it."""
    product.data_dir.mkdir(mode=0o755)
    with Cluster(product.data_dir / "postgres") as cluster:
        for name in DATABASES:
            cluster.create_database(name)
            script = product.folder / f"{name}.sql"
            script.write_bytes(gzip.decompress((PREVIOUS / f"{name}.sql.gz").read_bytes()))
            url = cluster.url(name).replace("postgresql+asyncpg", "postgresql")
            programs.run("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "--dbname", url, "--file", script)


@pytest.fixture(scope="module")
def product() -> Iterator[EmbeddedProduct]:
    product = EmbeddedProduct(HEED_TIME_ZONE="Asia/Shanghai")
    try:
        fill_from_dumps(product)
        product.start()
        yield product
        assert product.stop() == 0
    finally:
        product.remove()


@pytest.fixture(scope="module")
def client(product: EmbeddedProduct) -> Iterator[httpx.Client]:
    key = product.command("token", "create", "--name", "upgrade")
    with httpx.Client(base_url=product.base_url, headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
        yield client


def get(client: httpx.Client, path: str, **params: str) -> dict[str, Any]:
    response = client.get(path, params=params)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def post(client: httpx.Client, path: str, body: dict[str, object]) -> httpx.Response:
    response = client.post(path, json=body)
    assert response.status_code in {200, 201}, response.text
    return response


@pytest.mark.parametrize("name", sorted(EXPECTED["scores"]))
def test_scores_of_past_moments_are_those_of_the_previous_version(client, name):
    before = EXPECTED["scores"][name]
    after = get(client, f"/v1/scores/{EXPECTED['customers'][name]}", as_of=before["as_of"])
    assert {field: after[field] for field in before} == before


@pytest.mark.parametrize("name", sorted(EXPECTED["states"]))
def test_complaints_are_in_the_state_they_were_in(client, name):
    complaint = get(client, f"/v1/complaints/{EXPECTED['complaints'][name]}")
    assert complaint["state"] == EXPECTED["states"][name]


def test_settings_of_operators_are_still_there(client):
    assert get(client, "/v1/sla/calendars/office")["time_zone"] == "Asia/Shanghai"
    assert [guarantee["name"] for guarantee in get(client, "/v1/guarantees")["items"]] == ["mine"]
    assert get(client, "/v1/playbooks/mine")["steps"][0]["code"] == "say_sorry"
    assert get(client, "/v1/complaints/queues/kettles")["label"] == "Kettles"
    assert get(client, "/v1/complaints/agents/ann")["name"] == "Ann"
    assert [incident["title"] for incident in get(client, "/v1/complaints/incidents")["items"]] == ["Leaking kettles"]
    promises = get(client, f"/v1/complaints/{EXPECTED['complaints']['2']}/promises")["items"]
    assert sorted(promise["what"] for promise in promises) == ["A call"]


def test_a_complaint_of_before_is_completed_and_changes_the_score(client):
    complaint, customer = EXPECTED["complaints"]["2"], EXPECTED["customers"]["crm-2"]
    body = {"action": "complete", "resolution": "A new kettle"}
    response = post(client, f"/v1/complaints/{complaint}/transitions", body)
    score = get(client, f"/v1/scores/{customer}", after=response.headers["Heed-Event"])
    assert score["caused_by"]["type"].startswith("heed.complaint.")
    assert score["churn_risk"]["probability"] < EXPECTED["scores"]["crm-2"]["churn_risk"]["probability"]


def test_a_merged_customer_of_before_is_still_followed(client):
    purchase = {
        "customer_external_id": "crm-5",
        "external_id": "after-the-upgrade",
        "occurred_at": "2026-11-29T10:00:00Z",
        "currency": "USD",
        "lines": [LINE],
    }
    response = post(client, "/v1/purchases", purchase)
    survivor = EXPECTED["customers"]["crm-6"]
    score = get(client, f"/v1/scores/{survivor}", after=response.headers["Heed-Event"])
    assert score["customer_id"] == survivor
