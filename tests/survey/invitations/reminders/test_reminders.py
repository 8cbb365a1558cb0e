"""Reminders go to who has not answered, as often as was requested, and stop when there is a reason to."""

from datetime import timedelta
from uuid import UUID

import pytest

from heed_common.messages.permits import Refused
from heed_survey.invitations.links import service as links
from heed_survey.invitations.reminders import service
from tests.common.messages.factories import address_of
from tests.common.messages.mail_server import replies
from tests.survey.factories import respond
from tests.survey.invitations.conftest import token_of
from tests.survey.invitations.factories import customers, invite, invite_to_new, list_invitations, publish_anonymous

DAY = timedelta(days=1)
TWICE = {"count": 2, "every": "P5D"}
pytestmark = pytest.mark.asyncio


async def pass_days(mailing, days):
    """Let days pass, each with its reminders and mails."""
    for _ in range(days):
        mailing.clock.advance(DAY)
        async with mailing.database.transaction() as session:
            await service.send_due(session, now=mailing.clock.now())
        await mailing.send()


def subjects_to(mailing, customer):
    return [mail.mail["Subject"] for mail in mailing.mails_to(UUID(customer))]


async def test_who_has_not_answered_is_reminded_by_the_same_link(client, mailing):
    silent, answered = customers(2)
    survey = await invite_to_new(client, silent, answered, reminders=TWICE)
    await mailing.send()
    await respond(client, survey, customer_id=answered)
    await pass_days(mailing, 20)
    assert subjects_to(mailing, silent) == ["Satisfaction", "Reminder: Satisfaction", "Reminder: Satisfaction"]
    assert subjects_to(mailing, answered) == ["Satisfaction"]
    assert len({token_of(mail) for mail in mailing.mails_to(UUID(silent))}) == 1


async def test_the_distance_counts_from_the_moment_when_the_mail_left(client, mailing):
    (customer,) = customers(1)
    survey = await invite_to_new(client, customer, reminders={"count": 1, "every": "P5D"})
    await mailing.send()
    await pass_days(mailing, 4)
    assert len(mailing.mails_to(UUID(customer))) == 1
    await pass_days(mailing, 1)
    assert len(mailing.mails_to(UUID(customer))) == 2
    (invitation,) = await list_invitations(client, survey)
    assert (invitation["reminders_sent"], invitation["remind_at"]) == (1, None)


async def test_a_refusal_or_a_bounce_stops_the_reminders(client, mailing):
    refused, bounced = customers(2)
    await invite_to_new(client, refused, bounced, reminders=TWICE)
    await mailing.send()
    mailing.permits.answers[UUID(refused)] = Refused(allowed=False, reason="opted_out")
    mailing.server.rcpt = {address_of(UUID(bounced)): replies("550 5.1.1 no such user")}
    await pass_days(mailing, 20)
    assert len(mailing.server.received) == 2
    # Each is sent once more, by the first reminder, and not by the second.
    assert len(mailing.permits.requests) == 4


async def test_an_answer_between_reminder_and_mail_stops_the_mail(client, mailing):
    (customer,) = customers(1)
    survey = await invite_to_new(client, customer, reminders=TWICE)
    await mailing.send()
    mailing.clock.advance(5 * DAY)
    async with mailing.database.transaction() as session:
        assert await service.send_due(session, now=mailing.clock.now()) == 1
    await respond(client, survey, customer_id=customer)
    await mailing.send()
    assert len(mailing.mails_to(UUID(customer))) == 1


async def test_a_closed_survey_or_an_expired_link_is_not_reminded_of(client, mailing):
    closed, expired = customers(2)
    survey = await invite_to_new(client, closed, reminders=TWICE)
    await invite_to_new(client, expired, reminders=TWICE, expires_in="P4D")
    await mailing.send()
    assert (await client.post(f"/v1/surveys/{survey['id']}/close")).status_code == 200
    await pass_days(mailing, 20)
    assert len(mailing.server.received) == 2


async def test_an_anonymous_survey_reminds_all_by_new_links(client, mailing):
    ids = customers(6)
    survey = await publish_anonymous(client)
    await invite(client, survey, ids, reminders={"count": 1, "every": "P5D"})
    await mailing.send()
    async with mailing.database.transaction() as session:
        token = token_of(mailing.server.received[0])
        link = await links.open_link(session, token=token, now=mailing.clock.now())
        await links.burn(session, link=link, now=mailing.clock.now())
    await pass_days(mailing, 10)
    assert [len(mailing.mails_to(UUID(customer))) for customer in ids] == [2] * 6
    assert len(set(mailing.tokens())) == 12
