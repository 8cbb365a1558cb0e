"""Findings of `heed doctor` about a webhook."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from heed.doctor.findings import Level
from heed.doctor.webhooks import Webhook, judge

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ID = UUID(int=1)
HEALTHY = Webhook(
    id=ID,
    state="enabled",
    disabled_because=None,
    created_at=NOW - timedelta(days=60),
    changed_at=NOW - timedelta(days=60),
    waiting=0,
    missed=0,
    last_missed_at=None,
    saved_at=NOW - timedelta(days=3),
    failing_since=None,
)


def ago(**parts: float) -> datetime:
    return NOW - timedelta(**parts)


@pytest.mark.parametrize(
    ("changes", "is_running", "level", "detail"),
    [
        ({}, True, None, ""),
        ({"waiting": 3, "saved_at": ago(seconds=5)}, True, None, ""),
        ({"waiting": 3}, True, Level.PROBLEM, "makes no progress; waiting: 3 records."),
        ({"waiting": 3, "saved_at": None}, True, Level.PROBLEM, "makes no progress"),
        ({"waiting": 3, "saved_at": None, "created_at": ago(seconds=5)}, True, None, ""),
        ({"waiting": 3}, False, Level.WARNING, "waits for 3 records."),
        ({"waiting": 1001, "saved_at": ago(seconds=5)}, True, Level.WARNING, "is behind; waiting: 1001 records."),
        ({"waiting": 3, "failing_since": ago(minutes=10)}, True, None, ""),
        ({"waiting": 3, "failing_since": ago(hours=5)}, True, Level.PROBLEM, "has failed for 5 h; waiting: 3 records."),
        ({"state": "disabled", "disabled_because": "request", "changed_at": ago(days=1)}, True, None, ""),
        ({"state": "disabled", "disabled_because": "request"}, True, Level.WARNING, "since 2026-01-01, by request"),
        (
            {"state": "disabled", "disabled_because": "gone", "changed_at": ago(days=1)},
            True,
            Level.WARNING,
            "since 2026-03-01, because its receiver responded 410",
        ),
        (
            {"missed": 7, "last_missed_at": ago(days=1)},
            True,
            Level.WARNING,
            "missed 7 purged records, the last on 2026-03-01.",
        ),
        ({"missed": 7, "last_missed_at": ago(days=40)}, True, None, ""),
    ],
)
def test_a_webhook_that_needs_attention_is_a_finding(changes, is_running, level, detail):
    found = judge(replace(HEALTHY, **changes), now=NOW, is_running=is_running)
    assert [finding.level for finding in found] == ([level] if level else [])
    assert all(finding.detail.startswith(str(ID)) and detail in finding.detail and finding.remedy for finding in found)


def test_a_webhook_that_fails_and_has_missed_records_is_two_findings():
    webhook = replace(HEALTHY, failing_since=ago(hours=2), missed=1, last_missed_at=ago(hours=3))
    assert [finding.level for finding in judge(webhook, now=NOW, is_running=True)] == [Level.PROBLEM, Level.WARNING]
