"""Door 1: the words to describe a complaint with, in the caller's language."""

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
    """Codes with their labels, in English or Chinese as `Accept-Language` says."""
    taxonomies = await service.list_all(session)
    shown = [
        TaxonomyOut.of(name, terms, language=language, all_languages=all_languages)
        for name, terms in taxonomies.items()
    ]
    return TaxonomiesOut(language=language, items=shown)


@router.get("/{name}", dependencies=[READ])
async def read_taxonomy(
    name: Name,
    session: DbSession,
    language: RequestLanguage,
    response: Response,
    *,
    all_languages: AllLanguages = False,
) -> TaxonomyOut:
    """One list. 404 `taxonomy_not_found`."""
    taxonomy, terms = await service.get(session, name=name)
    response.headers["ETag"] = etag(taxonomy.revision)
    return TaxonomyOut.of(name, terms, language=language, all_languages=all_languages)


@router.put("/{name}", dependencies=[WRITE])
async def write_taxonomy(
    name: Name, body: TaxonomyIn, session: DbSession, language: RequestLanguage, if_match: IfMatch, response: Response
) -> TaxonomyOut:
    """The whole list anew. 409 `term_in_use`, 412, 422 `codes_are_fixed`, `term_misplaced`, `term_twice`, 428."""
    words = [term.as_word() for term in body.terms]
    taxonomy, terms = await service.write(session, name=name, words=words, if_match=if_match)
    response.headers["ETag"] = etag(taxonomy.revision)
    return TaxonomyOut.of(name, terms, language=language, all_languages=True)
