"""Which link a customer got is found by no one who has the database, its files, its logs, the queue and the topics.

The tests know who got which link, from the mail server. The attacker pairs each order of the messages with each order
of the used links. As a control the same attack is run against a pool of tokens whose rows are marked when drawn.
"""

import logging
import random
from uuid import UUID

import pytest

from heed_survey.invitations.links import service as links
from heed_survey.invitations.links.rules import parse_signed, token_hash
from tests.common.messages.factories import address_of
from tests.common.messages.mail_server import drops_before_answer, replies
from tests.survey.anonymity import naive
from tests.survey.anonymity.chance import compare
from tests.survey.anonymity.study import PEOPLE, send_links
from tests.survey.factories import published_events
from tests.survey.invitations.conftest import token_of
from tests.survey.invitations.factories import customers, invite, publish_anonymous

pytestmark = pytest.mark.asyncio

SENT = {"time": "sent_at, age(xmin) DESC, ctid", "transaction": "age(xmin) DESC, ctid", "place": "ctid", "id": "id"}
USED = {"transaction": "age(xmin) DESC, ctid", "place": "ctid", "hash": "token_hash"}
MAIL_SERVER_LOG = "mail."
"""Of the mail server in the tests: it has the mails."""


async def use_links(mailing, study):
    """Let all links be used in a random order."""
    for person in random.sample(study.people, len(study.people)):
        async with mailing.database.transaction() as session:
            link = await links.open_link(session, token=person.token, now=mailing.clock.now())
            await links.burn(session, link=link, now=mailing.clock.now())


async def pair_links(attacker, study, *, table):
    """Return how well each order of the messages agrees with each order of the links in the table."""
    receivers = {parse_signed(person.token).hash: person.customer_id for person in study.people}
    sent = await attacker.table_orders("outgoing_message", "customer_id", SENT)
    sent |= await attacker.index_orders("outgoing_message", "customer_id")
    used = await attacker.table_orders(table, "token_hash", USED) | await attacker.index_orders(table, "token_hash")
    return {
        (message_order, link_order): compare([([receivers[bytes(each)] for each in hashes], list(map(str, ids)))])
        for message_order, ids in sent.items()
        for link_order, hashes in used.items()
    }


async def test_no_order_of_links_and_messages_ties_them(client, mailing, attacker):
    study = await send_links(client, mailing)
    await use_links(mailing, study)
    verdicts = await pair_links(attacker, study, table="burnt_link")
    assert {"index pk_burnt_link"} < {link_order for _, link_order in verdicts}
    assert {pair: verdict for pair, verdict in verdicts.items() if not verdict.is_chance} == {}


async def test_control_a_pool_whose_row_is_marked_at_the_draw_is_tied_by_its_transactions(client, mailing, attacker):
    study = await send_links(client, mailing)
    drawn = {UUID(person.customer_id): parse_signed(person.token).hash for person in study.people}
    await naive.create_pool(mailing.database, list(drawn.values()))
    (in_order,) = (await attacker.table_orders("outgoing_message", "customer_id", {"": SENT["time"]})).values()
    for customer_id in in_order:
        async with mailing.database.transaction() as session:
            await naive.mark(session, drawn[customer_id], "drawn")
    verdicts = await pair_links(attacker, study, table="naive_pool")
    assert verdicts["time", "transaction"].is_complete
    assert verdicts["time", "place"].is_complete


async def test_before_the_response_nothing_that_is_stored_depends_on_the_link(client, mailing, attacker):
    """Tokens, their numbers, signatures and hashes are in no backup, no write-ahead log and no log of statements."""
    async with attacker.recording():
        study = await send_links(client, mailing)
    parts = [part for person in study.people for part in parts_of(person.token)]
    assert len(parts) == 5 * PEOPLE
    assert await attacker.find(parts) == set()
    assert await attacker.find([study.id.encode()]) != set()


async def test_control_the_search_finds_links_that_were_used(client, mailing, attacker):
    async with attacker.recording():
        study = await send_links(client, mailing)
        await use_links(mailing, study)
    hashes = [parse_signed(person.token).hash for person in study.people]
    assert await attacker.find(hashes) == set(hashes)


async def test_topics_have_no_customer_of_an_anonymous_survey_with_its_link(client, mailing):
    study = await send_links(client, mailing)
    assert await published_events(mailing.database, "heed.invitation") == []
    sent = await published_events(mailing.database, "heed.message.sent")
    assert {str(event.data["customer_id"]) for event in sent} == {person.customer_id for person in study.people}
    payloads = " ".join(event.model_dump_json() for event in sent).encode()
    assert not any(shown in payloads for person in study.people for shown in texts_of(person.token))


async def test_logs_contain_no_token_whatever_the_mail_server_does(client, mailing, caplog):
    caplog.set_level(logging.DEBUG)
    ids = customers(6)
    await invite(client, await publish_anonymous(client), ids)
    mailing.server.data = {address_of(UUID(ids[0])): drops_before_answer, address_of(UUID(ids[1])): replies("554 no")}
    await mailing.send_once()
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith(MAIL_SERVER_LOG)]
    assert ours
    assert not any(token[20:40] in line for token in mailing.tokens() for line in ours)
    assert len(mailing.tokens()) >= 4


async def test_a_second_attempt_contains_another_link(client, mailing):
    """Also where the server may have accepted the first: which link that was is not stored."""
    ids = customers(5)
    await invite(client, await publish_anonymous(client), ids)
    mailing.server.data = {address_of(UUID(ids[0])): drops_before_answer}
    await mailing.send_once()
    mailing.server.data = {}
    await mailing.send_once()
    received = [token_of(mail) for mail in mailing.mails_to(UUID(ids[0]))]
    assert len(received) == len(set(received)) == 2
    assert len(set(mailing.tokens())) == 6


async def test_all_links_of_a_wave_look_the_same(client, mailing):
    """Neither length nor public part nor time of expiry distinguishes customers or requests."""
    survey = await publish_anonymous(client)
    await invite(client, survey, customers(5), expires_in="P7D")
    await invite(client, survey, customers(5), expires_in="P30D")
    await mailing.send()
    async with mailing.database.transaction() as session:
        opened = [await links.open_link(session, token=token, now=mailing.clock.now()) for token in mailing.tokens()]
    assert len(opened) == 10
    assert len({(link.key_id, link.expires_at, link.target) for link in opened}) == 1
    assert len({len(token) for token in mailing.tokens()}) == 1


async def test_fewer_customers_than_a_group_are_not_invited_at_a_time(client):
    survey = await publish_anonymous(client)
    path = f"/v1/surveys/{survey['id']}/invitations"
    for params in ({}, {"dry_run": "true"}):
        response = await client.post(path, json={"customer_ids": customers(4)}, params=params)
        assert (response.status_code, response.json()["code"]) == (422, "group_too_small")
    first = customers(5)
    assert (await invite(client, survey, first))["outcomes"] == {"queued": 5}
    response = await client.post(path, json={"customer_ids": [*first, *customers(2)]})
    assert (response.status_code, response.json()["code"]) == (422, "group_too_small")


def parts_of(token):
    """The token and what can be computed from it."""
    parsed = parse_signed(token)
    return [token.encode(), parsed.nonce, parsed.signature, parsed.hash, token_hash(token)]


def texts_of(token):
    return [part if part.isascii() else part.hex().encode() for part in parts_of(token)]
