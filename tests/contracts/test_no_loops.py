"""Services react to each other, but not for ever: the only circle of events includes a customer's response."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from heed.services import all_services
from heed_common import inbox, outbox
from heed_common.broker.protocols import Record
from heed_common.contracts.customer import ContactChanged, CustomerEvent
from heed_common.contracts.event import Event
from heed_common.contracts.registry import EVENT_CLASSES, EVENTS
from heed_common.contracts.survey import DetractorFound, DissatisfactionFound, InvitationIssued, ResponseReceived
from heed_common.decoding import decode
from heed_scoring import handlers as scoring
from tests.complaint.factories.complaints import open_complaint, walk
from tests.complaint.factories.events import make_answer, received
from tests.conftest import NOON
from tests.scoring.factories import make_response

GOLDEN = Path(__file__).parent / "golden"
STAGED = text("SELECT DISTINCT type FROM outbox")
Graph = Mapping[type[Event], set[type[Event]]]


def tables() -> dict[str, Mapping[type[Event], tuple[type[Event], ...]]]:
    reading = [service for service in all_services() if service.handled_events()]
    return {service.name: import_module(f"{service.package}.handlers").MAY_STAGE for service in reading}


def graph(*, answered: bool = True) -> Graph:
    """Return the events that each event may cause; with `answered` false no customer responds to invitations."""
    found: dict[type[Event], set[type[Event]]] = {event: set() for event in EVENT_CLASSES}
    for table in tables().values():
        for event, caused in table.items():
            found[event] |= set(caused)
    if answered:
        found[InvitationIssued].add(ResponseReceived)
    return found


def in_circles(graph: Graph) -> set[type[Event]]:
    """The events that may lead to themselves."""

    def reached(start: type[Event]) -> set[type[Event]]:
        seen: set[type[Event]] = set()
        ahead = list(graph[start])
        while ahead:
            if (event := ahead.pop()) not in seen:
                seen.add(event)
                ahead += graph[event]
        return seen

    return {event for event in graph if event in reached(event)}


def test_what_leads_to_what_has_no_circle_but_the_call_back():
    assert in_circles(graph(answered=False)) == set()
    circling = in_circles(graph())
    assert {InvitationIssued, ResponseReceived} < circling
    # Scoring: a broken rhythm may trigger a survey, whose response changes the score. A break is published once, and
    # triggers invite a customer only so often.
    assert {event.topic for event in circling} == {"heed.complaint", "heed.survey", "heed.scoring"}
    assert {DetractorFound, DissatisfactionFound}.isdisjoint(circling)


def test_a_circle_would_be_found():
    circular = {**graph(answered=False), DetractorFound: {EVENTS["heed.score.changed.v1"]}}
    circular[EVENTS["heed.score.changed.v1"]] = {DetractorFound}
    assert in_circles(circular) == {DetractorFound, EVENTS["heed.score.changed.v1"]}


def test_nothing_leads_to_what_only_people_do():
    caused = {event for table in tables().values() for events in table.values() for event in events}
    # A contact is changed by people, and by a message that came back.
    assert {event for event in caused if issubclass(event, CustomerEvent)} == {ContactChanged}


def golden(kinds: Iterable[type[Event]]):
    for kind in sorted(kinds, key=lambda kind: kind.full_type()):
        value = (GOLDEN / f"{kind.full_type()}.json").read_bytes()
        yield kind, replace(decode(Record(kind.topic, 0, 0, None, value)), id=uuid4())


async def staged(session) -> set[str]:
    await outbox.flush(session)
    return set(await session.scalars(STAGED))


@pytest_asyncio.fixture
async def databases_of(customer_database, complaint_database, survey_database):
    return {"customer": customer_database, "complaint": complaint_database, "survey": survey_database}


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["customer", "complaint", "survey"])
async def test_events_that_are_only_replicated_cause_no_others(databases_of, name):
    handlers = import_module(f"heed_{name}.handlers")
    process_batch = getattr(handlers, "process_batch", None) or inbox.build_batch_handler(handlers.HANDLERS)
    at_once = {event for event, caused in handlers.MAY_STAGE.items() if InvitationIssued not in caused}
    async with databases_of[name].transaction() as session:
        batch = [one for _, one in golden(handlers.HANDLERS.keys() - at_once)]
        assert await process_batch(session, batch, NOON) == len(batch)
        assert await staged(session) == set()


@pytest.mark.asyncio
async def test_a_response_and_a_detractor_cause_events_about_complaints_only(complaint_database):
    handlers = import_module("heed_complaint.handlers")
    allowed = {event.full_type() for event in handlers.MAY_STAGE[ResponseReceived]}
    async with complaint_database.transaction() as session:
        case = await walk(session, await open_complaint(session, now=NOON), "accept", "complete", now=NOON)
        await outbox.flush(session)
        await session.execute(text("DELETE FROM outbox"))
        detractor = next(one for _, one in golden([DetractorFound]))
        answer = received(make_answer(case.complaint.id, solved=False))
        await inbox.build_batch_handler(handlers.HANDLERS)(session, [answer, detractor], NOON)
        assert {"heed.complaint.reopened.v1", "heed.complaint.opened.v1"} <= await staged(session) <= allowed


@pytest.mark.asyncio
async def test_scores_follow_from_what_scoring_reads_and_nothing_else_does(scoring_database, clock):
    allowed = {event.full_type() for caused in scoring.MAY_STAGE.values() for event in caused}
    async with scoring_database.transaction() as session:
        # The golden answer lies on a scale of one number only.
        batch = [one for _, one in golden(scoring.HANDLERS.keys() - {ResponseReceived})]
        await scoring.process_batch(session, [*batch, received(make_response(uuid4()))], clock=clock)
        assert "heed.score.changed.v1" in await staged(session)
        assert await staged(session) <= allowed
