"""Report on durations, with open complaints."""

import pytest

from tests.complaint.reporting.reports.cases import ACCEPT, COMPLETE, CONTACT, REOPEN, WITHDRAW, ago

pytestmark = pytest.mark.asyncio
HOUR = 3600


async def times(report, measure, **params):
    return next(item for item in (await report("times", **params))["items"] if item["measure"] == measure)


async def test_open_complaints_count_with_the_time_that_they_have_waited(past, report):
    for hours in (1, 2, 4):
        await past.complaint((ACCEPT, 0), (COMPLETE, hours))
    await past.complaint((ACCEPT, 0), at=ago(hours=3))
    found = await times(report, "resolution")
    # At 1 h one of four is done, at 2 h two of four: half of them. At 4 h one is left and waits no more.
    assert (found["complaints"], found["decided"], found["open"], found["ended"]) == (4, 3, 1, 0)
    assert (found["median"], found["p90"]) == (2 * HOUR, 4 * HOUR)
    assert found["working_decided"] == 3


async def test_there_is_no_median_while_most_complaints_are_open(past, report):
    await past.complaint((ACCEPT, 0), (COMPLETE, 1))
    for _ in range(2):
        await past.complaint((ACCEPT, 0), at=ago(hours=30))
    found = await times(report, "resolution")
    assert (found["median"], found["p90"], found["working_median"]) == (None, None, HOUR)


async def test_withdrawn_complaints_are_censored_at_their_withdrawal(past, report):
    await past.complaint((ACCEPT, 0), (COMPLETE, 5))
    await past.complaint((ACCEPT, 0), (WITHDRAW, 1))
    found = await times(report, "resolution")
    assert (found["decided"], found["ended"], found["median"]) == (1, 1, 5 * HOUR)


async def test_contact_counts_from_the_order_of_the_call_centre(past, report):
    order = ago(days=14, hours=-2)
    given = {"received_at": ago(days=14), "dispatch_received_at": order}
    await past.complaint((ACCEPT, 0), (CONTACT, 0.5), at=order, **given)
    await past.complaint((ACCEPT, 0), (CONTACT, 0.5))
    assert (await times(report, "contact"))["median"] == HOUR / 2


async def test_a_reopened_complaint_has_a_first_and_a_final_resolution(past, report):
    await past.complaint((ACCEPT, 0), (COMPLETE, 2), (REOPEN, 10), (COMPLETE, 11))
    assert (await times(report, "first_resolution"))["median"] == 2 * HOUR
    assert (await times(report, "resolution"))["median"] == 11 * HOUR
    again = await past.complaint((ACCEPT, 0), (COMPLETE, 2), (REOPEN, 10))
    assert (await past.get(again)).completed_at is None
    assert (await times(report, "resolution"))["open"] == 1


async def test_the_finding_covers_all_groups_together(past, report):
    for category, hours in (("product", 1), ("product", 2), ("product", 2), ("billing", 30), ("billing", 30)):
        await past.complaint((ACCEPT, 0), (CONTACT, 0.25), (COMPLETE, hours), category=category)
    result = await report("times", by="category")
    assert result["finding"] == "Half of the customers are contacted within 15 min and helped within 2 h"
    assert [item["code"] for item in result["items"]] == ["product"] * 3 + ["billing"] * 3
