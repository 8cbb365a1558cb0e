import re
from datetime import timedelta

import httpx
import pytest
import pytest_asyncio

from heed_customer.reach.preferences import service
from tests.common.sample_app import make_client
from tests.conftest import NOON
from tests.customer.factories import put_consent, register, staged

pytestmark = pytest.mark.asyncio
HTML = {"Accept": "text/html,application/xhtml+xml"}
JSON = {"Accept": "application/json"}


@pytest_asyncio.fixture
async def browser(app):
    """A client without a token."""
    async with make_client(app) as browser:
        yield browser


async def make_link(database, customer_id) -> str:
    async with database.transaction() as session:
        url = await service.create_preference_link(session, customer_id, NOON, "https://heed.example/")
    return httpx.URL(url).path


async def allowed(browser, path: str) -> dict[tuple[str, str], bool]:
    response = await browser.get(path, headers=JSON)
    assert response.status_code == 200, response.text
    return {(item["purpose"], item["channel"]): item["allowed"] for item in response.json()["items"]}


async def test_each_purpose_and_channel_has_one_button_that_grants_or_withdraws(client, browser, customer_database):
    customer_id = await register(client)
    path = await make_link(customer_database, customer_id)
    page = await browser.get(path, headers=HTML)
    assert page.status_code == 200
    assert page.text.count("<form") == page.text.count("<button") == 3 * 5 + 2
    assert page.text.count(">Withdraw<") == 5
    assert "<script" not in page.text
    action = f"{path}/consents/marketing/mail?lang=en"
    for granted, button in [("true", "Withdraw"), ("false", "Allow")]:
        response = await browser.post(action, data={"granted": granted}, headers=HTML)
        assert (response.status_code, response.headers["location"]) == (303, f"{path}?lang=en")
        page = await browser.get(path, headers=HTML)
        form = re.search(rf'<form method="post" action="{re.escape(action)}".*?</form>', page.text, re.DOTALL)
        assert f">{button}<" in form[0]
        assert (await allowed(browser, path))["marketing", "mail"] is (granted == "true")


async def test_the_page_is_chinese_for_chinese_readers(client, browser, customer_database):
    path = await make_link(customer_database, await register(client))
    page = await browser.get(path, headers=HTML | {"Accept-Language": "zh-CN"})
    assert "撤回" in page.text
    assert 'lang="zh-Hans"' in page.text
    switched = await browser.get(f"{path}?lang=en", headers=HTML | {"Accept-Language": "zh-CN"})
    assert ">Withdraw<" in switched.text


async def test_pages_run_no_script_and_send_no_referrer(client, browser, customer_database):
    path = await make_link(customer_database, await register(client))
    pages = [
        await browser.get(path, headers=HTML),
        await browser.get("/p/unknown", headers=HTML),
        await browser.post(f"{path}/unsubscribe/marketing/mail", data={"List-Unsubscribe": "One-Click"}),
    ]
    for page in pages:
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["content-security-policy"].startswith("default-src 'none'")


async def test_the_page_shows_nothing_personal(client, browser, customer_database):
    customer_id = await register(client, name="Li Wei", external_id="crm-4711")
    await client.post(f"/v1/customers/{customer_id}/contacts", json={"kind": "mail", "value": "li.wei@example.com"})
    await put_consent(client, customer_id, "marketing", "mail", source="Call with Li Wei")
    path = await make_link(customer_database, customer_id)
    for headers in (HTML, JSON):
        page = await browser.get(path, headers=headers)
        assert not any(text in page.text for text in ("Li Wei", "crm-4711", "li.wei", str(customer_id)))


async def test_profiling_is_decided_for_all_channels_at_once(client, browser, customer_database):
    customer_id = await register(client)
    path = await make_link(customer_database, customer_id)
    for granted in (True, False):
        response = await browser.post(f"{path}/consents/profiling/phone", json={"granted": granted}, headers=JSON)
        assert response.status_code == 204
        found = await allowed(browser, path)
        assert {value for (purpose, _), value in found.items() if purpose == "profiling"} == {granted}


async def test_a_decision_on_the_page_is_in_the_history_and_published(client, browser, customer_database):
    customer_id = await register(client)
    path = await make_link(customer_database, customer_id)
    await browser.post(f"{path}/consents/survey/sms", json={"granted": True})
    history = (await client.get(f"/v1/customers/{customer_id}/consents/history")).json()["items"]
    assert [(item["source"], item["recorded_by"]) for item in history] == [("preference_page", "customer")]
    assert (await staged(customer_database))[-1].type == "heed.consent.changed.v1"


