"""Pictures: each report has one, in both languages, whatever there is to show."""

import re
from datetime import date
from itertools import cycle
from uuid import UUID

import pytest
from matplotlib.font_manager import FontProperties, findfont
from matplotlib.ft2font import FT2Font

from heed_plots import canvas, numbers
from heed_scoring.insights.portfolio import texts as words
from heed_scoring.insights.portfolio.plots import PLOTS, at_risk
from heed_scoring.insights.portfolio.schemas import (
    AtRiskItem,
    AtRiskOut,
    BucketOut,
    ClusterOut,
    ClustersOut,
    CohortOut,
    MatrixOut,
    MigrationOut,
    PyramidOut,
    RetentionOut,
    RFMCell,
    RFMCutOffsOut,
    RFMOut,
    TierOut,
)
from tests.plots.extents import look
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


DAY, HUGE = date(2026, 3, 2), "98765432109.99"
TITLE = "Tiers A and B hold next to everything. " * 6


def pyramid(count):
    values = (HUGE, "-1234567.89", "0.01", "0")
    tiers = [
        TierOut(
            tier=tier, label=tier, customers=count * 10**9, share=0.25, value=value, current=value, potential="0",
            value_share=0.0001, value_at_risk=HUGE,
        )
        for tier, value in zip("ABCD", values, strict=True)
    ]  # fmt: skip
    return PyramidOut(finding=TITLE, currency="USD", customers=count, value=HUGE, value_at_risk=HUGE, tiers=tiers)


def bucket(count):
    flow = {"customers": count * 10**9, "margin": HUGE, "margin_each": HUGE}
    lost, won = (
        flow | {"potential": HUGE, "potential_known_of": count},
        flow | {"new": 0, "won_back": count, "cost": HUGE},
    )
    return BucketOut.model_validate(
        {
            "finding": TITLE, "from": DAY, "until": DAY, "window_days": 90, "currency": "USD", "start": flow,
            "lost": lost, "won": won, "kept": flow, "end": flow, "net_customers": 0, "net_margin": "0",
            "retention_rate": None,
        }
    )  # fmt: skip


def cohorts(count):
    shares = [1.0, *(1 / (each + 2) ** 3 for each in range(count))]
    rows = [
        CohortOut(start=DAY, label="2026 Q1", customers=10**7, active=[1] * (count + 1), retained=shares)
        for _ in range(count)
    ]
    return RetentionOut(
        finding=TITLE, cohort="month", through=DAY, earlier_customers=10**9, overall=shares, cohorts=rows
    )


def migration(count):
    names = ["A", "B", "C", "D", "new"]
    matrix = MatrixOut(
        rows=names, columns=names[:4], labels=dict.fromkeys(names, "unknown"), customers=[[count * 10**8] * 4] * 5,
        up=count, stayed=0, down=0, new=count,
    )  # fmt: skip
    return MigrationOut(finding=TITLE, **{"from": DAY}, until=DAY, tiers=matrix, loyalty=matrix)


def risks(count):
    items = [
        AtRiskItem(
            customer_id=UUID(int=number), value_at_risk=HUGE, potential=HUGE, probability=1.0, band="critical",
            band_label="极高", reason="own_change", reason_label="competitor", tier="A",
        )
        for number in range(count)
    ]  # fmt: skip
    return AtRiskOut(finding=TITLE, currency="USD", total=HUGE, items=items, next_cursor=None)


def clusters(count):
    items = [
        ClusterOut(
            place=number, label="buy often, bring much, bought lately", customers=1, share=1e-9, recency_days=12345.6,
            purchase_days=999.9, margin="-12345678.90", margin_share=None, distinguishes={},
        )
        for number in range(count)
    ]  # fmt: skip
    return ClustersOut(
        finding=TITLE, model_version="m", observed_until=DAY, currency="USD", customers=1, clusters=items
    )


def rfm(count):
    edges = [1.0, 2.0, 3.0, 99999.0]
    cells = [RFMCell(recency=1, frequency=5, money=5, customers=1, margin=HUGE)] * count
    cut_offs = RFMCutOffsOut(recency_days=edges, purchase_days=edges, margin=edges) if count else None
    return RFMOut(
        finding=TITLE,
        model_version="m",
        observed_until=DAY,
        currency="USD",
        customers=count,
        cut_offs=cut_offs,
        cells=cells,
    )


PORTFOLIO = {
    "value-pyramid": pyramid, "leaky-bucket": bucket, "retention": cohorts, "migration": migration,
    "value-at-risk": risks, "clusters": clusters, "rfm": rfm,
}  # fmt: skip


@pytest.mark.parametrize(("name", "language"), [*zip(PLOTS, cycle(["en", "zh"]))])
def test_an_empty_picture_has_no_axes_and_names_what_to_do(name, language):
    figure, texts, outside = look(lambda: PLOTS[name](PORTFOLIO[name](0), language))
    assert (figure.axes, outside) == ([], [])
    assert len(texts) >= 2
    assert not any("nan" in text for text in texts)


@pytest.mark.parametrize("count", [13, pytest.param(1, marks=pytest.mark.repeated)])
@pytest.mark.parametrize("name", PLOTS)
def test_numbers_and_labels_of_any_size_stay_within_the_picture(name, count):
    figure, texts, outside = look(lambda: PLOTS[name](PORTFOLIO[name](count), "en"))
    assert not outside
    assert figure.axes
    assert not any("nan" in text for text in texts)
