"""Two customers turn out to be one, and two after all, as a caller sees it."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Address
from tests.e2e.test_walk import Caller

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


KEPT = ("customer_id", "as_of", "loyalty", "explanation", "caused_by", "previous")


@pytest.fixture
def caller(product: Address) -> Iterator[Caller]:
    headers = {"Authorization": f"Bearer {product.token}"}
    with httpx.Client(base_url=product.base_url, headers=headers, timeout=40) as http:
        yield Caller(http)


def register(caller: Caller, name: str) -> str:
    return str(caller.post("/v1/customers", {"kind": "individual", "name": name}).json()["id"])


def numbers(score: dict[str, Any]) -> tuple[Any, ...]:
    return score["value"]["current"], score["loyalty"]["index"], score["churn_risk"]["probability"]


def test_a_merged_customer_is_scored_as_one_and_comes_apart_as_they_were(caller):
    survivor, duplicate = register(caller, "Li Na"), register(caller, "Li N.")
    for days_ago in (80, 40):
        bought = caller.buy(survivor, days_ago=days_ago)
        stray = caller.buy(duplicate, days_ago=days_ago + 10)
    apart = [caller.score(survivor, after=bought), caller.score(duplicate, after=stray)]

    merged = caller.post(f"/v1/customers/{survivor}/merge", {"duplicate_id": duplicate}, expect=200)
    assert merged.json()["id"] == survivor
    one = caller.score(duplicate, after=merged)
    assert one["customer_id"] == survivor
    assert Decimal(one["value"]["current"]) == sum(Decimal(score["value"]["current"]) for score in apart)
    assert one["caused_by"] == {"event_id": merged.headers["Heed-Event"], "type": "heed.customer.merged.v1"}
    read = caller.http.get(f"/v1/customers/{duplicate}")
    assert (read.json()["id"], read.headers["Content-Location"]) == (survivor, f"/v1/customers/{survivor}")

    later = caller.buy(duplicate, days_ago=1)
    assert caller.score(survivor, after=later)["caused_by"]["event_id"] == later.headers["Heed-Event"]

    split = caller.post(f"/v1/customers/{survivor}/unmerge", {"duplicate_id": duplicate}, expect=200)
    assert numbers(caller.score(survivor, after=split)) == numbers(apart[0])
    alone = caller.score(duplicate, after=split)
    assert alone["customer_id"] == duplicate
    assert Decimal(alone["value"]["current"]) == Decimal(apart[1]["value"]["current"]) + Decimal("50.00")
    history = caller.http.get(f"/v1/scores/{survivor}/history").json()["items"]
    then = caller.http.get(f"/v1/scores/{duplicate}", params={"as_of": history[1]["as_of"]})
    assert then.headers["Content-Location"] == f"/v1/scores/{survivor}"
    assert {name: then.json()[name] for name in KEPT} == {name: history[1][name] for name in KEPT}
