"""HTTP API of taxonomies."""

from typing import Annotated

from fastapi import Path, Query, Response

from heed_common import http
from heed_common.http import DbSession, IfMatch, RequestLanguage, etag, requires
from heed_complaint.reference.taxonomies import service
from heed_complaint.reference.taxonomies.schemas import TaxonomiesOut, TaxonomyIn, TaxonomyOut

router = http.router(prefix="/v1/taxonomies", tags=["taxonomies"])
READ, WRITE = requires("complaints:read"), requires("settings:write")

Name = Annotated[str, Path(max_length=64)]
AllLanguages = Annotated[bool, Query(alias="all", description="Both labels of each term, English and Chinese.")]


@router.get("", dependencies=[READ])
async def list_taxonomies(
    session: DbSession, language: RequestLanguage, *, all_languages: AllLanguages = False
) -> TaxonomiesOut:
    """Return all taxonomies: codes with their labels, in English or Chinese according to `Accept-Language`."""
    taxonomies = await service.list_taxonomies(session)
    shown = [
        TaxonomyOut.from_domain(name, terms, language=language, all_languages=all_languages)
        for name, terms in taxonomies.items()
    ]
    return TaxonomiesOut(language=language, items=shown)


@router.get("/{name}", dependencies=[READ])
async def get_taxonomy(
    name: Name,
    session: DbSession,
    language: RequestLanguage,
    response: Response,
    *,
    all_languages: AllLanguages = False,
) -> TaxonomyOut:
    """Return one taxonomy. 404 `taxonomy_not_found`."""
    taxonomy, terms = await service.get_taxonomy(session, name=name)
    response.headers["ETag"] = etag(taxonomy.revision)
    return TaxonomyOut.from_domain(name, terms, language=language, all_languages=all_languages)


@router.put("/{name}", dependencies=[WRITE])
async def put_taxonomy(
    name: Name, body: TaxonomyIn, session: DbSession, language: RequestLanguage, if_match: IfMatch, response: Response
) -> TaxonomyOut:
    """Replace the whole list. 409 `term_in_use`, 412, 422 `codes_are_fixed`, `term_misplaced`, `term_twice`, 428."""
    inputs = [term.to_domain() for term in body.terms]
    taxonomy, terms = await service.put_taxonomy(session, name=name, terms=inputs, if_match=if_match)
    response.headers["ETag"] = etag(taxonomy.revision)
    return TaxonomyOut.from_domain(name, terms, language=language, all_languages=True)
