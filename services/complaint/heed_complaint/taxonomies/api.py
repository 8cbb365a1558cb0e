"""Door 1: the words to describe a complaint with, in the caller's language."""

from heed_common import http
from heed_common.http import DbSession, Spoken, requires
from heed_complaint.taxonomies import service
from heed_complaint.taxonomies.schemas import TaxonomiesOut

router = http.router(prefix="/v1/taxonomies", tags=["taxonomies"])


@router.get("", dependencies=[requires("complaints:read")])
async def list_taxonomies(session: DbSession, language: Spoken) -> TaxonomiesOut:
    """Codes with their labels, in English or Chinese as `Accept-Language` says."""
    return TaxonomiesOut.of(await service.labelled(session, language=language), language=language)
