"""The transaction of a response uses its link up. Nothing readable was written in it: neither answers nor what follows.

That a link was used and when is no secret: a web server logs it. So an answer that is tied to the transaction is tied
to a person.
"""

from datetime import timedelta

import pytest
from sqlalchemy import text

from heed_survey.invitations.links.rules import parse_signed
from tests.survey.anonymity import naive
from tests.survey.anonymity.attacker import marker_of
from tests.survey.anonymity.chance import compare
from tests.survey.anonymity.study import PEOPLE, release, send_links

pytestmark = [pytest.mark.asyncio, pytest.mark.slow]

TIED = """
    SELECT link.token_hash, response.answers ->> 'comment' FROM {links} AS link
    JOIN response ON CAST(response.xmin AS text) = CAST(link.xmin AS text)
"""
CHANGED_BY_A_RESPONSE = {"burnt_link", "response_pool"}


async def tied_people(database, study, *, links):
    """Return for each person whose link and response have one transaction the person to whom the link was sent."""
    senders = {parse_signed(person.token).hash: person.marker for person in study.people}
    async with database.transaction() as session:
        rows = (await session.execute(text(TIED.format(links=links)))).all()
    return [(marker_of(comment), senders[bytes(token_hash)]) for token_hash, comment in rows]


async def test_no_transaction_wrote_a_used_link_and_an_answer(client, mailing, clock, attacker):
    study = await send_links(client, mailing)
    for person in study.people:
        await release(mailing.database, clock)
        await person.answer(mailing.database, now=clock.now())
    assert await attacker.written_with("burnt_link") == CHANGED_BY_A_RESPONSE
    assert await tied_people(mailing.database, study, links="burnt_link") == []
    assert len(await attacker.rows("response")) == 10


async def test_control_a_token_that_is_marked_as_used_with_the_response_ties_everyone(client, mailing, clock):
    study = await send_links(client, mailing)
    hashes = {person.marker: parse_signed(person.token).hash for person in study.people}
    await naive.create_pool(mailing.database, list(hashes.values()))
    for person in study.people:
        clock.advance(timedelta(minutes=7))
        async with mailing.database.transaction() as session:
            await naive.record(session, study, person, now=clock.now())
            await naive.mark(session, hashes[person.marker], "used")
    pairs = await tied_people(mailing.database, study, links="naive_pool")
    found, true = zip(*pairs, strict=True)
    assert compare([(found, true)]).right == PEOPLE


def backed_up(attacker):
    """Return the lines of a backup but for commands to the program that reads it, which are different each time."""
    return {line for line in attacker.backup().splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))}


async def test_each_answer_changes_the_same_of_a_backup_and_nothing_readable(client, anonymous, mailing, attacker):
    """Two backups, before and after one person's response."""
    study = await send_links(client, mailing, people=8)
    for person in study.people[:3]:
        await person.fill_in(anonymous)
    changes = []
    for person in study.people[3:6]:
        before = backed_up(attacker)
        await person.fill_in(anonymous)
        after = backed_up(attacker)
        changes.append((sorted(map(len, before - after)), sorted(map(len, after - before))))
        assert not any(word in line for line in after - before for word in (person.marker, "overall", person.token))
    assert len({str(change) for change in changes}) == 1
    removed, added = changes[0]
    assert (len(removed), len(added)) == (1, 2), "the pool, and a used link"
