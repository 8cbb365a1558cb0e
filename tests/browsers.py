"""A real browser for tests: the Chromium of this machine, without a window, at an application that really listens."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from socket import socket
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.async_playwright import Axe
from fastapi import FastAPI
from playwright.async_api import Browser, Page, async_playwright

SCREENSHOTS = Path(__file__).resolve().parents[1] / ".cache" / "screenshots"
PHONE = {"width": 390, "height": 844}
ZOOMED = {"width": 320, "height": 256}
"""A window of 1280 by 1024 pixels at 400 %."""
MIN_TARGET = 44
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
TARGETS = """() => [...document.querySelectorAll(
    'label.choice, button:not([aria-hidden]), textarea, select, input.amount, .summary a, a.language, a.action'
)].map(each => [each.textContent.trim().slice(0, 30), each.getBoundingClientRect()])
 .filter(([text, box]) => Math.min(box.width, box.height) < %d).map(([text]) => text)"""


def find_chromium() -> str:
    """Return the path of Chromium. Skips without one; with `HEED_REQUIRE_BROWSER=1` that is a failure."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        refuse = pytest.fail if os.environ.get("HEED_REQUIRE_BROWSER") else pytest.skip
        refuse("no chromium on the PATH; Debian's package is chromium")
    return str(found)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Run Chromium; as root it has no sandbox of its own."""
    path = find_chromium()
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=arguments)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def serve(app: FastAPI) -> AsyncIterator[str]:
    """Let the application listen on this machine, in this event loop; yield its address."""
    with closing(socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            while not server.started:
                await asyncio.sleep(0.01)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


@asynccontextmanager
async def open_page(browser: Browser, address: str = "", **options: Any) -> AsyncIterator[Page]:
    """Open a page in a browser profile of its own, phone-sized unless the options name another size.

    Without motion: a colour that is half-way between two others would be measured as one of too little contrast.
    """
    defaults = {"viewport": PHONE, "device_scale_factor": 2, "base_url": address, "reduced_motion": "reduce"}
    context = await browser.new_context(**defaults | options)
    try:
        yield await context.new_page()
    finally:
        await context.close()


async def check_page(page: Page, name: str) -> None:
    """Check what holds for every page: no violation that axe finds, targets that a thumb hits, no sideways scrolling.

    The last one also at 400 %. A picture of the page is stored in .cache/screenshots.
    """
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True, scale="css")
    found = await Axe().run(page)
    violations = [(each["id"], [node["html"] for node in each["nodes"]]) for each in found.response["violations"]]
    assert violations == [], name
    assert found.response["passes"], name
    assert await page.evaluate(TARGETS % MIN_TARGET) == [], name
    own_size = page.viewport_size or PHONE
    for size in (ZOOMED, own_size):
        await page.set_viewport_size(size)  # type: ignore[arg-type]
        assert await page.evaluate(OVERFLOW) <= 0, f"{name} scrolls sideways at {size['width']} pixels"
