"""Service points: their description, and the purchases at them."""

import pytest

from tests.customer.factories import buy, make_return, register

pytestmark = pytest.mark.asyncio
PATH = "/v1/customers/service-points"
OFFICE = {"time_zone": "Asia/Shanghai", "hours": {"mon": [["09:00", "12:00"], ["13:30", "18:00"]], "sat": []}}


def make_service_point(**overrides):
    return {
        "name": {"en": "North workshop", "zh": "北区维修站"},
        "kind": "own",
        "units": [{"code": "body", "name": {"zh": "钣金"}}],
        "address": "1 Harbour Road",
        "calendar": OFFICE | {"holidays": {"country": "CN", "off": ["2026-12-24"]}},
    } | overrides


async def put(client, code="north", *, if_match=None, **overrides):
    headers = {} if if_match is None else {"If-Match": if_match}
    return await client.put(f"{PATH}/{code}", json=make_service_point(**overrides), headers=headers)


async def test_a_service_point_is_created_read_and_replaced(client):
    created = await put(client)
    assert (created.status_code, created.headers["ETag"]) == (201, '"1"')
    read = await client.get(f"{PATH}/north")
    assert read.json() == created.json()
    assert read.json()["calendar"]["hours"]["mon"] == [["09:00", "12:00"], ["13:30", "18:00"]]
    replaced = await put(client, if_match='"1"', active=False, calendar={"always": True})
    assert (replaced.status_code, replaced.headers["ETag"]) == (200, '"2"')
    assert (replaced.json()["active"], replaced.json()["calendar"]) == (False, {"always": True})


async def test_the_same_content_again_makes_no_new_revision(client):
    await put(client)
    assert (await put(client, if_match='"1"')).json()["revision"] == 1


async def test_an_existing_service_point_is_replaced_only_by_callers_who_have_read_it(client):
    await put(client)
    assert (await put(client)).status_code == 428
    assert (await put(client, if_match='"7"')).status_code == 412
    assert (await put(client, "south", if_match='"1"')).status_code == 412


async def test_service_points_are_listed_by_code_and_filtered(client):
    for code, kind in (("west", "dealer"), ("east", "own"), ("north", "dealer")):
        await put(client, code, kind=kind)
    first = (await client.get(PATH, params={"limit": 2})).json()
    assert [item["code"] for item in first["items"]] == ["east", "north"]
    rest = (await client.get(PATH, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [item["code"] for item in rest["items"]] == ["west"]
    dealers = (await client.get(PATH, params={"kind": "dealer", "active": True})).json()
    assert [item["code"] for item in dealers["items"]] == ["north", "west"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": {}},
        {"kind": "franchise"},
        {"calendar": {}},
        {"calendar": {"always": True, "time_zone": "UTC"}},
        {"calendar": OFFICE | {"time_zone": "Mars/Olympus"}},
        {"calendar": OFFICE | {"hours": {"mon": [["18:00", "09:00"]]}}},
        {"calendar": OFFICE | {"hours": {"mon": [["09:00", "12:00"], ["11:00", "13:00"]]}}},
        {"calendar": OFFICE | {"hours": {"mon": [["9", "12:00"]]}}},
        {"calendar": OFFICE | {"hours": {"monday": []}}},
        {"units": [{"code": "body"}]},
    ],
)
async def test_invalid_content_is_refused_with_its_location(client, wrong):
    response = await put(client, **wrong)
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"].startswith(f"/{next(iter(wrong))}")
    assert (await client.get(f"{PATH}/north")).status_code == 404


async def test_a_day_may_be_open_until_midnight(client):
    until_midnight = OFFICE | {"hours": {"mon": [["18:00", "24:00"], ["00:00", "06:00"]]}}
    assert (await put(client, calendar=until_midnight)).status_code == 201


async def test_purchases_and_returns_are_counted_by_month_and_kind(client):
    ann, bob = str(await register(client)), str(await register(client))
    purchase = await buy(client, customer_id=ann, service_point_id="north")
    await buy(client, customer_id=bob, service_point_id="north")
    await buy(client, customer_id=bob, service_point_id="north", kind="service", occurred_at="2026-02-10T10:00:00Z")
    await buy(client, customer_id=bob)
    returned = await client.post(f"/v1/purchases/{purchase['id']}/returns", json=make_return())
    assert returned.status_code == 201
    await put(client)
    counted = (await client.get(f"{PATH}/north/touchpoints")).json()
    assert counted["name"] == {"en": "North workshop", "zh": "北区维修站"}
    names = ("month", "kind", "customers", "purchases", "gross", "returned_purchases", "returned_gross")
    assert [tuple(item[name] for name in names) for item in counted["items"]] == [
        ("2026-03", "goods", 2, 2, "59.9400", 1, "9.9900"),
        ("2026-02", "service", 1, 1, "29.9700", 0, "0"),
    ]
    february = await client.get(f"{PATH}/north/touchpoints", params={"to": "2026-03-01T00:00:00Z"})
    assert [item["month"] for item in february.json()["items"]] == ["2026-02"]


async def test_a_code_that_only_purchases_use_is_counted_without_a_name(client):
    await buy(client, service_point_id="kiosk 7")
    counted = (await client.get(f"{PATH}/kiosk%207/touchpoints")).json()
    assert (counted["name"], counted["items"][0]["purchases"]) == (None, 1)
