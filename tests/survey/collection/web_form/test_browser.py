"""The form in a real browser: on a phone, by keyboard, zoomed, in both languages, with and without JavaScript."""

from uuid import uuid4

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect
from sqlalchemy import text

from heed_survey.invitations.links.rules import LinkKind
from tests.browsers import ZOOMED, check_page, chromium, open_page, serve
from tests.survey.collection.browser import Respondent, create_link, create_tour
from tests.survey.collection.web_form.test_refusals import publish_revision
from tests.survey.factories import STUDY

pytestmark = [pytest.mark.asyncio, pytest.mark.alone]

WORDS = {
    "en-GB": {"next": "Next", "send": "Send my answers", "thanks": "Thank you", "back": "Back", "other": "中文"},
    "zh-CN": {"next": "下一页", "send": "提交", "thanks": "感谢您的参与", "back": "上一页", "other": "English"},
}
ANSWERS = {
    "overall": 2,
    "trouble": ["late"],
    "recommend": 7,
    "where": "home",
    "day": {"functional": "like", "dysfunctional": "live_with"},
    "prompt": {"expectation": 7, "perception": 3},
    "tidy": 4,
    "quality": {"own": 9, "competitor": 10},
    "speed": 5,
    "visits": 3,
    "price": 12.5,
    "free": "茶 & <b>tea</b>",
}


@pytest_asyncio.fixture
async def browser():
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture
async def address(app):
    async with serve(app) as address:
        yield address


async def stored_answers(database) -> list[dict]:
    async with database.transaction() as session:
        return list(await session.scalars(text("SELECT answers FROM response")))


def choice(page: Page, name: str, value: str):
    return page.locator(f'label.choice:has(input[name="q.{name}"][value="{value}"])')


async def choose(page: Page, **values: str) -> None:
    """Touch the choices; `day__functional` is a part of an answer."""
    for name, value in values.items():
        await choice(page, name.replace("__", "."), value).tap()


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name, exact=True).tap()


@pytest.mark.parametrize("java_script", [True, False], ids=["with-javascript", "without-javascript"])
@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
async def test_the_form_is_filled_in_on_a_phone(client, survey_database, clock, browser, address, locale, java_script):
    token = await create_link(survey_database, clock, await create_tour(client))
    words, requests = WORDS[locale], []
    options = {"locale": locale, "java_script_enabled": java_script, "has_touch": True, "is_mobile": True}
    async with open_page(browser, address, **options) as page:

        async def look(name: str) -> None:
            if java_script:
                await check_page(page, f"form-{locale}-{name}")

        page.on("request", lambda request: requests.append(request.url))
        await page.goto(f"/s/{token}")
        await look("1")
        await choose(page, overall="2", recommend="7")
        await press(page, words["next"])
        await choose(page, trouble="late")
        await look("1-condition")
        await press(page, words["next"])
        await choose(page, where="home", day__functional="like", day__dysfunctional="live_with")
        await choose(page, prompt__expectation="7", prompt__perception="3")
        await look("2")
        await press(page, words["next"])
        await choose(page, tidy="4")
        await press(page, words["next"])
        await choose(page, quality__own="9", quality__competitor="10", speed="5")
        for name, value in (("visits", "3"), ("price", "12.50"), ("free", "茶 & <b>tea</b>")):
            await page.locator(f'[name="q.{name}"]').fill(value)
        await look("4")
        await press(page, words["send"])
        await expect(page.locator("h1")).to_have_text(words["thanks"])
        await look("thanks")
        await page.goto(f"/s/{token}")
        await expect(page.locator("h1")).to_have_text(words["thanks"])
        await look("used")
    assert await stored_answers(survey_database) == [ANSWERS]
    assert requests
    assert all(request.startswith(address) for request in requests)


async def test_the_form_is_filled_in_by_keyboard_only(client, survey_database, clock, browser, address):
    token = await create_link(survey_database, clock, await create_tour(client))
    async with open_page(browser, address, locale="en-GB") as page:
        await page.goto(f"/s/{token}")
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.className") == "skip"
        await page.keyboard.press("Enter")
        await tab_to(page, "q.overall")
        await page.keyboard.press("Space")
        for _ in range(3):
            await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await expect(page.locator(".summary")).to_be_focused()
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        assert await page.evaluate("location.hash") == "#q3-0"
        await tab_to(page, "q.recommend")
        await page.keyboard.press("ArrowRight")
        await page.keyboard.press("Enter")
        await expect(page.locator("h1")).to_have_text("About the service")
        await tab_to(page, "q.where")
        await page.keyboard.press("Space")
        await page.keyboard.press("Enter")
        await expect(page.locator("h1")).to_have_text("To close")
        await tab_to(page, "q.free")
        await page.keyboard.type("Tea")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.locator("h1")).to_have_text("Thank you")
    assert await stored_answers(survey_database) == [{"overall": 4, "recommend": 1, "where": "shop", "free": "Tea"}]


