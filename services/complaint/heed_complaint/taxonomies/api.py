"""Door 1: the words to describe a complaint with, in the caller's language."""

from typing import Annotated

from fastapi import Header, Response

from heed_common import http
from heed_common.http import DbSession, requires
from heed_common.languages import preferred_language
from heed_complaint.taxonomies import service
from heed_complaint.taxonomies.schemas import TaxonomiesOut

router = http.router(prefix="/v1/taxonomies", tags=["taxonomies"])


@router.get("", dependencies=[requires("complaints:read")])
async def list_taxonomies(
    session: DbSession, response: Response, accept_language: Annotated[str | None, Header()] = None
) -> TaxonomiesOut:
    """Codes with their labels, in English or Chinese as `Accept-Language` says."""
    language = preferred_language(accept_language)
    response.headers["Content-Language"] = language
    response.headers["Vary"] = "Accept-Language"
    return TaxonomiesOut.of(await service.labelled(session, language=language), language=language)
