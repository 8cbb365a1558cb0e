"""A person without an account complains with the form."""

import asyncio
import re
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
from sqlalchemy import text

from heed_common.auth.scopes import SCOPES
from heed_common.metrics import Metrics
from heed_common.resources import Resources
from heed_complaint.app import create_app
from heed_complaint.settings import Settings
from tests.app_cache import laid_out
from tests.common.sample_app import make_client, make_token
from tests.complaint.factories.complaints import staged_events

pytestmark = pytest.mark.asyncio

FORM = "/v1/intake/form"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
ATTACK = "<script>alert('x')</script>\"'&"
BAD = [
    ({"category": "weather"}, "/category"),
    ({"category": None}, "/category"),
    ({"category": ["billing"]}, "/category"),
    ({"description": " "}, "/description"),
    ({"description": "a" * 10_001}, "/description"),
    ({"description": "a\x00b"}, "/description"),
    ({"kind": "rant"}, "/kind"),
    ({"kind": "unvoiced_grievance"}, "/kind"),
    ({"occurred_on": "2026-03-03"}, "/occurred_on"),
    ({"occurred_on": "0001-01-01"}, "/occurred_on"),
    ({"occurred_on": "1969-12-31"}, "/occurred_on"),
    ({"occurred_on": "yesterday"}, "/occurred_on"),
    ({"occurred_on": "2026-02-30"}, "/occurred_on"),
    ({"occurred_on": 20260302}, "/occurred_on"),
    ({"product": "x" * 201}, "/product"),
    ({"name": "x" * 201}, "/name"),
    ({"contact": "a" * 201}, "/contact"),
    ({"key": "short"}, "/key"),
    ({"key": "k" * 15}, "/key"),
    ({"language": "fr"}, "/language"),
    ({"customer_id": "01954f9e-7e3a-7000-8000-000000000001"}, "/customer_id"),
    ({"confidential": True}, "/confidential"),
]


def make_form(**overrides):
    given = {"category": "billing", "description": "Charged twice"} | overrides
    return {name: value for name, value in given.items() if value is not None}


async def submit(anonymous, **overrides):
    answer = await anonymous.post(FORM, json=make_form(**overrides))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def complaints(client):
    return (await client.get("/v1/complaints")).json()["items"]


def fields(page):
    """Return the fields that a browser would send for the untouched form."""
    inputs = [dict(re.findall(r'(\w+)="([^"]*)"', tag)) for tag in re.findall(r"<input ([^>]*)>", page)]
    return {each["name"]: unescape(each.get("value", "")) for each in inputs}


async def test_the_form_opens_a_complaint_of_an_unknown_customer(client, anonymous):
    answer = await submit(anonymous, kind="enquiry", product="Order 7", occurred_on="2026-03-01")
    assert re.fullmatch(r"/c/[\w-]{32}", answer["status_link"])
    (complaint,) = await complaints(client)
    assert (complaint["customer_id"], complaint["channel"], complaint["severity"]) == (None, "web", "minor")
    assert (complaint["kind"], complaint["product"], complaint["state"]) == ("enquiry", "Order 7", "received")
    assert complaint["occurred_at"] == "2026-03-01T12:00:00.000000Z"
    history = (await client.get(f"/v1/complaints/{complaint['id']}/history")).json()["items"]
    assert (history[0]["action"], history[0]["by"]) == ("open", "intake:form")


async def test_the_link_leads_to_the_status(anonymous):
    link = (await submit(anonymous))["status_link"]
    answer = await anonymous.get(link, headers={"Accept": "application/json"})
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["category"]) == ("received", "Billing")


async def test_reading_a_contact_requires_the_contacts_scope(app, client, anonymous, complaint_database, clock):
    await submit(anonymous, name="Li Wei", contact="li.wei@example.org", language="zh")
    (complaint,) = await complaints(client)
    path = f"/v1/complaints/{complaint['id']}/contact"
    assert (await client.get(path)).json() == {"name": "Li Wei", "address": "li.wei@example.org", "language": "zh"}
    assert "li.wei" not in (await client.get(f"/v1/complaints/{complaint['id']}")).text
    assert "li.wei" not in (await client.get(f"/v1/complaints/{complaint['id']}/history")).text
    async with complaint_database.transaction() as session:
        events = await staged_events(session)
    assert events
    assert not any("Wei" in event.model_dump_json() or "wei" in event.model_dump_json() for event in events)
    token = await make_token(complaint_database, now=clock.now(), scopes=SCOPES - {"contacts:read"})
    async with make_client(app, token) as clerk:
        refused = await clerk.get(path)
    assert (refused.status_code, refused.json()["scope"]) == (403, "contacts:read")


async def test_a_form_without_contact_has_no_address(client, anonymous):
    await submit(anonymous)
    (complaint,) = await complaints(client)
    contact = (await client.get(f"/v1/complaints/{complaint['id']}/contact")).json()
    assert contact == {"name": None, "address": None, "language": "en"}


