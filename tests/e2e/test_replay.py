"""What an operator sees of a rebuild, while the product runs and while it does not."""

import time
from collections.abc import Iterator

import httpx
import pytest

from tests.e2e.product import EmbeddedProduct

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

PATIENCE = 30.0
PURCHASE = {
    "occurred_at": "2026-01-05T10:00:00Z", "currency": "USD",
    "lines": [{"sku": "tea", "category": "drinks", "quantity": "2", "unit_price": "30"}],
}  # fmt: skip


@pytest.fixture
def product() -> Iterator[EmbeddedProduct]:
    product = EmbeddedProduct()
    try:
        product.start()
        yield product
    finally:
        product.remove()


def test_what_scoring_knows_is_rebuilt_beside_the_running_product_and_the_scores_go_on(product):
    headers = {"Authorization": f"Bearer {product.token}", "Prefer": "wait=20"}
    with httpx.Client(base_url=product.base_url, headers=headers, timeout=30) as client:
        customers = [_customer(client, name) for name in ("Li Wei", "Li W.")]
        for customer_id in customers:
            bought = client.post(
                "/v1/purchases", json=PURCHASE | {"customer_id": customer_id, "external_id": customer_id}
            )
            assert bought.status_code == 201
        merged = client.post(f"/v1/customers/{customers[0]}/merge", json={"duplicate_id": customers[1]})
        before = _score(client, customers[0], after=merged)
        assert "\nidentical" in product.command("replay", "scoring")
        assert "in use now" in product.command("replay", "scoring", "--swap")
        assert "The rebuilt timeline is in use now." in product.command("replay", "timeline")
        assert _score(client, customers[0], after=merged) == before
        complaint = {"channel": "phone", "category": "service", "severity": "major", "description": "It broke."}
        opened = client.post(
            "/v1/complaints", json=complaint | {"customer_id": customers[1], "occurred_at": "2026-01-06T10:00:00Z"}
        )
        assert _score(client, customers[1], after=opened)["churn_risk"] > before["churn_risk"]
        _wait_for_timeline(client, customers[0], {"heed.complaint.opened.v1", "heed.purchase.recorded.v1"})
    assert product.stop() == 0
    assert "\nidentical" in product.command("replay", "scoring")
    assert "\nidentical" in product.command("replay", "timeline", "--dry-run")
    changed = product.command("replay", "scoring", "--swap", "--time-zone", "Asia/Shanghai")
    assert "set HEED_TIME_ZONE=Asia/Shanghai before the next start" in changed
    assert "in Asia/Shanghai by" in product.command("replay", "scoring")


def _customer(client: httpx.Client, name: str) -> str:
    return client.post("/v1/customers", json={"kind": "individual", "name": name}).json()["id"]


def _timeline(client: httpx.Client, customer_id: str) -> set[str]:
    items = client.get(f"/v1/customers/{customer_id}/timeline").raise_for_status().json()["items"]
    return {item["type"] for item in items}


def _wait_for_timeline(client: httpx.Client, customer_id: str, expected: set[str]) -> None:
    """The customer service reads the topics by itself: it may be later than scoring."""
    deadline = time.monotonic() + PATIENCE
    while not expected <= (found := _timeline(client, customer_id)):
        assert time.monotonic() < deadline, found
        time.sleep(0.1)


def _score(client: httpx.Client, customer_id: str, *, after: httpx.Response) -> dict[str, object]:
    answer = client.get(f"/v1/scores/{customer_id}", params={"after": after.headers["Heed-Event"]})
    assert answer.status_code == 200, answer.text
    score = answer.json()
    return {"churn_risk": score["churn_risk"]["probability"], "value": score["value"], "loyalty": score["loyalty"]}
