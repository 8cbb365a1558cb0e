"""After a restore, who was invited, who answered, and which links were used is as it was."""

from datetime import timedelta
from uuid import UUID

import pytest

from heed_survey.invitations.reminders import service as reminders
from tests.common.messages.factories import address_of
from tests.common.messages.mail_server import replies
from tests.survey.backups import back_up, found, restore
from tests.survey.collection.browser import Respondent
from tests.survey.factories import create_published, respond
from tests.survey.invitations.conftest import SECRET
from tests.survey.invitations.factories import (
    customers,
    dispositions,
    invite,
    list_invitations,
    publish_anonymous,
    states,
)

pytestmark = pytest.mark.asyncio


async def form_status(client, token):
    return (await client.get(f"/s/{token}", headers={"Accept": "text/html"})).status_code


def token_to(mailing, customer):
    (mail, *_) = mailing.mails_to(UUID(customer))
    return str(mail.mail.get_content()).partition("/s/")[2].split()[0]


async def send_the_form(client, token):
    person = Respondent(client, token)
    await person.open()
    return await person.send(satisfaction="2")


async def remind(database, mailing, clock):
    clock.advance(timedelta(days=4))
    async with database.transaction() as session:
        await reminders.send_due(session, now=clock.now())
    await mailing.send()


async def test_invitations_since_the_backup_are_there_with_what_became_of_them(client, survey_database, mailing):
    answered, silent, bounced = customers(3)
    survey = await create_published(client)
    await back_up(survey_database)
    await invite(client, survey, [answered, silent, bounced], reminders={"count": 2, "every": "P3D"})
    mailing.server.rcpt = {address_of(UUID(bounced)): replies("550 5.1.1 no such user")}
    await mailing.send()
    await respond(client, survey, customer_id=answered)
    before, listed = await states(client, survey), await list_invitations(client, survey)
    findings = await restore(survey_database, secret=SECRET)
    assert sorted(found(findings, "invitation")) == [
        ("recovered", "answered"),
        ("recovered", "bounced"),
        ("recovered", "sent"),
    ]
    assert await states(client, survey) == before
    assert await list_invitations(client, survey) == listed
    assert await dispositions(client, survey) == {"complete": 1, "nothing_returned": 1, "undelivered": 1}


async def test_no_one_is_invited_again(client, survey_database, mailing):
    first, second = customers(2)
    survey = await create_published(client)
    await back_up(survey_database)
    await invite(client, survey, [first])
    await mailing.send()
    await restore(survey_database, secret=SECRET)
    again = await invite(client, survey, [first, second])
    assert [item["outcome"] for item in again["items"]] == ["already_invited", "queued"]
    await mailing.send()
    assert len(mailing.mails_to(UUID(first))) == 1


async def test_a_message_that_had_not_left_is_sent_after_the_restore(client, survey_database, mailing):
    (customer,) = customers(1)
    survey = await create_published(client)
    await back_up(survey_database)
    await invite(client, survey, [customer])
    await restore(survey_database, secret=SECRET)
    assert mailing.mails_to(UUID(customer)) == []
    await mailing.send()
    assert len(mailing.mails_to(UUID(customer))) == 1
    assert await states(client, survey) == {customer: ("sent", None)}


async def test_a_used_link_stays_used_and_an_unused_one_accepts_its_response(client, survey_database, mailing):
    answered, silent = customers(2)
    survey = await create_published(client)
    await back_up(survey_database)
    await invite(client, survey, [answered, silent])
    await mailing.send()
    assert "Thank you" in (await send_the_form(client, token_to(mailing, answered))).text
    await restore(survey_database, secret=SECRET)
    assert await form_status(client, token_to(mailing, answered)) == 410
    assert await form_status(client, token_to(mailing, silent)) == 200
    assert "Thank you" in (await send_the_form(client, token_to(mailing, silent))).text
    assert await dispositions(client, survey) == {"complete": 2}


async def test_a_link_of_the_backup_that_was_used_since_is_used(client, survey_database, mailing):
    (customer,) = customers(1)
    survey = await create_published(client)
    await invite(client, survey, [customer])
    await mailing.send()
    await back_up(survey_database)
    assert "Thank you" in (await send_the_form(client, token_to(mailing, customer))).text
    await restore(survey_database)
    assert await form_status(client, token_to(mailing, customer)) == 410
    assert await states(client, survey) == {customer: ("answered", None)}


async def test_without_the_token_of_the_services_links_sent_since_are_reported_as_lost(
    client, survey_database, mailing
):
    (customer,) = customers(1)
    survey = await create_published(client)
    await back_up(survey_database)
    await invite(client, survey, [customer])
    await mailing.send()
    findings = await restore(survey_database)
    assert ("lost", "its link, if the backup lacks it") in found(findings, "invitation")
    assert await states(client, survey) == {customer: ("sent", None)}


async def test_reminders_go_on_where_they_were(client, survey_database, mailing, clock):
    (customer,) = customers(1)
    survey = await create_published(client)
    await invite(client, survey, [customer], reminders={"count": 2, "every": "P3D"})
    await mailing.send()
    await back_up(survey_database)
    await remind(survey_database, mailing, clock)
    await restore(survey_database, secret=SECRET)
    await remind(survey_database, mailing, clock)
    await remind(survey_database, mailing, clock)
    assert len(mailing.mails_to(UUID(customer))) == 3


async def test_links_of_an_anonymous_survey_work_though_its_key_was_made_after_the_backup(
    client, survey_database, mailing
):
    survey = await publish_anonymous(client)
    await invite(client, survey, customers(5))
    await back_up(survey_database)
    await mailing.send()
    await restore(survey_database, secret=SECRET)
    assert await form_status(client, mailing.tokens()[0]) == 200
