"""Which link a customer got is found by no one who has the database, its log, the queue, the topics and the logs.

The tests know who got which link, from the mail server. The attacker has the rest: all rows with their hidden columns,
the files of the server, its write-ahead log. As a control the same attacks are run against naive ways to draw a link.
"""

import logging
import random
import re
from uuid import UUID

import pytest
from sqlalchemy import text

from heed_survey.invitations.links import rules as link_rules
from heed_survey.invitations.links import service as links
from tests.common.messages.factories import address_of
from tests.common.messages.mail_server import drops_before_answer, replies
from tests.survey.factories import published_events
from tests.survey.invitations.conftest import token_of
from tests.survey.invitations.factories import customers, dump_of, invite, publish_anonymous

CUSTOMERS = 24
MOST_BY_CHANCE = 8
"""More right guesses among 24 happen by chance once in 30,000 orders."""
SEND_ORDERS = ("sent_at, xmin::text::bigint, ctid", "xmin::text::bigint, ctid", "ctid", "id", "due_at, id")
BURNT_ORDERS = ("xmin::text::bigint, ctid", "ctid", "token_hash", "ctid DESC", "token_hash DESC")
MAIL_SERVER_LOG = "mail."
"""Of the mail server in the tests: it has the mails."""
pytestmark = pytest.mark.asyncio


async def send_all(client, mailing, *, number=CUSTOMERS):
    """Invite customers to an anonymous survey and send the mails; return the truth: the customer of each token hash."""
    ids = customers(number)
    survey = await publish_anonymous(client)
    await invite(client, survey, ids)
    await mailing.send()
    return survey, {
        link_rules.parse_signed(token_of(mailing.mails_to(UUID(customer))[0])).hash: customer for customer in ids
    }


async def burn_all(mailing, *, seed):
    """Let all links be used in a random order."""
    tokens = mailing.tokens()
    random.Random(seed).shuffle(tokens)
    for token in tokens:
        async with mailing.database.transaction() as session:
            link = await links.open_link(session, token=token, now=mailing.clock.now())
            await links.burn(session, link=link, now=mailing.clock.now())


async def ordered(database, table, column, order):
    async with database.transaction() as session:
        return list(await session.scalars(text(f"SELECT {column} FROM {table} ORDER BY {order}")))  # noqa: S608


def right_guesses(hashes, senders, truth):
    """The attack: the n-th link went to the n-th customer. Return how often that is right."""
    return sum(truth[bytes(token_hash)] == str(customer) for token_hash, customer in zip(hashes, senders, strict=True))


async def best_attack(mailing, truth, *, table="burnt_link"):
    """Pair links and customers in every order of either that the database has; return the most right guesses."""
    best = 0
    for burnt_order in BURNT_ORDERS:
        hashes = await ordered(mailing.database, table, "token_hash", burnt_order)
        for order in SEND_ORDERS:
            senders = await ordered(mailing.database, "outgoing_message", "customer_id", order)
            best = max(best, right_guesses(hashes, senders, truth))
    return best


async def test_no_order_of_links_and_messages_ties_them(client, mailing):
    _, truth = await send_all(client, mailing)
    await burn_all(mailing, seed=1)
    assert len(truth) == CUSTOMERS
    assert await best_attack(mailing, truth) <= MOST_BY_CHANCE


async def test_control_a_pool_whose_row_is_marked_at_the_draw_is_tied_by_its_transactions(client, mailing):
    _, truth = await send_all(client, mailing)
    async with mailing.database.transaction() as session:
        await session.execute(text("CREATE TABLE naive_pool (token_hash bytea PRIMARY KEY, drawn bool DEFAULT false)"))
        insert = text("INSERT INTO naive_pool (token_hash) VALUES (:hash)")
        await session.execute(insert, [{"hash": token_hash} for token_hash in sorted(truth)])
    by_customer = {customer: token_hash for token_hash, customer in truth.items()}
    for customer in await ordered(mailing.database, "outgoing_message", "customer_id", SEND_ORDERS[0]):
        async with mailing.database.transaction() as session:
            update = text("UPDATE naive_pool SET drawn = true WHERE token_hash = :hash")
            await session.execute(update, {"hash": by_customer[str(customer)]})
    assert await best_attack(mailing, truth, table="naive_pool") == CUSTOMERS


async def test_before_the_response_nothing_that_is_stored_depends_on_the_link(client, mailing, cluster):
    """Tokens, their numbers, signatures and hashes are in no row, no file and no log of the server."""
    survey, truth = await send_all(client, mailing)
    assert await found_in_files(cluster, mailing, truth) == set()
    dump = await dump_of(mailing.database)
    secrets = [part for token in mailing.tokens() for part in parts_of(token)]
    assert len(secrets) == 5 * CUSTOMERS
    assert [part for part in secrets if part in dump] == []
    assert survey["id"] in dump


async def test_control_the_search_of_the_files_finds_used_links(client, mailing, cluster):
    _, truth = await send_all(client, mailing)
    await burn_all(mailing, seed=2)
    assert await found_in_files(cluster, mailing, truth) == set(truth)


async def test_topics_have_no_customer_of_an_anonymous_survey_with_its_link(client, mailing):
    _, truth = await send_all(client, mailing)
    assert await published_events(mailing.database, "heed.invitation") == []
    sent = await published_events(mailing.database, "heed.message.sent")
    assert {str(event.data["customer_id"]) for event in sent} == set(truth.values())
    payloads = " ".join(event.model_dump_json() for event in sent)
    assert not any(part in payloads for token in mailing.tokens() for part in parts_of(token))


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
    """The token and what can be computed from it, as text and as the database shows bytes."""
    parsed = link_rules.parse_signed(token)
    text_hash = link_rules.token_hash(token)
    return [token, parsed.nonce.hex(), parsed.signature.hex(), parsed.hash.hex(), text_hash.hex()]


async def found_in_files(cluster, mailing, truth):
    """Return the hashes in a file of the server, its write-ahead log included."""
    async with mailing.database.transaction() as session:
        await session.execute(text("SELECT pg_switch_wal()"))
        await session.execute(text("SELECT txid_current()"))
    pattern = re.compile(b"|".join(re.escape(token_hash) for token_hash in truth), re.DOTALL)
    found = set()
    for folder in ("pg_wal", "base"):
        for path in sorted((cluster.data / folder).rglob("*")):
            if path.is_file():
                found |= set(pattern.findall(path.read_bytes()))
    return found
