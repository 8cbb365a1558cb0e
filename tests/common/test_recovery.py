"""What a restore knows of versions, epochs and the erased."""

import json
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common import outbox, recovery
from heed_common.broker.protocols import Record
from heed_common.contracts.customer import CustomerMerged
from heed_common.decoding import ReceivedEvent
from heed_common.recovery import Published
from tests.conftest import NOON

ANN, BOB = UUID(int=1), UUID(int=2)
NUMBERS = st.integers(1, 2**31)
EPOCHS = st.integers(0, 2**30)


def _received(*, epoch: int, number: int) -> ReceivedEvent[CustomerMerged]:
    event = CustomerMerged(occurred_at=NOON, customer_id=ANN, survivor_id=BOB)
    aggversion = (epoch << outbox.EPOCH_BITS) + number
    return ReceivedEvent(uuid4(), event, aggversion, NOON, None, None, Record("heed.customer", 0, 0, None, b""))


def _record(event: object) -> Record:
    return Record("heed.customer", 0, 0, None, json.dumps(event).encode())


@given(backup=EPOCHS, later=st.integers(0, 5), known=NUMBERS, number=NUMBERS)
def test_an_event_is_missing_when_it_is_newer_than_the_row_or_comes_from_after_a_later_restore(
    backup, later, known, number
):
    received = _received(epoch=backup + later, number=number)
    published = Published([received], epoch=backup, currency="USD")
    assert published.is_missing(received, version=known) is (later > 0 or number > known)
    assert (recovery.epoch_of(received), recovery.row_version(received)) == (backup + later, number)


@pytest.mark.asyncio
@pytest.mark.parametrize(("above", "expected"), [(0, 1), (7, 8)])
async def test_the_new_epoch_is_above_the_one_of_the_backup_and_every_other_that_was_seen(
    platform_database, above, expected
):
    async with platform_database.transaction() as session:
        assert await recovery.raise_epoch(session, above=above) == expected
        merged = CustomerMerged(occurred_at=NOON, customer_id=ANN, survivor_id=BOB)
        await outbox.stage(session, merged, aggversion=3, now=NOON)
        await outbox.flush(session)
        (version,) = (await session.scalars(outbox.OUTBOX.select().with_only_columns(outbox.OUTBOX.c.aggversion))).all()
    assert version == (expected << outbox.EPOCH_BITS) + 3


@pytest.mark.asyncio
async def test_customers_erased_in_the_log_are_recorded_once(platform_database):
    records = [
        _record({"type": "heed.customer.erased.v1", "data": {"customer_id": str(ANN), "ids": [str(ANN), str(BOB)]}}),
        _record({"type": "heed.customer.updated.v1", "data": {"note": "heed.customer.erased."}}),
    ]
    assert recovery.erased_in(records) == {ANN, BOB}
    async with platform_database.transaction() as session:
        assert await recovery.record_erased(session, {ANN}, now=NOON) == 1
        assert await recovery.record_erased(session, {ANN, BOB}, now=NOON) == 1
        assert await recovery.record_erased(session, set(), now=NOON) == 0
