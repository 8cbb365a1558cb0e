"""`heed export features`, checked by reading its file."""

import asyncio
import os
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio
from pyarrow import parquet

from heed import export
from heed.errors import CommandError
from heed.settings import Settings
from heed_common.business_days import UTC_DAYS
from heed_common.clock import FakeClock
from heed_scoring import handlers
from heed_scoring.engine.model import HORIZON_DAYS
from heed_scoring.engine.money import Money
from heed_scoring.models.outcomes import feature_table
from heed_scoring.models.outcomes.point_in_time import KnowledgePolicy, TimedRow, features_as_of
from tests.scoring.factories import (
    NOON,
    as_batch,
    make_complaint,
    make_purchase,
    make_registration,
    make_response,
    make_return,
)

DATABASE = "HEED_SCORING_DATABASE_URL"
AT = NOON.date() - timedelta(days=200)
AT_NOON = datetime.combine(AT, time(12), UTC)
ONE, TWO, LATE = (UUID(int=number) for number in (1, 2, 3))
FEATURES = [column.name for column in feature_table.COLUMNS]
LABELS = [label.name for label in feature_table.LABELS]


def on(days_after):
    return AT_NOON + timedelta(days=days_after)


FIRST = make_purchase(ONE, occurred_at=on(-40), gross="12.3456")
PAST = [
    make_registration(TWO, occurred_at=on(-300)),
    FIRST,
    make_purchase(ONE, occurred_at=on(-30), gross="100"),
    make_purchase(TWO, occurred_at=on(0), currency="CHF"),
    make_complaint(TWO, occurred_at=on(0), opened_at=on(0)),
    make_response(ONE, occurred_at=on(-1), level=5),
]
FUTURE = [
    make_return(FIRST, occurred_at=on(1)),
    make_purchase(ONE, occurred_at=on(HORIZON_DAYS)),
    make_purchase(TWO, occurred_at=on(HORIZON_DAYS + 1)),
    make_complaint(ONE, occurred_at=on(1), opened_at=on(1)),
    make_response(ONE, occurred_at=on(2), level=1),
    make_registration(LATE, occurred_at=on(3)),
]


@pytest_asyncio.fixture
async def database(scoring_database, monkeypatch):
    monkeypatch.setenv(DATABASE, scoring_database.url.render_as_string(hide_password=False))
    await take_in(scoring_database, PAST, at=AT_NOON)
    return scoring_database


async def take_in(database, events, *, at):
    async with database.transaction() as session:
        await handlers.process_batch(session, as_batch(events), clock=FakeClock(at))


async def exported(folder, **overrides):
    """Return the rows of the file."""
    options = export.ExportOptions(AT, folder / "features.parquet", **overrides)
    await asyncio.to_thread(export.run, Settings(), options)
    return parquet.read_table(options.out)


@pytest.mark.asyncio
async def test_the_export_has_every_customer_of_the_day_with_every_feature(database, tmp_path):
    table = await exported(tmp_path)
    assert table.column_names == ["customer_id", "as_of", *FEATURES]
    one, two = table.to_pylist()
    assert (one["customer_id"], one["as_of"]) == (str(ONE), AT)
    assert (one["purchase_days"], one["days_since_first"], one["days_first_to_last"]) == (2, 40, 10)
    assert (one["paid"], one["satisfaction"]) == (Decimal("112.3456"), 1.0)
    assert (two["currencies_left_out"], two["open_complaints"], two["satisfaction"]) == (["CHF"], 1, None)
    assert table.schema.field("paid").metadata[b"meaning"] == b"In the last 365 days"
    assert table.schema.metadata[b"currency"] == b"USD"


