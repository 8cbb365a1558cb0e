"""Lists of what customers bought and returned, of contacts and referrals: filters, order, pages and files."""

import csv
import io
import json

import pytest
import pytest_asyncio
from sqlalchemy import select, text

from heed_common.identifiers import new_id
from heed_common.newest_first import newest_first
from heed_common.time_ranges import TimeRange
from heed_customer.commerce.purchases.tables import Purchase
from tests.conftest import NOON
from tests.customer.factories import buy, make_interaction, make_return, merge, register

pytestmark = pytest.mark.asyncio

ANA, BO, DUPLICATE = "ana", "bo", "an"
PURCHASES, RETURNS = "/v1/purchases", "/v1/purchases/returns"
INTERACTIONS, REFERRALS = "/v1/interactions", "/v1/referrals"
FILTERS = [
    (PURCHASES, {"customer_id": ANA}, "p3 p2 p1"),
    (PURCHASES, {"customer_id": [ANA, BO]}, "p4 p3 p2 p1"),
    (PURCHASES, {"external_id": ["p1", "p4", "none"]}, "p4 p1"),
    (PURCHASES, {"from": "2026-02-11T10:00:00Z", "to": "2026-02-13T10:00:00Z"}, "p3 p1"),
    (PURCHASES, {"to": "2026-02-11T18:00:00+08:00"}, "p4"),
    (PURCHASES, {"kind": ["service", "goods"], "customer_id": BO}, "p4"),
    (PURCHASES, {"service_point_id": "s-1"}, "p2"),
    (RETURNS, {"customer_id": ANA}, "r2 r1"),
    (RETURNS, {"external_id": "r2"}, "r2"),
    (RETURNS, {"reason": ["late", "other"]}, "r2"),
    (RETURNS, {"from": "2026-02-14T00:00:00Z"}, "r2 r1"),
    (INTERACTIONS, {"customer_id": DUPLICATE, "channel": ["phone", "web"]}, "i2 i1"),
    (INTERACTIONS, {"channel": "web"}, "i2"),
    (INTERACTIONS, {"campaign": "summer"}, "i3"),
    (INTERACTIONS, {"kind": "advice", "external_id": ["i1", "i3"]}, "i3 i1"),
    (INTERACTIONS, {"from": "2026-02-12T09:00:00Z"}, "i3 i1"),
    (REFERRALS, {"customer_id": ANA}, "f1"),
    (REFERRALS, {"referred_customer_id": BO}, "f1"),
    (REFERRALS, {"external_id": "f1", "to": "2026-02-12T00:00:00Z"}, ""),
]
"""List, filters, and the external ids of what it has."""
WRONG = [
    ({"since": "2026-02-11T10:00:00Z"}, "/since", "is not known here"),
    ({"from": "2026-02-12T00:00:00Z", "to": "2026-02-11T00:00:00Z"}, "/to", "must not be before `from`"),
    ({"from": "2026-02-12T00:00:00"}, "/from", "needs a time zone: an offset or Z"),
    ({"from": "yesterday"}, "/from", "must be a moment of RFC 3339, such as 2026-03-02T12:00:00Z"),
    ({"kind": ["goods", "goods,service"]}, "/kind/1", "must be one of 'goods' or 'service'"),
    ({"customer_id": "ana"}, "/customer_id/0", "must be an id in the form of a UUID"),
    ({"limit": [1, 2]}, "/limit", "may be given once"),
    ({"from": ["2026-02-12T00:00:00Z", "2026-02-11T00:00:00Z"]}, "/from", "may be given once"),
    ({"external_id": [f"p{number}" for number in range(101)]}, "/external_id", "may have at most 100 items"),
]
"""Parameters, and the pointer and detail of the error."""


@pytest_asyncio.fixture
async def ids(client):
    """Two customers, a duplicate of one, and what they did; later recorded is not later done."""
    ids = {name: str(await register(client, external_id=name)) for name in (ANA, BO, DUPLICATE)}
    ids["p1"] = (await buy(client, external_id="p1", customer_id=ids[ANA], occurred_at="2026-02-11T10:00:00Z"))["id"]
    ids["p2"] = (
        await buy(client, external_id="p2", customer_id=ids[ANA], occurred_at="2026-02-13T10:00:00Z",
                  service_point_id="s-1", kind="service")
    )["id"]  # fmt: skip
    ids["p3"] = (await buy(client, external_id="p3", customer_id=ids[DUPLICATE], occurred_at="2026-02-12T10:00:00Z"))[
        "id"
    ]
    ids["p4"] = (await buy(client, external_id="p4", customer_id=ids[BO], occurred_at="2026-02-01T10:00:00Z"))["id"]
    rows = [
        (f"{PURCHASES}/{ids['p1']}/returns", make_return(external_id="r1", occurred_at="2026-02-14T10:00:00Z")),
        (
            f"{PURCHASES}/{ids['p3']}/returns",
            make_return(external_id="r2", occurred_at="2026-02-15T10:00:00Z", reason="late"),
        ),
        (INTERACTIONS, make_interaction(external_id="i1", customer_id=ids[ANA], occurred_at="2026-02-12T10:00:00Z")),
        (
            INTERACTIONS,
            make_interaction(
                external_id="i2", customer_id=ids[DUPLICATE], channel="web", occurred_at="2026-02-11T09:00:00Z"
            ),
        ),
        (INTERACTIONS, make_interaction(external_id="i3", customer_id=ids[BO], campaign="summer")),
        (
            REFERRALS,
            {
                "external_id": "f1", "customer_id": ids[DUPLICATE], "referred_customer_id": ids[BO],
                "occurred_at": "2026-02-12T09:00:00Z",
            },
        ),
    ]  # fmt: skip
    for path, body in rows:
        response = await client.post(path, json=body)
        assert response.status_code == 201, response.text
    await merge(client, ids[DUPLICATE], into=ids[ANA])
    return ids


