"""Requests at the same time, and attempts of which the result is unknown."""

import asyncio
from uuid import UUID

import pytest

from tests.common.messages.factories import address_of
from tests.common.messages.mail_server import drops_before_answer
from tests.survey.factories import create_published, published_events
from tests.survey.invitations.conftest import token_of
from tests.survey.invitations.factories import customers, invite, invite_to_new, list_invitations

pytestmark = pytest.mark.asyncio


async def test_of_ten_requests_at_once_one_invites_each_customer(client, survey_database, mailing):
    survey, ids = await create_published(client), customers(20)
    found = await asyncio.gather(*(invite(client, survey, ids) for _ in range(10)))
    assert sum(result["outcomes"].get("queued", 0) for result in found) == 20
    assert len(await list_invitations(client, survey)) == 20
    assert len(await published_events(survey_database, "heed.invitation.issued")) == 20
    await mailing.send()
    assert len(mailing.server.received) == 20


async def test_a_repeated_attempt_contains_the_same_personal_link_and_message_id(client, mailing):
    (customer,) = customers(1)
    await invite_to_new(client, customer)
    mailing.server.data = {address_of(UUID(customer)): drops_before_answer}
    await mailing.send_once()
    mailing.server.data = {}
    await mailing.send_once()
    first, second = mailing.mails_to(UUID(customer))
    assert token_of(first) == token_of(second)
    assert first.message_id == second.message_id


async def test_without_a_public_address_no_invitation_is_made_and_none_that_waits_is_sent(client, mailing):
    (customer,) = customers(1)
    survey = await invite_to_new(client, customer)
    await mailing.send(public_url=None)
    assert mailing.server.received == []
    (invitation,) = await list_invitations(client, survey)
    assert (invitation["state"], invitation["reason"]) == ("not_sent", "no_public_url")
