"""Merges and unmerges lose nothing, and the time that customers waited counts."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from heed_common.errors import PreconditionFailed
from heed_complaint.core.customers import repository as customers
from heed_complaint.core.errors import ComplaintEnded, ComplaintIsMerged, ComplaintNotFound
from heed_complaint.core.repository import load_survivor_id
from heed_complaint.lifecycle.merges import service
from heed_complaint.lifecycle.merges.errors import (
    AlreadyMerged,
    DifferentCustomers,
    LessConfidential,
    MergeCycle,
    MergedWithItself,
    NotMerged,
)
from heed_complaint.lifecycle.messages import service as messages
from heed_complaint.lifecycle.messages.rules import Visibility
from heed_complaint.lifecycle.opening import service as complaints
from heed_complaint.lifecycle.transitions.rules import Action
from heed_complaint.sla import case as cases
from heed_complaint.sla.schemas import ComplaintOut
from heed_complaint.sla.service import fire_due_alerts
from tests.complaint.factories.complaints import CLERK, move, names, open_complaint, staged_events, walk
from tests.conftest import NOON

HOUR = timedelta(hours=1)
CUSTOMER = uuid4()
pytestmark = pytest.mark.asyncio


async def opened(session, *, now=NOON, **overrides):
    return await open_complaint(session, now=now, **({"customer_id": CUSTOMER} | overrides))


async def merge(session, survivor, duplicate, *, now=NOON, confirmed=False, if_match=None):
    return await service.merge(
        session,
        survivor_id=survivor.complaint.id,
        duplicate_id=duplicate.complaint.id,
        confirmed=confirmed,
        note=None,
        by=CLERK,
        if_match=if_match,
        now=now,
    )


async def unmerge(session, survivor, duplicate, *, now=NOON):
    return await service.unmerge(
        session,
        survivor_id=survivor.complaint.id,
        duplicate_id=duplicate.complaint.id,
        note=None,
        by=CLERK,
        if_match=None,
        now=now,
    )


async def read(session, case):
    return await cases.load(session, complaint_id=case.complaint.id)


async def test_the_duplicate_is_closed_with_its_clocks_and_names_its_survivor(session):
    survivor, duplicate = await opened(session), await opened(session)
    await merge(session, survivor, duplicate, now=NOON + HOUR / 2)
    shown = ComplaintOut.from_case(await read(session, duplicate), now=NOON + HOUR)
    assert (shown.state, shown.merged_into, shown.ended_at) == ("closed", survivor.complaint.id, NOON + HOUR / 2)
    assert {clock.state for clock in shown.sla} == {"cancelled"}
    closed = (await staged_events(session, duplicate.complaint.id))[-1]
    assert (names([closed]), closed.data["merged_into"]) == (["complaint.closed"], str(survivor.complaint.id))
    assert closed.data["selling_suspended"] is False
    amended = (await staged_events(session, survivor.complaint.id))[-1]
    assert (names([amended]), amended.data["changed"]) == (["complaint.amended"], ["duplicates"])


async def test_of_the_two_receipts_the_earlier_counts(session):
    early = await opened(session, received_at=NOON - 2 * HOUR)
    late = await opened(session)
    merged = await merge(session, late, early)
    assert (merged.complaint.received_at, merged.complaint.occurred_at) == (NOON - 2 * HOUR, NOON - 2 * HOUR)
    for milestone, clock in merged.clocks.items():
        assert clock.due_at == (await read(session, early)).clocks[milestone].due_at
    assert names(await staged_events(session, late.complaint.id))[-2:] == ["complaint.amended", "sla.breached"]
    amended = (await staged_events(session, late.complaint.id))[-2].data
    assert (amended["changed"], amended["breached"]) == (
        ["duplicates", "occurred_at", "received_at"],
        ["first_contact"],
    )
    apart = await unmerge(session, late, early)
    assert (apart.complaint.received_at, apart.clocks["first_contact"].due_at) == (NOON, NOON + HOUR)
    assert names(await staged_events(session, late.complaint.id))[-2:] == ["complaint.amended", "sla.breach_withdrawn"]


async def test_with_several_duplicates_the_earliest_of_those_that_remain_counts(session):
    survivor = await opened(session)
    three, two = await opened(session, received_at=NOON - 3 * HOUR), await opened(session, received_at=NOON - 2 * HOUR)
    await merge(session, survivor, two)
    assert (await merge(session, survivor, three)).complaint.received_at == NOON - 3 * HOUR
    assert (await unmerge(session, survivor, three)).complaint.received_at == NOON - 2 * HOUR
    assert (await unmerge(session, survivor, two)).complaint.received_at == NOON


async def test_alerts_due_before_the_merge_are_fired_before_it(session):
    survivor, duplicate = await opened(session, now=NOON + 2 * HOUR), await opened(session)
    await merge(session, survivor, duplicate, now=NOON + 2 * HOUR)
    history = names(await staged_events(session, duplicate.complaint.id))
    assert history == ["complaint.opened", "sla.warned", "sla.breached", "complaint.closed"]


async def test_alerts_due_during_a_mistaken_merge_are_fired_at_the_unmerge(session):
    survivor, duplicate = await opened(session), await opened(session)
    await merge(session, survivor, duplicate)
    assert await fire_due_alerts(session, now=NOON + HOUR / 2) == 0
    await unmerge(session, survivor, duplicate, now=NOON + 2 * HOUR)
    amended, breached = (await staged_events(session, duplicate.complaint.id))[-2:]
    assert names([amended, breached]) == ["complaint.amended", "sla.breached"]
    assert (amended.data["breached"], breached.data["occurred_at"]) == (["first_contact"], "2026-03-02T13:00:00Z")
    assert (amended.data["merged_into"], amended.data["selling_suspended"]) == (None, True)


async def test_a_merged_complaint_cannot_be_handled(session):
    survivor, duplicate = await opened(session), await opened(session)
    await merge(session, survivor, duplicate)
    with pytest.raises(ComplaintIsMerged) as refused:
        await move(session, duplicate, Action.REOPEN, now=NOON)
    assert refused.value.members == {"merged_into": str(survivor.complaint.id)}
    with pytest.raises(ComplaintIsMerged):
        await complaints.update_complaint(
            session,
            complaint_id=duplicate.complaint.id,
            changes={"severity": "critical"},
            by=CLERK,
            if_match=duplicate.complaint.revision,
            now=NOON,
        )


async def test_the_history_of_all_is_read_through_the_survivor(session):
    survivor, middle, last = [await opened(session) for _ in range(3)]
    await merge(session, middle, last)
    await merge(session, survivor, middle)
    entries = await complaints.list_history(session, complaint_id=survivor.complaint.id, after=0, limit=99)
    assert {entry.complaint_id for entry in entries} == {case.complaint.id for case in (survivor, middle, last)}
    assert [entry.action for entry in entries] == [*["open"] * 3, *["merge"] * 4]
    own = await complaints.list_history(session, complaint_id=last.complaint.id, after=0, limit=99)
    assert {entry.complaint_id for entry in own} == {last.complaint.id}
    assert await load_survivor_id(session, last.complaint.id) == survivor.complaint.id
    shown = await service.list_duplicates(
        session, complaint_id=survivor.complaint.id, confidential=False, after=None, limit=9
    )
    assert [case.complaint.id for case in shown] == [middle.complaint.id]


async def test_messages_of_duplicates_are_read_through_the_survivor(session):
    survivor, duplicate = await opened(session), await opened(session)
    for case in (survivor, duplicate):
        await messages.create_message(
            session, complaint_id=case.complaint.id, visibility=Visibility.CUSTOMER, text="When?", by=None, now=NOON
        )
    await merge(session, survivor, duplicate)
    query = {"visibility": None, "after": None, "limit": 9}
    found = await messages.list_messages(session, complaint_id=survivor.complaint.id, **query)
    assert [row.message.complaint_id for row in found] == [survivor.complaint.id, duplicate.complaint.id]
    assert len(await messages.list_messages(session, complaint_id=duplicate.complaint.id, **query)) == 1


async def test_an_unmerge_needs_exactly_the_merged_pair(session):
    survivor, middle, last = [await opened(session) for _ in range(3)]
    await merge(session, middle, last)
    await merge(session, survivor, middle)
    for pair in ((survivor, last), (last, middle), (middle, survivor)):
        with pytest.raises((NotMerged, ComplaintIsMerged)):
            await unmerge(session, *pair)
    with pytest.raises(ComplaintIsMerged):
        await unmerge(session, middle, last)
    await unmerge(session, survivor, middle)
    await unmerge(session, middle, last)
    with pytest.raises(NotMerged):
        await unmerge(session, middle, last)


async def test_complaints_that_cannot_be_merged_are_refused(session):
    survivor, duplicate, third = [await opened(session) for _ in range(3)]
    secret = await opened(session, confidential=True)
    with pytest.raises(MergedWithItself):
        await merge(session, survivor, survivor)
    with pytest.raises(LessConfidential):
        await merge(session, survivor, secret)
    with pytest.raises(PreconditionFailed):
        await merge(session, survivor, duplicate, if_match=99)
    await merge(session, survivor, duplicate)
    with pytest.raises(MergeCycle):
        await merge(session, duplicate, survivor)
    with pytest.raises(AlreadyMerged):
        await merge(session, third, duplicate)
    with pytest.raises(ComplaintIsMerged):
        await merge(session, duplicate, third)
    await move(session, third, Action.WITHDRAW, now=NOON)
    with pytest.raises(ComplaintEnded):
        await merge(session, third, survivor)
    await merge(session, survivor, third)
    assert (await read(session, third)).complaint.state == "withdrawn"
    third.complaint.id = uuid4()
    session.expunge(third.complaint)
    with pytest.raises(ComplaintNotFound):
        await merge(session, survivor, third)


async def test_complaints_of_two_customers_are_merged_only_with_confirmation(session):
    survivor, duplicate = await opened(session), await opened(session, customer_id=uuid4())
    with pytest.raises(DifferentCustomers):
        await merge(session, survivor, duplicate)
    await merge(session, survivor, duplicate, confirmed=True)
    await merge(session, survivor, await opened(session, customer_id=None))
    alias = uuid4()
    await customers.upsert_aliases(session, [{"duplicate_id": alias, "survivor_id": CUSTOMER, "version": 1}])
    await merge(session, survivor, await opened(session, customer_id=alias))
    with pytest.raises(DifferentCustomers):
        await merge(session, await opened(session, customer_id=None), survivor)


async def test_of_two_opposite_merges_at_once_one_wins(complaint_database):
    for _ in range(5):
        async with complaint_database.transaction() as session:
            pair = [await opened(session), await opened(session)]

        async def merge_alone(survivor, duplicate):
            async with complaint_database.transaction() as session:
                await merge(session, survivor, duplicate)

        tries = [merge_alone(*pair), merge_alone(*reversed(pair))]
        outcomes = await asyncio.wait_for(asyncio.gather(*tries, return_exceptions=True), 30)
        assert sorted(type(outcome) for outcome in outcomes if outcome is not None) == [MergeCycle]


async def accept(session, case):
    await move(session, case, Action.ACCEPT, now=NOON)


async def test_a_concurrent_merge_and_transition_leave_no_open_merged_complaint(complaint_database):
    for _ in range(5):
        async with complaint_database.transaction() as session:
            survivor, duplicate = await opened(session), await opened(session)

        async def act(work, *arguments):
            async with complaint_database.transaction() as session:
                await work(session, *arguments)

        await asyncio.gather(act(merge, survivor, duplicate), act(accept, duplicate), return_exceptions=True)
        async with complaint_database.transaction() as session:
            assert (await read(session, duplicate)).complaint.state == "closed"


async def test_a_pause_goes_on_after_a_merge_by_mistake(session):
    survivor, case = await opened(session), await opened(session)
    case = await walk(session, case, Action.ACCEPT, Action.WAIT_FOR_CUSTOMER, now=NOON)
    await merge(session, survivor, case, now=NOON + HOUR)
    await unmerge(session, survivor, case, now=NOON + 2 * HOUR)
    case = await move(session, case, Action.RESUME, now=NOON + 10 * HOUR)
    assert case.clocks["resolution"].due_at == NOON + 58 * HOUR
