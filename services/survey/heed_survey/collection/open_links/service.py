"""Use cases of open links: create, list, revoke."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_survey.collection.open_links import repository
from heed_survey.collection.open_links.errors import OpenLinkNotFound
from heed_survey.collection.open_links.tables import OpenLink
from heed_survey.invitations.links import service as links
from heed_survey.invitations.links.rules import LinkKind, LinkTarget
from heed_survey.surveys import service as surveys
from heed_survey.surveys.errors import SurveyClosed
from heed_survey.surveys.rules import SurveyState


async def create_open_link(
    session: AsyncSession,
    *,
    survey_id: UUID,
    service_point_id: str,
    label: str | None,
    expires_at: datetime | None,
    now: datetime,
) -> OpenLink:
    """Create a link for a service point. Raises `SurveyNotFound`, `SurveyClosed`."""
    survey = await surveys.get_survey(session, survey_id=survey_id)
    if survey.state == SurveyState.CLOSED:
        raise SurveyClosed
    target = LinkTarget(survey_id=survey_id, service_point_id=service_point_id)
    issued = await links.create_link(session, kind=LinkKind.OPEN, target=target, expires_at=expires_at, now=now)
    values = {
        "id": issued.link.id,
        "survey_id": survey_id,
        "service_point_id": service_point_id,
        "label": label,
        "token": issued.token,
        "created_at": now,
        "expires_at": expires_at,
    }
    return await repository.insert_open_link(session, values)


async def list_open_links(
    session: AsyncSession, *, survey_id: UUID, before: UUID | None, limit: int
) -> Sequence[OpenLink]:
    """Return a page of the open links of the survey, the newest first. Raises `SurveyNotFound`."""
    await surveys.get_survey(session, survey_id=survey_id)
    return await repository.list_open_links(session, survey_id=survey_id, before=before, limit=limit)


async def get_open_link(session: AsyncSession, *, survey_id: UUID, link_id: UUID) -> OpenLink:
    """Return the link. Raises `OpenLinkNotFound`."""
    link = await repository.find_open_link(session, survey_id=survey_id, link_id=link_id)
    if link is None:
        raise OpenLinkNotFound
    return link


async def revoke_open_link(session: AsyncSession, *, survey_id: UUID, link_id: UUID, now: datetime) -> OpenLink:
    """Let the link expire now; it stays in the list. Raises `OpenLinkNotFound`."""
    link = await repository.find_open_link(session, survey_id=survey_id, link_id=link_id, locked=True)
    if link is None:
        raise OpenLinkNotFound
    if link.revoked_at is None:
        await links.end_open_link(session, survey_id=survey_id, link_id=link_id, now=now)
        link.revoked_at = now
    return link