def with_ids(params, ids):
    """The filters with the ids of the named customers."""
    named = {name: [value] if isinstance(value, str) else value for name, value in params.items()}
    return {
        name: [ids[one] for one in values] if name.endswith("customer_id") else values for name, values in named.items()
    }


async def test_i_want_to_find_what_meets_all_filters_and_one_value_of_each(client, ids):
    """In pages of one too, and as a file."""
    for path, params, expected in FILTERS:
        query = with_ids(params, ids)
        response = await client.get(f"{path}.ndjson", params=query)
        assert response.status_code == 200, response.text
        found = [json.loads(line) for line in response.text.splitlines()]
        assert [item["external_id"] for item in found] == expected.split(), (path, params)
        paged, cursor = [], ""
        while cursor is not None:
            page = (await client.get(path, params=query | {"limit": 1} | ({"cursor": cursor} if cursor else {}))).json()
            paged, cursor = [*paged, *page["items"]], page["next_cursor"]
        assert paged == found


async def test_a_wrong_filter_gets_an_error_that_names_it(client):
    for path in (PURCHASES, f"{PURCHASES}.csv"):
        wrong = WRONG if path == PURCHASES else [case for case in WRONG if "limit" not in case[0]]
        for params, pointer, detail in wrong:
            response = await client.get(path, params=params)
            assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")
            error = response.json()["errors"][0]
            assert (error["pointer"], error["detail"], error["in"]) == (pointer, detail, "query")
    for path in (PURCHASES, RETURNS, INTERACTIONS, REFERRALS):
        unknown = await client.get(path, params={"customer_id": str(new_id())})
        assert (unknown.status_code, unknown.json()["code"]) == (404, "customer_not_found")


async def test_a_list_within_an_item_is_one_cell_of_its_file(client, ids):
    for path, name in ((PURCHASES, "p1"), (RETURNS, "r1")):
        file = (await client.get(f"{path}.csv", params={"external_id": name})).text.removeprefix("\ufeff")
        (row,) = csv.DictReader(io.StringIO(file))
        (item,) = (await client.get(path, params={"external_id": name})).json()["items"]
        assert (json.loads(row["lines"]), list(row)) == (item["lines"], list(item))


async def test_the_returns_of_a_purchase_are_listed(client, ids):
    found = (await client.get(f"{PURCHASES}/{ids['p1']}/returns")).json()["items"]
    assert [item["external_id"] for item in found] == ["r1"]
    assert (await client.get(f"{PURCHASES}/{ids['p2']}/returns")).json()["items"] == []
    assert (await client.get(f"{PURCHASES}/{new_id()}/returns")).json()["code"] == "purchase_not_found"


async def test_a_cursor_of_the_other_order_is_refused_and_pages_stay_while_purchases_are_recorded(client, ids):
    params = {"from": "2026-01-01T00:00:00Z", "limit": 2}
    first = (await client.get(PURCHASES, params=params)).json()
    await buy(client, customer_id=ids[BO], occurred_at="2026-02-15T10:00:00Z")
    rest = (await client.get(PURCHASES, params=params | {"cursor": first["next_cursor"]})).json()
    seen = [item["external_id"] for item in [*first["items"], *rest["items"]]]
    assert seen == ["p2", "p3", "p1", "p4"]
    other = await client.get(PURCHASES, params={"cursor": first["next_cursor"]})
    assert (other.status_code, other.json()["code"]) == (422, "cursor_invalid")


async def test_an_index_has_the_range_and_the_order(session):
    """With sorting switched off PostgreSQL sorts only where no index has the order."""
    for switch in ("enable_sort", "enable_seqscan", "enable_bitmapscan"):
        await session.execute(text(f"SET LOCAL {switch} = off"))
    times = TimeRange(since=NOON, until=NOON)
    page = newest_first(
        select(Purchase.id), times, moment=Purchase.occurred_at, row_id=Purchase.id, after=(NOON, new_id()), limit=51
    )
    compiled = page.compile(session.bind, compile_kwargs={"literal_binds": True})
    plan = "\n".join(await session.scalars(text(f"EXPLAIN {compiled}")))
    assert "Sort" not in plan
    assert "ix_purchase_occurred_at_id" in plan
    assert "Index Cond: ((occurred_at >=" in plan
    assert "Filter" not in plan
