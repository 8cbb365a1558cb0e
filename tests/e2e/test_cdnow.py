"""Real input, end to end: the purchases of CDNOW come in as a file, a model is fitted, everybody is scored."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from time import monotonic, sleep
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Address, shapes
from tests.measures.cdnow import sample_lines

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

CUSTOMERS = 2357
LIMIT_SECONDS = 300
ACCEPTANCE = {
    "mbg_nbd": ({"r": 0.52484, "alpha": 6.18309, "a": 0.89136, "b": 1.61400}, -9582.1357),
    "bg_nbd": ({"r": 0.24259, "alpha": 4.4136, "a": 0.79292, "b": 2.42591}, -9582.4292),
}
"""measures.md: CDNOW sample, calibration to 1997-09-30, penalty 0."""


@pytest.fixture
def http(product: Address) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {product.token}"}
    with httpx.Client(base_url=product.base_url, headers=headers, timeout=60) as client:
        yield client


def lines_of_customers() -> Iterator[bytes]:
    for number in sorted({customer for customer, _, _ in sample_lines()}):
        yield json.dumps({"external_id": f"cdnow-{number}", "kind": "individual", "name": f"{number}"}).encode() + b"\n"


def purchases() -> Iterator[dict[str, Any]]:
    for place, (customer, day, dollars) in enumerate(sample_lines()):
        yield {
            "customer_external_id": f"cdnow-{customer}",
            "external_id": f"cdnow-{place}",
            "occurred_at": datetime.combine(day, datetime.min.time(), UTC).isoformat(),
            "currency": "USD",
            "lines": [{"sku": "cd", "category": "music", "quantity": "1", "unit_price": dollars}],
        }


def lines_of_purchases() -> Iterator[bytes]:
    return (json.dumps(purchase).encode() + b"\n" for purchase in purchases())


def until(http: httpx.Client, path: str, *, done: tuple[str, ...]) -> dict[str, Any]:
    end = monotonic() + LIMIT_SECONDS
    while (state := http.get(path).raise_for_status().json())["state"] not in done:
        assert monotonic() < end, state
        sleep(0.5)
    return dict(state)


def load(http: httpx.Client, kind: str, lines: Iterator[bytes]) -> dict[str, Any]:
    accepted = http.post(f"/v1/imports/{kind}", content=lines, headers={"Content-Type": "application/x-ndjson"})
    assert accepted.status_code == 202, accepted.text
    return until(http, accepted.headers["Location"], done=("done", "failed"))


def scored_customers(http: httpx.Client) -> int:
    """Everybody who has a score, page by page."""
    count, cursor = 0, {}
    while True:
        page = http.get("/v1/scores", params={"limit": 200} | cursor).raise_for_status().json()
        count += len(page["items"])
        if page["next_cursor"] is None:
            return count
        cursor = {"cursor": page["next_cursor"]}


@pytest.mark.parametrize("product", shapes(pytest.mark.repeated), indirect=True, scope="session")
def test_the_published_parameters_come_out_of_the_imported_log_and_everybody_is_scored(http):
    before = scored_customers(http)
    customers = load(http, "customers", lines_of_customers())
    assert (customers["state"], customers["lines"]["failed"]) == ("done", 0)
    purchases = load(http, "purchases", lines_of_purchases())
    assert (purchases["state"], purchases["lines"]["failed"]) == ("done", 0)
    wait_for_the_last(http)
    for algorithm, (parameters, log_likelihood) in ACCEPTANCE.items():
        request = {"model": algorithm, "observed_until": "1997-09-30", "penalty": 0}
        fit = until(http, http.post("/v1/models:fit", json=request).headers["Location"], done=("done", "failed"))
        assert fit["problem"] is None
        models = http.get("/v1/models").json()["items"]
        model = next(model for model in models if model["version"] == fit["model_version"])
        assert model["diagnostics"]["customers"] == CUSTOMERS
        assert model["diagnostics"]["log_likelihood"] == pytest.approx(log_likelihood, abs=5e-4)
        for name, value in parameters.items():
            assert model["parameters"]["purchase"][name] == pytest.approx(value, rel=1e-4), (algorithm, name)
    assert scored_customers(http) - before == CUSTOMERS


def wait_for_the_last(http: httpx.Client) -> None:
    """A repeated purchase answers with the event of the first time; what a partition holds last is scored last.

    The last customers of the file are enough to meet every partition.
    """
    last = {purchase["customer_external_id"]: purchase for purchase in purchases()}
    for purchase in list(last.values())[-200:]:
        known = http.post("/v1/purchases", json=purchase)
        assert known.status_code == 200, known.text
        event, customer = known.headers["Heed-Event"], known.json()["customer_id"]
        end = monotonic() + LIMIT_SECONDS
        while http.get(f"/v1/scores/{customer}", params={"after": event}).status_code == 503:
            assert monotonic() < end
