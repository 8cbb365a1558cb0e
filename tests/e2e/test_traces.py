"""One trace from a request through all services, as a collector sees it."""

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest

from tests.e2e.conftest import Address
from tests.e2e.test_loop import complain
from tests.e2e.test_walk import Caller
from tests.otlp_receiver import Collector, ReceivedSpan

SERVER, CLIENT, PRODUCER, CONSUMER = 2, 3, 4, 5
pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def collector(product: Address) -> Collector:
    if product.collector is None:
        pytest.skip("a product that is named exports to a collector of its own")
    return product.collector


@pytest.fixture
def caller(product: Address) -> Iterator[Caller]:
    headers = {"Authorization": f"Bearer {product.token}"}
    with httpx.Client(base_url=product.base_url, headers=headers, timeout=40) as http:
        yield Caller(http)


def hops(spans: list[ReceivedSpan], parent: str) -> dict[tuple[str, str, int], ReceivedSpan]:
    return {(span.service, span.name, span.kind): span for span in spans if span.parent == parent}


def test_a_complaint_is_one_trace_from_the_caller_to_the_services_that_hear_its_score(caller, collector):
    customer_id = caller.post("/v1/customers", {"kind": "individual", "name": "Li Na"}).json()["id"]
    trace_id, own_span = uuid4().hex, uuid4().hex[:16]
    caller.http.headers["traceparent"] = f"00-{trace_id}-{own_span}-01"
    opened = complain(caller, customer_id)
    del caller.http.headers["traceparent"]
    caller.score(customer_id, after=opened)

    def has_arrived() -> bool:
        heard = [span.service for span in collector.of_trace(trace_id) if span.name == "process heed.scoring"]
        return {"heed-customer", "heed-complaint"} <= set(heard)

    collector.wait_for(has_arrived)
    spans = collector.of_trace(trace_id)
    request = hops(spans, own_span)["heed-complaint", "POST /v1/complaints", SERVER]
    assert request.attributes["http.response.status_code"] == 201
    published = hops(spans, request.id)["heed-complaint", "send heed.complaint", PRODUCER]
    processed = hops(spans, published.id)
    scored = processed["heed-scoring", "process heed.complaint", CONSUMER]
    assert {service for service, _, _ in processed} >= {"heed-customer", "heed-survey", "heed-scoring"}
    score = hops(spans, scored.id)["heed-scoring", "send heed.scoring", PRODUCER]
    heard = {service for service, name, _ in hops(spans, score.id) if name == "process heed.scoring"}
    assert heard >= {"heed-customer", "heed-complaint"}
    assert [(span.service, span.name, span.attributes) for span in spans if span.failed] == []
    shown = [span.name for span in spans] + [str(value) for span in spans for value in span.attributes.values()]
    assert all(customer_id not in text and opened.json()["id"] not in text for text in shown)


def test_a_request_without_a_sampled_trace_is_not_exported(caller, collector):
    caller.post("/v1/customers", {"kind": "individual", "name": "Li Na"})
    trace_id = uuid4().hex
    caller.http.get("/v1/customers?limit=1", headers={"traceparent": f"00-{trace_id}-{uuid4().hex[:16]}-01"})
    collector.wait_for(lambda: bool(collector.of_trace(trace_id)))
    names = [span.name for span in collector.spans]
    assert "GET /v1/customers" in names
    assert "POST /v1/customers" not in names
