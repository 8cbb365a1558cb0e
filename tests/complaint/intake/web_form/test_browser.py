"""The pages of intake in a real browser, on a phone."""

import pytest
from playwright.async_api import expect

from tests.browsers import check_page, chromium, open_page, serve

pytestmark = [pytest.mark.asyncio, pytest.mark.alone]


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
async def test_a_complaint_is_sent_and_followed_on_accessible_pages(app, locale):
    async with serve(app) as address, chromium() as browser, open_page(browser, address, locale=locale) as page:
        await page.goto("/v1/intake/form")
        await check_page(page, f"intake-{locale}-choice")
        await page.goto("/v1/intake/form?category=product")
        await check_page(page, f"intake-{locale}-form")
        await page.locator('[name="description"]').fill("漏水 It leaks")
        await page.locator('button[type="submit"]').last.click()
        await expect(page.locator(".state")).to_be_visible()
        await check_page(page, f"intake-{locale}-status")
        await page.goto("/c/" + "A" * 32)
        await check_page(page, f"intake-{locale}-unknown")
