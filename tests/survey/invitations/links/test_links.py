"""Links: what opens, what does not, and one response for each."""

import asyncio
import string
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from heed_survey.call_backs import service as call_backs
from heed_survey.invitations.links import service
from heed_survey.invitations.links.errors import LinkExpired, LinkNotFound, LinkUsed
from heed_survey.invitations.links.rules import AnonymousSigner, LinkKind, LinkTarget
from tests.conftest import NOON

DAY = timedelta(days=1)
SURVEY = call_backs.SURVEY_ID
SECRET = b"a secret of the installation, 32+"
STORED = text("SELECT row_to_json(survey_link)::text FROM survey_link")
pytestmark = pytest.mark.asyncio


@pytest.fixture
def signer():
    return AnonymousSigner(SECRET, survey_id=SURVEY, wave="2026")


async def add_survey(session):
    await call_backs.ensure_survey(session, now=NOON)


async def create(session, *, kind=LinkKind.PERSONAL, expires_at=NOON + DAY, **target):
    await add_survey(session)
    return await service.create_link(
        session, kind=kind, target=LinkTarget(survey_id=SURVEY, **target), expires_at=expires_at, now=NOON
    )


async def publish(session, signer):
    await add_survey(session)
    await service.publish_key(session, signer=signer, survey_id=SURVEY, wave="2026", expires_at=NOON + DAY)


async def use_at_once(database, token, *, times):
    """Open and burn the link in many transactions together; return how often that succeeded."""

    async def use():
        try:
            async with database.transaction() as session:
                link = await service.open_link(session, token=token, now=NOON)
                await asyncio.sleep(0.01)
                await service.burn(session, link=link, now=NOON)
        except LinkUsed:
            return 0
        return 1

    return sum(await asyncio.gather(*(use() for _ in range(times))))


async def test_a_personal_link_leads_to_what_it_was_created_for(session):
    customer, invitation = uuid4(), uuid4()
    token, _ = await create(session, customer_id=customer, invitation_id=invitation, wave="2026", language="zh")
    link = await service.open_link(session, token=token, now=NOON)
    assert link.kind is LinkKind.PERSONAL
    assert link.target == LinkTarget(
        survey_id=SURVEY, customer_id=customer, invitation_id=invitation, wave="2026", language="zh"
    )


async def test_the_token_is_stored_as_a_hash_only(session):
    token, link = await create(session)
    (row,) = await session.scalars(STORED)
    assert token not in row
    assert link.token_hash.hex() in row


async def test_a_link_expires(session):
    token, _ = await create(session)
    await service.open_link(session, token=token, now=NOON + DAY - timedelta(seconds=1))
    with pytest.raises(LinkExpired):
        await service.open_link(session, token=token, now=NOON + DAY)


async def test_a_used_link_does_not_open(session):
    token, link = await create(session)
    await service.burn(session, link=link, now=NOON)
    with pytest.raises(LinkUsed):
        await service.open_link(session, token=token, now=NOON)


async def test_the_links_of_one_invitation_accept_one_response_together(session):
    invitation = uuid4()
    first, _ = await create(session, invitation_id=invitation)
    second, link = await create(session, invitation_id=invitation)
    await service.burn(session, link=link, now=NOON)
    for token in (first, second):
        with pytest.raises(LinkUsed):
            await service.open_link(session, token=token, now=NOON)


@pytest.mark.parametrize("kind", [LinkKind.PERSONAL, LinkKind.ANONYMOUS])
async def test_of_twenty_responses_at_once_one_uses_the_link(survey_database, signer, kind):
    async with survey_database.transaction() as session:
        await publish(session, signer)
        token = signer.draw() if kind is LinkKind.ANONYMOUS else (await create(session)).token
    assert await use_at_once(survey_database, token, times=20) == 1


async def test_an_open_link_is_not_used_up_and_can_be_ended(session):
    token, link = await create(session, kind=LinkKind.OPEN, service_point_id="hall-3", expires_at=None)
    await service.burn(session, link=link, now=NOON)
    assert (await service.open_link(session, token=token, now=NOON)).target.service_point_id == "hall-3"
    assert await service.list_open_links(session, survey_id=SURVEY) == [link]
    await service.end_open_link(session, survey_id=SURVEY, link_id=link.id, now=NOON)
    with pytest.raises(LinkExpired):
        await service.open_link(session, token=token, now=NOON)


async def test_ending_an_unknown_or_personal_link_is_refused(session):
    _, personal = await create(session)
    for link_id in (uuid4(), personal.id):
        with pytest.raises(LinkNotFound):
            await service.end_open_link(session, survey_id=SURVEY, link_id=link_id, now=NOON)


async def test_an_anonymous_link_leads_to_its_wave_and_to_no_customer(session, signer):
    await publish(session, signer)
    link = await service.open_link(session, token=signer.draw(), now=NOON)
    assert (link.kind, link.id) == (LinkKind.ANONYMOUS, None)
    assert link.target == LinkTarget(survey_id=SURVEY, wave="2026")


async def test_a_used_anonymous_link_does_not_open_in_any_spelling(session, signer):
    await publish(session, signer)
    token = signer.draw()
    await service.burn(session, link=await service.open_link(session, token=token, now=NOON), now=NOON)
    last = "".join(letter for letter in string.ascii_letters if letter != token[-1])
    refused = 0
    for spelling in (token, *(token[:-1] + letter for letter in last)):
        with pytest.raises((LinkUsed, LinkNotFound)):
            await service.open_link(session, token=spelling, now=NOON)
        refused += 1
    assert refused > 20


async def test_anonymous_links_expire_together_and_can_be_extended(session, signer):
    await publish(session, signer)
    token = signer.draw()
    with pytest.raises(LinkExpired):
        await service.open_link(session, token=token, now=NOON + DAY)
    await service.publish_key(session, signer=signer, survey_id=SURVEY, wave="2026", expires_at=NOON + 3 * DAY)
    await service.publish_key(session, signer=signer, survey_id=SURVEY, wave="2026", expires_at=NOON + 2 * DAY)
    session.expire_all()
    assert (await service.open_link(session, token=token, now=NOON + DAY)).expires_at == NOON + 3 * DAY


async def test_an_anonymous_link_of_another_key_does_not_open(session, signer):
    await publish(session, signer)
    forged = AnonymousSigner(b"another secret of 32 bytes or more", survey_id=SURVEY, wave="2026").draw()
    own = signer.draw()
    # A forger who copies the public id of the key still lacks the signature.
    for token in (forged, own[:10] + forged[10:]):
        with pytest.raises(LinkNotFound):
            await service.open_link(session, token=token, now=NOON)


@pytest.mark.parametrize("token", ["", "x", "-" * 32, "-" * 118, "Ａ" * 32, "a" * 5000, "../" * 10 + "ab", "\x00" * 32])
async def test_what_is_no_token_is_not_found(session, token):
    with pytest.raises(LinkNotFound):
        await service.open_link(session, token=token, now=NOON)
