"""The list of complaints: filters, order, pages and files."""

import json
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from heed_common.auth.scopes import SCOPES
from heed_common.contracts.complaint import Severity
from heed_complaint.lifecycle.transitions.rules import Action
from heed_complaint.workforce.priority_queue import repository
from tests.common.sample_app import make_client, make_token
from tests.complaint.core.test_customers import make_merge
from tests.complaint.factories.complaints import move, open_complaint
from tests.complaint.factories.events import make_outlook, make_score, take_in
from tests.conftest import NOON

pytestmark = pytest.mark.asyncio

PATH = "/v1/complaints"
DAY = timedelta(days=1)
COMPLAINTS = {
    "a": {"received_at": NOON - 3 * DAY, "severity": Severity.CRITICAL, "product": "kettle"},
    "b": {"received_at": NOON - DAY, "category": "delivery.late", "channel": "web", "service_point_id": "s-1"},
    "c": {"received_at": NOON - 2 * DAY, "severity": Severity.MINOR, "confidential": True},
    "d": {"category": "billing", "channel": "mail"},
}
"""By external id, in the order in which they are opened."""
FILTERS = [
    ({}, "d c b a"),
    ({"external_id": ["a", "c", "x"]}, "c a"),
    ({"customer_id": ["a", "d"]}, "d a"),
    ({"state": ["accepted", "declined"]}, "b a"),
    ({"state": "received", "channel": "mail"}, "d"),
    ({"severity": ["critical", "minor"]}, "c a"),
    ({"category": ["delivery", "billing"], "kind": "complaint"}, "d b"),
    ({"kind": "enquiry"}, ""),
    ({"service_point_id": "s-1", "severity": "major"}, "b"),
    ({"owner": ["nobody"]}, ""),
    ({"queue": "none"}, ""),
    ({"tier": ["A", "D"], "band": "critical"}, "b"),
    ({"from": "2026-02-28T12:00:00Z"}, "d b c"),
    ({"from": "2026-02-27T12:00:00Z", "to": "2026-03-01T12:00:00Z"}, "c a"),
    ({"sort": "-expected_value_saved"}, "a d c b"),
    ({"sort": "-expected_value_saved", "from": "2026-02-28T12:00:00Z"}, "d b c"),
    ({"sort": "-expected_value_saved", "severity": ["minor", "critical"]}, "a c"),
]
WRONG = [
    ({"state": "open"}, "/state/0"),
    ({"severity": ["major,minor"]}, "/severity/0"),
    ({"channel": "fax"}, "/channel/0"),
    ({"tier": "E"}, "/tier/0"),
    ({"band": ""}, "/band/0"),
    ({"from": "2026-03-02"}, "/from"),
    ({"from": "2026-03-02T00:00:00Z", "to": "2026-03-01T00:00:00Z"}, "/to"),
    ({"states": "accepted"}, "/states"),
    ({"sort": ["-opened_at", "-opened_at"]}, "/sort"),
    ({"category": ["x"] * 101}, "/category"),
    ({"external_id": "x" * 201}, "/external_id/0"),
]


@pytest_asyncio.fixture
async def customers(complaint_database):
    """The customers of the complaints, by external id."""
    async with complaint_database.transaction() as session:
        cases = {
            name: await open_complaint(session, now=NOON, external_id=name, customer_id=uuid4(), **given)
            for name, given in COMPLAINTS.items()
        }
        for name, action in (("a", Action.ACCEPT), ("b", Action.DECLINE)):
            await move(session, cases[name], action, now=NOON)
        ids = {name: case.complaint.customer_id for name, case in cases.items()}
        await take_in(
            session,
            make_score(ids["a"], complaints=[make_outlook(cases["a"].complaint.id)]),
            make_score(ids["b"], tier="A"),
        )
    return {name: str(customer_id) for name, customer_id in ids.items()}


async def files(client, params):
    """The external ids of the file, which has what the pages of one have."""
    response = await client.get(f"{PATH}.ndjson", params=params)
    assert response.status_code == 200, response.text
    found = [json.loads(line)["external_id"] for line in response.text.splitlines()]
    paged, cursor = [], None
    while cursor or not paged:
        page = await client.get(PATH, params=params | {"limit": 1} | ({"cursor": cursor} if cursor else {}))
        assert page.status_code == 200, page.text
        cursor = page.json()["next_cursor"]
        paged += [item["external_id"] for item in page.json()["items"]] or ["none"]
    assert paged == (found or ["none"])
    return found


async def test_i_want_to_find_complaints_that_meet_all_filters(client, customers):
    for params, expected in FILTERS:
        query = {name: [customers[one] for one in given] if name == "customer_id" else given
                 for name, given in params.items()}  # fmt: skip
        assert await files(client, query) == expected.split(), params


async def test_a_duplicate_has_the_tier_of_its_survivor_among_few_and_many(
    client, complaint_database, customers, monkeypatch
):
    """The complaint's own customer once had another one."""
    survivor = uuid4()
    async with complaint_database.transaction() as session:
        await take_in(session, make_merge(UUID(customers["b"]), survivor), make_score(survivor, tier="C"))
    for few in (repository.FEW_CUSTOMERS, 0):
        monkeypatch.setattr(repository, "FEW_CUSTOMERS", few)
        assert await files(client, {"tier": "C"}) == ["b"]
        assert await files(client, {"tier": ["A", "D"]}) == []
        assert await files(client, {"tier": ["B", "C"], "band": "critical"}) == ["b", "a"]


async def test_no_filter_and_no_file_shows_a_confidential_complaint(app, complaint_database, clock, customers):
    scopes = frozenset(scope for scope in SCOPES if "confidential" not in scope)
    token = await make_token(complaint_database, now=clock.now(), scopes=scopes)
    async with make_client(app, token) as client:
        for params, expected in FILTERS:
            if "customer_id" not in params:
                assert await files(client, params) == [name for name in expected.split() if name != "c"], params
        csv = await client.get(f"{PATH}.csv", params={"external_id": "c"})
        assert len(csv.text.splitlines()) == 1


async def test_a_wrong_filter_gets_an_error_that_names_it(client):
    for path in (PATH, f"{PATH}.csv"):
        for params, pointer in WRONG:
            response = await client.get(path, params=params)
            assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, pointer), params
