"""What became of invitations, by the messages, the responses and the form."""

from uuid import UUID, uuid4

import pytest

from heed_common.messages.permits import Refused
from heed_survey.invitations.outcomes import service
from heed_survey.invitations.records.rules import InvitationState
from tests.common.messages.factories import address_of
from tests.common.messages.mail_server import replies
from tests.conftest import NOON
from tests.survey.factories import create_published, respond
from tests.survey.invitations.factories import (
    customers,
    dispositions,
    invite_to_new,
    list_invitations,
    states,
)

pytestmark = pytest.mark.asyncio


def refuse(mailing, customer, reason):
    mailing.permits.answers[UUID(customer)] = Refused(allowed=False, reason=reason)


async def mark(database, client, survey, *, state, reason=None):
    (invitation,) = await list_invitations(client, survey)
    async with database.transaction() as session:
        await service.mark_ended(session, invitation_id=UUID(invitation["id"]), state=state, reason=reason, now=NOON)


async def test_dispositions_follow_from_permits_mail_server_and_responses(client, mailing):
    answered, silent, opted_out, unreachable, bounced = ids = customers(5)
    survey = await invite_to_new(client, *ids)
    refuse(mailing, opted_out, "opted_out")
    refuse(mailing, unreachable, "no_contact")
    mailing.server.rcpt = {address_of(UUID(bounced)): replies("550 5.1.1 no such user")}
    await mailing.send()
    assert (await respond(client, survey, customer_id=answered)).status_code == 201
    assert await states(client, survey) == {
        answered: ("answered", None),
        silent: ("sent", None),
        opted_out: ("refused", "opted_out"),
        unreachable: ("not_sent", "no_contact"),
        bounced: ("bounced", "recipient_refused"),
    }
    assert await dispositions(client, survey) == {
        "complete": 1,
        "nothing_returned": 1,
        "not_sent": 1,
        "opted_out": 1,
        "undelivered": 1,
    }


async def test_the_list_shows_aapor_codes_and_can_be_filtered(client, mailing):
    silent, refused = customers(2)
    survey = await invite_to_new(client, silent, refused)
    refuse(mailing, refused, "opted_out")
    await mailing.send()
    codes = {item["customer_id"]: item["aapor_code"] for item in await list_invitations(client, survey)}
    assert codes == {silent: "3.19", refused: "2.11"}
    (found,) = await list_invitations(client, survey, state="refused")
    assert found["customer_id"] == refused
    (found,) = await list_invitations(client, survey, customer_id=silent)
    alone = await client.get(f"/v1/surveys/{survey['id']}/invitations/{found['id']}")
    assert alone.json() == found


async def test_an_invitation_of_another_survey_is_not_found(client):
    survey = await invite_to_new(client, *customers(1))
    (found,) = await list_invitations(client, survey)
    other = await create_published(client)
    response = await client.get(f"/v1/surveys/{other['id']}/invitations/{found['id']}")
    assert (response.status_code, response.json()["code"]) == (404, "invitation_not_found")


async def test_a_started_form_is_a_break_off_until_it_is_finished(client, survey_database, mailing):
    customer = str(uuid4())
    survey = await invite_to_new(client, customer)
    await mailing.send()
    (invitation,) = await list_invitations(client, survey)
    async with survey_database.transaction() as session:
        await service.mark_started(session, invitation_id=UUID(invitation["id"]), now=NOON)
    assert await dispositions(client, survey) == {"break_off": 1}
    await respond(client, survey, customer_id=customer)
    assert await dispositions(client, survey) == {"complete": 1}


@pytest.mark.parametrize(
    ("state", "reason", "expected"),
    [
        (InvitationState.REFUSED, None, "refused"),
        (InvitationState.INELIGIBLE, None, "ineligible"),
        (InvitationState.INELIGIBLE, "quota_full", "quota_full"),
    ],
)
async def test_the_form_reports_refusals_and_who_is_not_eligible(client, survey_database, state, reason, expected):
    survey = await invite_to_new(client, *customers(1))
    await mark(survey_database, client, survey, state=state, reason=reason)
    assert await dispositions(client, survey) == {expected: 1}
    await mark(survey_database, client, survey, state=InvitationState.ANSWERED)
    assert await dispositions(client, survey) == {expected: 1}


async def test_thanks_follow_a_response_if_requested(client, mailing):
    customer, other = customers(2)
    survey = await invite_to_new(client, customer, other, thanks=True)
    await mailing.send()
    await respond(client, survey, customer_id=customer)
    await mailing.send()
    subjects = [mail.mail["Subject"] for mail in mailing.mails_to(UUID(customer))]
    assert subjects == ["Satisfaction", "Thank you: Satisfaction"]
    assert len(mailing.mails_to(UUID(other))) == 1
