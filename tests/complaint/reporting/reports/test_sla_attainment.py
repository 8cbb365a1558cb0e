"""Report on SLA attainment."""

import pytest

from heed_measures.uplift import wilson
from tests.complaint.reporting.reports.cases import ACCEPT, COMPLETE, CONTACT, WITHDRAW, ago

pytestmark = pytest.mark.asyncio


def by_milestone(result):
    return {item["milestone"]: item for item in result["items"]}


async def test_open_clocks_are_reported_but_in_no_share(past, report):
    await past.complaint((ACCEPT, 0), (CONTACT, 0.5), (COMPLETE, 10))
    await past.complaint((ACCEPT, 0), (CONTACT, 2), (COMPLETE, 100))
    await past.complaint((ACCEPT, 0), (CONTACT, 0.2), at=ago(hours=3))
    found = by_milestone(await report("sla-attainment"))
    contact, resolution = found["first_contact"], found["resolution"]
    assert (contact["met"]["count"], contact["met"]["of"], contact["missed"], contact["open"]) == (2, 3, 1, 0)
    assert (resolution["met"]["count"], resolution["met"]["of"], resolution["open"]) == (1, 2, 1)
    low, high = wilson(2, 3)
    assert (contact["met"]["low"], contact["met"]["high"]) == (round(low, 6), round(high, 6))


async def test_an_overdue_clock_is_missed_before_the_scheduler_marks_it(past, report):
    await past.complaint((ACCEPT, 0), at=ago(hours=2))
    contact = by_milestone(await report("sla-attainment"))["first_contact"]
    assert (contact["missed"], contact["open"]) == (1, 0)


async def test_cancelled_clocks_are_neither_met_nor_missed(past, report):
    await past.complaint((ACCEPT, 0), (WITHDRAW, 0.5))
    items = (await report("sla-attainment"))["items"]
    assert items
    for item in items:
        assert (item["met"]["of"], item["cancelled"]) == (0, 1), item["milestone"]


async def test_groups_are_ordered_and_can_be_limited_to_one_milestone(past, report):
    for tier, hours in (("C", 10), ("A", 10), ("A", 100)):
        customer = await past.customer(tier=tier)
        await past.complaint((ACCEPT, 0), (CONTACT, 0.1), (COMPLETE, hours), customer_id=customer)
    await past.complaint((ACCEPT, 0), (CONTACT, 0.1), (COMPLETE, 100))
    result = await report("sla-attainment", by="tier", milestone="resolution")
    assert [(item["label"], item["met"]["count"], item["met"]["of"]) for item in result["items"]] == [
        ("tier A", 1, 2), ("tier C", 1, 1), ("not known", 0, 1),
    ]  # fmt: skip
    assert result["finding"] == ("Of decided deadlines, 2 of 4 met; no milestone is weaker than the rest beyond chance")


async def test_months_are_in_chronological_order(past, report):
    for days in (3, 40, 75):
        await past.resolved(at=ago(days=days))
    result = await report("sla-attainment", by="month", milestone="resolution")
    assert [item["code"] for item in result["items"]] == ["2025-12", "2026-01", "2026-02"]
    assert sum(item["met"]["of"] for item in result["items"]) == 3


async def test_without_missed_clocks_no_milestone_is_called_weakest(past, report):
    await past.complaint((ACCEPT, 0), (CONTACT, 0.1), (COMPLETE, 1), at=ago(hours=5))
    result = await report("sla-attainment")
    assert result["finding"] == "All decided deadlines were met (2)"