async def tab_to(page: Page, control: str) -> None:
    """Press Tab until a control of this name has the focus."""
    for _ in range(30):
        if await page.evaluate("document.activeElement.name") == control:
            return
        await page.keyboard.press("Tab")
    pytest.fail(f"{control} cannot be reached by keyboard")


async def test_errors_are_accessible_in_light_and_dark_and_at_400_percent(
    client, survey_database, clock, browser, address
):
    survey_id = await create_tour(client)
    looks = [
        ("light", {}),
        ("dark", {"color_scheme": "dark"}),
        ("zoomed", {"viewport": ZOOMED}),
        ("wide", {"viewport": {"width": 1280, "height": 900}}),
        ("forced-colors", {"forced_colors": "active"}),
    ]
    for name, options in looks:
        token = await create_link(survey_database, clock, survey_id)
        async with open_page(browser, address, **{"locale": "en-GB"} | options) as page:
            await page.goto(f"/s/{token}")
            await page.locator("button.primary").click()
            await expect(page.locator(".summary")).to_be_focused()
            await check_page(page, f"look-{name}-errors")
            if name == "light":  # Its other pages are those of the phone.
                continue
            await choice(page, "overall", "4").click()
            await choice(page, "recommend", "10").click()
            await page.locator("button.primary").click()
            await check_page(page, f"look-{name}-2")


async def test_every_refusal_is_an_accessible_page_in_both_languages(client, survey_database, clock, browser, address):
    changed, closed = await create_tour(client), await create_tour(client)
    outdated = await create_link(survey_database, clock, changed)
    links = {"unknown": "A" * 32, "closed": await create_link(survey_database, clock, closed)}
    async with open_page(browser, address, locale="en-GB") as page:
        await page.goto(f"/s/{outdated}")
        await choice(page, "overall", "4").click()
        await choice(page, "recommend", "10").click()
        await page.locator("button.primary").click()
    await publish_revision(client, changed)
    await client.post(f"/v1/surveys/{closed}/close")
    links["changed"] = outdated
    open_link = (await client.post(f"/v1/surveys/{changed}/open-links", json={"service_point_id": "shop"})).json()
    await client.delete(f"/v1/surveys/{changed}/open-links/{open_link['id']}")
    links["expired"] = open_link["url"].rpartition("/")[2]
    statuses = {"unknown": 404, "closed": 409, "changed": 409, "expired": 410}
    for locale in WORDS:
        async with open_page(browser, address, locale=locale) as page:
            for name, token in links.items():
                response = await page.goto(f"/s/{token}")
                assert response.status == statuses[name]
                await check_page(page, f"refusal-{locale}-{name}")


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
async def test_a_full_quota_is_an_accessible_page(client, anonymous, survey_database, clock, browser, address, locale):
    """The form is begun on one device and sent from another, after the last place was taken."""
    quota = {"name": "all", "when": {"field": "recommend", "op": "ge", "value": 0}, "limit": 1}
    survey_id = await create_tour(client, quotas=[quota], study=STUDY)
    late = Respondent(anonymous, await create_link(survey_database, clock, survey_id))
    await late.open()
    await late.send(overall="4", recommend="9")
    await late.send(where="shop")
    await Respondent(anonymous, await create_link(survey_database, clock, survey_id, customer_id=uuid4())).fill_in()
    async with open_page(browser, address, locale=locale) as page:
        await page.goto(f"/s/{late.token}")
        async with page.expect_navigation() as sent:
            await page.get_by_role("button", name=WORDS[locale]["send"], exact=True).click()
        assert (await sent.value).status == 409
        await check_page(page, f"refusal-{locale}-quota")
    assert len(await stored_answers(survey_database)) == 1


async def test_a_form_goes_on_in_another_browser_and_language(client, survey_database, clock, browser, address):
    token = await create_link(survey_database, clock, await create_tour(client), kind=LinkKind.PERSONAL)
    async with open_page(browser, address, locale="en-GB") as page:
        await page.goto(f"/s/{token}")
        await choice(page, "overall", "4").click()
        await page.get_by_role("button", name="中文").click()
        await expect(page.locator("h1")).to_have_text("维修回访")
        await choice(page, "recommend", "10").click()
        await page.get_by_role("button", name="下一页", exact=True).click()
    async with open_page(browser, address, locale="en-GB") as page:
        await page.goto(f"/s/{token}")
        await expect(page.locator("h1")).to_have_text("About the service")
        await page.get_by_role("button", name="Back", exact=True).click()
        await expect(page.locator('[name="q.overall"][value="4"]')).to_be_checked()
        await expect(page.locator('[name="q.recommend"][value="10"]')).to_be_checked()
        assert await page.locator("input:checked").count() >= 2
