"""The customer of a resolved complaint gets the two questions by mail, although surveys are suspended."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from heed_common.contracts.complaint import ComplaintClosed, ComplaintStatus
from heed_common.contracts.message import ContactPurpose
from heed_survey.call_backs import service as call_backs
from heed_survey.invitations.links import service as links
from tests.survey.call_backs.test_call_backs import Case, respond, send_due
from tests.survey.factories import published_events
from tests.survey.invitations.conftest import token_of
from tests.survey.invitations.factories import list_invitations

DAY = timedelta(days=1)
SURVEY = {"id": str(call_backs.SURVEY_ID)}
pytestmark = pytest.mark.asyncio


@pytest.fixture
def customer():
    return str(uuid4())


@pytest.fixture
def case(survey_database, customer):
    return Case(survey_database, customer_id=customer)


async def invite(case, clock):
    await case.complete()
    clock.advance(DAY)
    assert await send_due(case.database, now=clock.now()) == 1


async def test_the_link_answers_the_call_back_of_its_complaint(survey_database, mailing, case, clock, customer):
    await invite(case, clock)
    await mailing.send()
    (mail,) = mailing.mails_to(UUID(customer))
    assert mail.mail["Subject"] == "Is it solved?"
    async with survey_database.transaction() as session:
        link = await links.open_link(session, token=token_of(mail), now=clock.now())
    assert link.target.complaint_id == case.fields["complaint_id"]
    assert mailing.permits.requests[0].purpose is ContactPurpose.SERVICE


async def test_the_invitation_has_the_id_that_was_published(client, survey_database, case, clock):
    await invite(case, clock)
    (event,) = await published_events(survey_database, "heed.invitation.issued")
    (invitation,) = await list_invitations(client, SURVEY)
    assert (invitation["id"], invitation["kind"]) == (event.data["invitation_id"], "call_back")


async def test_a_complaint_that_was_closed_meanwhile_gets_no_mail(client, mailing, case, clock):
    await invite(case, clock)
    await case.end(ComplaintClosed, ComplaintStatus.CLOSED)
    await mailing.send()
    assert mailing.server.received == []
    (invitation,) = await list_invitations(client, SURVEY)
    assert (invitation["state"], invitation["reason"]) == ("not_sent", "call_back_closed")


async def test_an_answer_ends_the_invitation(client, survey_database, mailing, case, clock):
    await invite(case, clock)
    await mailing.send()
    assert (await respond(client, survey_database, case)).status_code == 201
    (invitation,) = await list_invitations(client, SURVEY)
    assert invitation["state"] == "answered"


async def test_without_a_known_customer_there_is_no_mail(client, survey_database, mailing, clock):
    complaint_id = uuid4()
    case = Case(survey_database, complaint_id=complaint_id, customer_id=complaint_id)
    await invite(case, clock)
    assert await list_invitations(client, SURVEY) == []
    assert await mailing.rows() == []
