"""Who answered first, second, third … is known from the log of a web server. No order of anything stored follows it.

The attacker gets even more: which people are in each group that became visible. Within it, it pairs the order of the
answers with each order in which something is stored. What it gets right is what everyone gets right by chance.
"""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from heed_common.session_cipher import get_cipher
from heed_survey.responses.anonymous import content
from tests.survey.anonymity import naive
from tests.survey.anonymity.attacker import in_group, marker_of
from tests.survey.anonymity.chance import compare
from tests.survey.anonymity.study import PEOPLE, close, release, send_links

pytestmark = [pytest.mark.asyncio, pytest.mark.slow]

CHANNELS = {
    *("id", "event id", "place in the table (ctid)", "transaction (xmin)", "times", "order of the topic"),
    *("index pk_response", "index uq_response_external_id"),
    *("index ix_response_customer_id", "index ix_response_survey_id_id"),
    *("write-ahead log", "log of statements", "backup"),
}


async def collect_at_once(client, anonymous, mailing, clock):
    """Let all people of a study answer, and release all responses together."""
    study = await send_links(client, mailing)
    for person in study.people:
        await person.answer(mailing.database, now=clock.now())
        clock.advance(timedelta(minutes=7))
    await close(client, study)
    await release(mailing.database, clock)
    return study


async def collect_on_the_form(client, anonymous, mailing, clock):
    """Let all people of a study answer on the form; the job that releases responses runs after each of them."""
    study = await send_links(client, mailing)
    for person in study.people:
        await person.fill_in(anonymous)
        clock.advance(timedelta(minutes=7))
        await release(mailing.database, clock)
    await close(client, study)
    await release(mailing.database, clock)
    return study


@pytest.mark.parametrize(
    ("collect", "sizes"),
    [(collect_at_once, [[PEOPLE], [PEOPLE]]), (collect_on_the_form, [[5, 5, 5, 5]])],
    ids=["two studies", "groups of one"],
)
async def test_no_order_ties_responses_to_people(client, anonymous, mailing, clock, attacker, collect, sizes):
    guesses = {}
    async with attacker.recording():
        studies = [await collect(client, anonymous, mailing, clock) for _ in sizes]
    for study, expected in zip(studies, sizes, strict=True):
        groups = await attacker.groups(study.id)
        assert [len(group) for group in groups] == expected
        for channel, order in (await attacker.orders(study.id)).items():
            assert sorted(order) == sorted(study.markers), channel
            pairs = guesses.setdefault(channel, [])
            pairs += [(in_group(order, group), in_group(study.markers, group)) for group in groups]
    assert guesses.keys() == CHANNELS
    verdicts = {channel: compare(pairs) for channel, pairs in guesses.items()}
    assert {channel: verdict for channel, verdict in verdicts.items() if not verdict.is_chance} == {}


async def test_control_each_order_ties_naive_responses_to_people(client, mailing, clock, attacker):
    """With the same attacker, all of them in each order."""
    async with attacker.recording():
        study = await send_links(client, mailing)
        for person in study.people:
            person.words = 0  # Rows of one length lie in the order in which they were inserted.
            clock.advance(timedelta(minutes=7))
            async with mailing.database.transaction() as session:
                await naive.record(session, study, person, now=clock.now())
    orders = await attacker.orders(study.id)
    assert orders.keys() == CHANNELS
    verdicts = {channel: compare([(order, study.markers)]) for channel, order in orders.items()}
    assert {channel: verdict for channel, verdict in verdicts.items() if not verdict.is_complete} == {}
    assert not any(verdict.is_chance for verdict in verdicts.values())


async def test_no_order_in_the_pool_ties_responses_to_people(client, mailing, clock):
    """Also for an attacker who has the key."""
    study = await send_links(client, mailing)
    for person in study.people:
        await person.answer(mailing.database, now=clock.now())
    async with mailing.database.transaction() as session:
        stored = (await session.scalars(text("SELECT responses FROM response_pool"))).one()
        pool = content.decrypt(stored, survey_id=UUID(study.id), cipher=get_cipher(session))
    order = [marker_of(entry["answers"]["comment"]) for entry in pool.entries]
    assert compare([(order, study.markers)]).is_chance
    assert {tuple(entry) for entry in pool.entries} == {
        ("survey_version", "state", "mode", "wave", "flags", "answers", "design")
    }
