"""An entry names an operation and ids, and nothing that a caller wrote."""

import pytest

from heed_common.audit.entries import action_of, created_id, ids_in_path

ONE, TWO = "01954f9e-7e3a-7000-8000-000000000001", "01954f9e-7e3a-7000-8000-000000000002"


@pytest.mark.parametrize(
    ("path", "ids"),
    [
        ("/v1/customers", []),
        (f"/v1/customers/{ONE}", [ONE]),
        (f"/v1/customers/{ONE}/contacts/{TWO}", [ONE, TWO]),
        (f"/v1/webhooks/{ONE}:rotate-secret", [ONE]),
        (f"/v1/surveys/{ONE}/responses.csv", [ONE]),
        ("/v1/customers/by-external-id/Zhang Wei", []),
        (f"/v1/customers/by-external-id/x{ONE}", []),
    ],
)
def test_only_ids_of_the_path_are_taken(path, ids):
    assert ids_in_path(path) == ids


def test_the_action_is_the_route_and_never_the_path():
    assert action_of("PUT", "/v1/sla/policies/{name}", "/v1/sla/policies/Zhang Wei") == "PUT /v1/sla/policies/{name}"
    assert action_of("GET", "/v1/customers.{file_format}", "/v1/customers.csv") == "GET /v1/customers.csv"


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (201, f'{{"id":"{ONE}","name":"x"}}', ONE),
        (200, f'{{"id":"{ONE}"}}', None),
        (201, f'{{"name":"x","id":"{ONE}"}}', None),
        (201, f'{{"id":"{"-" * 36}"}}', None),
        (201, "", None),
    ],
)
def test_what_was_created_is_what_the_response_begins_with(status, body, expected):
    assert created_id(status, body.encode()) == expected