async def test_a_form_that_is_sent_twice_opens_one_complaint_and_both_links_lead_to_it(client, anonymous):
    links = [(await submit(anonymous, key="k" * 20))["status_link"] for _ in range(2)]
    assert len(await complaints(client)) == 1
    assert links[0] != links[1]
    for link in links:
        assert (await anonymous.get(link)).status_code == 200


async def test_concurrent_submissions_with_one_key_open_one_complaint(client, anonymous):
    answers = await asyncio.gather(*(anonymous.post(FORM, json=make_form(key="k" * 20)) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.json()["status_link"] for answer in answers}) == 4
    assert len(await complaints(client)) == 1


@pytest.mark.parametrize("contact", [None, "a@example.org"])
async def test_two_people_with_the_same_text_have_a_complaint_each(client, anonymous, contact):
    first, second = [(await submit(anonymous, contact=contact))["status_link"] for _ in range(2)]
    assert len(await complaints(client)) == 2
    written = await anonymous.post(f"{first}/messages", json={"text": "Only mine"})
    assert written.status_code == 201
    shown = [(await anonymous.get(link, headers={"Accept": "application/json"})).json() for link in (first, second)]
    assert [len(status["messages"]) for status in shown] == [1, 0]


async def test_guessing_the_text_without_the_key_gives_no_link_to_the_complaint(client, anonymous):
    await submit(anonymous, key="k" * 20, contact="a@example.org")
    for guess in ({}, {"key": "l" * 20}):
        link = (await submit(anonymous, contact="a@example.org", **guess))["status_link"]
        await anonymous.post(f"{link}/messages", json={"text": "Who are you?"})
    first, *_ = sorted(await complaints(client), key=lambda complaint: complaint["id"])
    assert (await client.get(f"/v1/complaints/{first['id']}/messages")).json()["items"] == []
    assert len(await complaints(client)) == 3


async def test_forms_with_the_same_text_are_listed_as_likely_duplicates(client, anonymous):
    for _ in range(2):
        await submit(anonymous, contact="a@example.org", description="The kettle leaks when it boils")
    first, second = await complaints(client)
    found = (await client.get(f"/v1/complaints/{first['id']}/duplicates")).json()["items"]
    assert second["id"] in str(found)


async def test_the_key_may_be_an_idempotency_key_header_and_no_response_is_stored(
    client, anonymous, complaint_database
):
    header = {"Idempotency-Key": "h" * 16}
    for _ in range(2):
        answer = await anonymous.post(FORM, json=make_form(), headers=header)
        assert answer.status_code == 201
    assert len(await complaints(client)) == 1
    strangers = make_form(description="My own words")
    assert (await anonymous.post(FORM, json=strangers, headers=header)).status_code == 201
    assert len(await complaints(client)) == 2
    async with complaint_database.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM idempotency")) == 0


@pytest.mark.parametrize("key", ["1", "h" * 15, "h" * 256])
async def test_a_guessable_key_is_refused(client, anonymous, key):
    answer = await anonymous.post(FORM, json=make_form(), headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["code"]) == (422, "key_too_short")
    assert await complaints(client) == []


async def test_a_used_key_with_other_content_is_refused(anonymous):
    await submit(anonymous, key="k" * 20)
    answer = await anonymous.post(FORM, json=make_form(key="k" * 20, description="Something else"))
    assert (answer.status_code, answer.json()["code"]) == (409, "form_sent_before")


async def test_the_token_of_a_link_is_stored_nowhere(anonymous, complaint_database):
    token = (await submit(anonymous))["status_link"].removeprefix("/c/")
    async with complaint_database.transaction() as session:
        tables = list(await session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")))
        stored = {
            table: list(await session.scalars(text(f'SELECT t::text FROM "{table}" t')))  # noqa: S608 from the catalogue
            for table in tables
        }
    assert stored["complaint"]
    for table, rows in stored.items():
        assert not any(token in row or token.encode().hex() in row for row in rows), table


@pytest.mark.parametrize(("overrides", "pointer"), BAD)
async def test_an_invalid_form_is_refused_with_a_pointer_and_opens_nothing(client, anonymous, overrides, pointer):
    answer = await anonymous.post(FORM, json=make_form(**overrides))
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert await complaints(client) == []


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"description": "\\ud800"}', "application/json", 422),
        (b"[]", "application/json", 422),
        (b"description=%ff&category=billing", "application/x-www-form-urlencoded", 422),
        (b"description=%00&category=billing", "application/x-www-form-urlencoded", 422),
        ("description=é&category=billing".encode(), "application/x-www-form-urlencoded", 422),
        (b"&".join(b"a%d=1" % n for n in range(50)), "application/x-www-form-urlencoded", 422),
        (b"<x/>", "application/xml", 415),
        (b"", "application/json", 400),
        (b"x" * 131_073, "application/json", 413),
        (b"x" * 10_485_760, "application/json", 413),
    ],
)
async def test_hostile_bodies_are_refused_with_a_problem(client, anonymous, content, media_type, status):
    answer = await anonymous.post(FORM, content=content, headers={"Content-Type": media_type, "Accept": "*/*"})
    assert answer.status_code == status, answer.text
    assert await complaints(client) == []


