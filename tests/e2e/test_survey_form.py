"""A browser at the form of the running product: what it loads, and what the pages allow and leave behind."""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browsers import PHONE, find_chromium
from tests.e2e.conftest import Address
from tests.survey.collection.browser import HIDDEN

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

ITEMS = [
    {"code": "overall", "text": {"en": "How was it?", "zh": "怎么样？"}, "measure": "satisfaction"}
    | {"scale": {"lowest": 1, "highest": 5}, "required": True},
    {"code": "why", "text": {"en": "Why?", "zh": "为什么？"}, "measure": "other", "type": "text"},
]
CLIENTS = 20


@pytest.fixture
def caller(product: Address) -> Any:
    headers = {"Authorization": f"Bearer {product.token}"}
    with httpx.Client(base_url=product.base_url, headers=headers, timeout=60) as client:
        yield client


def create_survey(caller: httpx.Client) -> tuple[str, str]:
    """Return the id of a published survey, and the path of an open link to it."""
    draft = caller.post("/v1/surveys", json={"title": {"en": "Visit", "zh": "到店"}, "items": ITEMS})
    assert draft.status_code == 201, draft.text
    survey_id = draft.json()["id"]
    assert caller.post(f"/v1/surveys/{survey_id}/publish").status_code == 200
    link = caller.post(f"/v1/surveys/{survey_id}/open-links", json={"service_point_id": "shop-7"})
    assert link.status_code == 201, link.text
    return survey_id, urlsplit(link.json()["url"]).path


def responses(caller: httpx.Client, survey_id: str) -> list[dict[str, Any]]:
    return list(caller.get(f"/v1/surveys/{survey_id}/responses").json()["items"])


def answer(browser: Browser, address: str, path: str) -> tuple[list[str], list[dict[str, str]]]:
    """Answer in the browser; return the addresses that were requested, and the headers of the pages."""
    context = browser.new_context(viewport=PHONE, locale="en-GB", base_url=address)  # type: ignore[arg-type]
    page, requested, pages = context.new_page(), [], []
    page.on("request", lambda request: requested.append(request.url))
    page.on("response", lambda response: pages.append(response.headers))
    page.goto(path)
    page.get_by_role("button", name="Send my answers").click()
    expect(page.locator(".summary")).to_be_focused()
    page.get_by_label("4", exact=True).check()
    page.get_by_role("button", name="Send my answers").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    context.close()
    return requested, pages


def test_the_form_loads_nothing_from_elsewhere_and_leaves_nothing_behind(
    product: Address, caller: httpx.Client
) -> None:
    survey_id, path = create_survey(caller)
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=arguments)
        requested, pages = answer(browser, product.base_url, path)
        browser.close()
    assert len(pages) == len(requested) >= 4
    assert {urlsplit(each).netloc for each in requested} == {urlsplit(product.base_url).netloc}
    for headers in pages:
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert "set-cookie" not in headers
        if headers.get("content-type", "").startswith("text/html"):
            assert headers["content-security-policy"].startswith("default-src 'none'")
            assert "unsafe" not in headers["content-security-policy"]
    assert [response["answers"] for response in responses(caller, survey_id)] == [{"overall": 4}]


def test_one_loaded_page_sent_by_twenty_clients_at_once_is_one_response(product: Address, caller: httpx.Client) -> None:
    survey_id, path = create_survey(caller)
    html = {"Accept": "text/html"}
    loaded = httpx.get(f"{product.base_url}{path}", headers=html, timeout=60)
    fields = urlencode([*HIDDEN.findall(loaded.text), ("action", "next"), ("q.overall", "5")])
    headers = html | {"Content-Type": "application/x-www-form-urlencoded"}

    def send(_: int) -> int:
        return httpx.post(f"{product.base_url}{path}", content=fields, headers=headers, timeout=60).status_code

    with ThreadPoolExecutor(CLIENTS) as pool:
        statuses = sorted(pool.map(send, range(CLIENTS)))
    assert statuses == [303] + [410] * (CLIENTS - 1)
    assert [response["answers"] for response in responses(caller, survey_id)] == [{"overall": 5}]
