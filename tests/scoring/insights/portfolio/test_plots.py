"""Pictures: each report has one, in both languages, whatever there is to show."""

import re
from uuid import UUID

import pytest
from matplotlib.font_manager import FontProperties, findfont
from matplotlib.ft2font import FT2Font

from heed_plots import canvas, numbers
from heed_scoring.insights.portfolio import texts as words
from heed_scoring.insights.portfolio.plots import at_risk
from heed_scoring.insights.portfolio.schemas import AtRiskItem, AtRiskOut
from tests.scoring.insights.portfolio.test_reports import REPORTS

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.asyncio
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", REPORTS)
async def test_each_report_can_be_looked_at_even_when_it_is_empty(client, name, language):
    answer = await client.get(f"/v1/portfolio/{name}.png", headers={"Accept-Language": language})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert answer.content.startswith(PNG)
    assert (answer.headers["content-language"], answer.headers["vary"]) == (language, "Accept-Language")


@pytest.mark.asyncio
@pytest.mark.parametrize("name", REPORTS)
async def test_each_report_is_there_as_a_drawing_with_lines(client, buy, name):
    for number in range(1, 4):
        await buy(UUID(int=number), "2025-11-20", "2026-01-20", "2026-02-20", gross=str(50 * number))
    answer = await client.get(f"/v1/portfolio/{name}.svg")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert b"<svg" in answer.content
    assert (await client.get(f"/v1/portfolio/{name}.svg")).content == answer.content


@pytest.mark.asyncio
async def test_there_are_no_other_kinds_of_pictures(client):
    assert (await client.get("/v1/portfolio/rfm.gif")).status_code == 422


def test_all_texts_can_be_drawn_with_our_fonts():
    latin = findfont(FontProperties(family="DejaVu Sans"))
    known = {*FT2Font(latin).get_charmap(), *FT2Font(canvas.FONT).get_charmap()}
    needed = {character for texts in words.TEXTS.values() for text in texts for character in text}
    needed.update(unit for _, unit in numbers.UNITS["zh"])
    assert not {character for character in needed if ord(character) not in known}


def test_texts_of_both_languages_have_the_same_fields():
    for english, chinese in words.TEXTS.values():
        places = [{match.split(":")[0] for match in re.findall(r"{([^}|]+)}", text)} for text in (english, chinese)]
        assert places[0] == places[1]


def test_a_title_counts_the_customers_that_the_picture_shows():
    item = AtRiskItem(
        customer_id=UUID(int=1), value_at_risk="10", potential="20", probability=0.5, band="high", band_label="high",
        reason="service", reason_label="service", tier="C",
    )  # fmt: skip
    many = AtRiskOut(finding="", currency="USD", total="1000", items=[item] * 60, next_cursor=None)
    figure = at_risk.plot(many, "en")
    assert figure.texts[0].get_text() == "25 customers hold 25% of all value at risk: USD 250"
