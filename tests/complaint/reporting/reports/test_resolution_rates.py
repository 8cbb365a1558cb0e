"""Report on resolution rates."""

import pytest

from heed_complaint.lifecycle.transitions.rules import Action
from tests.complaint.reporting.reports.cases import ACCEPT, CALL_BACK, COMMIT, COMPLETE, CONTACT, REOPEN

pytestmark = pytest.mark.asyncio
WAIT, RESUME = Action.WAIT_FOR_CUSTOMER, Action.RESUME


async def rates(report, **params):
    (item,) = (await report("resolution-rates", **params))["items"]
    return {name: (part["count"], part["of"]) for name, part in item.items() if isinstance(part, dict)}


async def test_first_contact_resolution_excludes_promises_waits_and_reopenings(past, report):
    await past.complaint((ACCEPT, 0), (COMPLETE, 1))
    await past.complaint((ACCEPT, 0), (CONTACT, 1), (COMPLETE, 1.5))
    await past.complaint((ACCEPT, 0), (CONTACT, 1), (COMPLETE, 3))
    await past.complaint((ACCEPT, 0), (CONTACT, 1), (COMMIT, 1), (COMPLETE, 1.5))
    await past.complaint((ACCEPT, 0), (CONTACT, 1), (WAIT, 1), (RESUME, 1.2), (COMPLETE, 1.5))
    await past.complaint((ACCEPT, 0), (CONTACT, 1), (COMPLETE, 1.5), (REOPEN, 9))
    await past.complaint((ACCEPT, 0), (CONTACT, 1))
    assert (await rates(report))["first_contact"] == (2, 6)
    assert (await rates(report, first_contact_minutes=120))["first_contact"] == (3, 6)


async def test_reopened_or_unsolved_complaints_were_not_fixed_the_first_time(past, report):
    done = (ACCEPT, 0), (COMPLETE, 1)
    await past.complaint(*done)
    await past.complaint(*done, (CALL_BACK, 2, {"solved": True, "pleasant": False}))
    await past.complaint(*done, (CALL_BACK, 2, {"solved": False, "pleasant": False}))
    await past.complaint(*done, (REOPEN, 5), (COMPLETE, 9), (CALL_BACK, 10, {"solved": True, "pleasant": True}))
    found = await rates(report)
    assert found["fixed_first_time"] == (2, 4)
    assert found["reopened"] == (1, 4)
    assert found["solved"] == (2, 3)
    assert found["pleasant"] == (1, 3)


async def test_void_promises_are_neither_kept_nor_broken(past, report):
    complaint = await past.resolved()
    for state in ("kept", "kept", "broken", "void", "open"):
        await past.promise(complaint, state)
    await past.promise(complaint, "broken", customer_notified=True)
    found = await rates(report)
    assert found["promises_kept"] == (2, 4)
    assert found["told_before"] == (1, 2)
    assert "of promises, 2 of 4 kept" in (await report("resolution-rates"))["finding"]


async def test_groups_with_promises_only_are_there_too(past, report):
    await past.resolved(category="product")
    await past.promise(await past.complaint((ACCEPT, 0), category="billing"), "kept")
    items = (await report("resolution-rates", by="category"))["items"]
    assert [(item["code"], item["completed"], item["promises_kept"]["count"]) for item in items] == [
        ("product", 1, 0), ("billing", 0, 1),
    ]  # fmt: skip
    assert items[1]["fixed_first_time"]["share"] is None
