"""Monitoring sees how many complaints are open and overdue."""

from datetime import timedelta

import pytest

from heed_common.clock import FakeClock
from heed_common.failed_work.isolation import all_at_once
from heed_common.metrics import Metrics
from heed_complaint.lifecycle.transitions.rules import Action
from heed_complaint.workforce.open_complaints.jobs import OpenComplaints
from tests.complaint.factories.complaints import open_complaint, walk
from tests.conftest import NOON

pytestmark = pytest.mark.asyncio


async def test_open_and_overdue_complaints_are_counted_by_severity(complaint_database):
    async with complaint_database.transaction() as session:
        for severity in ("critical", "critical", "minor"):
            await open_complaint(session, now=NOON, severity=severity)
        ended = await open_complaint(session, now=NOON, severity="minor")
        await walk(session, ended, Action.WITHDRAW, now=NOON)
    metrics = Metrics("complaint")
    count = OpenComplaints(metrics)
    for hours, overdue in ((0, 0.0), (2, 2.0)):  # The first contact is due after an hour.
        async with complaint_database.transaction() as session:
            assert not await count(session, FakeClock(NOON + timedelta(hours=hours)), all_at_once)
        shown = {
            (sample.name, sample.labels["severity"]): sample.value
            for family in metrics.registry.collect()
            for sample in family.samples
            if family.name in ("heed_open_complaints", "heed_overdue_complaints")
        }
        assert shown["heed_open_complaints", "critical"] == 2
        assert shown["heed_open_complaints", "minor"] == 1
        assert shown["heed_open_complaints", "major"] == 0
        assert shown["heed_overdue_complaints", "critical"] == overdue
