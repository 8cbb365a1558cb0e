"""Several writes in one transaction: each event belongs to one of them, whichever reaction staged it."""

import asyncio
import json
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from heed_common import outbox
from heed_common.contracts.customer import CustomerRegistered
from heed_common.database import savepoint
from heed_common.group_commit import GroupCommit
from heed_common.outbox import EventWithoutOrigin, StagedEvent
from heed_common.trace import Origin, new_traceparent
from tests.common.broker_fixtures import Crash, things
from tests.scoring.factories import NOON, make_registration

pytestmark = pytest.mark.asyncio
__all__ = ["things"]

PAYLOADS = text("SELECT payload FROM outbox ORDER BY seq")


def make_event(round_number, subject=None):
    return make_registration(subject or uuid4(), region=str(round_number))


def follow_up_to(limit, *, names_origin=True):
    """A reaction that follows each event with two more, about things of their own, up to a limit of rounds."""

    async def reaction(session, events, now):
        for event in events:
            if int(event.region) < limit:
                origin = outbox.origin_of(session, event) if names_origin else None
                more = [StagedEvent(make_event(int(event.region) + 1), 1, origin=origin) for _ in range(2)]
                await outbox.stage_all(session, more, now=now)

    return reaction


async def stored(database):
    """The events in the order of the outbox."""
    async with database.transaction() as session:
        return [json.loads(bytes(payload)) for payload in (await session.execute(PAYLOADS)).scalars()]


def by_trace(events):
    traces = {}
    for event in events:
        traces.setdefault(event["traceparent"], []).append(UUID(event["id"]))
    return traces


async def test_what_reactions_add_belongs_to_the_write_that_they_react_to(things):
    things.reactions = {CustomerRegistered: (follow_up_to(3),)}
    origins = [Origin(new_traceparent()) for _ in range(3)]
    async with things.transaction() as session:
        outbox.share(session, origins)
        await outbox.stage_all(session, [StagedEvent(make_event(1), 1, origin=origin) for origin in origins], now=NOON)
    traces = by_trace(await stored(things))
    assert {trace: (len(ids), ids[-1]) for trace, ids in traces.items()} == {
        origin.traceparent: (1 + 2 + 4, origin.last_event_id) for origin in origins
    }


async def test_the_events_of_a_single_write_are_its_own_without_being_attributed(things):
    things.reactions = {CustomerRegistered: (follow_up_to(2, names_origin=False),)}
    origin = Origin(new_traceparent())
    async with things.transaction() as session:
        outbox.share(session, [origin])
        await outbox.stage(session, make_event(1), aggversion=1, now=NOON)
    traces = by_trace(await stored(things))
    assert list(traces) == [origin.traceparent]
    assert len(traces[origin.traceparent]) == 3
    assert traces[origin.traceparent][-1] == origin.last_event_id


async def test_events_that_are_rolled_back_are_the_last_event_of_no_write(things):
    async def crash(session, origin):
        async with savepoint(session):
            await outbox.stage(session, make_event(9), aggversion=1, now=NOON, origin=origin)
            raise Crash

    origins = [Origin(), Origin()]
    async with things.transaction() as session:
        outbox.share(session, origins)
        first = await outbox.stage(session, make_event(1), aggversion=1, now=NOON, origin=origins[0])
        for origin in origins:
            with pytest.raises(Crash):
                await crash(session, origin)
    assert [origin.last_event_id for origin in origins] == [first, None]


async def test_a_reaction_finds_its_origins_after_a_savepoint_in_it_has_run_others(things):
    async def reaction(session, events, now):
        for event in events:
            if event.region == "1":
                async with savepoint(session):
                    origin = outbox.origin_of(session, event)
                    await outbox.stage(session, make_event(2), aggversion=1, now=now, origin=origin)

    things.reactions = {CustomerRegistered: (reaction,)}
    origins = [Origin(new_traceparent()) for _ in range(2)]
    async with things.transaction() as session:
        outbox.share(session, origins)
        await outbox.stage_all(session, [StagedEvent(make_event(1), 1, origin=origin) for origin in origins], now=NOON)
    assert [len(ids) for ids in by_trace(await stored(things)).values()] == [2, 2]


async def test_an_event_of_no_write_is_refused_where_several_share_the_transaction(things):
    async with things.transaction() as session:
        outbox.share(session, [Origin(), Origin()])
        with pytest.raises(EventWithoutOrigin):
            await outbox.stage(session, make_event(1), aggversion=1, now=NOON)


async def test_a_reaction_that_names_no_origin_costs_the_group_its_transaction_and_no_write_its_event(things):
    things.reactions = {CustomerRegistered: (follow_up_to(2, names_origin=False),)}
    sizes = []

    async def record(session, traces):
        sizes.append(len(traces))
        origins = [Origin(trace) for trace in traces]
        outbox.share(session, origins)
        await outbox.stage_all(session, [StagedEvent(make_event(1), 1, origin=origin) for origin in origins], now=NOON)
        await outbox.flush(session)
        return [origin.last_event_id for origin in origins]

    groups, traces = GroupCommit(things, record), [new_traceparent() for _ in range(5)]
    last = await asyncio.gather(*map(groups.submit, traces))
    assert {trace: ids[-1] for trace, ids in by_trace(await stored(things)).items()} == dict(
        zip(traces, last, strict=True)
    )
    assert max(sizes) > 1
