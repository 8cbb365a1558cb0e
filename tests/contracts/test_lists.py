"""Every list of every service is a file with the same filters, and is filtered by what its items have."""

import json
from pathlib import Path

import pytest

DOCUMENT = json.loads((Path(__file__).resolve().parents[2] / "docs" / "interfaces" / "openapi.json").read_text())
FORMAT = ".{file_format}"
PART_OF_A_DOCUMENT = (
    "/v1/imports/customers/{import_id}",
    "/v1/imports/purchases/{import_id}",
    "/v1/portfolio/value-at-risk",
)
"""Pages within a larger document: the errors of an import have a list of their own, the report has its own files."""
EXPECTED = ("external_id", "customer_id", "state", "severity", "category", "channel", "owner", "tier", "band")
"""Fields by which every list of things that have them is filtered."""
OF_ONE_THING = "{"
"""A list below one complaint, customer or incident is short: it is read as a whole."""
NOT_FILTERED = {
    ("/v1/complaints/catalogue", "category"): "the category is the name of each entry, and the list is short",
    ("/v1/complaints/corrections", "category"): "there are few, listed by owner and whether they are done",
    ("/v1/complaints/incidents", "category"): "there are few, listed by state",
    ("/v1/customers/promises", "customer_id"): "those of one customer are a list below the customer",
    ("/v1/messages", "customer_id"): "those of one customer are a list below the customer",
    ("/v1/surveys/call-backs", "customer_id"): "the list has what is due now",
    ("/v1/webhooks", "customer_id"): "there are few; of most it is empty",
    ("/v1/portfolio/next-actions", "customer_id"): "that of one customer is `/v1/scores/{customer_id}/next-action`",
}


def resolve(schema):
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def names(operation):
    return {parameter["name"] for parameter in operation["parameters"] if "name" in parameter}


def lists():
    """Each list with its operation."""
    operations = ((path, item["get"]) for path, item in DOCUMENT["paths"].items() if "get" in item)
    return [(path, one) for path, one in operations if "cursor" in names({"parameters": one.get("parameters", [])})
            and path not in PART_OF_A_DOCUMENT and not path.endswith(".{kind}") and path != "/v1/events"]  # fmt: skip


def fields(operation):
    page = resolve(operation["responses"]["200"]["content"]["application/json"]["schema"])
    return set(resolve(page["properties"]["items"]["items"])["properties"])


@pytest.mark.parametrize(("path", "operation"), lists(), ids=[path for path, _ in lists()])
def test_a_list_has_a_file_and_filters_for_what_its_items_have(path, operation):
    file = DOCUMENT["paths"][path + FORMAT]["get"]
    assert names(file) == names(operation) - {"cursor", "limit"} | {"file_format"}
    assert {"text/csv; charset=utf-8", "application/x-ndjson"} <= file["responses"]["200"]["content"].keys()
    assert file["security"] == operation["security"]
    if OF_ONE_THING not in path:
        missing = fields(operation).intersection(EXPECTED) - names(operation)
        assert missing == {name for listed, name in NOT_FILTERED if listed == path}


def test_there_are_many_lists_and_a_filter_of_several_values_is_written_in_one_way():
    assert len(lists()) > 60
    several = [
        parameter
        for _, operation in lists()
        for parameter in operation["parameters"]
        if parameter.get("in") == "query" and parameter["schema"].get("type") == "array"
    ]
    assert len(several) > 40
    for parameter in several:
        assert parameter["schema"]["maxItems"] <= 100, parameter["name"]
        assert parameter.get("explode", True), parameter["name"]