FORM = "application/x-www-form-urlencoded"
BOUNDARY = b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'


@pytest.mark.parametrize(
    ("content_type", "body"), [(FORM, b"List-Unsubscribe=One-Click"), ("multipart/form-data; boundary=x", BOUNDARY)]
)
async def test_one_click_unsubscribes_from_one_channel_of_one_purpose(
    client, browser, customer_database, content_type, body
):
    customer_id = await register(client)
    for channel in ("mail", "sms"):
        await put_consent(client, customer_id, "marketing", channel)
    path = await make_link(customer_database, customer_id)
    for _ in range(2):
        response = await browser.post(
            f"{path}/unsubscribe/marketing/mail", content=body, headers={"Content-Type": content_type}
        )
        assert response.status_code == 200, response.text
    found = await allowed(browser, path)
    assert (found["marketing", "mail"], found["marketing", "sms"]) == (False, True)
    assert len(await staged(customer_database, "heed.consent.changed")) == 3


async def test_opening_the_link_or_sending_another_form_unsubscribes_no_one(client, browser, customer_database):
    customer_id = await register(client)
    await put_consent(client, customer_id, "marketing", "mail")
    path = await make_link(customer_database, customer_id)
    opened = await browser.get(f"{path}/unsubscribe/marketing/mail")
    assert (opened.status_code, opened.headers["location"]) == (303, path)
    bodies = [(FORM, b""), (FORM, b"List-Unsubscribe=no"), (FORM, b"a=b&" * 100), ("multipart/form-data", b"\xff")]
    for content_type, body in bodies:
        response = await browser.post(
            f"{path}/unsubscribe/marketing/mail", content=body, headers={"Content-Type": content_type} | JSON
        )
        assert (response.status_code, response.json()["code"]) == (422, "not_one_click")
    assert (await allowed(browser, path))["marketing", "mail"]


async def test_an_unknown_or_expired_link_shows_nothing(client, browser, customer_database, clock):
    path = await make_link(customer_database, await register(client))
    unknown = await browser.get("/p/AAAA", headers=JSON)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "link_unknown")
    page = await browser.get("/p/AAAA", headers=HTML | {"Accept-Language": "zh"})
    assert (page.status_code, "此链接无效" in page.text) == (404, True)
    clock.advance(timedelta(days=180))
    for response in (
        await browser.get(path, headers=JSON),
        await browser.post(f"{path}/consents/marketing/mail", json={"granted": True}, headers=JSON),
        await browser.post(f"{path}/unsubscribe/marketing/mail", data={"List-Unsubscribe": "One-Click"}, headers=JSON),
    ):
        assert (response.status_code, response.json()["code"]) == (410, "link_expired")


async def test_an_invalid_decision_is_a_problem(client, browser, customer_database):
    path = await make_link(customer_database, await register(client))
    for body in ({}, {"granted": "perhaps"}, {"granted": True, "more": 1}):
        response = await browser.post(f"{path}/consents/marketing/mail", json=body, headers=JSON)
        assert response.status_code == 422
    response = await browser.post(f"{path}/consents/gossip/mail", json={"granted": True}, headers=JSON)
    assert response.status_code == 422
    assert not await staged(customer_database, "heed.consent")


async def test_too_many_decisions_of_one_client_have_to_wait(client, browser, customer_database):
    path = await make_link(customer_database, await register(client))
    codes = [
        (
            await browser.post(f"{path}/consents/survey/mail", json={"granted": number % 2 == 0}, headers=JSON)
        ).status_code
        for number in range(61)
    ]
    assert codes == [204] * 60 + [429]
    again = await browser.post(f"{path}/consents/survey/mail", data={"granted": "true"}, headers=HTML)
    assert (again.status_code, again.headers["retry-after"].isdigit()) == (429, True)


async def test_only_the_hash_of_the_token_is_stored(client, customer_database):
    path = await make_link(customer_database, await register(client))
    token = path.rpartition("/")[2]
    assert len(token) * 6 >= 128
    async with customer_database.engine.connect() as connection:
        rows = (await connection.exec_driver_sql("SELECT * FROM preference_link")).all()
    assert len(rows) == 1
    assert token not in str(rows[0])
