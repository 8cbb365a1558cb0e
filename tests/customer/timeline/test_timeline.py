"""The timeline of a customer over HTTP."""

from datetime import timedelta
from uuid import uuid4

import pytest

from heed_common.contracts.complaint import ComplaintAmended, ComplaintClosed, ComplaintStatus
from tests.common.sample_app import make_client, make_token
from tests.complaint.factories.events import make_score
from tests.conftest import NOON
from tests.customer.events import make_complaint, receive, receive_own
from tests.customer.factories import buy, merge, post_merge, register
from tests.scoring.factories import make_response, received

pytestmark = pytest.mark.asyncio
HOUR = timedelta(hours=1)
CHINESE = {"Accept-Language": "zh"}


async def get_timeline(client, customer_id, **params):
    headers = params.pop("headers", {})
    response = await client.get(f"/v1/customers/{customer_id}/timeline", params=params, headers=headers)
    assert response.status_code == 200, response.text
    return response.json()


async def types(client, customer_id, **params):
    items = (await get_timeline(client, customer_id, **params))["items"]
    return [item["type"].removeprefix("heed.").removesuffix(".v1") for item in items]


async def record(database, *events):
    async with database.transaction() as session:
        await receive(session, *events)


async def test_events_of_all_services_are_in_one_list_newest_first(client, customer_database):
    ann = await register(client)
    await buy(client, customer_id=str(ann), occurred_at="2026-03-01T10:00:00Z")
    await receive_own(customer_database)
    await record(
        customer_database,
        received(make_score(ann, occurred_at=NOON + 3 * HOUR)),
        received(make_complaint(ann, occurred_at=NOON + HOUR)),
        received(make_response(ann, occurred_at=NOON + 2 * HOUR)),
    )
    items = (await get_timeline(client, ann))["items"]
    assert [item["service"] for item in items] == ["scoring", "survey", "complaint", "customer", "customer"]
    assert items[2]["title"] == "Complaint opened: service (attitude), major"
    assert items[2]["link"] == f"/v1/complaints/{items[2]['subject']}"
    assert [item["at"] for item in items] == sorted((item["at"] for item in items), reverse=True)


async def test_titles_are_in_chinese_on_request(client, customer_database):
    ann = await register(client)
    await record(customer_database, received(make_complaint(ann)))
    (item,) = (await get_timeline(client, ann, headers=CHINESE))["items"]
    assert item["title"] == "投诉已提交：服务 (attitude)，严重"


async def test_types_and_time_filter_the_list(client, customer_database):
    ann = await register(client)
    opened = make_complaint(ann, occurred_at=NOON)
    closed = make_complaint(
        ann,
        kind=ComplaintClosed,
        complaint_id=opened.complaint_id,
        occurred_at=NOON + HOUR,
        state=ComplaintStatus.CLOSED,
    )
    score = make_score(ann, occurred_at=NOON + 2 * HOUR)
    await record(customer_database, received(opened), received(closed, aggversion=2), received(score))
    assert await types(client, ann, type=["complaint.opened", "score.changed"]) == ["score.changed", "complaint.opened"]
    assert await types(client, ann, type="complaint") == ["complaint.closed", "complaint.opened"]
    assert await types(client, ann, **{"from": (NOON + HOUR).isoformat()}) == ["score.changed", "complaint.closed"]
    assert await types(client, ann, to=(NOON + HOUR).isoformat()) == ["complaint.opened"]


async def test_an_unknown_type_is_refused(client):
    ann = await register(client)
    response = await client.get(f"/v1/customers/{ann}/timeline", params={"type": "complaint.exploded"})
    assert response.status_code == 422
    (error,) = response.json()["errors"]
    assert (error["in"], error["pointer"]) == ("query", "/type/0")
    assert "exploded" not in response.text.replace("/timeline", "")


async def test_pages_are_complete_while_entries_are_added(client, customer_database):
    ann = await register(client)
    events = [received(make_complaint(ann, occurred_at=NOON + HOUR * (number // 2))) for number in range(7)]
    await record(customer_database, *events)
    page, seen = await get_timeline(client, ann, limit=2), []
    while True:
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        await record(customer_database, received(make_complaint(ann, occurred_at=NOON + 99 * HOUR)))
        page = await get_timeline(client, ann, limit=2, cursor=page["next_cursor"])
    expected = sorted(events, key=lambda event: (event.event.occurred_at, event.id), reverse=True)
    assert seen == [str(event.id) for event in expected]


async def test_the_family_of_merged_customers_has_one_timeline_until_it_is_unmerged(client, customer_database):
    ann, anna, annie = [await register(client) for _ in range(3)]
    await record(customer_database, *(received(make_complaint(customer)) for customer in (ann, anna, annie)))
    await merge(client, anna, into=ann)
    await merge(client, annie, into=anna)
    whole = await get_timeline(client, ann)
    assert {item["customer_id"] for item in whole["items"]} == {str(ann), str(anna), str(annie)}
    assert await get_timeline(client, anna) == await get_timeline(client, annie) == whole
    assert (await post_merge(client, "unmerge", ann, anna)).status_code == 200
    assert {item["customer_id"] for item in (await get_timeline(client, ann))["items"]} == {str(ann)}
    assert {item["customer_id"] for item in (await get_timeline(client, annie))["items"]} == {str(anna), str(annie)}


async def test_confidential_complaints_are_hidden_from_callers_who_may_not_read_them(
    app, client, customer_database, clock
):
    ann, opened = await register(client), make_complaint(uuid4())
    opened = opened.model_copy(update={"customer_id": ann})
    answer = make_response(ann, complaint_id=opened.complaint_id)
    marked = make_complaint(
        ann, kind=ComplaintAmended, complaint_id=opened.complaint_id, confidential=True, changed=("confidential",)
    )
    unknown = make_response(ann, complaint_id=uuid4())
    await record(
        customer_database, received(opened), received(answer), received(make_complaint(ann)), received(unknown)
    )
    token = await make_token(customer_database, scopes=frozenset({"customers:read"}), now=clock.now())
    async with make_client(app, token) as other:
        assert len(await types(other, ann)) == 3
        await record(customer_database, received(marked, aggversion=2))
        assert await types(other, ann) == ["complaint.opened"]
    assert len(await types(client, ann)) == 5


async def test_the_timeline_is_also_a_file(client, customer_database):
    ann = await register(client)
    await record(customer_database, *(received(make_complaint(ann, occurred_at=NOON + n * HOUR)) for n in range(3)))
    response = await client.get(f"/v1/customers/{ann}/timeline.ndjson", params={"type": "complaint"}, headers=CHINESE)
    assert response.status_code == 200
    assert len(response.text.splitlines()) == 3
    assert "投诉已提交" in response.text


async def test_an_unknown_customer_has_no_timeline(client):
    response = await client.get(f"/v1/customers/{uuid4()}/timeline")
    assert (response.status_code, response.json()["code"]) == (404, "customer_not_found")
