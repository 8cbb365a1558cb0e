"""The main job, as a caller sees it: every step is read with `after=`, nothing sleeps."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from time import sleep
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.e2e.conftest import Address

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


class Caller:
    """Another system, with its token."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def post(self, path: str, body: dict[str, Any], *, expect: int = 201, **headers: str) -> httpx.Response:
        response = self.http.post(path, json=body, headers=headers)
        assert response.status_code == expect, response.text
        return response

    def score(self, customer_id: str, *, after: httpx.Response) -> dict[str, Any]:
        """The score that knows the events of that write."""
        response = self.http.get(
            f"/v1/scores/{customer_id}", params={"after": after.headers["Heed-Event"]}, headers={"Prefer": "wait=20"}
        )
        assert response.status_code == 200, response.text
        assert_adds_up(response.json())
        return dict(response.json())

    def buy(self, customer_id: str, *, days_ago: int, price: str = "120.00") -> httpx.Response:
        return self.post(
            "/v1/purchases",
            {
                "customer_id": customer_id,
                "external_id": str(uuid4()),
                "occurred_at": (datetime.now(UTC) - timedelta(days=days_ago)).isoformat(),
                "currency": "USD",
                "lines": [
                    {"sku": "kettle", "category": "kitchen", "quantity": "1", "unit_price": price, "unit_cost": "70.00"}
                ],
            },
        )


@pytest.fixture
def caller(product: Address) -> Iterator[Caller]:
    with httpx.Client(
        base_url=product.base_url, headers={"Authorization": f"Bearer {product.token}"}, timeout=40
    ) as http:
        yield Caller(http)


def assert_adds_up(score: dict[str, Any]) -> None:
    totals = {
        "value": Decimal(score["value"]["amount"]),
        "loyalty": Decimal(str(score["loyalty"]["index"] or 0)),
        "churn_risk": Decimal(str(score["churn_risk"]["probability"])),
    }
    for name, total in totals.items():
        parts = [Decimal(str(part["contribution"])) for part in score["explanation"] if part["score"] == name]
        assert sum(parts, Decimal(0)) == total, name


def test_a_complaint_raises_the_risk_its_quick_resolution_lowers_it_and_a_return_lowers_the_value(caller):
    registered = caller.post("/v1/customers", {"kind": "individual", "name": "Li Na", "language": "zh"})
    customer_id = registered.json()["id"]
    first = caller.score(customer_id, after=registered)
    assert first["caused_by"]["type"] == "heed.customer.registered.v1"

    for days_ago in (90, 50, 10):
        bought = caller.buy(customer_id, days_ago=days_ago)
    loyal = caller.score(customer_id, after=bought)
    assert Decimal(loyal["value"]["current"]) == Decimal("150.00")

    now = datetime.now(UTC)
    opened = caller.post(
        "/v1/complaints",
        {
            "customer_id": customer_id,
            "channel": "phone",
            "category": "service",
            "severity": "major",
            "description": "The kettle leaks and nobody calls back.",
            "occurred_at": (now - timedelta(hours=3)).isoformat(),
        },
    )
    complaint_id = opened.json()["id"]
    upset = caller.score(customer_id, after=opened)
    assert upset["churn_risk"]["probability"] > loyal["churn_risk"]["probability"]
    assert upset["churn_risk"]["reason"] == "service"
    assert upset["caused_by"] == {"event_id": opened.headers["Heed-Event"], "type": "heed.complaint.opened.v1"}
    assert upset["previous"]["churn_risk"] == loyal["churn_risk"]["probability"]
    named = [part for part in upset["explanation"] if opened.headers["Heed-Event"] in part["evidence"]]
    assert [part["factor"] for part in named] == ["open_complaint"]

    for move in (
        {"action": "accept"},
        {"action": "contact", "answered_live": True},
        {
            "action": "commit",
            "promise": "A new kettle by tonight",
            "promised_by": (now + timedelta(hours=6)).isoformat(),
        },
        {"action": "complete", "resolution": "Replaced the kettle"},
    ):
        moved = caller.post(f"/v1/complaints/{complaint_id}/transitions", move, expect=200)
    relieved = caller.score(customer_id, after=moved)
    assert relieved["churn_risk"]["probability"] < upset["churn_risk"]["probability"]

    returned = caller.post(
        f"/v1/purchases/{bought.json()['id']}/returns",
        {
            "external_id": str(uuid4()),
            "occurred_at": datetime.now(UTC).isoformat(),
            "lines": [{"sku": "kettle", "quantity": "1"}],
            "reason": "faulty",
        },
    )
    poorer = caller.score(customer_id, after=returned)
    assert Decimal(poorer["value"]["amount"]) < Decimal(relieved["value"]["amount"])

    history = caller.http.get(f"/v1/scores/{customer_id}/history").json()["items"]
    assert history[0]["caused_by"]["event_id"] == returned.headers["Heed-Event"]
    then = caller.http.get(f"/v1/scores/{customer_id}", params={"as_of": history[1]["as_of"]})
    assert then.json() == history[1]


def test_a_dissatisfied_answer_raises_the_risk(caller):
    registered = caller.post("/v1/customers", {"kind": "individual", "name": "Ann"})
    customer_id = registered.json()["id"]
    bought = caller.buy(customer_id, days_ago=5)
    before = caller.score(customer_id, after=bought)
    survey = caller.post("/v1/surveys", {"template": "satisfaction"}).json()
    caller.post(f"/v1/surveys/{survey['id']}/publish", {}, expect=200)
    item = survey["items"][0]["code"]
    answered = caller.post(f"/v1/surveys/{survey['id']}/responses", {"customer_id": customer_id, "answers": {item: 1}})
    after = caller.score(customer_id, after=answered)
    assert after["churn_risk"]["probability"] > before["churn_risk"]["probability"]
    assert after["loyalty"]["attitude"] == 0


def test_a_model_is_fitted_on_request_and_without_repeaters_the_fit_has_the_reason(caller):
    requested = caller.post("/v1/models:fit", {"observed_until": "1990-01-01"}, expect=202)
    location = requested.headers["Location"]
    for _ in range(100):
        fit = caller.http.get(location).json()
        if fit["state"] != "pending":
            break
        sleep(0.2)
    assert (fit["state"], fit["problem"]) == ("failed", "nobody_repeated")
