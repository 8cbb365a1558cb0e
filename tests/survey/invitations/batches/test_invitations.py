"""Customers are invited once, by a link of their own, unless something forbids it."""

from uuid import UUID, uuid4

import pytest

from heed_common.contracts.customer import CustomerMerged
from heed_survey.customers import service as merges
from heed_survey.invitations.links import service as links
from heed_survey.invitations.links.errors import LinkNotFound
from tests.conftest import NOON
from tests.scoring.factories import received
from tests.survey.call_backs.test_call_backs import Case
from tests.survey.factories import create_draft, create_published, published_events
from tests.survey.invitations.factories import customers, dump_of, invite, invite_to_new, list_invitations, states

pytestmark = pytest.mark.asyncio


async def merge(database, duplicate, survivor):
    event = CustomerMerged(
        customer_id=duplicate, survivor_id=survivor, occurred_at=NOON, member_ids=[duplicate, survivor]
    )
    async with database.transaction() as session:
        await merges.apply_merges(session, [received(event, aggversion=1)])


async def open_token(database, token):
    async with database.transaction() as session:
        return await links.open_link(session, token=token, now=NOON)


async def test_the_customer_gets_a_mail_with_a_link_that_opens(client, survey_database, mailing):
    customer = str(uuid4())
    survey = await invite_to_new(client, customer)
    await mailing.send()
    (token,) = mailing.tokens()
    link = await open_token(survey_database, token)
    assert (str(link.survey_id), str(link.target.customer_id)) == (survey["id"], customer)
    (mail,) = mailing.mails_to(UUID(customer))
    assert mail.mail["Subject"] == "Satisfaction"


async def test_the_response_shows_what_came_of_each_customer(client):
    survey, ids = await create_published(client), customers(3)
    found = await invite(client, survey, ids)
    assert (found["state"], found["total"], found["processed"]) == ("done", 3, 3)
    assert found["outcomes"] == {"queued": 3}
    assert {item["customer_id"] for item in found["items"]} == set(ids)
    assert {item["invitation_id"] for item in found["items"]} == {
        item["id"] for item in await list_invitations(client, survey)
    }
    batch = await client.get(f"/v1/surveys/{survey['id']}/invitation-batches/{found['id']}")
    assert batch.json()["outcomes"] == {"queued": 3}


async def test_a_dry_run_stores_and_sends_nothing_and_names_what_it_cannot_know(client, mailing):
    survey = await create_published(client)
    found = await invite(client, survey, customers(2), dry_run=True)
    assert (found["state"], found["id"], found["outcomes"]) == ("dry_run", None, {"queued": 2})
    assert "consent" in found["decided_when_sent"]
    assert await list_invitations(client, survey) == []
    assert await mailing.rows() == []


async def test_a_customer_is_invited_once_to_a_survey(client, mailing):
    customer = str(uuid4())
    survey = await invite_to_new(client, customer)
    again = await invite(client, survey, [customer])
    assert again["outcomes"] == {"already_invited": 1}
    await mailing.send()
    assert len(mailing.server.received) == 1


async def test_merged_customers_are_invited_once(client, survey_database, mailing):
    first, second, third = customers(3)
    await merge(survey_database, second, first)
    survey = await create_published(client)
    found = await invite(client, survey, [first, second, third])
    assert found["outcomes"] == {"queued": 2, "duplicate": 1}
    await merge(survey_database, third, first)
    fourth = str(uuid4())
    await merge(survey_database, fourth, third)
    assert (await invite(client, survey, [fourth, second]))["outcomes"] == {"already_invited": 2}


async def test_a_customer_with_an_open_complaint_is_not_invited(client, survey_database):
    customer = str(uuid4())
    await Case(survey_database, customer_id=customer).open()
    found = await invite(client, await create_published(client), [customer])
    assert found["outcomes"] == {"complaint_open": 1}


async def test_a_complaint_opened_after_the_invitation_stops_its_mail(client, survey_database, mailing):
    customer = str(uuid4())
    survey = await invite_to_new(client, customer)
    await Case(survey_database, customer_id=customer).open()
    await mailing.send()
    assert mailing.server.received == []
    assert await states(client, survey) == {customer: ("not_sent", "complaint_open")}


async def test_a_closed_survey_stops_the_mails_that_wait(client, mailing):
    customer = str(uuid4())
    survey = await invite_to_new(client, customer)
    closed = await client.post(f"/v1/surveys/{survey['id']}/close")
    assert closed.status_code == 200, closed.text
    await mailing.send()
    assert mailing.server.received == []
    assert await states(client, survey) == {customer: ("not_sent", "survey_closed")}


async def test_a_draft_does_not_invite(client):
    draft = await create_draft(client)
    response = await client.post(f"/v1/surveys/{draft['id']}/invitations", json={"customer_ids": customers(1)})
    assert (response.status_code, response.json()["code"]) == (409, "survey_not_open")


async def test_each_invitation_is_published_with_its_customer(client, survey_database):
    customer = str(uuid4())
    await invite_to_new(client, customer)
    (event,) = await published_events(survey_database, "heed.invitation.issued")
    assert (event.data["kind"], event.data["customer_id"]) == ("survey", customer)


async def test_no_table_contains_the_token(client, survey_database, mailing):
    await invite_to_new(client, *customers(3))
    await mailing.send()
    dump = await dump_of(survey_database)
    assert len(mailing.tokens()) == 3
    assert not any(token in dump for token in mailing.tokens())


async def test_a_changed_token_leads_nowhere(client, survey_database, mailing):
    await invite_to_new(client, *customers(1))
    await mailing.send()
    (token,) = mailing.tokens()
    with pytest.raises(LinkNotFound):
        await open_token(survey_database, token[:-1] + ("a" if token[-1] != "a" else "b"))


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"customer_ids": []}, "/customer_ids"),
        ({"customer_ids": ["x"]}, "/customer_ids/0"),
        ({"customer_ids": [str(uuid4())], "channels": []}, "/channels"),
        ({"customer_ids": [str(uuid4())], "channels": ["pigeon"]}, "/channels/0"),
        ({"customer_ids": [str(uuid4())], "expires_in": "soon"}, "/expires_in"),
        ({"customer_ids": [str(uuid4())], "expires_in": 14}, "/expires_in"),
        ({"customer_ids": [str(uuid4())], "expires_in": "PT1M"}, "/expires_in"),
        ({"customer_ids": [str(uuid4())], "reminders": {"count": 6}}, "/reminders/count"),
    ],
)
async def test_bad_requests_are_refused_with_the_place(client, body, pointer):
    survey = await create_published(client)
    response = await client.post(f"/v1/surveys/{survey['id']}/invitations", json=body)
    assert response.status_code == 422
    assert pointer in {error["pointer"] for error in response.json()["errors"]}
