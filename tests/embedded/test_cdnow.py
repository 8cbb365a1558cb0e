"""Data of the demo: complete, and shifted so that they end in the last complete week."""

import json
from datetime import UTC, date, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed import cdnow
from heed_customer.commerce.purchases.schemas import PurchaseIn
from heed_customer.records.customers.schemas import CustomerIn


@given(st.dates(date(2024, 1, 1), date(2100, 1, 1)))
def test_the_shifted_log_ends_in_the_last_complete_week_and_weekdays_stay(today):
    moved = cdnow.ENDS_ON + timedelta(weeks=cdnow.weeks_until(today))
    last_sunday = max(day for day in (today - timedelta(days=back) for back in range(1, 8)) if day.weekday() == 6)
    assert last_sunday - timedelta(days=7) < moved <= last_sunday
    assert moved.weekday() == cdnow.ENDS_ON.weekday()


@pytest.mark.slow
def test_the_log_has_all_purchases_of_all_customers():
    rows = list(cdnow.rows())
    assert len(rows) == 69_659
    assert len({row.customer for row in rows}) == 23_570
    assert max(row.day for row in rows) == cdnow.ENDS_ON
    assert len({row.number for row in rows}) == len(rows)


def test_the_lines_are_valid_for_imports():
    weeks = cdnow.weeks_until(datetime.now(UTC).date())
    customers = [CustomerIn.model_validate(json.loads(line)) for line in islice(cdnow.customers(), 100)]
    bought = [PurchaseIn.model_validate(json.loads(line)) for line in islice(cdnow.purchases(weeks=weeks), 100)]
    assert (len(customers), len(bought)) == (100, 100)
    assert max(purchase.occurred_at for purchase in bought) < datetime.now(UTC)
