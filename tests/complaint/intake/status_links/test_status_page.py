"""The status page behind a private link."""

import re
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from sqlalchemy import text

from heed_common.contracts.complaint import ComplaintStatus
from heed_complaint.intake.status_links.texts import STATUS_TEXTS
from tests.complaint.test_api import moved, opened

pytestmark = pytest.mark.asyncio

AS_JSON = {"Accept": "application/json"}
BROWSER = {"Accept": "text/html,*/*;q=0.8"}
ATTACK = "<img src=x onerror=alert(1)></div><script>alert(1)</script>"


async def link_to(client, complaint):
    answer = await client.post(f"/v1/complaints/{complaint['id']}/links")
    assert answer.status_code == 201, answer.text
    return answer.json()["status_link"]


async def look(anonymous, link, **headers):
    answer = await anonymous.get(link, headers=AS_JSON | headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def write(client, complaint, text, visibility="customer"):
    path = f"/v1/complaints/{complaint['id']}/messages"
    assert (await client.post(path, json={"visibility": visibility, "text": text})).status_code == 201


async def test_the_customer_sees_state_promise_and_messages_and_nothing_of_the_blame(client, anonymous):
    complaint = await opened(client, category="delivery", description="Never came")
    link = await link_to(client, complaint)
    complaint = await moved(
        client,
        complaint,
        {"action": "accept", "note": "A known liar"},
        {"action": "contact"},
        {"action": "commit", "promise": "A new one", "promised_by": "2026-03-06T12:00:00Z"},
    )
    status = await look(anonymous, link)
    assert (status["state"], status["category"]) == ("committed", "Delivery")
    assert (status["promise"], status["promised_by"]) == ("A new one", "2026-03-06T12:00:00.000000Z")
    await write(client, complaint, "It is on its way")
    await write(client, complaint, "He is a liar", "internal")
    await moved(
        client,
        complaint,
        {"action": "complete", "resolution": "Gave in", "cause": "misuse", "responsibility": "customer"},
    )
    for answer in (await anonymous.get(link, headers=AS_JSON), await anonymous.get(link, headers=BROWSER)):
        assert "It is on its way" in answer.text
        for hidden in ("liar", "misuse", "responsib", "Gave in", complaint["id"], complaint["customer_id"]):
            assert hidden not in answer.text


async def test_the_page_has_both_languages(client, anonymous):
    link = await link_to(client, await opened(client, category="billing"))
    chinese = await anonymous.get(link, headers=BROWSER | {"Accept-Language": "zh-CN"})
    assert "我们已经收到" in chinese.text
    assert "账单" in chinese.text
    assert "We have received it." in (await anonymous.get(f"{link}?lang=en", headers={"Accept-Language": "zh"})).text
    assert (await look(anonymous, f"{link}?lang=zh"))["label"] == "我们已经收到。"


async def test_every_state_has_a_text_in_both_languages():
    for state in ComplaintStatus:
        assert STATUS_TEXTS[state].keys() == {"en", "zh"}


async def test_the_status_shows_that_the_customer_is_waited_for(client, anonymous):
    complaint = await opened(client)
    link = await link_to(client, complaint)
    await moved(client, complaint, {"action": "accept"}, {"action": "wait_for_customer", "reason": "Serial number"})
    assert (await look(anonymous, link))["state"] == "waiting_for_you"


async def test_a_merged_complaint_shows_the_status_of_its_survivor(client, anonymous):
    survivor, duplicate = await opened(client), await opened(client)
    link = await link_to(client, duplicate)
    path = f"/v1/complaints/{survivor['id']}/merge"
    assert (await client.post(path, json={"duplicate_id": duplicate["id"]})).status_code == 200
    await moved(client, survivor, {"action": "accept"})
    status = await look(anonymous, link)
    assert (status["state"], status["handled_together"]) == ("accepted", True)
    page = (await anonymous.get(link, headers=BROWSER)).text
    assert "handled together with another report" in page
    assert survivor["id"] not in page


async def test_of_a_confidential_complaint_only_the_state_is_shown(client, anonymous):
    complaint = await opened(client, category="staff", confidential=True)
    link = await link_to(client, complaint)
    await moved(client, complaint, {"action": "accept"})
    await write(client, complaint, "About your boss")
    status = await look(anonymous, link)
    assert status.pop("state") == "accepted"
    assert status.pop("label")
    assert status.pop("language") == "en"
    assert status.pop("handled_together") is False
    assert set(map(str, status.values())) == {"None", "[]"}
    page = (await anonymous.get(link, headers=BROWSER)).text
    assert not any(word in page for word in ("boss", "Staff", "<form"))
    refused = await anonymous.post(f"{link}/messages", json={"text": "More about it"})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_over_this_link")


async def test_messages_are_shown_as_text_and_never_as_markup(client, anonymous):
    complaint = await opened(client)
    link = await link_to(client, complaint)
    await moved(
        client,
        complaint,
        *({"action": "accept"}, {"action": "contact"}),
        {"action": "commit", "promise": ATTACK, "promised_by": "2026-03-06T12:00:00Z"},
    )
    await write(client, complaint, ATTACK)
    page = await anonymous.get(link, headers=BROWSER)
    assert not re.search(r"<(script|img)", page.text)
    assert unescape(page.text).count(ATTACK) == 2


async def test_a_reply_that_is_sent_repeatedly_is_stored_once(client, anonymous):
    complaint = await opened(client)
    link = await link_to(client, complaint)
    page = await anonymous.get(link, headers=BROWSER)
    key = re.search(r'name="key" value="([^"]+)"', page.text)[1]
    for _ in range(2):
        answer = await anonymous.post(f"{link}/messages?lang=en", data={"text": ATTACK, "key": key}, headers=BROWSER)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{link}?lang=en")
    (message,) = (await client.get(f"/v1/complaints/{complaint['id']}/messages")).json()["items"]
    assert (message["author"], message["visibility"], message["text"]) == ("customer", "customer", ATTACK)
    assert (await look(anonymous, link))["messages"][0]["author"] == "customer"


async def test_the_same_reply_sent_twice_without_a_key_is_stored_twice(client, anonymous):
    complaint = await opened(client)
    link = await link_to(client, complaint)
    header = {"Idempotency-Key": "1"}
    for headers in ({}, {}, header, header):
        assert (await anonymous.post(f"{link}/messages", json={"text": "Yes."}, headers=headers)).status_code == 201
    assert len((await client.get(f"/v1/complaints/{complaint['id']}/messages")).json()["items"]) == 3


@pytest.mark.parametrize("body", [{}, {"text": " "}, {"text": "a" * 10_001}, {"text": "a\x00"}, {"by": "x"}, []])
async def test_a_reply_without_text_is_refused(client, anonymous, body):
    link = await link_to(client, await opened(client))
    assert (await anonymous.post(f"{link}/messages", json=body)).status_code == 422


async def test_replies_are_rate_limited_like_forms(client, anonymous):
    link = await link_to(client, await opened(client))
    statuses = [(await anonymous.post(f"{link}/messages", json={"text": f"{n}"})).status_code for n in range(11)]
    assert statuses == [201] * 10 + [429]


async def test_an_unknown_link_is_not_found(anonymous):
    for token in ("x", "a" * 32, "a" * 5000, "%ff", "..%2f.."):
        answer = await anonymous.get(f"/c/{token}")
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    page = await anonymous.get("/c/unknown", headers=BROWSER | {"Accept-Language": "zh"})
    assert (page.status_code, "此链接无效" in page.text) == (404, True)
    assert (await anonymous.post("/c/unknown/messages", json={"text": "x"})).status_code == 404


async def test_a_link_expires(client, anonymous, clock):
    link = await link_to(client, await opened(client))
    clock.advance(timedelta(days=179))
    assert (await anonymous.get(link)).status_code == 200
    clock.advance(timedelta(days=1))
    expired = await anonymous.get(link)
    assert (expired.status_code, expired.json()["code"]) == (410, "link_expired")
    assert (await anonymous.post(f"{link}/messages", json={"text": "x"})).status_code == 410
    page = await anonymous.get(link, headers=BROWSER)
    assert (page.status_code, "has expired" in page.text) == (410, True)


async def test_agents_can_revoke_all_links_of_a_complaint(client, anonymous):
    complaint = await opened(client)
    links = [await link_to(client, complaint) for _ in range(2)]
    assert (await client.delete(f"/v1/complaints/{complaint['id']}/links")).status_code == 204
    for link in links:
        assert (await anonymous.get(link)).status_code == 404
    history = (await client.get(f"/v1/complaints/{complaint['id']}/history")).json()["items"]
    assert history[-1]["action"] == "end_links"


async def test_responses_with_a_link_are_not_stored_for_replay(client, complaint_database):
    path = f"/v1/complaints/{(await opened(client))['id']}/links"
    links = [(await client.post(path, headers={"Idempotency-Key": "k"})).json()["status_link"] for _ in range(2)]
    assert links[0] != links[1]
    async with complaint_database.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM idempotency")) == 0


async def test_links_are_created_by_agents_for_existing_complaints(client, anonymous):
    path = f"/v1/complaints/{uuid4()}/links"
    assert (await client.post(path)).status_code == 404
    assert (await client.delete(path)).status_code == 404
    assert (await anonymous.post(path)).status_code == 401


async def test_pages_leak_the_link_neither_by_referrer_nor_by_cache(client, anonymous):
    link = await link_to(client, await opened(client))
    for headers in (BROWSER, AS_JSON):
        answer = await anonymous.get(link, headers=headers)
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