@pytest.mark.asyncio
@pytest.mark.parametrize("knowledge", KnowledgePolicy)
async def test_later_events_change_labels_and_no_feature(database, tmp_path, knowledge):
    before = await exported(tmp_path, labels=True, knowledge=knowledge)
    await take_in(database, FUTURE, at=on(150))
    after = await exported(tmp_path, labels=True, knowledge=knowledge)
    assert after.select(["customer_id", "as_of", *FEATURES]) == before.select(["customer_id", "as_of", *FEATURES])
    assert before.select(LABELS).to_pydict() == dict(zip(LABELS, ([True, True], [0, 0]), strict=True))
    assert after.select(LABELS).to_pydict() == dict(zip(LABELS, ([False, True], [1, 0]), strict=True))


@pytest.mark.asyncio
async def test_late_reports_are_included_unless_the_knowledge_of_the_day_is_requested(database, tmp_path):
    await take_in(database, [make_purchase(TWO, occurred_at=on(-100))], at=on(1))
    now, then = [(await exported(tmp_path, knowledge=knowledge)).to_pylist() for knowledge in KnowledgePolicy]
    assert [row["purchase_days"] for row in now] == [2, 2]
    assert [row["purchase_days"] for row in then] == [2, 1]


@pytest.mark.asyncio
async def test_many_customers_are_exported_in_pages_and_each_once(database, tmp_path):
    ids = [UUID(int=number) for number in range(10, 60)]
    await take_in(database, [make_purchase(customer, occurred_at=on(-5)) for customer in ids], at=AT_NOON)
    found = (await exported(tmp_path, page=7))["customer_id"].to_pylist()
    assert found == [str(customer) for customer in (ONE, TWO, *ids)]


@pytest.mark.asyncio
async def test_labels_need_a_period_that_is_over(database, tmp_path):
    today = datetime.now(UTC).date()
    for at, labels in ((today - timedelta(days=HORIZON_DAYS), True), (today, False)):
        options = export.ExportOptions(at, tmp_path / "none.parquet", labels=labels)
        with pytest.raises(export.PeriodNotOver, match="not over"):
            await asyncio.to_thread(export.run, Settings(), options)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.asyncio
async def test_a_file_that_cannot_be_written_is_reported(database, tmp_path):
    options = export.ExportOptions(AT, tmp_path / "nowhere" / "features.parquet")
    with pytest.raises(CommandError, match="cannot be written"):
        await asyncio.to_thread(export.run, Settings(), options)


@pytest.mark.slow
@pytest.mark.asyncio
async def test_one_command_writes_the_export(database, tmp_path):
    out = tmp_path / "features.parquet"
    command = [sys.executable, "-m", "heed", "export", "features", "--at", AT.isoformat(), "--labels", "--out", out]
    found = await asyncio.to_thread(
        subprocess.run, command, env=os.environ, capture_output=True, text=True, timeout=120, check=False
    )
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout == f"2 customers as of {AT} in {out}\n"
    assert parquet.read_table(out).column_names[-2:] == LABELS


def test_every_column_is_documented():
    page = (Path(__file__).parents[2] / "docs" / "features.md").read_text()
    for column in (*feature_table.COLUMNS, *feature_table.LABELS):
        assert f"| `{column.name}` | {column.kind.value} | {column.meaning} |" in page


class Watched:
    """Features that record which fields are read."""

    def __init__(self, features):
        self.features, self.read_names = features, set()

    def __getattr__(self, name):
        self.read_names.add(name)
        return getattr(self.features, name)


WITHOUT_COLUMN = {"category_days", "category_names", "last_day", "undone"}
"""One entry per purchase, but the export has one row per customer."""


def test_every_feature_has_a_column_except_evidence_names_and_single_days():
    row = handlers.ledger_rows(as_batch([FIRST])[0])[0]
    seen = features_as_of([TimedRow(row, AT_NOON)], day=AT, known_until=date.max, money=Money(), days=UTC_DAYS)
    watched = Watched(seen.features)
    for column in feature_table.COLUMNS:
        column.read(watched)
    every = set(type(seen.features).__slots__)
    left_out = {name for name in every - watched.read_names if not name.endswith("evidence")}
    assert left_out == WITHOUT_COLUMN
