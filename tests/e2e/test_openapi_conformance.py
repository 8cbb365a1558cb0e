"""Every operation of the OpenAPI document, under generated requests: no 500, no response outside its schema.

Requests are valid and invalid ones, about what the operator's product holds and about nothing that is there. A part of
them runs each time, many more of them in `make test-all`.
"""

import hmac
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from tests.e2e import operator_data
from tests.e2e.operator_data import FUTURE, PAST, OperatorData
from tests.e2e.product import EmbeddedProduct

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "interfaces" / "openapi.json"
SCHEMA = schemathesis.openapi.from_path(DOCUMENT)
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}
CHECKS = [response_schema_conformance, content_type_conformance, status_code_conformance]
MAIL_KEY = "between the gateway and the complaint desk"
MAIL_PATH = "/v1/intake/mail"
REQUEST_SECONDS = 60
CONDITIONAL = ("PUT", "PATCH", "DELETE")
UNAVAILABLE = {"score_not_current"}
"""Allowed bodies of a 503: the event that was waited for has not arrived, as generated ids never do."""
FILLED_IN: Mapping[str, str] = {
    "occurred_at": PAST,
    "valid_from": PAST,
    "valid_until": FUTURE,
    "promised_by": FUTURE,
    "due_at": FUTURE,
    "currency": "USD",
}


class Caller(requests.auth.AuthBase):
    """The owner's token on every request, and the gateway's signature on mails."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        if request.path_url.startswith(MAIL_PATH):
            body = request.body or b""
            sent_at = str(int(time.time()))
            signed = sent_at.encode() + b"." + (body.encode() if isinstance(body, str) else body)
            request.headers["Heed-Timestamp"] = sent_at
            request.headers["Heed-Signature"] = hmac.new(MAIL_KEY.encode(), signed, "sha256").hexdigest()
        return request


class Operator:
    """The product, a session with it, and what it holds."""

    def __init__(self, product: EmbeddedProduct, session: requests.Session, data: OperatorData) -> None:
        self._product, self._session, self.data = product, session, data

    def check(self, case: Case) -> None:
        """Send the request and judge the response."""
        response = case.call(base_url=self._product.base_url, session=self._session, timeout=REQUEST_SECONDS)
        is_expected = response.status_code == 503 and response.json()["code"] in UNAVAILABLE
        assert response.status_code < 500 or is_expected, f"{case.as_curl_command()}\n{response.text}"
        case.validate_response(response, checks=CHECKS)

    def fill_in(self, case: Case) -> None:
        """Let the request be about what is there, as far as its body and conditions decide it."""
        if case.method in CONDITIONAL:
            case.headers = {**(case.headers or {}), "If-Match": "*"}
        if isinstance(case.body, dict):
            known: dict[str, Any] = {**self.data.ids, **FILLED_IN}
            case.body = {name: known.get(name, value) for name, value in case.body.items()}


@pytest.fixture(scope="module")
def operator() -> Iterator[Operator]:
    limits = {"HEED_INTAKE_RATE_LIMIT_PER_CLIENT": "10000", "HEED_INTAKE_RATE_LIMIT_TOTAL": "1000000"}
    product = EmbeddedProduct(HEED_INTAKE_MAIL_SECRET=MAIL_KEY, **limits)
    product.start_limit_seconds = 240.0
    try:
        product.start()
        headers = {"Authorization": f"Bearer {product.token}"}
        with (
            httpx.Client(base_url=product.base_url, headers=headers, timeout=REQUEST_SECONDS) as client,
            requests.Session() as session,
        ):
            session.auth = Caller(product.token)
            yield Operator(product, session, operator_data.create(client))
        assert product.stop() == 0
    finally:
        product.remove()


@pytest.mark.parametrize("label", OPERATIONS)
def test_whatever_is_sent_is_answered_as_documented(operator, label, repetitions):
    operation = OPERATIONS[label]
    known = operator.data.path_parameters(operation.path)
    strategies = {
        mode: operation.as_strategy(generation_mode=mode, path_parameters=known or None) for mode in GenerationMode
    }

    def run(strategy: Any, *, about_what_is_there: bool) -> None:
        @seed(1)
        @settings(
            max_examples=repetitions(quick=1, full=10),
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=strategy)
        def answered_as_documented(case: Case) -> None:
            if about_what_is_there:
                operator.fill_in(case)
            operator.check(case)

        answered_as_documented()

    run(strategies[GenerationMode.POSITIVE], about_what_is_there=True)
    run(strategies[GenerationMode.NEGATIVE], about_what_is_there=False)
    if known:
        run(operation.as_strategy(), about_what_is_there=False)


def test_what_is_sent_again_with_its_external_id_is_answered_as_documented(operator):
    bodies = {
        "/v1/customers": {"kind": "individual", "name": "Ann", "external_id": "known"},
        "/v1/complaints": operator_data.COMPLAINT | {"external_id": "known"},
        "/v1/referrals": {"customer_id": operator.data.ids["customer_id"], "external_id": "known", "occurred_at": PAST},
    }
    for path, body in bodies.items():
        operation = OPERATIONS[f"POST {path}"]
        for _ in range(2):
            operator.check(operation.Case(body=body, media_type="application/json"))