async def test_a_machine_in_the_honeypot_opens_nothing_and_gets_the_usual_response(client, anonymous):
    trapped = await anonymous.post(FORM, json=make_form(leave_empty="http://spam.example"))
    honest = await anonymous.post(FORM, json=make_form())
    assert trapped.status_code == honest.status_code == 201
    assert trapped.json().keys() == honest.json().keys()
    assert len(trapped.json()["status_link"]) == len(honest.json()["status_link"])
    assert len(await complaints(client)) == 1


async def test_a_browser_gets_from_the_category_choice_to_the_status_page(client, anonymous):
    first = await anonymous.get(FORM, headers=BROWSER)
    assert first.status_code == 200
    choice = unescape(re.search(r'href="(/v1/intake/form\?category=billing[^"]*)"', first.text)[1])
    page = await anonymous.get(choice, headers=BROWSER)
    filled = fields(page.text) | {"description": "Line one\r\nLine two", "kind": "complaint"}
    answer = await anonymous.post(
        re.search(r'action="(/v1/intake/form[^"]*)"', page.text)[1], data=filled, headers=BROWSER
    )
    assert (answer.status_code, answer.text) == (303, "")
    private = await anonymous.get(answer.headers["location"], headers=BROWSER)
    assert private.status_code == 200
    assert "We have received it." in private.text
    assert (await complaints(client))[0]["description"] == "Line one\nLine two"


async def test_a_refused_form_is_shown_again_with_its_fields(client, anonymous):
    body = urlencode({"category": "billing", "description": ATTACK, "occurred_on": "yesterday", "name": ATTACK})
    answer = await anonymous.post(
        FORM, content=body, headers=BROWSER | {"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("text/html")
    assert "Please look again at: When did it happen?" in unescape(answer.text)
    assert "<script" not in answer.text
    assert unescape(re.search(r"<textarea[^>]*>(.*?)</textarea>", answer.text, re.DOTALL)[1]) == ATTACK
    assert fields(answer.text)["name"] == ATTACK
    assert await complaints(client) == []


async def test_the_form_has_the_requested_language(anonymous):
    by_header = await anonymous.get(FORM, headers=BROWSER | {"Accept-Language": "zh-CN,zh;q=0.9"})
    by_choice = await anonymous.get(FORM, params={"lang": "zh"}, headers=BROWSER)
    for page in (by_header, by_choice):
        assert '<html lang="zh-Hans">' in page.text
        assert "账单" in page.text
    assert '<html lang="en">' in (await anonymous.get(FORM, params={"lang": "xx"}, headers=BROWSER)).text


async def test_pages_run_no_script_load_nothing_and_are_not_cached(anonymous):
    link = (await submit(anonymous))["status_link"]
    for path in (FORM, f"{FORM}?category=billing", link):
        answer = await anonymous.get(path, headers=BROWSER)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert "<script" not in answer.text
        assert 'name="viewport"' in answer.text


async def test_too_many_requests_are_refused_with_retry_after(client, anonymous, clock):
    for number in range(10):
        await submit(anonymous, description=f"Number {number}")
    refused = await anonymous.post(FORM, json=make_form())
    assert (refused.status_code, refused.json()["code"]) == (429, "too_often")
    wait = int(refused.headers["retry-after"])
    assert 0 < wait <= 60
    page = await anonymous.post(FORM, data=make_form(), headers=BROWSER)
    assert (page.status_code, page.headers["retry-after"]) == (429, str(wait))
    assert "Please wait a moment" in page.text
    clock.advance(timedelta(seconds=wait))
    await submit(anonymous)
    assert len(await complaints(client)) == 11


async def test_the_overall_limit_applies_to_all_clients_together(complaint_database, clock):
    settings = Settings(
        database_url="postgresql://nobody@127.0.0.1:1/nothing", intake_rate_limit_total=3, intake_trusted_proxies=1
    )
    app = laid_out(create_app(settings, Resources(complaint_database, clock, Metrics("complaint"))))
    async with make_client(app) as anonymous:
        statuses = [
            (
                await anonymous.post(
                    FORM, json=make_form(description=f"{n}"), headers={"X-Forwarded-For": f"198.51.100.{n}"}
                )
            ).status_code
            for n in range(5)
        ]
    assert statuses == [201, 201, 201, 429, 429]


async def test_reading_the_form_is_not_limited(anonymous):
    for _ in range(15):
        assert (await anonymous.get(FORM)).status_code == 200


async def test_an_unknown_form_field_is_refused(anonymous):
    answer = await anonymous.post(FORM, data=make_form(colour="red"), headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/colour")
