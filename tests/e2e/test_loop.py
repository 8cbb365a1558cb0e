"""A complaint goes round, as a caller sees it: scored, resolved, called back, reopened by a low answer, scored."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from time import monotonic, sleep
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Address
from tests.e2e.test_walk import Caller

PATIENCE = 60.0
JSON = dict[str, Any]
pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def caller(product: Address) -> Iterator[Caller]:
    headers = {"Authorization": f"Bearer {product.token}"}
    with httpx.Client(base_url=product.base_url, headers=headers, timeout=40) as http:
        yield Caller(http)


def eventually(read: Callable[[], JSON | None]) -> JSON:
    """What follows in another service has no event of the caller's own to wait for."""
    until = monotonic() + PATIENCE
    while monotonic() < until:
        if found := read():
            return found
        sleep(0.05)
    raise AssertionError("it never came to pass")


def complain(caller: Caller, customer_id: str | None) -> httpx.Response:
    body = {
        "customer_id": customer_id,
        "channel": "phone",
        "category": "service",
        "severity": "major",
        "description": "The kettle leaks.",
        "occurred_at": datetime.now(UTC).isoformat(),
    }
    return caller.post("/v1/complaints", body)


def complaint(caller: Caller, complaint_id: str, **expected: Any) -> JSON:
    def read() -> JSON | None:
        shown: JSON = caller.http.get(f"/v1/complaints/{complaint_id}").raise_for_status().json()
        return shown if all(shown[name] == value for name, value in expected.items()) else None

    return eventually(read)


def call_back(caller: Caller, complaint_id: str, *, state: str) -> JSON:
    def read() -> JSON | None:
        page = caller.http.get("/v1/surveys/call-backs", params={"state": state, "limit": 200}).raise_for_status()
        return next((each for each in page.json()["items"] if each["complaint_id"] == complaint_id), None)

    return eventually(read)


def at_stake(caller: Caller, complaint_id: str) -> JSON:
    def read() -> JSON | None:
        shown: JSON = caller.http.get(f"/v1/complaints/{complaint_id}").raise_for_status().json()
        return shown if shown["expected_value_saved"] is not None else None

    return eventually(read)


def check_may_be_invited(caller: Caller, customer_id: str, *, expect: bool) -> None:
    def read() -> JSON | None:
        shown: JSON = caller.http.get(f"/v1/surveys/recipients/{customer_id}").raise_for_status().json()
        return shown if shown["may_be_asked"] is expect else None

    eventually(read)


def move(caller: Caller, complaint_id: str, **step: Any) -> httpx.Response:
    return caller.post(f"/v1/complaints/{complaint_id}/transitions", step, expect=200)


def test_a_complaint_is_scored_resolved_called_back_and_reopened_by_a_low_answer(caller):
    registered = caller.post("/v1/customers", {"kind": "individual", "name": "Li Na"})
    customer_id = registered.json()["id"]
    for days_ago in (90, 50, 10):
        bought = caller.buy(customer_id, days_ago=days_ago)
    calm = caller.score(customer_id, after=bought)

    opened = complain(caller, customer_id)
    complaint_id = opened.json()["id"]
    upset = caller.score(customer_id, after=opened)
    assert upset["churn_risk"]["probability"] > calm["churn_risk"]["probability"]
    shown = at_stake(caller, complaint_id)
    (outlook,) = upset["complaints"]
    assert float(shown["expected_value_saved"]) == float(outlook["expected_value_saved"]["amount"]) > 0
    check_may_be_invited(caller, customer_id, expect=False)

    move(caller, complaint_id, action="accept")
    completed = move(caller, complaint_id, action="complete", resolution="A new kettle")
    relieved = caller.score(customer_id, after=completed)
    assert relieved["churn_risk"]["probability"] < upset["churn_risk"]["probability"]
    assert complaint(caller, complaint_id, expected_value_saved=None)["state"] == "completed"
    scheduled = call_back(caller, complaint_id, state="scheduled")
    assert scheduled["customer_id"] == customer_id

    answers = {"solved": 0, "pleasant": 2}
    survey = scheduled["survey_id"]
    caller.post(f"/v1/surveys/{survey}/responses", {"complaint_id": complaint_id, "answers": answers})
    reopened = complaint(caller, complaint_id, state="accepted")
    assert reopened["solved"] is None
    history = caller.http.get(f"/v1/complaints/{complaint_id}/history").json()["items"]
    by_people = [each for each in history if each["by"] is not None]  # A message may have ended meanwhile.
    assert [(each["action"], each["by"]) for each in by_people][-2:] == [
        ("call_back", "customer"),
        ("reopen", "customer"),
    ]

    def upset_again() -> JSON | None:
        score: JSON = caller.http.get(f"/v1/scores/{customer_id}").raise_for_status().json()
        return score if score["complaints"] else None

    again = eventually(upset_again)
    assert again["churn_risk"]["probability"] > relieved["churn_risk"]["probability"]
    assert at_stake(caller, complaint_id)["state"] == "accepted"
    call_back(caller, complaint_id, state="answered")

    move(caller, complaint_id, action="withdraw", reason="They moved away")
    check_may_be_invited(caller, customer_id, expect=True)


def test_a_merged_customers_complaint_is_seen_with_the_eyes_of_the_survivor(caller):
    survivor, duplicate = (
        caller.post("/v1/customers", {"kind": "individual", "name": name}).json()["id"] for name in ("Ann", "Anne")
    )
    for days_ago in (60, 30, 5):
        caller.buy(survivor, days_ago=days_ago)
    complaint_id = complain(caller, duplicate).json()["id"]
    poor = at_stake(caller, complaint_id)
    caller.post(f"/v1/customers/{survivor}/merge", {"duplicate_id": duplicate}, expect=200)

    def richer() -> JSON | None:
        shown = at_stake(caller, complaint_id)
        more = float(shown["expected_value_saved"]) > float(poor["expected_value_saved"])
        return shown if more else None

    assert eventually(richer)["customer_id"] == duplicate


def test_a_complaint_is_scored_once_its_customer_is_known(caller):
    customer_id = caller.post("/v1/customers", {"kind": "individual", "name": "Wang Wei"}).json()["id"]
    calm = caller.score(customer_id, after=caller.buy(customer_id, days_ago=20))
    opened = complain(caller, None)
    complaint_id = opened.json()["id"]
    assert opened.json()["customer_id"] is None
    unknown = caller.http.get(
        f"/v1/scores/{complaint_id}", params={"after": opened.headers["Heed-Event"]}, headers={"Prefer": "wait=20"}
    )
    assert (unknown.status_code, unknown.json()["code"]) == (404, "no_score_then")

    known = caller.http.patch(
        f"/v1/complaints/{complaint_id}",
        json={"customer_id": customer_id},
        headers={"If-Match": opened.headers["ETag"]},
    )
    assert known.status_code == 200, known.text
    upset = caller.score(customer_id, after=known)
    assert upset["churn_risk"]["probability"] > calm["churn_risk"]["probability"]
    at_stake(caller, complaint_id)
    check_may_be_invited(caller, customer_id, expect=False)
