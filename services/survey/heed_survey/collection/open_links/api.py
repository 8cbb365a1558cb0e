"""HTTP API of open links."""

from uuid import UUID

from fastapi import Request, Response

from heed_common import http, paging
from heed_common.http import DbSession, Now, requires
from heed_common.http.dependencies import get_settings
from heed_common.paging import Page, PageQuery
from heed_survey.collection.open_links import service
from heed_survey.collection.open_links.plot import MEDIA_TYPES, ImageFormat, draw_qr_code
from heed_survey.collection.open_links.schemas import OpenLinkIn, OpenLinkOut, form_url

READ, WRITE = requires("surveys:read"), requires("surveys:write")
IMAGE: http.Responses = {200: {"description": "The QR code.", "content": {kind: {} for kind in MEDIA_TYPES.values()}}}

router = http.router(prefix="/v1/surveys/{survey_id}/open-links", tags=["open links"])


@router.post("", status_code=201, dependencies=[WRITE])
async def create_open_link(
    survey_id: UUID, body: OpenLinkIn, request: Request, session: DbSession, now: Now, response: Response
) -> OpenLinkOut:
    """Create an open link for a service point; its responses come without a customer. 409 `survey_closed`."""
    link = await service.create_open_link(
        session,
        survey_id=survey_id,
        service_point_id=body.service_point_id,
        label=body.label,
        expires_at=body.expires_at(now),
        now=now,
    )
    response.headers["Location"] = f"/v1/surveys/{survey_id}/open-links/{link.id}"
    return OpenLinkOut.from_domain(link, base_url=await _base_url(request))


@router.get("", dependencies=[READ])
async def list_open_links(survey_id: UUID, request: Request, session: DbSession, page: PageQuery) -> Page[OpenLinkOut]:
    """List the open links of the survey, the newest first, revoked ones too."""
    (before,) = page.after(UUID) or (None,)
    links = await service.list_open_links(session, survey_id=survey_id, before=before, limit=page.fetch_limit)
    shown, next_cursor = paging.paginate(links, page, key=lambda link: (link.id,))
    base_url = await _base_url(request)
    items = page.show(shown, lambda link: OpenLinkOut.from_domain(link, base_url=base_url))
    return Page(items=items, next_cursor=next_cursor)


@router.get("/{link_id}", dependencies=[READ])
async def get_open_link(survey_id: UUID, link_id: UUID, request: Request, session: DbSession) -> OpenLinkOut:
    """Return the open link. 404 `open_link_not_found`."""
    link = await service.get_open_link(session, survey_id=survey_id, link_id=link_id)
    return OpenLinkOut.from_domain(link, base_url=await _base_url(request))


@router.get("/{link_id}/qr.{image_format}", response_class=Response, responses=IMAGE, dependencies=[READ])
async def get_qr_code(
    survey_id: UUID, link_id: UUID, image_format: ImageFormat, request: Request, session: DbSession
) -> Response:
    """Return the QR code for printing, as SVG or PNG. 404 `open_link_not_found`."""
    link = await service.get_open_link(session, survey_id=survey_id, link_id=link_id)
    url = form_url(link, base_url=await _base_url(request))
    return Response(draw_qr_code(url, image_format=image_format), media_type=MEDIA_TYPES[image_format])


@router.delete("/{link_id}", dependencies=[WRITE])
async def revoke_open_link(
    survey_id: UUID, link_id: UUID, request: Request, session: DbSession, now: Now
) -> OpenLinkOut:
    """Revoke the link: who opens it learns kindly that its time is over. 404 `open_link_not_found`."""
    link = await service.revoke_open_link(session, survey_id=survey_id, link_id=link_id, now=now)
    return OpenLinkOut.from_domain(link, base_url=await _base_url(request))


async def _base_url(request: Request) -> str:
    """Return the public address of Heed, or the one that the request was sent to."""
    return (await get_settings(request)).public_url or str(request.base_url)
