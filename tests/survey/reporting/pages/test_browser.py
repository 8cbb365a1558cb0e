"""The report in a real browser: on a desk, on a phone and on paper, in both languages."""

from uuid import uuid4

import pytest
import pytest_asyncio

from tests.browsers import SCREENSHOTS, check_page, chromium, open_page, serve
from tests.survey.call_backs.facts.cases import Case, receive
from tests.survey.reporting.studies import create_repair_study, freeze, people, publish, store

pytestmark = [pytest.mark.asyncio, pytest.mark.alone]

PAPER = {"width": 680, "height": 960}
"""The printed area of an A4 page, in pixels."""
DESK = {"width": 1280, "height": 900}


@pytest_asyncio.fixture
async def browser():
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture
async def address(app):
    async with serve(app) as address:
        yield address


@pytest_asyncio.fixture
async def path(client, survey_database):
    """Address of the public page of a study of two waves."""
    survey_id = await create_repair_study(client)
    waves = ["2026-1"] * 90 + ["2026-2"] * 150
    flags = [["speeding"] if number % 20 == 0 else [] for number in range(240)]
    await store(survey_database, survey_id, people(240), wave=waves, flags=flags)
    published = await publish(client, await freeze(client, survey_id, for_public=True))
    return published.json()["public_url"].removeprefix("https://heed.example")


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
async def test_the_page_is_readable_on_a_desk_on_a_phone_and_on_paper(browser, address, path, locale):
    requests = []
    for name, options in (("desk", {"viewport": DESK, "device_scale_factor": 1}), ("phone", {"is_mobile": True})):
        async with open_page(browser, address, locale=locale, **options) as page:
            page.on("request", lambda request: requests.append(request.url))
            await page.goto(path)
            await check_page(page, f"report-{locale}-{name}")
            if name == "desk":
                await page.pdf(path=SCREENSHOTS / f"report-{locale}.pdf", prefer_css_page_size=True)
    async with open_page(browser, address, locale=locale, viewport=PAPER, device_scale_factor=1) as page:
        await page.emulate_media(media="print")
        await page.goto(path)
        await page.screenshot(path=SCREENSHOTS / f"report-{locale}-paper.png", full_page=True)
        width = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width <= 0
        assert await page.get_by_role("link").count() == 0
    assert requests == [f"{address}{path}"] * 2


async def test_the_page_is_readable_in_the_dark_and_when_zoomed(browser, address, path):
    async with open_page(browser, address, color_scheme="dark") as page:
        await page.goto(path)
        await check_page(page, "report-dark")
    async with open_page(browser, address, viewport={"width": 320, "height": 256}) as page:
        await page.goto(path)
        await check_page(page, "report-zoomed")


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
async def test_words_and_facts_are_readable_on_a_phone_and_on_a_desk(browser, address, client, survey_database, locale):
    survey_id = await create_repair_study(client)
    cases = [Case(uuid4()).promise(day=-5, met=row % 3 > 0).complete(day=-4, within=row % 2 > 0) for row in range(90)]
    await receive(survey_database, *(event for case in cases for event in case.events))
    customers = [case.fields["customer_id"] for case in cases]
    await store(survey_database, survey_id, people(90), customer_id=customers)
    headers = {"Accept": "text/html", "Accept-Language": locale}
    content = (await client.get(f"/v1/surveys/{survey_id}/report", headers=headers)).text
    for name, options in (("desk", {"viewport": DESK, "device_scale_factor": 1}), ("phone", {"is_mobile": True})):
        async with open_page(browser, address, locale=locale, **options) as page:
            await page.set_content(content)
            await page.get_by_role("heading", name="评价与事实" if locale == "zh-CN" else "Words and facts").wait_for()
            await check_page(page, f"report-facts-{locale}-{name}")


async def test_the_language_is_changed_by_the_link(browser, address, path):
    async with open_page(browser, address, locale="en-GB") as page:
        await page.goto(path)
        await page.get_by_role("link", name="中文").click()
        await page.get_by_role("heading", name="要点").wait_for()
        assert await page.get_by_role("heading", name="At a glance").count() == 0
        await page.get_by_role("link", name="English").click()
        await page.get_by_role("heading", name="At a glance").wait_for()
        assert await page.get_by_role("heading", name="要点").count() == 0
