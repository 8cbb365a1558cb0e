"""The preference page in a real browser, on a phone."""

import pytest

from tests.browsers import check_page, chromium, open_page, serve
from tests.customer.factories import register
from tests.customer.reach.preferences.test_preferences import make_link

pytestmark = [pytest.mark.asyncio, pytest.mark.alone]


async def test_preferences_are_changed_on_an_accessible_page(app, client, customer_database):
    path = await make_link(customer_database, await register(client))
    async with serve(app) as address, chromium() as browser:
        for locale in ("en-GB", "zh-CN"):
            async with open_page(browser, address, locale=locale) as page:
                await page.goto(path)
                await check_page(page, f"preferences-{locale}")
                await page.locator("form button").first.click()
                await check_page(page, f"preferences-{locale}-changed")
                await page.goto("/p/unknown")
                await check_page(page, f"preferences-{locale}-unknown")
