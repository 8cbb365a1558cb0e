"""A customer who opens a survey's link on a phone and answers it.

Run as `python -m tests.e2e.respondent CHROMIUM LINK`: in a process of its own, as the reader's browser is.
"""

import os
import sys

from playwright.sync_api import expect, sync_playwright

PHONE = {"width": 390, "height": 844}


def answer(chromium: str, link: str) -> None:
    """Answer 3 of 10 and write why."""
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        page = browser.new_page(viewport=PHONE, locale="en-GB")  # type: ignore[arg-type]
        page.goto(link)
        page.get_by_label("3", exact=True).check()
        page.get_by_role("textbox").fill("Nobody calls back.")
        page.get_by_role("button", name="Send my answers").click()
        expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
        browser.close()


if __name__ == "__main__":
    answer(*sys.argv[1:])
