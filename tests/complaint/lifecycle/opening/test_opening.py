"""Opening, correcting and looking at complaints, below the HTTP API."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from heed_common.broker.protocols import Record
from heed_common.contracts.complaint import Milestone, Severity
from heed_common.decoding import decode
from heed_common.errors import ExternalIdConflict, PreconditionFailed, PreconditionRequired
from heed_common.occurrence import InTheFuture, OutOfOrder
from heed_complaint.core.errors import ComplaintNotFound
from heed_complaint.lifecycle.opening import service
from heed_complaint.lifecycle.opening.errors import TooManyCorrections
from heed_complaint.lifecycle.transitions.rules import Action
from heed_complaint.reference.taxonomies.errors import UnknownCategory
from heed_complaint.sla import case as cases
from tests.complaint.factories.complaints import CLERK, make_new, move, names, open_complaint, staged_events, walk
from tests.conftest import NOON

HOUR = timedelta(hours=1)
pytestmark = pytest.mark.asyncio


async def amend(session, case, *, now=NOON, **changes):
    return await service.update_complaint(
        session,
        complaint_id=case.complaint.id,
        changes=changes,
        by=CLERK,
        if_match=case.complaint.revision,
        now=now,
    )


async def test_a_new_complaint_is_published_with_its_whole_public_state(session):
    case = await open_complaint(session, now=NOON, received_at=NOON - HOUR / 2)
    (opened,) = await staged_events(session)
    assert names([opened]) == ["complaint.opened"]
    assert opened.aggversion == 1
    assert opened.partitionkey == str(case.complaint.customer_id)
    assert opened.data == {
        "occurred_at": "2026-03-02T11:30:00Z",
        "complaint_id": str(case.complaint.id),
        "customer_id": str(case.complaint.customer_id),
        "former_customer_ids": [],
        "severity": "major",
        "state": "received",
        "category": "product",
        "opened_at": "2026-03-02T12:00:00Z",
        "received_at": "2026-03-02T11:30:00Z",
        "completed_at": None,
        "ended_at": None,
        "within_target": None,
        "solved": None,
        "breached": [],
        "paused": False,
        "kind": "complaint",
        "nth": 1,
        "selling_suspended": True,
        "confidential": False,
        "merged_into": None,
        "external_id": None,
    }


async def test_no_event_repeats_the_words_of_the_customer(session):
    case = await open_complaint(session, now=NOON, description="Mrs Li is furious", product="Kettle 7")
    await walk(session, case, Action.ACCEPT, Action.CONTACT, Action.COMMIT, Action.COMPLETE, now=NOON)
    payloads = "".join(envelope.model_dump_json() for envelope in await staged_events(session))
    for words in ("furious", "Kettle", "A new one by Friday", "Replaced"):
        assert words not in payloads


async def test_a_complaint_that_came_in_late_is_published_as_late_at_once(session):
    case = await open_complaint(session, now=NOON, received_at=NOON - 2 * HOUR)
    opened, breached = await staged_events(session)
    assert names([opened, breached]) == ["complaint.opened", "sla.breached"]
    assert breached.data["milestone"] == "first_contact"
    assert breached.data["occurred_at"] == "2026-03-02T11:00:00Z"
    assert opened.data["breached"] == breached.data["breached"] == ["first_contact"]
    assert case.complaint.opening_event_id == breached.id


async def test_the_same_external_id_with_the_same_words_is_the_same_complaint(session):
    customer_id = uuid4()
    first = await open_complaint(session, now=NOON, external_id="t-1", customer_id=customer_id, occurred_at=NOON)
    again, is_new = await service.open_complaint(
        session,
        new=make_new(now=NOON, external_id="t-1", customer_id=customer_id),
        currency="USD",
        by=CLERK,
        now=NOON + HOUR,
    )
    assert not is_new
    assert again.complaint.id == first.complaint.id
    assert len(await staged_events(session)) == 1


async def test_the_same_external_id_with_other_words_is_a_conflict(session):
    await open_complaint(session, now=NOON, external_id="t-1")
    with pytest.raises(ExternalIdConflict):
        await open_complaint(session, now=NOON, external_id="t-1", description="Something else")


async def test_an_unknown_category_is_refused(session):
    for category in ("weather", "weather.rain", "product.", "product.TooLoud", "", "Product"):
        with pytest.raises(UnknownCategory):
            await open_complaint(session, now=NOON, category=category)
    assert await staged_events(session) == []


async def test_the_second_level_of_a_category_is_everybodys_own(session):
    case = await open_complaint(session, now=NOON, category="delivery.left_in_the_rain")
    assert case.complaint.category == "delivery.left_in_the_rain"


@pytest.mark.parametrize("field", ["occurred_at", "received_at", "dispatch_received_at"])
async def test_nothing_can_have_happened_later_than_now(session, field):
    with pytest.raises(InTheFuture) as refused:
        await open_complaint(session, now=NOON, **{"occurred_at": NOON, field: NOON + 6 * HOUR / 60})
    assert refused.value.pointer == f"/{field}"


async def test_clocks_that_differ_by_a_few_minutes_are_no_contradiction(session):
    ahead = NOON + 4 * HOUR / 60
    sooner = await open_complaint(session, now=NOON, occurred_at=ahead)
    crossed = await open_complaint(session, now=NOON, occurred_at=NOON, received_at=ahead, dispatch_received_at=NOON)
    assert (sooner.complaint.occurred_at, crossed.complaint.received_at) == (ahead, ahead)


async def test_a_complaint_is_not_received_before_it_went_wrong_nor_dispatched_before_it_is_received(session):
    with pytest.raises(OutOfOrder):
        await open_complaint(session, now=NOON, occurred_at=NOON, received_at=NOON - HOUR)
    with pytest.raises(OutOfOrder):
        await open_complaint(session, now=NOON, occurred_at=NOON - HOUR, dispatch_received_at=NOON - HOUR)


async def test_a_complaint_that_turns_out_worse_is_due_sooner(session):
    case = await open_complaint(session, now=NOON, severity=Severity.MINOR)
    worse = await amend(session, case, now=NOON + HOUR / 2, severity=Severity.CRITICAL)
    assert worse.clocks[Milestone.RESOLUTION].due_at == NOON + 24 * HOUR
    amended = (await staged_events(session))[-1]
    assert names([amended]) == ["complaint.amended"]
    assert amended.data["changed"] == ["severity"]
    assert amended.data["severity"] == "critical"


async def test_a_correction_that_makes_it_late_publishes_a_breach_and_the_reverse_withdraws_it(session):
    case = await open_complaint(session, now=NOON, severity=Severity.MINOR)
    case = await walk(session, case, Action.ACCEPT, Action.CONTACT, Action.COMMIT, now=NOON)
    worse = await amend(session, case, now=NOON + 30 * HOUR, severity=Severity.CRITICAL)
    assert names(await staged_events(session))[-2:] == ["complaint.amended", "sla.breached"]
    better = await amend(session, worse, now=NOON + 31 * HOUR, severity=Severity.MAJOR)
    assert better.clocks[Milestone.RESOLUTION].due_at == NOON + 48 * HOUR
    last = (await staged_events(session))[-2:]
    assert names(last) == ["complaint.amended", "sla.breach_withdrawn"]
    assert [envelope.data["breached"] for envelope in last] == [[], []]


async def test_a_correction_that_changes_nothing_is_not_published(session):
    case = await open_complaint(session, now=NOON)
    same = await amend(session, case, severity=Severity.MAJOR, product=None)
    assert same.complaint.revision == 1
    assert names(await staged_events(session)) == ["complaint.opened"]


async def test_a_complaint_filed_under_another_customer_has_the_same_partition_key(session):
    case = await open_complaint(session, now=NOON)
    first = case.complaint.customer_id
    second, third = uuid4(), uuid4()
    for customer_id in (second, third, first, second):
        case = await amend(session, case, customer_id=customer_id)
    envelopes = await staged_events(session)
    assert {envelope.partitionkey for envelope in envelopes} == {str(first)}
    last = envelopes[-1].data
    assert last["customer_id"] == str(second)
    assert [UUID(former) for former in last["former_customer_ids"]] == [first, third]


async def test_an_event_names_the_first_customer_and_the_last_three_that_left(session):
    case = await open_complaint(session, now=NOON)
    customers = [case.complaint.customer_id, *(uuid4() for _ in range(6))]
    for customer_id in customers[1:]:
        case = await amend(session, case, customer_id=customer_id)
    last = (await staged_events(session))[-1]
    assert last.data["former_customer_ids"] == [str(customers[place]) for place in (0, 3, 4, 5)]
    assert last.partitionkey == str(customers[0])


async def test_a_customer_is_corrected_twenty_times_and_no_more(session):
    case = await open_complaint(session, now=NOON)
    for _ in range(20):
        case = await amend(session, case, customer_id=uuid4())
    with pytest.raises(TooManyCorrections) as refused:
        await amend(session, case, customer_id=uuid4())
    assert (refused.value.status, refused.value.pointer) == (409, "/customer_id")
    assert (await amend(session, case, severity=Severity.MINOR)).complaint.severity == "minor"


async def test_a_correction_needs_to_know_what_it_corrects(session):
    case = await open_complaint(session, now=NOON)
    for if_match, refusal in ((None, PreconditionRequired), (7, PreconditionFailed)):
        with pytest.raises(refusal):
            await service.update_complaint(
                session, complaint_id=case.complaint.id, changes={"product": "x"}, by=CLERK, if_match=if_match, now=NOON
            )


async def test_the_history_has_author_action_and_changes(session):
    case = await open_complaint(session, now=NOON)
    case = await amend(session, case, now=NOON + HOUR / 4, product="Kettle")
    await move(session, case, Action.DECLINE, now=NOON + 2 * HOUR, note="Polite letter sent")
    entries = await service.list_history(session, complaint_id=case.complaint.id, after=0, limit=50)
    assert [(entry.action, entry.actor) for entry in entries] == [
        ("open", CLERK),
        ("amend", CLERK),
        ("warn", None),
        ("breach", None),
        ("decline", CLERK),
    ]
    assert (entries[1].before, entries[1].after) == ({"product": None}, {"product": "Kettle"})
    assert entries[3].after == {"milestone": "first_contact", "state": "missed"}
    assert (entries[4].note, entries[4].reason) == ("Polite letter sent", "Not ours")
    assert entries[4].before["state"] == "received"
    assert entries[4].after["state"] == "declined"


async def test_what_is_not_there_is_not_found(session):
    with pytest.raises(ComplaintNotFound):
        await cases.load(session, complaint_id=uuid4())
    with pytest.raises(ComplaintNotFound):
        await service.list_history(session, complaint_id=uuid4(), after=0, limit=1)


async def test_every_event_can_be_read_by_those_who_know_the_contract(session):
    case = await open_complaint(session, now=NOON, received_at=NOON - 3 * HOUR)
    await amend(session, case, severity=Severity.MINOR)
    envelopes = await staged_events(session)
    assert len(envelopes) > 1
    for envelope in envelopes:
        assert decode(record_of(envelope)).event.complaint_id == case.complaint.id


def record_of(envelope):
    return Record("heed.complaint", 0, 0, None, envelope.model_dump_json().encode())
