"""Pareto report."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_complaint.reporting.reports.pareto.service import _items
from tests.complaint.reporting.reports.cases import ago

pytestmark = pytest.mark.asyncio


async def test_the_few_groups_that_account_for_eighty_percent_are_vital(past, report):
    for category, times in (("product", 5), ("delivery", 3), ("billing", 1), ("staff", 1)):
        for _ in range(times):
            await past.resolved(category=category)
    result = await report("pareto")
    names = ("code", "count", "share", "cumulative", "vital")
    assert [tuple(item[name] for name in names) for item in result["items"]] == [
        ("product", 5, 0.5, 0.5, True),
        ("delivery", 3, 0.3, 0.8, True),
        ("billing", 1, 0.1, 0.9, False),
        ("staff", 1, 0.1, 1.0, False),
    ]  # fmt: skip
    assert result["finding"] == "2 of 4 categories account for 80% of the complaints"


async def test_the_most_expensive_group_can_be_another_one(past, report):
    for _ in range(3):
        await past.remedy(await past.resolved(category="delivery"), "10")
    dear = await past.resolved(category="product")
    await past.remedy(dear, "500", cost="170")
    await past.remedy(dear, "1000", state="pending")
    await past.remedy(dear, "5", currency="EUR")
    result = await report("pareto", measure="cost")
    assert [(item["code"], item["cost"], item["cost_share"]) for item in result["items"]] == [
        ("product", "170.00", 0.85),
        ("delivery", "30.00", 0.15),
    ]
    assert (result["cost"], result["remedies_without_rate"]) == ("200.00", 1)


async def test_causes_are_compared_with_the_eighty_percent_of_practice(past, report):
    for cause in ("product_not_understood", "distrust_of_seller", "distrust_of_seller", "misuse"):
        await past.resolved(cause=cause)
    await past.complaint(at=ago(days=2))
    result = await report("pareto", by="cause")
    assert result["without"] == 1
    assert [item["share"] for item in result["items"]] == [0.5, 0.25, 0.25]
    benchmark = result["benchmark"]
    assert (benchmark["count"], benchmark["of"], benchmark["share"], benchmark["expected"]) == (3, 4, 0.75, 0.8)
    assert benchmark["low"] < 0.75 < benchmark["high"]
    assert (await report("pareto"))["benchmark"] == benchmark


async def test_without_known_causes_there_is_no_share(past, report):
    await past.complaint()
    result = await report("pareto", by="responsibility")
    assert (result["items"], result["without"], result["benchmark"]["share"]) == ([], 1, None)
    assert result["finding"] == "Nothing was found out yet about 1 complaint received in these days"


class Counted:
    def __init__(self, code, size, cost):
        self.code, self.size, self.cost = code, size, cost


counts = st.dictionaries(
    st.sampled_from("abcdefgh"),
    st.tuples(st.integers(1, 1000), st.decimals(0, 10_000, places=2)),
    min_size=1,
)


@given(counts, st.sampled_from(["count", "cost"]), st.randoms())
async def test_shares_add_up_and_the_order_of_the_rows_does_not_matter(found, measure, random):
    rows = [Counted(code, *numbers) for code, numbers in found.items()]
    items = _items(rows, measure, str, "USD")
    assert sum(item.share for item in items) == pytest.approx(1, abs=1e-5)
    shares = [item.cumulative for item in items if item.cumulative is not None]
    assert shares == sorted(shares)
    if shares:
        assert shares[-1] == pytest.approx(1)
        assert [item.vital for item in items] == sorted((item.vital for item in items), reverse=True)
    random.shuffle(rows)
    assert _items(rows, measure, str, "USD") == items


async def test_reports_count_a_product_once_and_name_it_as_it_was_written_last(past, report):
    spellings = ("Kettle", "kettle", "Kettle\u200b", "KETTLE")
    for number, each in enumerate(spellings):
        await past.complaint(at=ago(days=9 - number), product=each)
    await past.complaint(product="Iron")
    items = (await report("pareto", by="product"))["items"]
    assert [(item["code"], item["label"], item["count"]) for item in items] == [
        ("kettle", spellings[-1], 4),
        ("iron", "Iron", 1),
    ]
    for each in spellings:
        assert (await report("pareto", product=each))["complaints"] == 4
