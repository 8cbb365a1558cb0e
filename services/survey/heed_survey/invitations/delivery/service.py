"""Links of invitations, made when their messages are sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.clock import Clock
from heed_common.contracts.survey import InvitationKind
from heed_common.database import Database
from heed_common.messages.late_parts import LateParts, Withdrawn
from heed_common.messages.repository import ClaimedMessage
from heed_survey.call_backs import service as call_backs
from heed_survey.invitations.delivery import rules
from heed_survey.invitations.delivery.texts import WITH_LINK
from heed_survey.invitations.links import service as links
from heed_survey.invitations.links.rules import AnonymousSigner, LinkTarget, derive_token
from heed_survey.invitations.records import repository
from heed_survey.invitations.records.rules import titles
from heed_survey.invitations.records.tables import Invitation
from heed_survey.surveys import service as surveys


@dataclass(frozen=True, slots=True)
class LinkMaker:
    """Makes the link of each attempt at a message.

    A personal one is derived from the invitation, so that all attempts and reminders contain the same one. An anonymous
    one is drawn, in memory; what was drawn for whom is written nowhere, and a second attempt draws again.
    """

    database: Database
    clock: Clock
    public_url: str
    secret: SecretStr = field(repr=False)

    async def __call__(self, message: ClaimedMessage) -> Mapping[str, Any]:
        """Return link, title and date for the text. Raises `Withdrawn` if the customer is no longer to be invited."""
        now = self.clock.now()
        async with self.database.transaction() as session:
            invitation = await repository.find_invitation(session, message.about.id) if message.about else None
            if invitation is None:
                raise Withdrawn("invitation_not_found")
            await _check(session, invitation, now=now)
            token = await self._token(session, invitation, now=now)
            return await _params(session, invitation, link=f"{self.public_url.rstrip('/')}/s/{token}")

    async def _token(self, session: AsyncSession, invitation: Invitation, *, now: datetime) -> str:
        secret = self.secret.get_secret_value().encode()
        if invitation.anonymous:
            survey_id, wave = invitation.survey_id, invitation.wave or None
            signer = AnonymousSigner(secret, survey_id=survey_id, wave=wave)
            await links.publish_key(
                session, signer=signer, survey_id=survey_id, wave=wave, expires_at=invitation.expires_at
            )
            return signer.draw()
        token = derive_token(secret, invitation_id=invitation.id)
        await links.store_token(
            session, token=token, target=link_target(invitation), expires_at=invitation.expires_at, now=now
        )
        return token


def late_parts(database: Database, clock: Clock, *, public_url: str | None, secret: SecretStr | None) -> LateParts:
    """Return the late parts of all templates with a link; none without an address of the form."""
    if public_url is None or secret is None:
        return dict.fromkeys(WITH_LINK, _withdraw_all)
    return dict.fromkeys(WITH_LINK, LinkMaker(database, clock, public_url, secret))


async def _withdraw_all(_: ClaimedMessage) -> Mapping[str, Any]:
    raise Withdrawn("no_public_url")


async def _check(session: AsyncSession, invitation: Invitation, *, now: datetime) -> None:
    """Look again at what may have changed since the message was queued. Raises `Withdrawn`."""
    survey = await surveys.get_survey(session, survey_id=invitation.survey_id)
    reason = rules.obstacle(
        state=invitation.state,
        expires_at=invitation.expires_at,
        survey_state=survey.state,
        blocked=await _block(session, invitation),
        now=now,
    )
    if reason is not None:
        raise Withdrawn(reason)


async def _block(session: AsyncSession, invitation: Invitation) -> str | None:
    """Return which complaint, or end of a complaint, forbids it."""
    if invitation.kind != InvitationKind.CALL_BACK:
        blocking = await call_backs.blocking_complaints(session, [invitation.customer_id])
        return "complaint_open" if blocking else None
    if invitation.complaint_id is None or await call_backs.is_due(session, complaint_id=invitation.complaint_id):
        return None
    return "call_back_closed"


async def _params(session: AsyncSession, invitation: Invitation, *, link: str) -> dict[str, Any]:
    survey = await surveys.get_survey(session, survey_id=invitation.survey_id)
    questionnaire = await surveys.get_questionnaire(session, survey_id=survey.id, survey_version=survey.survey_version)
    return {
        "link": link,
        **titles(questionnaire.title),
        "anonymous": invitation.anonymous,
        "expires_on": invitation.expires_at.date().isoformat(),
    }


def link_target(invitation: Invitation) -> LinkTarget:
    """Return what responses over the link of the invitation belong to."""
    return LinkTarget(
        survey_id=invitation.survey_id,
        invitation_id=invitation.id,
        customer_id=invitation.customer_id,
        complaint_id=invitation.complaint_id,
        sample_id=invitation.sample_id,
        wave=invitation.wave or None,
    )
