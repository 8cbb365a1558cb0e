"""Pages of the repository link to each other in the documentation site, too."""

import json
from pathlib import Path

import pytest

from heed.interface_docs.call_page import calls_page
from heed.interface_docs.site.event_pages import topic_pages
from heed.interface_docs.site.pages import BEHIND_GUIDES, rewritten, separated, sources
from heed.interface_docs.write import INTERFACES
from heed_common.contracts.registry import EVENTS, TOPICS

ROOT = Path(__file__).resolve().parents[2]
LOCATIONS = {
    "README.md": "index.md",
    "docs/imports.md": "imports.md",
    "docs/decisions/0001-x.md": "decisions/0001-x.md",
}


def test_every_page_has_a_place_of_its_own():
    locations = sources(ROOT)
    assert len(set(locations.values())) == len(locations)
    assert locations["README.md"] == "index.md"
    assert locations["docs/imports.md"] == "imports.md"


def test_links_lead_to_the_new_locations():
    text = "[start](../README.md#a-walk), [why](decisions/0001-x.md)"
    assert (
        rewritten(text, source="docs/imports.md", locations=LOCATIONS)
        == "[start](index.md#a-walk), [why](decisions/0001-x.md)"
    )
    assert (
        rewritten("[up](../imports.md)", source="docs/decisions/0001-x.md", locations=LOCATIONS)
        == BEHIND_GUIDES + "[up](../imports.md)"
    )


def test_a_link_out_of_the_site_becomes_its_text_and_code_stays():
    text = "[the tests](tests/e2e) [there](https://example.com)\n\n```\n[a](b)\n```\n"
    assert (
        rewritten(text, source="README.md", locations=LOCATIONS)
        == "the tests [there](https://example.com)\n\n```\n[a](b)\n```\n"
    )


@pytest.mark.parametrize("block", ["* one\n* two\n", "1. one\n2. two\n", "| a |\n|---|\n| 1 |\n", "```\nx\n* y\n```\n"])
def test_a_list_table_or_code_after_a_paragraph_is_a_block_of_its_own(block):
    assert separated(f"text\n{block}") == f"text\n\n{block}"
    assert separated(f"```\ncode\n```\n{block}").endswith(f"```\n\n{block}" if block[0] != "`" else block)
    assert separated(f"text\n\n{block}\ntext\n") == f"text\n\n{block}\ntext\n"


def test_every_operation_is_listed_with_its_scope():
    openapi = json.loads((ROOT / INTERFACES / "openapi.json").read_text())
    page = calls_page(openapi)
    calls = [f"`{method.upper()} {path}`" for path, item in openapi["paths"].items() for method in item]
    assert [call for call in calls if call not in page and not call.endswith(".{file_format}`")] == []
    assert "| `POST /v1/purchases` | `purchases:write` | Record" in page


def test_every_event_has_an_entry_with_its_fields():
    asyncapi = json.loads((ROOT / INTERFACES / "asyncapi.json").read_text())
    pages = topic_pages(asyncapi, {"heed.purchase.recorded.v1": '{"type": "heed.purchase.recorded.v1"}'})
    assert set(pages) == set(TOPICS)
    entries = {line.strip("# `") for page in pages.values() for line in page.splitlines() if line.startswith("## `")}
    assert entries == set(EVENTS)
    assert "| `gross` | decimal as text | Price of what came back, positive. |" in pages["heed.customer"]
    assert '"type": "heed.purchase.recorded.v1"' in pages["heed.customer"]
